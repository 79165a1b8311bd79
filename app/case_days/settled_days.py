"""Which coming days are case-days, and staff's own word on one: held, or not held.

A date that was promised for certain is kept: its case stays on that day's list even when the day is taken out for
new reports. A date that was only expected (the holidays were unpublished) becomes certain, or goes to the next day
and the resident is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from app import clock
from app.access import audit
from app.access.actor import SYSTEM, Actor
from app.access.freshness import mark_of, must_stand
from app.access.permissions import require_office
from app.calendar import queries as calendar
from app.calendar.models import CalendarDay
from app.calendar.saturdays import is_holiday, is_open, is_published
from app.case_days import queries
from app.case_days.outcomes import next_for
from app.cases import handling
from app.db import transaction
from app.errors import Refused
from app.places import written

WEEKS = 20
HELD, SKIPPED, USUAL = "held", "skipped", "usual"
LONGEST_NOTE = 80


@dataclass(frozen=True)
class Coming:
    """A coming case-day: whether it is held, why (`settled`, `holiday`, `unpublished`, `usual`), the note of who
    settled it, and how many open cases stand on its list, `expected` ones among them not yet certain."""

    day: date
    held: bool
    why: str
    note: str
    cases: int
    expected: int

    @property
    def seen(self) -> str:
        """What a page showed of what was settled."""
        return mark_of(self.why == "settled", self.held if self.why == "settled" else None, self.note)


@dataclass(frozen=True)
class Settled:
    """What a word on a day did: dates that became certain, dates moved to a later day, certain ones kept."""

    confirmed: int = 0
    moved: int = 0
    kept: int = 0


def coming(session: Session, sub_district_id: int, weeks: int = WEEKS) -> list[Coming]:
    """The next case-days of the sub-district's weekday, today's included, and what is still expected on a day of
    the weekday it had before."""
    rhythm = calendar.rhythm_of(session, sub_district_id)
    today = calendar.today(clock.now())
    first = today + timedelta(days=(rhythm.weekday - today.weekday()) % 7)
    days = [first + timedelta(weeks=week) for week in range(weeks)]
    rows = {row.day: row for row in queries.settled_rows(session, sub_district_id, today)}
    counts = queries.open_by_day(session, sub_district_id, today)
    former = {
        day for day, (_cases, expected) in counts.items() if expected and day < today + timedelta(weeks=weeks)
    }
    return [_coming(day, rows.get(day), *counts.get(day, (0, 0))) for day in sorted({*days, *former})]


def settle_day(actor: Actor, day: date, word: str, note: str, as_seen: str) -> Settled:
    """Say of a coming day of the sub-district's weekday that it is held, skipped, or as usual.

    Raises Forbidden, Refused: choice_unknown, field_too_long, control_characters, page_older, day_not_coming,
    day_begun (somebody has opened it)."""
    require_office(actor, actor.sub_district_id)
    place = actor.sub_district_id or 0
    if word not in (HELD, SKIPPED, USUAL):
        raise Refused("choice_unknown", "word")
    words = written.name("note", note, LONGEST_NOTE, needed=False)
    with transaction() as session:
        row = queries.settled_row(session, place, day)
        must_stand(as_seen, row is not None, row.is_open if row else None, row.note if row else "")
        _may_be_settled(session, place, day)
        session.execute(
            delete(CalendarDay).where(CalendarDay.sub_district_id == place, CalendarDay.day == day)
        )
        if word != USUAL:
            session.add(CalendarDay(sub_district_id=place, day=day, is_open=word == HELD, note=words))
        session.flush()
        audit.record(session, actor, "case_day_settled", "calendar_day", day.isoformat(), ("is_open", "note"))
        return _with_its_cases(session, place, day)


def _coming(day: date, row: CalendarDay | None, cases: int, expected: int) -> Coming:
    if row is not None:
        return Coming(day, row.is_open, "settled", row.note, cases, expected)
    if not is_published(day):
        return Coming(day, True, "unpublished", "", cases, expected)
    why = "holiday" if is_holiday(day) else "usual"
    return Coming(day, why == "usual", why, "", cases, expected)


def _may_be_settled(session: Session, place: int, day: date) -> None:
    if day not in {one.day for one in coming(session, place)}:
        raise Refused("day_not_coming", "day")
    begun = queries.day_of(session, place, day)
    if begun is not None and (begun.opened_at or begun.closed_at):
        raise Refused("day_begun", "day")


def _with_its_cases(session: Session, place: int, day: date) -> Settled:
    settled = calendar.settled_by(session, place)
    certain = settled(day) is not None or is_published(day)
    confirmed = moved = kept = 0
    for case_id in queries.open_cases_of(session, place, day):
        case = handling.load(session, case_id=case_id)
        if is_open(day, settled):
            if certain and case.promise_tentative:
                case.promise_tentative = False
                confirmed += 1
        elif not case.promise_tentative:
            kept += 1
        else:
            following = next_for(session, case)
            handling.apply(
                session,
                SYSTEM,
                case,
                "roll_over",
                data={"next_day": following.day, "reasons": ["day_skipped"]},
                case_day=following.day,
                promised_on=following.day,
                promise_tentative=following.tentative,
            )
            moved += 1
    return Settled(confirmed, moved, kept)
