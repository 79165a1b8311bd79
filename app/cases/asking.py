"""A question from staff to the resident who reported, and the answer on the receipt."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app import clock
from app.access.actor import Actor, resident
from app.cases import danger, handling, homes, questions
from app.cases.models import Addition, CaseFile, Report, Support
from app.cases.own_report import check_words, checked_key, own, refuse_taken_back, was_added
from app.cases.queries import histories_ever
from app.cases.told import question_for
from app.db import transaction
from app.errors import Refused
from app.outbox import posting


def ask(actor: Actor, number: str, version: int, words: str) -> CaseFile:
    """Ask the resident whose report is the earliest that was not taken back; the case is marked as waiting.
    Raises NotFound, Forbidden, Stale, or Refused when nobody is left to ask."""
    with transaction() as session:
        case = handling.load(session, number=number, within=actor)
        asked = session.scalars(
            select(Report.id)
            .outerjoin(Support, Support.report_id == Report.id)
            .where(Report.case_id == case.id, Report.withdrawn_at.is_(None), Support.report_id.is_(None))
            .order_by(Report.id)
            .limit(1)
        ).first()
        if asked is None:
            raise Refused("nobody_to_ask", "note")
        return handling.apply(
            session,
            actor,
            case,
            "ask_resident",
            version=version,
            note=words,
            report_id=asked,
            waiting_since=clock.now(),
        )


def answer(receipt: str, submission_key: str, text: str) -> None:
    """Answer the question of staff; the same page twice answers once. Raises Refused when nothing was asked of
    this report, or its answer is there already; NotFound."""
    if not text.strip():
        raise Refused("answer_empty", "text")
    check_words(text)
    key = checked_key(submission_key)
    with transaction() as session:
        report, case = own(session, receipt)
        if was_added(session, key, text):
            return
        refuse_taken_back(report)
        question = question_for(histories_ever(session, report), report)
        if question is None:
            raise Refused("nothing_asked", "text")
        session.add(
            Addition(
                report_id=report.id,
                submission_key=key,
                text=text.strip(),
                added_at=clock.now(),
                answers_id=question.id,
            )
        )
        alarm = danger.told_later(session, case, text, key)
        waits = questions.waiting_since(session, case.id, but=report.id)
        changes: dict[str, Any] = {"waiting_since": waits, **alarm}
        handling.apply(session, resident(report.id), case, "answered", report_id=report.id, **changes)
        if alarm:
            homes.recount(session, case)
        posting.post_once(session, "resident_answered", case.number, key=f"resident_answered:{question.id}")
