"""Me too (我家也是): one tap joins a published case, with a receipt of one's own; one tap takes it back."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy.orm import Session

from app import clock
from app.access.actor import Actor, resident
from app.access.permissions import Permission, require
from app.calendar import queries as calendar
from app.cases import danger, handling, homes, queries, wording
from app.cases.intake import OtherWords
from app.cases.models import CaseFile, Report, Support
from app.cases.sealing import network_day, phone_index, seal
from app.cases.wording import Words
from app.cases.workflow import OPEN, WORKFLOW, State
from app.db import transaction
from app.errors import ManyRefused, NotFound, Refused
from app.places.queries import Door

_NUMBER = re.compile(r"[0-9]{4}-[0-9]{4,7}")


def join(
    actor: Actor,
    door: Door,
    number: str,
    submission_key: str,
    *,
    note: str = "",
    phone: str = "",
    network: str,
) -> str:
    """Join a case published at this door; returns the receipt. `network` is where it comes from: kept as a keyed
    digest of network and day, so that one network counts once a case and day. A note that speaks of danger makes
    the case urgent, and whoever is on duty is told.

    One page joins a case once: sent again it returns the same receipt. Raises ManyRefused for a note or telephone
    that cannot be taken, OtherWords when the page comes with another note, Refused `not_here` for a case not
    shown at this door, `done_already` for one that was solved meanwhile, `page_broken` for a bad key."""
    require(actor, Permission.REPORT)
    check(note, phone, submission_key)
    key = key_of(submission_key, number)
    with transaction() as session:
        case = _locked(session, number)
        earlier = queries.report_by_key(session, key)
        if earlier is not None:
            return _same(earlier, door, note)
        if queries.published_near(session, door.doorway_id, number) is None:
            raise Refused("not_here", "case")
        if State(case.state) not in WORKFLOW["join"].sources:
            raise Refused("done_already", "case")
        moment = clock.now()
        report = _report(case, door, key, note, phone, moment)
        session.add(report)
        session.flush()
        digest = network_day(network, calendar.today(moment))
        counts = not queries.network_has_counted(session, case.id, digest)
        support = Support(
            report_id=report.id,
            case_id=case.id,
            doorway_id=door.doorway_id,
            network_day=digest,
            is_counted=counts,
            joined_at=moment,
        )
        session.add(support)
        changes = danger.told_later(session, case, note, key)
        handling.apply(session, resident(report.id), case, "join", report_id=report.id, **changes)
        homes.recount(session, case)
        return report.receipt


def undo(receipt: str) -> None:
    """Take a “me too” back; doing it twice changes nothing. Raises NotFound for a receipt nobody was given,
    Refused for one of a report of one's own: that is withdrawn instead."""
    with transaction() as session:
        report = queries.report_by_receipt(session, receipt)
        if report is None:
            raise NotFound
        case = handling.load_of(
            session, report
        )  # whoever had to wait sees what the other press of the button did
        if report.support is None:
            raise Refused("not_joined", "undo")
        session.refresh(report.support)
        take_back(session, case, report, report.support)


def take_back(session: Session, case: CaseFile, report: Report, support: Support) -> None:
    """The same inside the caller's transaction, with the case locked. Should nobody be left in an open case, it
    ends: its own reporter had withdrawn before."""
    if support.undone_at is not None:
        return
    support.undone_at = report.withdrawn_at = clock.now()
    heir = queries.next_of_network(session, support) if support.is_counted else None
    if heir is not None:
        heir.is_counted = True
    handling.apply(session, resident(report.id), case, "undo_join", report_id=report.id)
    homes.recount(session, case)
    if State(case.state) in OPEN and not homes.others_live(session, case.id, report.id):
        handling.apply(session, resident(report.id), case, "withdraw", report_id=report.id)


def check(note: str, phone: str, submission_key: str) -> None:
    """Raise ManyRefused for what cannot be taken, Refused for a key that is none."""
    if not wording.is_submission_key(submission_key):
        raise Refused("page_broken", "submission_key")
    beside = {"text": "note", "phone": "phone"}
    found = wording.faults(Words(text=note or "…", phone=phone))
    if found:
        raise ManyRefused(
            [Refused(one.key, beside.get(one.field or "", one.field), one.params) for one in found]
        )


def key_of(submission_key: str, number: str) -> str:
    """The key of a page's “me too” to one case: one page may join several, and send a report of its own."""
    return str(uuid5(UUID(submission_key), number))


def _locked(session: Session, number: str) -> CaseFile:
    """A case that is none is told like one that is not shown here."""
    if not _NUMBER.fullmatch(number):
        raise Refused("not_here", "case")
    try:
        return handling.load(session, number=number)
    except NotFound:
        raise Refused("not_here", "case") from None


def _same(earlier: Report, door: Door, note: str) -> str:
    """The receipt the page was given before."""
    if earlier.doorway_id != door.doorway_id:
        raise Refused("page_broken", "submission_key")  # and nothing is told of the other door
    if note.strip() and _digest(note) != earlier.submission_digest:
        raise OtherWords(earlier.receipt)
    return earlier.receipt


def _report(case: CaseFile, door: Door, key: str, note: str, phone: str, moment: datetime) -> Report:
    receipt = wording.new_receipt()
    return Report(
        case_id=case.id,
        receipt=receipt,
        submission_key=key,
        submission_digest=_digest(note),
        doorway_id=door.doorway_id,
        text=note,
        phone_sealed=seal(phone, column="phone", row=receipt) if phone else None,
        phone_index=phone_index(phone) if phone else None,
        received_at=moment,
    )


def _digest(note: str) -> str:
    return hashlib.sha256(note.strip().encode()).hexdigest()
