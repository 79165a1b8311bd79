"""The rows of the queue. A row is drawn once for the case as it stands and kept; how long there is left, and how long ago
it came, change by the minute and are written into it each time."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import tzinfo
from functools import lru_cache

from flask import current_app, request
from jinja2 import Environment
from markupsafe import Markup

from app import clock, config
from app.cases.queue import Listed
from app.cases.workflow import OPEN
from app.web.desk import bp, marks
from app.web.desk.ages import age
from app.web.language import lang

_KEPT = 1000
_HOLE = f"hole-{secrets.token_hex(8)}"  # nobody's words can hold it


@bp.app_template_global("queue_lines")
def queue_lines(rows: Sequence[Listed], may_tick: bool) -> Markup:
    """These cases as rows of a table, with boxes to tick for whoever may use them."""
    surroundings = (current_app.jinja_env, lang(), config.active().timezone, request.script_root)
    drawn: list[str] = []
    now = clock.now()
    for row in rows:
        before, between, after = _parts(*surroundings, bool(may_tick), row)
        limit = marks.due(row.internal_due_at, now) if row.state in OPEN else marks.at(row.internal_due_at)
        drawn += (before, limit, between, age(row.received_at, now), after)
    return Markup("".join(drawn))  # noqa: S704 - a template drew it


@lru_cache(maxsize=_KEPT)
def _parts(
    environment: Environment, _lang: str, _zone: tzinfo, _root: str, may_tick: bool, row: Listed
) -> tuple[str, str, str]:
    page = environment.get_template("desk/queue_row.html").render(
        row=row, may_tick=may_tick, due=_HOLE, came=_HOLE
    )
    before, between, after = page.split(_HOLE)
    return before, between, after
