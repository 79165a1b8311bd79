"""What residents do with their own report after sending it: add words and photos, take it back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app import clock
from app.access.actor import resident
from app.cases import danger, handling, homes, joining, photos, questions
from app.cases.models import Addition, CaseFile, Photo, Report
from app.cases.photos import TakenIn
from app.cases.queries import report_by_receipt
from app.cases.triage import legal_basis
from app.cases.wording import LONGEST_TEXT, has_control_characters, is_submission_key
from app.cases.workflow import WORKFLOW, State
from app.db import table, transaction
from app.errors import NotFound, Refused
from app.outbox import posting

MOST_PHOTOS_IN_ALL = 30


def add(receipt: str, submission_key: str, text: str, taken_in: Sequence[TakenIn] = ()) -> bool:
    """Add words, photos or both to one's own report; False when this page was added before, and the photos sent
    with it again are nobody's. Raises Refused, also for a report that was taken back, or NotFound."""
    if not text.strip() and not taken_in:
        raise Refused("text_missing", "text")
    check_words(text)
    key = checked_key(submission_key)
    with transaction() as session:
        report, case = own(session, receipt)
        if was_added(session, key, text):
            return False
        refuse_taken_back(report)
        if taken_in and len(report.photos) + len(taken_in) > MOST_PHOTOS_IN_ALL:
            raise Refused("photos_enough", "photo1", {"most": MOST_PHOTOS_IN_ALL})
        session.add(
            Addition(report_id=report.id, submission_key=key, text=text.strip(), added_at=clock.now())
        )
        for photo in taken_in:
            _keep(session, report.id, photo)
        data = {"photos": len(taken_in)} if taken_in else None
        changes: dict[str, Any] = danger.told_later(session, case, text, key)
        handling.apply(session, resident(report.id), case, "add", report_id=report.id, data=data, **changes)
        if changes:
            homes.recount(session, case)
        return True


def was_added(session: Session, key: str, text: str) -> bool:
    """Whether this page was added before, with these words; with others it is refused, so that none are lost."""
    earlier = session.scalars(select(Addition.text).where(Addition.submission_key == key)).first()
    if earlier is not None and earlier != text.strip():
        raise Refused("page_used", "text")
    return earlier is not None


def withdraw(receipt: str) -> None:
    """Take one's own report back. The case ends only when nobody else's report is in it; doing it twice
    changes nothing. Raises Refused when the case is already ended or with 12345, or the report only joined a
    neighbour's (that is undone instead), NotFound."""
    with transaction() as session:
        report, case = own(session, receipt)
        if report.withdrawn_at is not None:
            return
        if report.support is not None:
            raise Refused("undo_instead")
        take_back(session, report, case)


def take_back(session: Session, report: Report, case: CaseFile) -> None:
    """The same inside the caller's transaction: for a report of its own, and for one that joined."""
    if report.support is not None:
        joining.take_back(session, case, report, report.support)
        return
    report.withdrawn_at = clock.now()
    session.flush()
    waits = case.waiting_since and questions.waiting_since(session, case.id, but=report.id)
    action = "withdraw_one" if homes.others_live(session, case.id, report.id) else "withdraw"
    handling.apply(session, resident(report.id), case, action, report_id=report.id, waiting_since=waits)
    homes.recount(session, case)
    if case.legal_basis is not None:
        case.legal_basis = legal_basis(session, case)  # consent goes with whoever gave it


def may_withdraw(report: Report) -> bool:
    """Whether this report can still be taken back by its resident."""
    is_live = report.withdrawn_at is None and report.support is None
    return is_live and State(report.case.state) in WORKFLOW["withdraw"].sources


MOST_PHOTOS_OF_REPORT = 24


def own(session: Session, receipt: str) -> tuple[Report, CaseFile]:
    """The report of a receipt and its case, the case locked first: the same page may be on its way twice.
    Raises NotFound."""
    report = report_by_receipt(session, receipt)
    if report is None:
        raise NotFound
    case = handling.load_of(
        session, report
    )  # whoever had to wait sees what the other press of the button did
    return report, case


def is_taken_back(report: Report) -> bool:
    """Whether its resident took it back: withdrawn, or a “me too” undone."""
    undone = report.support is not None and report.support.undone_at is not None
    return report.withdrawn_at is not None or undone


def refuse_taken_back(report: Report) -> None:
    """Raises Refused for a report that its resident took back."""
    if is_taken_back(report):
        raise Refused("withdrawn_before")


def check_words(text: str) -> None:
    """Raises Refused for words that cannot be taken."""
    if len(text) > LONGEST_TEXT:
        raise Refused("text_too_long", "text", {"longest": LONGEST_TEXT, "length": len(text)})
    if has_control_characters(text):
        raise Refused("control_characters", "text")


def checked_key(submission_key: str) -> str:
    """A page's key as it is kept; raises Refused for what is none."""
    if not is_submission_key(submission_key):
        raise Refused("page_broken", "submission_key")
    return submission_key.lower()


def _keep(session: Session, report_id: int, photo: TakenIn) -> None:
    session.connection().execute(
        insert(table(Photo)).values(
            report_id=report_id,
            state=photos.QUARANTINED,
            media_name=photo.media_name,
            media_type=photo.media_type,
            size=photo.size,
            width=photo.width,
            height=photo.height,
            is_cleared=False,
            taken_in_at=clock.now(),
        )
    )
    posting.post(session, "photo", photo.media_name)
