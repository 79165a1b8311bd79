"""Case-days: the coming and the recent ones, one of them with its walk, and opening it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app import clock
from app.access import audit
from app.access.permissions import Permission, may
from app.calendar import queries as calendar
from app.calendar.saturdays import next_case_day
from app.case_days import queries as days
from app.case_days import running
from app.case_days.models import CaseDay
from app.cases import queries as cases
from app.cases.workflow import OPEN, State
from app.errors import Refused
from app.forwarding.eligibility import reasons_against
from app.forwarding.handover import facts_of
from app.reading import reading
from app.web.auth.sign_in import actor
from app.web.desk import bp, phrases, reading_in
from app.web.desk.day_page import Day, day_of, sealed_by
from app.web.words import message


@dataclass(frozen=True)
class Listed:
    """A case-day in the list, with what stands on its list within scope."""

    day: date
    row: CaseDay | None
    open: int
    done: int
    forwarded: int


@bp.get("/case-days/")
def case_days() -> str:
    """The next case-day on top, then those with cases, then the recent ones."""
    session, who = reading(), actor()
    sub_district = who.sub_district_id or 0
    counts = cases.counts_by_day(session, who)
    rows = {row.day: row for row in days.recent(session, sub_district)}
    moment = calendar.local(clock.now())
    coming = next_case_day(
        moment, calendar.rhythm_of(session, sub_district), calendar.settled_by(session, sub_district)
    )
    busy = {day for day, states in counts.items() if any(states.get(state) for state in OPEN)}
    listed = [
        _listed(day, rows.get(day), counts.get(day, {})) for day in sorted(set(rows) | busy | {coming.day})
    ]
    return render_template(
        "desk/case_days.html",
        ahead=[one for one in listed if one.day >= moment.date()],
        past=[one for one in reversed(listed) if one.day < moment.date()],
    )


@bp.get("/case-days/<day>")
def case_day(day: str) -> str:
    """The walk of one day."""
    found = day_of(actor(), reading_in.day(day))
    page = _draw(found)
    audit.saw(actor(), "case_day", found.day.isoformat(), ("titles", "visits", "outcomes"))
    return page


@bp.post("/case-days/<day>/open")
def open_day(day: str) -> Response | tuple[str, int]:
    """Begin the day."""
    found = day_of(actor(), reading_in.day(day))
    try:
        running.open_day(actor(), actor().sub_district_id or 0, found.day)
    except Refused as refused:
        return _draw(day_of(actor(), found.day), message(refused)), 422
    flash(_("开始了，走一家记一家。"))
    return redirect(url_for("desk.case_day", day=day), 303)


def _draw(day: Day, error: str = "") -> str:
    who = actor()
    return render_template(
        "desk/case_day.html",
        day=day,
        error=error,
        phrases=phrases,
        against=_against(day),
        may_run=may(who, Permission.RUN_CASE_DAY),
        may_close=may(who, Permission.CLOSE_CASE_DAY),
        sealed=sealed_by(day),
    )


def _against(day: Day) -> dict[int, list[str]]:
    """What would keep each case that is due from being forwarded by the clock, in words."""
    files = cases.files(reading(), [stop.row.id for stop in day.due]) if day.due else []
    return {
        case.id: [str(phrases.AGAINST[reason]) for reason in reasons_against(facts_of(case))]
        for case in files
    }


def _listed(day: date, row: CaseDay | None, states: dict[State, int]) -> Listed:
    done = states.get(State.RESOLVED, 0) + states.get(State.CLOSED, 0)
    return Listed(day, row, sum(states.get(state, 0) for state in OPEN), done, states.get(State.FORWARDED, 0))
