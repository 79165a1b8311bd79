"""What residents do with their own report after sending it: add words, withdraw."""

from __future__ import annotations

from sqlalchemy import func, select

from app import clock
from app.access.actor import resident
from app.cases import handling
from app.cases.models import Addition, Report
from app.cases.queries import report_by_receipt
from app.cases.wording import LONGEST_TEXT, has_control_characters, is_submission_key
from app.db import transaction
from app.errors import NotFound, Refused


def add(receipt: str, submission_key: str, text: str) -> None:
    """Add words to one's own report; the same page twice adds them once. Raises Refused or NotFound."""
    if not text.strip():
        raise Refused("text_missing", "text")
    if len(text) > LONGEST_TEXT:
        raise Refused("text_too_long", "text", {"longest": LONGEST_TEXT, "length": len(text)})
    if has_control_characters(text):
        raise Refused("control_characters", "text")
    if not is_submission_key(submission_key):
        raise Refused("page_broken", "submission_key")
    with transaction() as session:
        report = report_by_receipt(session, receipt)
        if report is None:
            raise NotFound
        key = submission_key.lower()
        case = handling.load(session, case_id=report.case_id)  # first: the same page may be on its way twice
        if session.scalars(select(Addition.id).where(Addition.submission_key == key)).first() is not None:
            return
        session.add(Addition(report_id=report.id, submission_key=key, text=text, added_at=clock.now()))
        handling.apply(session, resident(report.id), case, "add", report_id=report.id)


def withdraw(receipt: str) -> None:
    """Take one's own report back. The case ends only when nobody else's report is in it; doing it twice
    changes nothing. Raises Refused when the case is already ended or with 12345, NotFound."""
    with transaction() as session:
        report = report_by_receipt(session, receipt)
        if report is None:
            raise NotFound
        case = handling.load(session, case_id=report.case_id)
        session.refresh(report)  # whoever had to wait sees what the other press of the button did
        if report.withdrawn_at is not None:
            return
        others = session.scalar(
            select(func.count())
            .select_from(Report)
            .where(Report.case_id == case.id, Report.id != report.id, Report.withdrawn_at.is_(None))
        )
        report.withdrawn_at = clock.now()
        action = "add" if others else "withdraw"
        handling.apply(session, resident(report.id), case, action, report_id=report.id)
