"""Danger that is told later: in words added to a report, in an answer, in a neighbour's note, in a follow-up."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from app import clock
from app.calendar import queries as calendar
from app.cases import deadlines, urgency
from app.cases.models import CaseFile
from app.cases.workflow import OPEN, State
from app.categories import queries as categories
from app.outbox import posting


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
    changes: dict[str, Any] = {
        "urgency": case.urgency or kind,
        "due_first": True,
        "due_at": min(case.due_at, deadlines.official(now, hours)),
        "internal_due_at": min(case.internal_due_at, internal),
    }
    if calendar.today(internal) < case.promised_on:
        changes |= {"promised_on": calendar.today(internal), "promise_tentative": False}
    return changes
