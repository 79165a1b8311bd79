"""The doorway on a worker's phone: what is open here, and what came of standing at it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app import clock
from app.access import audit
from app.access.permissions import Permission, may
from app.calendar import queries as calendar
from app.case_days import queries as days
from app.case_days import running
from app.cases import queries as cases
from app.cases.queries import Row
from app.cases.staff_photos import Shots
from app.cases.workflow import OPEN
from app.errors import ManyRefused, NotFound, Refused, Stale
from app.places import queries as places
from app.places.codes import read_code
from app.places.queries import Door
from app.reading import reading
from app.web import pictures
from app.web.auth.sign_in import actor
from app.web.desk import bp, phrases, reading_in
from app.web.typed import typed_in
from app.web.words import by_field, message


@dataclass(frozen=True)
class Knocked:
    """An outcome that was not taken: at which case, what was wrong, every word typed."""

    number: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    typed: Mapping[str, str] = field(default_factory=dict)


@bp.get("/doors/<code>")
def door(code: str) -> str:
    """What is open at this door."""
    return _draw(_door(code), Knocked())


@bp.post("/doors/<code>/visit")
def visit(code: str) -> Response | tuple[str, int]:
    """Record a visit and its outcome."""
    here = _door(code)
    number, outcome = reading_in.case_number(request.form.get("case", "")), request.form.get("outcome", "")
    if number not in {row.number for row in _open_here(here)}:
        raise NotFound
    version, note = reading_in.version(request.form), request.form.get("note", "")
    try:
        with pictures.taken_in() as taken:
            shots = Shots(taken, bool(request.form.get("is_cleared")))
            running.visit(actor(), number, version, outcome, note, shots)
            taken.is_saved = True
    except (Refused, ManyRefused) as refused:
        return _draw(here, Knocked(number, by_field(refused), typed_in())), 422
    except Stale:
        return _draw(here, Knocked(number, {"": message(Refused("row_stale"))}, typed_in())), 409
    flash(_("记下了：%(outcome)s。", outcome=str(phrases.VISITS[outcome])))
    return redirect(url_for("desk.door", code=here.code), 303)


def _door(written: str) -> Door:
    """The door of a code within scope; raises NotFound."""
    code = read_code(written)
    found = places.door_by_code(reading(), code) if code else None
    if found is None or not actor().covers(found.sub_district_id, found.community_id):
        raise NotFound
    return found


def _open_here(here: Door) -> list[Row]:
    return cases.open_at_door(reading(), actor(), here.doorway_id)


def _draw(here: Door, knocked: Knocked) -> str:
    session, rows = reading(), _open_here(here)
    most = calendar.rhythm_of(session, here.sub_district_id).max_carries
    ids = [row.id for row in rows]
    page = render_template(
        "desk/door.html",
        door=here,
        rows=rows,
        reports=cases.reports_of(session, ids) if ids else {},
        visits=days.visits_to(session, ids) if ids else {},
        knocked=knocked,
        phrases=phrases,
        most=most,
        open_states=OPEN,
        today=calendar.today(clock.now()),
        may_visit=may(actor(), Permission.RUN_CASE_DAY),
        may_key_in=may(actor(), Permission.KEY_IN),
        carried_before=message(Refused("carried_before", params={"most": most})),
    )
    audit.saw(actor(), "door", here.code, ("cases",))
    audit.saw_each(actor(), "case", [row.number for row in rows], ("words", "spot", "visits"))
    return page
