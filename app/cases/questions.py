"""Which questions to residents are still open: the mark “waiting” of a case stands while any is."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cases.models import CaseEvent, Report

ASKED = "ask_resident"
SETTLED = frozenset({"answered", "withdraw", "withdraw_one"})


def waiting_since(session: Session, case_id: int, *, but: int | None = None) -> datetime | None:
    """When the oldest question was asked that no resident of this case has answered, wherever it was asked; None
    without one. `but` is a report whose question is being settled now."""
    here = select(Report.id).where(Report.case_id == case_id, Report.withdrawn_at.is_(None))
    lines = select(CaseEvent.report_id, CaseEvent.action, CaseEvent.at).where(
        CaseEvent.report_id.in_(here), CaseEvent.action.in_([ASKED, *SETTLED])
    )
    asked: dict[int | None, datetime] = {}
    for report_id, action, at in session.execute(lines.order_by(CaseEvent.id)):
        if action == ASKED:
            asked[report_id] = at
        else:
            asked.pop(report_id, None)
    asked.pop(but, None)
    return min(asked.values(), default=None)
