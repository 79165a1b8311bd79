"""A resident's request to see or to delete what is held of them (PIPL 44-47), and what staff make of it."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app import clock
from app.access.actor import Actor, resident
from app.access.permissions import Permission, require
from app.cases import digesting, handling
from app.cases.models import (
    Addition,
    CaseFile,
    DataRequest,
    FollowUp,
    LedgerImport,
    LedgerLine,
    Photo,
    Report,
)
from app.cases.own_contact import forget
from app.cases.own_report import checked_key, own, take_back
from app.cases.queries import histories_ever
from app.cases.wording import title_of
from app.cases.workflow import OPEN, State
from app.db import transaction
from app.errors import NotFound, Refused
from app.outbox import posting

KINDS = ("see", "delete")
OUTCOMES = ("done", "refused")
MASKED = "（已按居民要求删除）"


def ask(receipt: str, submission_key: str, kind: str) -> None:
    """Ask to see what is held, which the receipt answers at once, or to have it deleted, which a person decides;
    one open request is enough. Raises Refused, NotFound."""
    if kind not in KINDS:
        raise Refused("choice_unknown", "kind")
    key = checked_key(submission_key)
    with transaction() as session:
        report, case = own(session, receipt)
        if _was_asked(session, report, key, kind):
            return
        moment = clock.now()
        request = DataRequest(
            sub_district_id=case.sub_district_id,
            report_id=report.id,
            submission_key=key,
            kind=kind,
            asked_at=moment,
            settled_at=moment if kind == "see" else None,
            outcome="done" if kind == "see" else None,
        )
        session.add(request)
        session.flush()
        handling.apply(
            session, resident(report.id), case, "data_request", report_id=report.id, data={"kind": kind}
        )
        if kind == "delete":
            posting.post(session, "data_request", case.number, key=f"data_request:{request.id}")


def settle(actor: Actor, request_id: int, outcome: str, words: str) -> None:
    """Delete what was asked for, or refuse with the reason; the words are told to the resident. The bare case
    stays, without what the resident said; one still to be done ends, if it was theirs alone.

    Raises NotFound, Forbidden, or Refused without words or when it was settled before."""
    if outcome not in OUTCOMES:
        raise Refused("choice_unknown", "outcome")
    with transaction() as session:
        request = session.get(DataRequest, request_id)
        if request is None:
            raise NotFound
        report = session.get_one(Report, request.report_id)
        _lock_its_way(session, report)
        case = handling.load_of(session, report)
        require(
            actor,
            Permission.SETTLE_DATA_REQUESTS,
            sub_district_id=case.sub_district_id,
            community_id=case.community_id,
        )
        session.refresh(request)
        if request.settled_at is not None:
            raise Refused("request_settled", "outcome")
        handling.apply(
            session,
            actor,
            case,
            "settle_data_request",
            note=words,
            report_id=report.id,
            data={"outcome": outcome},
        )
        if outcome == "done":
            _delete(session, report, case)
            posting.post(session, "words_gone", str(request.id))
        request.settled_at, request.settled_by = clock.now(), actor.staff_id
        request.outcome, request.told = outcome, words.strip()


def _lock_its_way(session: Session, report: Report) -> None:
    """Every case whose title may be its words, locked in the order in which a merge and its undo lock theirs."""
    way = select(CaseFile.id).where(CaseFile.id.in_(histories_ever(session, report)))
    session.execute(way.order_by(CaseFile.number).with_for_update()).all()


def _delete(session: Session, report: Report, case: CaseFile) -> None:
    _mask_titles(session, report)
    report.text = MASKED
    report.spot, report.submission_digest = "", ""  # a digest would let somebody try words out
    for addition in session.scalars(select(Addition).where(Addition.report_id == report.id)):
        addition.text = MASKED
    for answer in session.scalars(select(FollowUp).where(FollowUp.report_id == report.id)):
        answer.note = MASKED if answer.note else ""
    for photo in session.scalars(select(Photo).where(Photo.report_id == report.id)):
        posting.post(session, "photo_gone", photo.media_name)
        session.delete(photo)
    _unseal_no_more(session, report, case)
    forget(report)
    if report.withdrawn_at is None and State(case.state) in OPEN:
        take_back(session, report, case)
    session.flush()
    digesting.forget(session, [*histories_ever(session, report)])


def _mask_titles(session: Session, report: Report) -> None:
    """The first line of the words stands as the title of the case they came with, and of any they were merged or
    split off into on the way, also where they came out of it again."""
    title = title_of(report.text)
    if not title:
        return
    session.flush()
    on_its_way = list(histories_ever(session, report))
    cases = update(CaseFile).where(CaseFile.id.in_(on_its_way), CaseFile.title == title)
    session.execute(cases.values(title=MASKED))


def _unseal_no_more(session: Session, report: Report, case: CaseFile) -> None:
    """A ledger of 12345 that was read in twice holds the same words in a line nobody has taken yet."""
    if report.order_number is None:
        return
    readings = select(LedgerImport.id).where(LedgerImport.sub_district_id == case.sub_district_id)
    lines = update(LedgerLine).where(
        LedgerLine.ledger_import_id.in_(readings),
        LedgerLine.order_number == report.order_number,
        LedgerLine.sealed.is_not(None),
    )
    session.execute(lines.values(sealed=None, outcome="known", case_number=case.number))


def _was_asked(session: Session, report: Report, key: str, kind: str) -> bool:
    earlier = session.scalars(select(DataRequest).where(DataRequest.report_id == report.id)).all()
    return any(
        one.submission_key == key or (kind == one.kind == "delete" and one.settled_at is None)
        for one in earlier
    )
