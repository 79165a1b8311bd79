"""Closing a case-day: one of four outcomes for each case that is still open, each decided by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask_babel import ngettext
from werkzeug.wrappers import Response

from app import clock
from app.access import audit
from app.calendar import queries as calendar
from app.case_days import deciding
from app.errors import ManyRefused, NotFound, Refused, Stale
from app.reading import reading
from app.staff import queries as staff
from app.web.auth.sign_in import actor
from app.web.desk import bp, phrases, reading_in
from app.web.desk.day_page import Day, Stop, day_of, sealed_by
from app.web.typed import typed_in
from app.web.words import by_field, message

Faults = dict[str, dict[str, str]]


@dataclass(frozen=True)
class Sent:
    """What the form held: typed words by field name, and the faults of each case by its number."""

    typed: Mapping[str, str]
    faults: Faults
    done: int = 0


@bp.get("/case-days/<day>/close")
def closing(day: str) -> str:
    """What is still undecided, nothing chosen beforehand."""
    found = day_of(actor(), reading_in.day(day))
    page = _draw(found, Sent({}, {}))
    audit.saw(actor(), "case_day", found.day.isoformat(), ("titles", "visits"))
    return page


@bp.post("/case-days/<day>/close")
def close_day(day: str) -> Response | tuple[str, int]:
    """Take every decision that was made; what cannot be taken stays with its fault beside it."""
    before = day_of(actor(), reading_in.day(day))
    faults: Faults = {}
    chosen = [stop.row.number for stop in before.stops if request.form.get(f"choice-{stop.row.number}")]
    for number in chosen:
        fault = _decide(number)
        if fault:
            faults[number] = fault
    after = day_of(actor(), before.day)
    done = len(chosen) - len(faults)
    if faults:
        return _draw(after, Sent(typed_in(), faults, done)), 422
    if done:
        flash(ngettext("定下来%(num)s件。", "定下来%(num)s件。", done))
    page = "desk.closing" if after.undecided else "desk.case_day"
    return redirect(url_for(page, day=after.day.isoformat()), 303)


def _decide(number: str) -> dict[str, str]:
    """One row of the form; its faults by field, none when it was done."""

    def typed(name: str) -> str:
        return request.form.get(f"{name}-{number}", "")

    try:
        deciding.decide(
            actor(),
            number,
            reading_in.version(request.form, f"version-{number}"),
            typed("choice"),
            reason=typed("note"),
            next_day=reading_in.next_day(typed("next_day")),
            person_id=reading_in.row_id(typed("person")),
        )
    except (Refused, ManyRefused) as refused:
        return by_field(refused)
    except Stale:
        return {"": message(Refused("row_stale"))}
    except NotFound:
        return {"": message(Refused("row_gone"))}
    return {}


def _draw(day: Day, sent: Sent) -> str:
    most = day.rhythm.max_carries
    people = staff.colleagues(reading(), actor().sub_district_id or 0)
    return render_template(
        "desk/closing.html",
        day=day,
        sent=sent,
        phrases=phrases,
        rows=_rows(day, sent),
        carried_before=message(Refused("carried_before", params={"most": most})),
        most=most,
        people=people,
        tomorrow=calendar.today(clock.now()),
        waits=_waits(day),
        sealed=sealed_by(day),
    )


def _rows(day: Day, sent: Sent) -> list[Stop]:
    """What is undecided, and what was tried just now and not taken."""
    return [stop for stop in day.stops if stop.is_undecided or stop.row.number in sent.faults]


def _waits(day: Day) -> bool:
    """Whether the clock has still to close this day."""
    return day.row is None or day.row.closed_at is None
