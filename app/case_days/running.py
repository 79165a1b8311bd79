"""Opening a case-day, and what is at the door: visits and their outcomes."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from sqlalchemy.orm import Session

from app import clock
from app.access.actor import Actor
from app.access.permissions import Permission, require
from app.calendar import queries as calendar
from app.case_days import deciding, queries
from app.case_days.deciding import Decision
from app.case_days.models import CaseDay, Visit
from app.case_days.outcomes import RESOLVED, settle
from app.cases import handling
from app.cases.models import CaseFile
from app.cases.staff_photos import Shots, attach
from app.cases.triage import Sorting, apply_triage
from app.cases.workflow import State
from app.db import transaction
from app.errors import NotFound, Refused, Stale


class VisitOutcome(StrEnum):
    """What a worker presses at the door."""

    RESOLVED = "resolved"
    CARRY_OVER = "carry_over"
    NO_ONE_HOME = "no_one_home"
    NOT_OURS = "not_ours"
    NEEDS_UNIT = "needs_unit"


def open_day(actor: Actor, sub_district_id: int, day: date) -> None:
    """Staff begin the case-day; opening it twice changes nothing. Raises Refused before the day or once
    it is closed, Forbidden, NotFound."""
    require(actor, Permission.RUN_CASE_DAY)
    if actor.sub_district_id != sub_district_id:
        raise NotFound
    with transaction() as session:
        if calendar.today(clock.now()) < day:
            raise Refused("day_not_yet", params={"day": day.isoformat()})
        row = queries.locked_day(session, sub_district_id, day)
        if row.closed_at is not None:
            raise Refused("day_closed", params={"day": day.isoformat()})
        if row.opened_at is None:
            row.opened_at, row.opened_by = clock.now(), actor.staff_id


def visit(
    actor: Actor, number: str, version: int, outcome: str, note: str = "", shots: Shots | None = None
) -> CaseFile:
    """Record that somebody stood at the door for this case, what came of it, and what they photographed.

    A case nobody sorted yet is sorted by the way. 办好了 needs a word of what was done, 接着办 its reason;
    the residents of the case read both. Raises Refused, Stale, NotFound or Forbidden."""
    chosen = _outcome(outcome)
    with transaction() as session:
        case = handling.load(session, number=number, within=actor)
        require(
            actor,
            Permission.RUN_CASE_DAY,
            sub_district_id=case.sub_district_id,
            community_id=case.community_id,
        )
        if version != case.version:
            raise Stale(case.number, version, case.version)
        if case.state == State.RECEIVED.value:
            apply_triage(session, actor, case, Sorting())
        day = _day_of_visit(session, case)
        _record(session, actor, case, day, chosen)
        if shots is not None:
            attach(session, actor, case, shots)
        return _take_effect(session, actor, case, day, chosen, note)


def _outcome(outcome: str) -> VisitOutcome:
    try:
        return VisitOutcome(outcome)
    except ValueError as unknown:
        raise Refused("choice_unknown", "outcome") from unknown


def _day_of_visit(session: Session, case: CaseFile) -> CaseDay | None:
    """The case-day this visit belongs to, if today is one that is not closed yet."""
    today = calendar.today(clock.now())
    if case.case_day != today:
        return None
    day = queries.locked_day(session, case.sub_district_id, today)
    return None if day.closed_at else day


def _record(
    session: Session, actor: Actor, case: CaseFile, day: CaseDay | None, outcome: VisitOutcome
) -> None:
    if actor.staff_id is None:
        raise Refused("staff_only")
    session.add(
        Visit(
            case_id=case.id,
            doorway_id=case.doorway_id,
            case_day_id=day.id if day else None,
            staff_id=actor.staff_id,
            visited_at=clock.now(),
            outcome=outcome.value,
        )
    )


def _take_effect(
    session: Session, actor: Actor, case: CaseFile, day: CaseDay | None, outcome: VisitOutcome, note: str
) -> CaseFile:
    if outcome is VisitOutcome.RESOLVED:
        if day is not None:
            settle(session, actor, day, case, RESOLVED)
        return handling.apply(session, actor, case, "resolve", note=note, due_marked_at=None)
    if outcome is VisitOutcome.CARRY_OVER:
        return deciding.carry_over(session, actor, case, day, Decision(note, person_id=actor.staff_id))
    return handling.apply(session, actor, case, "visit", note=note, data={"outcome": outcome.value})
