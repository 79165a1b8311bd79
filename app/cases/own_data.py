"""A resident's request to see or delete what is held of them (PIPL 44 to 47), by receipt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app import clock
from app.access import audit
from app.access.actor import Actor, resident
from app.access.permissions import Permission, require
from app.cases import handling, photos
from app.cases.models import CaseFile, DataRequest, FollowUp, Photo, Report
from app.cases.own_contact import forget
from app.cases.own_report import checked_key, is_taken_back, own, take_back
from app.cases.story import home_ids, story_of
from app.cases.workflow import OPEN, State
from app.db import transaction
from app.errors import NotFound, Refused
from app.outbox import posting

SEE, DELETE = "see", "delete"
DONE, REFUSED = "done", "refused"
DELETED_WORDS = "（已按居民要求删除）"


def ask(receipt: str, submission_key: str, kind: str) -> None:
    """Ask to see, which the receipt answers at once, or to delete, which a dispatcher settles. The same page
    twice, and a second wish to delete while the first is open, change nothing. Raises Refused, NotFound."""
    key = checked_key(submission_key)
    if kind not in (SEE, DELETE):
        raise Refused("choice_unknown", "kind")
    with transaction() as session:
        report, case = own(session, receipt)
        before = requests_of(session, report.id)
        if any(one.submission_key == key or (kind == DELETE and is_open(one)) for one in before):
            return
        now, at_once = clock.now(), kind == SEE
        session.add(
            DataRequest(
                sub_district_id=case.sub_district_id,
                report_id=report.id,
                submission_key=key,
                kind=kind,
                asked_at=now,
                settled_at=now if at_once else None,
                outcome=DONE if at_once else None,
            )
        )
        handling.apply(
            session, resident(report.id), case, "data_request", report_id=report.id, data={"kind": kind}
        )
        if not at_once:
            posting.post_once(session, "data_request", case.number, key=f"data_request:{key}")


def settle(actor: Actor, request_id: int, outcome: str, told: str) -> None:
    """Do what was asked, or refuse it with words; either way the resident reads `told` on the receipt.

    Done: the words are masked in the report, its additions and answers, name, telephone, mail and photos are
    deleted; what is open and nobody else's is withdrawn; the bare case stays. Raises NotFound, Forbidden,
    Refused."""
    require(actor, Permission.SETTLE_DATA_REQUESTS)
    if outcome not in (DONE, REFUSED):
        raise Refused("choice_unknown", "outcome")
    with transaction() as session:
        found = session.scalars(
            select(DataRequest).where(DataRequest.id == request_id).with_for_update()
        ).one_or_none()
        if found is None or not actor.covers(found.sub_district_id, None):
            raise NotFound
        if found.settled_at is not None:
            raise Refused("request_settled", "outcome")
        report = session.get_one(Report, found.report_id)
        case = handling.load(session, case_id=report.case_id)
        handling.apply(
            session, actor, case, "settle_data_request", note=told, report_id=report.id,
            data={"outcome": outcome},
        )  # fmt: skip
        found.settled_at, found.settled_by = clock.now(), actor.staff_id
        found.outcome, found.told = outcome, told.strip()
        if outcome == DONE:
            _delete(session, report, case)
        audit.record(session, actor, f"data_request_{outcome}", "case", case.number, ("report",))


@dataclass(frozen=True)
class Asked:
    """An open request in the dispatcher's list."""

    request: DataRequest
    report: Report
    case: CaseFile


def open_requests(session: Session, actor: Actor) -> list[Asked]:
    """What residents of this sub-district asked to have deleted and nobody has settled, oldest first."""
    query = (
        select(DataRequest, Report, CaseFile)
        .join(Report, Report.id == DataRequest.report_id)
        .join(CaseFile, CaseFile.id == Report.case_id)
        .where(DataRequest.sub_district_id == actor.sub_district_id, DataRequest.settled_at.is_(None))
        .order_by(DataRequest.id)
    )
    return [Asked(*row) for row in session.execute(query)]


def requests_of(session: Session, report_id: int) -> Sequence[DataRequest]:
    """What this report's resident asked, oldest first."""
    query = select(DataRequest).where(DataRequest.report_id == report_id)
    return session.scalars(query.order_by(DataRequest.id)).all()


def is_open(request: DataRequest) -> bool:
    """Whether nobody has settled it."""
    return request.settled_at is None


def _delete(session: Session, report: Report, case: CaseFile) -> None:
    homes_of_words = home_ids(story_of(session, report))
    if State(case.state) in OPEN and not is_taken_back(report):
        take_back(session, report, case)
    _mask(session, report)
    _delete_photos(session, report.id)
    forget(report)
    for case_id in homes_of_words:
        session.get_one(CaseFile, case_id).title = DELETED_WORDS


def _mask(session: Session, report: Report) -> None:
    report.text, report.spot, report.submission_digest = DELETED_WORDS, "", ""
    for addition in report.additions:
        addition.text = DELETED_WORDS if addition.text else ""
    for answers in session.scalars(select(FollowUp).where(FollowUp.report_id == report.id)):
        answers.note = DELETED_WORDS if answers.note else ""


def _delete_photos(session: Session, report_id: int) -> None:
    """The rows now, the files by the worker: no crash leaves a file behind that nobody knows of."""
    for name in session.scalars(select(Photo.media_name).where(Photo.report_id == report_id)):
        posting.post_once(session, "photo_gone", name, key=f"photo_gone:{name}")
    session.execute(delete(Photo).where(Photo.report_id == report_id))


def delete_photo_files(media_name: str) -> None:
    """The files of a photo whose row is gone; twice changes nothing."""
    photos.quarantine(media_name).unlink(missing_ok=True)
    photos.served(media_name).unlink(missing_ok=True)
