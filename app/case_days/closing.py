"""Closing a case-day: every case on its list ends the day resolved, in hand, carried over, or due to
forward. What is due can be recalled until the hold ends; then the clock forwards what may be forwarded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from app import clock
from app.access.actor import SYSTEM, Actor, Role
from app.access.permissions import Permission, may, require
from app.calendar import queries as calendar
from app.calendar.saturdays import Promise, Rhythm, case_day_after, closing_of, hold_ends
from app.case_days import queries
from app.case_days.models import CaseDay, DayOutcome
from app.cases import handling
from app.cases import queries as cases
from app.cases.models import CaseFile
from app.cases.workflow import OPEN, State
from app.db import db, transaction
from app.errors import Refused, Stale
from app.forwarding import handover
from app.forwarding.eligibility import reasons_against
from app.outbox import posting
from app.staff import queries as staff

RESOLVED, IN_HAND, CARRIED, DUE = "resolved", "in_hand", "carried", "due"
FORWARDED, ROLLED_OVER, RECALLED, ENDED = "forwarded", "rolled_over", "recalled", "ended"
Verb = Callable[[int, date], dict[str, int]]


# ---- what a dispatcher decides, case by case -----------------------------------------------------------


def decide(
    actor: Actor,
    number: str,
    version: int,
    choice: str,
    *,
    reason: str = "",
    next_day: date | None = None,
    person_id: int | None = None,
) -> CaseFile:
    """One decision: `resolve`, `in_hand` (reason and next date), `carry_over` (reason and person),
    `mark_due` or `recall`. Raises Refused, Stale, NotFound or Forbidden."""
    with transaction() as session:
        case = handling.load(session, number=number)
        require(
            actor, Permission.HANDLE, sub_district_id=case.sub_district_id, community_id=case.community_id
        )
        _fresh(case, version)
        day = _open_day_of(session, case)
        if choice == "resolve":
            if day is not None:
                settle(session, actor, day, case, RESOLVED)
            return handling.apply(session, actor, case, "resolve", note=reason, due_marked_at=None)
        if choice == "in_hand":
            return in_hand(session, actor, case, day, next_day=next_day, reason=reason)
        if choice == "carry_over":
            return carry_over(session, actor, case, day, person_id=person_id, reason=reason)
        if choice == "mark_due":
            return mark_due(session, actor, case, day)
        if choice == "recall":
            return recall(session, actor, case)
        raise Refused("choice_unknown", "choice")


def in_hand(
    session: Session, actor: Actor, case: CaseFile, day: CaseDay | None, *, next_day: date | None, reason: str
) -> CaseFile:
    """Work is going on and the resident is told why and until when; not counted as a carry."""
    if next_day is None:
        raise Refused("next_day_missing", "next_day")
    if next_day <= calendar.today(clock.now()):
        raise Refused("next_day_past", "next_day")
    if day is not None:
        settle(session, actor, day, case, IN_HAND, next_day=next_day)
    return handling.apply(
        session,
        actor,
        case,
        "in_hand",
        note=reason,
        data={"next_day": next_day},
        case_day=_case_day_from(session, case, next_day),
        promised_on=next_day,
        promise_tentative=False,
        due_marked_at=None,
    )


def carry_over(
    session: Session, actor: Actor, case: CaseFile, day: CaseDay | None, *, person_id: int | None, reason: str
) -> CaseFile:
    """To the next case-day, with a named person and a reason, as often as the sub-district allows."""
    most = calendar.rhythm_of(session, case.sub_district_id).max_carries
    if case.carries >= most:
        raise Refused("carried_before", "choice", {"most": most})
    if person_id is None:
        raise Refused("person_missing", "person")
    person = staff.by_id(session, person_id)
    if person is None or not person.is_active or not _may_carry_on(session, person_id, case):
        raise Refused("person_unknown", "person")
    following = _next_for(session, case)
    if day is not None:
        settle(session, actor, day, case, CARRIED, next_day=following.day, person_id=person_id)
    return handling.apply(
        session,
        actor,
        case,
        "carry_over",
        note=reason,
        data={"next_day": following.day, "person": person_id},
        case_day=following.day,
        promised_on=following.day,
        promise_tentative=following.tentative,
        carries=case.carries + 1,
        handler_id=person_id,
        due_marked_at=None,
    )


def mark_due(session: Session, actor: Actor, case: CaseFile, day: CaseDay | None) -> CaseFile:
    """Due to forward when the hold of this day ends; a mark only, the state stays."""
    if day is None:
        raise Refused("not_on_a_day", "choice")
    settle(session, actor, day, case, DUE)
    return handling.apply(session, actor, case, "mark_due", due_marked_at=clock.now())


def recall(session: Session, actor: Actor, case: CaseFile) -> CaseFile:
    """Take the mark back before the hold ends: next case-day, no carry counted."""
    day = queries.locked_day(session, case.sub_district_id, case.case_day)
    if day.released_at is not None:
        raise Refused("hold_over", "choice")
    if case.due_marked_at is None:
        raise Refused("not_marked", "choice")
    following = _next_for(session, case)
    settle(session, actor, day, case, RECALLED, next_day=following.day)
    return handling.apply(
        session,
        actor,
        case,
        "recall",
        data={"next_day": following.day},
        case_day=following.day,
        promised_on=following.day,
        promise_tentative=following.tentative,
        due_marked_at=None,
    )


# ---- what the clock does -------------------------------------------------------------------------------


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


# ---- shared steps --------------------------------------------------------------------------------------


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


def _fresh(case: CaseFile, version: int) -> None:
    if case.version != version:
        raise Stale(case.number, version, case.version)


def _open_day_of(session: Session, case: CaseFile) -> CaseDay | None:
    """The day whose list the case stands on, once that day has come and is not closed; None on a weekday
    before it."""
    if case.case_day > calendar.today(clock.now()):
        return None
    day = queries.locked_day(session, case.sub_district_id, case.case_day)
    return None if day.closed_at else day


def _next_for(session: Session, case: CaseFile) -> Promise:
    base = max(case.case_day, calendar.today(clock.now()))
    rhythm = calendar.rhythm_of(session, case.sub_district_id)
    return case_day_after(base, rhythm, calendar.settled_by(session, case.sub_district_id))


def _case_day_from(session: Session, case: CaseFile, next_day: date) -> date:
    """The first case-day on or after the date the resident was told."""
    rhythm = calendar.rhythm_of(session, case.sub_district_id)
    settled = calendar.settled_by(session, case.sub_district_id)
    return case_day_after(next_day - timedelta(days=1), rhythm, settled).day


def _may_carry_on(session: Session, person_id: int, case: CaseFile) -> bool:
    """Whether this person handles cases, and covers this one's community."""
    person = staff.by_id(session, person_id)
    if person is None:
        return False
    who = staff.actor_of(session, person)
    return may(who, Permission.HANDLE) and who.covers(case.sub_district_id, case.community_id)


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
    following = _next_for(session, case)
    dispatchers = staff.with_role(session, case.sub_district_id, Role.DISPATCHER)
    person_id = dispatchers[0].id if dispatchers else None
    settle(session, SYSTEM, row, case, ROLLED_OVER, next_day=following.day, person_id=person_id)
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
