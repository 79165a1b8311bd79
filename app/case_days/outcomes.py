"""How a case ends a case-day: the words for it, and the one way to write it down."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from app import clock
from app.access.actor import Actor
from app.calendar import queries as calendar
from app.calendar.saturdays import Promise, case_day_after
from app.case_days import queries
from app.case_days.models import CaseDay, DayOutcome
from app.cases.models import CaseFile

RESOLVED, IN_HAND, CARRIED, DUE = "resolved", "in_hand", "carried", "due"
FORWARDED, ROLLED_OVER, RECALLED, ENDED = "forwarded", "rolled_over", "recalled", "ended"


def settle(
    session: Session,
    actor: Actor,
    day: CaseDay,
    case: CaseFile,
    outcome: str,
    *,
    next_day: date | None = None,
    person_id: int | None = None,
) -> None:
    """Write how this case ends the day; a later decision on the same day replaces the earlier."""
    row = queries.outcome_of(session, day.id, case.id)
    if row is None:
        row = DayOutcome(case_day_id=day.id, case_id=case.id)
        session.add(row)
    row.outcome, row.decided_at, row.decided_by = outcome, clock.now(), actor.staff_id
    row.next_day, row.person_id = next_day, person_id


def next_for(session: Session, case: CaseFile) -> Promise:
    """The case-day after the one a case stands on, or after today."""
    base = max(case.case_day, calendar.today(clock.now()))
    rhythm = calendar.rhythm_of(session, case.sub_district_id)
    return case_day_after(base, rhythm, calendar.settled_by(session, case.sub_district_id))
