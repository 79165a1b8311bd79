"""Danger that is told later: in words added to a report, in an answer, in a neighbour's note, in a follow-up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app import clock
from app.calendar import queries as calendar
from app.cases import deadlines, urgency
from app.cases.models import CaseFile
from app.cases.workflow import OPEN, State
from app.categories import queries as categories
from app.outbox import posting
from app.staff import duty


def told_later(
    session: Session, case: CaseFile, text: str, key: str, *, is_anew: bool = False
) -> dict[str, Any]:
    """What these words change about a case, inside the caller's transaction: whoever is on duty is told of
    danger, once for the page they came from (`key`), and an open case is urgent from now on, under the limit of
    what is urgent. Empty where they speak of none, or the case has ended. A case that begins anew (`is_anew`) has
    an hour of its own: that of its first round may have gone by."""
    found = urgency.recognised(text)
    if found is None:
        return {}
    posting.post(session, "urgent_report", case.number, key=f"urgent_report:{key}")
    if State(case.state) not in OPEN:
        return {}
    changes = urgent_from_now(session, case, found.kind)
    if is_anew and changes["internal_due_at"] <= clock.now():
        changes["internal_due_at"] = deadlines.internal(
            clock.now(), categories.urgent_hours(session.connection())
        )
    return changes


def urgent_from_now(session: Session, case: CaseFile, kind: str) -> dict[str, Any]:
    """The columns of a case in which danger was recognised; what was promised before is never put off by it."""
    now, hours = clock.now(), categories.urgent_hours(session.connection())
    internal = deadlines.internal(now, hours)
    looked_at = hour_of_looking(session, (case.sub_district_id, case.community_id), now, internal)
    changes: dict[str, Any] = {
        "urgency": case.urgency or kind,
        "due_first": True,
        "due_at": min(case.due_at, deadlines.official(now, hours)),
        "internal_due_at": min(case.internal_due_at, internal),
    }
    if calendar.today(looked_at.at) < case.promised_on:
        changes |= {"promised_on": calendar.today(looked_at.at), "promise_tentative": False}
    return changes


@dataclass(frozen=True)
class Looking:
    """The hour of what does not wait for Saturday: looked at by then, or, where `is_from`, from then on."""

    at: datetime
    is_from: bool = False


def hour_of_looking(session: Session, place: tuple[int, int], told_at: datetime, limit: datetime) -> Looking:
    """When danger told at a moment is looked at in a place (sub-district, community): within its limit, but where
    nobody on duty reads before that passes, from the hour somebody does. An hour at which nobody looks is no
    promise."""
    next_at = duty.reading_at(session, place[0], told_at, community_id=place[1]).next_at
    if next_at is not None and next_at > limit:
        return Looking(next_at, is_from=True)
    return Looking(limit)


def looked_at(session: Session, case: CaseFile) -> Looking | None:
    """The hour on the promised day of a case; None where a day was promised and no hour."""
    looking = Looking(case.internal_due_at)
    if case.urgency:
        limit = timedelta(hours=categories.urgent_hours(session.connection()))
        told_at = case.internal_due_at - limit
        place = (case.sub_district_id, case.community_id)
        looking = hour_of_looking(session, place, told_at, case.internal_due_at)
    return looking if case.due_first and calendar.today(looking.at) == case.promised_on else None
