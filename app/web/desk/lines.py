"""The rows of the queue. A row is drawn once for the case as it stands and kept; how long there is left, and how long ago
it came, change by the minute and are written into it each time."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, tzinfo
from functools import lru_cache

from flask import current_app, request
from jinja2 import Environment
from markupsafe import Markup

from app import clock, config
from app.calendar.queries import local
from app.cases.queue import Listed
from app.cases.workflow import OPEN
from app.web.desk import ages, marks
from app.web.language import lang

_KEPT = 1000
_HOLE = f"hole-{secrets.token_hex(8)}"  # nobody's words can hold it


def queue_lines(rows: Sequence[Listed], may_tick: bool) -> Markup:
    """These cases as rows of a table, with boxes to tick for whoever may use them; to the minute."""
    now = clock.now().replace(second=0, microsecond=0)
    surroundings = (current_app.jinja_env, lang(), config.active().timezone, request.script_root)
    return _lines(*surroundings, may_tick, now, tuple(rows))


@lru_cache(maxsize=32)
def _lines(
    environment: Environment,
    tongue: str,
    zone: tzinfo,
    root: str,
    may_tick: bool,
    now: datetime,
    rows: tuple[Listed, ...],
) -> Markup:
    """The same list within the same minute is the same text: so it is for everybody who opens the desk on a Saturday."""
    today = local(now).date()
    drawn: list[str] = []
    for row in rows:
        before, between, after = _parts(environment, tongue, zone, root, may_tick, row)
        limit = row.internal_due_at
        left = marks.hours_left(limit, now)
        shown = marks.limit_mark(tongue, zone, limit, left, today) if row.state in OPEN else marks.at(limit)
        came = ages.age_mark(tongue, zone, row.received_at, ages.steps(row.received_at, now))
        drawn += (before, shown, between, came, after)
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
