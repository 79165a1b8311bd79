"""What a dispatcher decides about a case of the day: done, in hand, carried over, due to forward, recalled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from app import clock
from app.access.actor import Actor
from app.access.permissions import Permission, may, require
from app.calendar import queries as calendar
from app.case_days import queries
from app.case_days.models import CaseDay
from app.case_days.outcomes import CARRIED, DUE, IN_HAND, RECALLED, RESOLVED, next_for, settle
from app.cases import extending, handling
from app.cases.models import CaseFile
from app.db import transaction
from app.errors import Refused, Stale
from app.staff import queries as staff


@dataclass(frozen=True)
class Decision:
    """What goes with a choice: the reason the residents read, the next date, who carries on."""

    reason: str = ""
    next_day: date | None = None
    person_id: int | None = None


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
    """One decision out of CHOICES, in a transaction of its own. Raises Refused, Stale, NotFound or Forbidden."""
    with transaction() as session:
        case = handling.load(session, number=number, within=actor)
        require(
            actor, Permission.HANDLE, sub_district_id=case.sub_district_id, community_id=case.community_id
        )
        _fresh(case, version)
        if choice not in CHOICES:
            raise Refused("choice_unknown", "choice")
        day = _open_day_of(session, case)
        return CHOICES[choice](session, actor, case, day, Decision(reason, next_day, person_id))


def resolve(
    session: Session, actor: Actor, case: CaseFile, day: CaseDay | None, decision: Decision
) -> CaseFile:
    """Done; the residents read what was done."""
    if day is not None:
        settle(session, actor, day, case, RESOLVED)
    return handling.apply(session, actor, case, "resolve", note=decision.reason, due_marked_at=None)


def in_hand(
    session: Session, actor: Actor, case: CaseFile, day: CaseDay | None, decision: Decision
) -> CaseFile:
    """Work is going on and the resident is told why and until when; not counted as a carry."""
    extending.require_recall(actor, case)
    next_day = decision.next_day
    if next_day is None:
        raise Refused("next_day_missing", "next_day")
    if next_day <= calendar.today(clock.now()):
        raise Refused("next_day_past", "next_day")
    if day is not None:
        settle(session, actor, day, case, IN_HAND, next_day=next_day)
    extending.extend_for(session, actor, case, next_day, decision.reason, act="in_hand", field="next_day")
    return handling.apply(
        session,
        actor,
        case,
        "in_hand",
        note=decision.reason,
        data={"next_day": next_day},
        case_day=extending.case_day_from(session, case, next_day),
        promised_on=next_day,
        promise_tentative=False,
        due_marked_at=None,
    )


def carry_over(
    session: Session, actor: Actor, case: CaseFile, day: CaseDay | None, decision: Decision
) -> CaseFile:
    """To the next case-day, with a named person and a reason, as often as the sub-district allows."""
    extending.require_recall(actor, case)
    most = calendar.rhythm_of(session, case.sub_district_id).max_carries
    if case.carries >= most:
        raise Refused("carried_before", "choice", {"most": most})
    person_id = decision.person_id
    if person_id is None:
        raise Refused("person_missing", "person")
    person = staff.by_id(session, person_id)
    if person is None or not person.is_active or not _may_carry_on(session, person_id, case):
        raise Refused("person_unknown", "person")
    following = next_for(session, case)
    if day is not None:
        settle(session, actor, day, case, CARRIED, next_day=following.day, person_id=person_id)
    extending.extend_for(
        session, actor, case, following.day, decision.reason, act="carry_over", field="choice"
    )
    return handling.apply(
        session,
        actor,
        case,
        "carry_over",
        note=decision.reason,
        data={"next_day": following.day, "person": person_id},
        case_day=following.day,
        promised_on=following.day,
        promise_tentative=following.tentative,
        carries=case.carries + 1,
        handler_id=person_id,
        due_marked_at=None,
    )


def extend(
    session: Session, actor: Actor, case: CaseFile, day: CaseDay | None, decision: Decision
) -> CaseFile:
    """The deadline is put off, with a reason and a day the residents read; on a case-day it ends the day in hand."""
    until = decision.next_day
    if until is None:
        raise Refused("next_day_missing", "next_day")
    if day is not None:
        settle(session, actor, day, case, IN_HAND, next_day=until)
    return extending.extend(session, actor, case, until, decision.reason)


def mark_due(
    session: Session, actor: Actor, case: CaseFile, day: CaseDay | None, _decision: Decision
) -> CaseFile:
    """Due to forward when the hold of this day ends; a mark only, the state stays."""
    if day is None:
        raise Refused("not_on_a_day", "choice")
    settle(session, actor, day, case, DUE)
    return handling.apply(session, actor, case, "mark_due", due_marked_at=clock.now())


def recall(
    session: Session, actor: Actor, case: CaseFile, _day: CaseDay | None, _decision: Decision
) -> CaseFile:
    """Take the mark back before the hold ends: next case-day, no carry counted."""
    day = queries.locked_day(session, case.sub_district_id, case.case_day)
    if day.released_at is not None:
        raise Refused("hold_over", "choice")
    if case.due_marked_at is None:
        raise Refused("not_marked", "choice")
    following = next_for(session, case)
    settle(session, actor, day, case, RECALLED, next_day=following.day)
    extending.extend_by_clock(session, case, following.day, because="recall")
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


Choice = Callable[[Session, Actor, CaseFile, CaseDay | None, Decision], CaseFile]

CHOICES: dict[str, Choice] = {
    "resolve": resolve,
    "in_hand": in_hand,
    "carry_over": carry_over,
    "extend": extend,
    "mark_due": mark_due,
    "recall": recall,
}
"""What may be decided, by the name a form sends."""


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


def _may_carry_on(session: Session, person_id: int, case: CaseFile) -> bool:
    """Whether this person handles cases, and covers this one's community."""
    person = staff.by_id(session, person_id)
    if person is None:
        return False
    who = staff.actor_of(session, person)
    return may(who, Permission.HANDLE) and who.covers(case.sub_district_id, case.community_id)
