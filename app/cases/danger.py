"""Danger that is told later: in words added to a report, in an answer to a question."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.cases import urgency
from app.cases.models import CaseFile
from app.outbox import posting


def told_later(session: Session, case: CaseFile, text: str, key: str) -> dict[str, str]:
    """What these words change about a case, inside the caller's transaction: whoever is on duty is told of
    danger, once for the page they came from (`key`). Empty where they speak of none."""
    found = urgency.recognised(text)
    if found is None:
        return {}
    posting.post(session, "urgent_report", case.number, key=f"urgent_report:{key}")
    return {"urgency": case.urgency or found.kind}
