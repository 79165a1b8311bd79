"""What residents do with their own telephone: leave it to be called, delete it; and the clock, when it is no
longer needed."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app import clock
from app.access.actor import SYSTEM, resident
from app.cases import handling
from app.cases.models import Report
from app.cases.own_report import checked_key, own, refuse_taken_back
from app.cases.queries import contacts_to_forget
from app.cases.sealing import phone_index, seal, unseal
from app.cases.wording import has_control_characters, is_phone
from app.db import transaction
from app.errors import Refused
from app.outbox import posting
from app.places.models import SubDistrict

AT_ONCE = 100


def call_me(receipt: str, submission_key: str, phone: str = "") -> None:
    """Ask to be called: with the number held, or with the one given now, which takes its place. Asking again
    with the same changes nothing. Raises Refused without a number, with a wrong one, after it was taken back;
    NotFound."""
    key, phone = checked_key(submission_key), phone.strip()
    check_phone(phone)
    with transaction() as session:
        report, case = own(session, receipt)
        refuse_taken_back(report)
        if not phone and report.phone_sealed is None:
            raise Refused("phone_needed", "phone")
        if report.call_back and phone in ("", _held(report)):
            return
        if phone:
            _keep(report, phone)
        report.call_back = True
        handling.apply(session, resident(report.id), case, "call_me", report_id=report.id)
        posting.post_once(session, "call_wanted", case.number, key=f"call_wanted:{report.id}:{key}")


def leave_phone(receipt: str, phone: str, *, wants_call: bool) -> None:
    """Leave a telephone with one's own report, in the place of one that was left before. Raises Refused, NotFound."""
    check_phone(phone)
    with transaction() as session:
        report, case = own(session, receipt)
        refuse_taken_back(report)
        if phone == _held(report) and report.call_back >= wants_call:
            return
        _keep(report, phone)
        report.call_back = report.call_back or wants_call
        handling.apply(session, resident(report.id), case, "leave_phone", report_id=report.id)


def check_phone(phone: str) -> None:
    """Raise Refused for what is written but no telephone."""
    if phone and (has_control_characters(phone) or not is_phone(phone)):
        raise Refused("phone_wrong", "phone")


def forget_phone(receipt: str, submission_key: str) -> None:
    """Delete one's name, telephone and mail at once; twice changes nothing. Raises Refused, NotFound."""
    checked_key(submission_key)
    with transaction() as session:
        report, case = own(session, receipt)
        if not holds_contact(report):
            return
        forget(report)
        handling.apply(session, resident(report.id), case, "forget_phone", report_id=report.id)


def forget_what_is_over(sub_district_id: int) -> int:
    """The clock: delete the names, telephones and mail addresses of reports whose case ended, or which were taken
    back, so many days ago as the sub-district says; how many it was, at most AT_ONCE."""
    moment = clock.now()
    with transaction() as session:
        before = _before(session, sub_district_id, moment)
        due = [one for one, _case in contacts_to_forget(session, sub_district_id, before, AT_ONCE)]
    return sum(_forget_if_over(sub_district_id, report_id, before) for report_id in due)


def _forget_if_over(sub_district_id: int, report_id: int, before: datetime) -> bool:
    """One of them, unless its case began anew, or its resident left another number, this very moment."""
    with transaction() as session:
        report = session.get_one(Report, report_id)
        case = handling.load_of(session, report)
        if not contacts_to_forget(session, sub_district_id, before, 1, only=report.id):
            return False
        forget(report)
        handling.apply(session, SYSTEM, case, "forget_contact", report_id=report.id)
        return True


def forget(report: Report) -> None:
    """Nothing is left by which this report's author could be reached."""
    report.name_sealed = report.phone_sealed = report.email_sealed = report.phone_index = None
    report.call_back = False
    report.contact_forgotten_at = clock.now()


def holds_contact(report: Report) -> bool:
    """Whether a name, a telephone or a mail address is held."""
    return not (report.name_sealed is None and report.phone_sealed is None and report.email_sealed is None)


def _keep(report: Report, phone: str) -> None:
    report.phone_sealed = seal(phone, column="phone", row=report.receipt)
    report.phone_index, report.contact_forgotten_at = phone_index(phone), None


def _held(report: Report) -> str:
    sealed = report.phone_sealed
    return unseal(sealed, column="phone", row=report.receipt) if sealed else ""


def _before(session: Session, sub_district_id: int, moment: datetime) -> datetime:
    return moment - timedelta(days=session.get_one(SubDistrict, sub_district_id).contact_days)
