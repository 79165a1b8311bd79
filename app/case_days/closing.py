"""What the clock does with a case-day: close it, hold what is due to forward, and forward what may go when
the hold ends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime

from sqlalchemy.orm import Session

from app import clock
from app.access.actor import SYSTEM, Role
from app.calendar import queries as calendar
from app.calendar.saturdays import Rhythm, closing_of, hold_ends
from app.case_days import queries
from app.case_days.models import CaseDay
from app.case_days.outcomes import (
    CARRIED,
    DUE,
    ENDED,
    FORWARDED,
    RECALLED,
    RESOLVED,
    ROLLED_OVER,
    next_for,
    settle,
)
from app.cases import extending, handling
from app.cases import queries as cases
from app.cases.models import CaseFile
from app.cases.workflow import OPEN, State
from app.db import db, transaction
from app.errors import Refused
from app.forwarding import handover
from app.forwarding.eligibility import reasons_against
from app.outbox import posting
from app.staff import queries as staff

Verb = Callable[[int, date], dict[str, int]]


def close(sub_district_id: int, day: date) -> dict[str, int]:
    """Close a case-day: what nobody decided becomes due to forward; on a day nobody opened, everything rolls
    over instead. Doing it again changes nothing. Returns counts by outcome.

    One short transaction per case: a kill in between leaves the rest for the next try. Raises Refused for a
    day that has not come."""
    opened = _begin_closing(sub_district_id, day)
    for case_id in _undecided(sub_district_id, day):
        with transaction() as session:
            case = handling.load(session, case_id=case_id)
            row = queries.locked_day(session, sub_district_id, day)
            if case.case_day != day or State(case.state) not in OPEN or case.due_marked_at is not None:
                continue
            if opened:
                settle(session, SYSTEM, row, case, DUE)
                handling.apply(session, SYSTEM, case, "lapse_due", due_marked_at=clock.now())
            else:
                _roll_over(session, row, case, ["day_not_opened"])
    return _finish_closing(sub_district_id, day, opened=opened)


def release(sub_district_id: int, day: date) -> dict[str, int]:
    """End the hold: forward what is eligible, roll over what is not to a named dispatcher, and tell the
    leader. Returns counts by outcome. Raises Refused when the day is not closed."""
    with transaction() as session:
        row = queries.locked_day(session, sub_district_id, day)
        if row.closed_at is None:
            raise Refused("day_not_closed", params={"day": day.isoformat()})
        waiting = queries.due_cases(session, row.id)
    for case_id in waiting:
        with transaction() as session:
            _release_one(session, sub_district_id, day, case_id)
    with transaction() as session:
        row = queries.locked_day(session, sub_district_id, day)
        for outcome, case in queries.left_due(session, row.id):
            outcome.outcome = _what_became_of(case, day)
        row.released_at = row.released_at or clock.now()
        session.flush()
        return queries.counts(session, row.id)


def preview_of_closing(sub_district_id: int, day: date) -> dict[str, int]:
    """What `close` would count now, changing nothing."""
    if day > calendar.today(clock.now()):
        raise Refused("day_not_yet", params={"day": day.isoformat()})
    with Session(db.engine) as session:
        row = queries.day_of(session, sub_district_id, day)
        settled = Counter(queries.counts(session, row.id)) if row else Counter()
        if row is not None and row.closed_at is not None:
            return dict(settled)
        known = queries.outcomes(session, row.id) if row else {}
        for case_id in cases.ids_on_list(session, sub_district_id, day, (State.RESOLVED, State.CLOSED)):
            settled[RESOLVED] += case_id not in known
        undecided = [
            case_id
            for case_id in cases.ids_on_list(session, sub_district_id, day, sorted(OPEN))
            if case_id not in known or known[case_id].outcome != DUE
        ]
        opened = row is not None and queries.was_opened(session, row)
        settled[DUE if opened else ROLLED_OVER] += len(undecided)
        return dict(settled)


def preview_of_release(sub_district_id: int, day: date) -> dict[str, int]:
    """What `release` would count now, changing nothing. Raises Refused when the day is not closed."""
    with Session(db.engine) as session:
        row = queries.day_of(session, sub_district_id, day)
        if row is None or row.closed_at is None:
            raise Refused("day_not_closed", params={"day": day.isoformat()})
        settled = Counter(queries.counts(session, row.id))
        for case_id in queries.due_cases(session, row.id):
            case = session.get_one(CaseFile, case_id)
            settled[DUE] -= 1
            if State(case.state) in OPEN and case.case_day == day:
                settled[ROLLED_OVER if reasons_against(handover.facts_of(case)) else FORWARDED] += 1
            else:
                settled[_what_became_of(case, day)] += 1
        return dict(+settled)


def due_for_closing(session: Session, sub_district_id: int) -> list[date]:
    """The days whose closing time has passed while cases still stand on their lists, or that were opened."""
    wall = calendar.local(clock.now())
    rhythm = calendar.rhythm_of(session, sub_district_id)
    days = set(cases.waiting_days(session, sub_district_id))
    days |= {row.day for row in queries.recent(session, sub_district_id) if row.closed_at is None}
    closed = {row.day for row in queries.recent(session, sub_district_id) if row.closed_at is not None}
    return sorted(day for day in days - closed if closing_of(day, rhythm) <= wall)


def due_for_release(session: Session, sub_district_id: int) -> list[date]:
    """The closed days whose hold has ended."""
    wall = calendar.local(clock.now())
    rhythm = calendar.rhythm_of(session, sub_district_id)
    return [row.day for row in queries.unreleased(session, sub_district_id) if _hold_of(row, rhythm) <= wall]


def _hold_of(row: CaseDay, rhythm: Rhythm) -> datetime:
    return hold_ends(row.day, calendar.local(row.closed_at or clock.now()), rhythm)


def _begin_closing(sub_district_id: int, day: date) -> bool:
    if day > calendar.today(clock.now()):
        raise Refused("day_not_yet", params={"day": day.isoformat()})
    with transaction() as session:
        row = queries.locked_day(session, sub_district_id, day)
        return queries.was_opened(session, row)


def _undecided(sub_district_id: int, day: date) -> list[int]:
    with transaction() as session:
        if queries.locked_day(session, sub_district_id, day).closed_at is not None:
            return []
        return cases.ids_on_list(session, sub_district_id, day, sorted(OPEN))


def _finish_closing(sub_district_id: int, day: date, *, opened: bool) -> dict[str, int]:
    with transaction() as session:
        row = queries.locked_day(session, sub_district_id, day)
        if row.closed_at is None:
            for case_id in cases.ids_on_list(session, sub_district_id, day, (State.RESOLVED, State.CLOSED)):
                if queries.outcome_of(session, row.id, case_id) is None:
                    settle(session, SYSTEM, row, session.get_one(CaseFile, case_id), RESOLVED)
            row.closed_at = clock.now()
            kind = "day_closed" if opened else "day_not_opened"
            posting.post(session, kind, str(row.id), key=f"{kind}:{row.id}")
        session.flush()
        return queries.counts(session, row.id)


def _release_one(session: Session, sub_district_id: int, day: date, case_id: int) -> None:
    case = handling.load(session, case_id=case_id)
    row = queries.locked_day(session, sub_district_id, day)
    if case.due_marked_at is None or case.case_day != day:
        return
    if State(case.state) not in OPEN:
        # resolved, withdrawn or declined while it waited: nothing is left to forward
        case.due_marked_at = None
        return
    against = reasons_against(handover.facts_of(case))
    if against:
        _roll_over(session, row, case, against)
        return
    settle(session, SYSTEM, row, case, FORWARDED)
    handover.forward(session, SYSTEM, case, "release_due", case_day=day)


def _what_became_of(case: CaseFile, day: date) -> str:
    """The outcome of a case that somebody dealt with between the closing and the end of the hold."""
    if case.state == State.FORWARDED.value:
        return FORWARDED
    if case.state in (State.RESOLVED.value, State.CLOSED.value):
        return RESOLVED
    if State(case.state) in OPEN:
        return RECALLED if case.case_day == day else CARRIED
    return ENDED


def _roll_over(session: Session, row: CaseDay, case: CaseFile, reasons: list[str]) -> None:
    """To the next case-day, to a named dispatcher; the leader is told by the outbox."""
    following = next_for(session, case)
    dispatchers = staff.with_role(session, case.sub_district_id, Role.DISPATCHER)
    person_id = dispatchers[0].id if dispatchers else None
    settle(session, SYSTEM, row, case, ROLLED_OVER, next_day=following.day, person_id=person_id)
    extending.extend_by_clock(session, case, following.day, because="roll_over")
    handling.apply(
        session,
        SYSTEM,
        case,
        "roll_over",
        data={"next_day": following.day, "reasons": reasons, "person": person_id},
        case_day=following.day,
        promised_on=following.day,
        promise_tentative=following.tentative,
        due_marked_at=None,
        handler_id=case.handler_id or person_id,
    )
    posting.post_once(session, "rolled_over", case.number, key=f"rolled_over:{row.id}:{case.id}")
