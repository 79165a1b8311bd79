"""Seeing how the residents of a case can be reached: in full only for a reason, which they can read."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from app.access import audit
from app.access.actor import Actor
from app.access.permissions import Permission
from app.cases import handling, scope
from app.cases.models import CaseFile, Report
from app.cases.sealing import masked, unseal
from app.db import transaction
from app.errors import Forbidden, Refused


@dataclass(frozen=True)
class Contact:
    """How one report's author can be reached; empty where nothing was left."""

    report_id: int
    name: str
    phone: str
    email: str
    call_back: bool


def reveal(actor: Actor, number: str, report_id: int | None, reason: str) -> list[Contact]:
    """Name and telephone left with one report of this case, in full; the neighbours' stay masked. The look is
    written into the case's history, where that report's resident reads it, and into the audit log. Without
    `report_id` it is the only one with a contact. An officer may only while their unit leads. Raises NotFound,
    Forbidden, or Refused without a reason, when nothing was left, or when it is not said whose."""
    with transaction() as session:
        case = handling.load(session, number=number, within=actor)
        scope.require_on(session, actor, Permission.SEE_CONTACT, case)
        if actor.is_officer and not scope.leads(session, actor, case):
            raise Forbidden
        reports = session.scalars(select(Report).where(Report.case_id == case.id).order_by(Report.id)).all()
        held = [report for report in reports if report.phone_sealed or report.email_sealed]
        if report_id is not None:
            held = [report for report in held if report.id == report_id]
        if not held:
            raise Refused("no_contact", "reason")
        if len(held) > 1:
            raise Refused("whose_contact", "reason")
        if not reason.strip():
            raise Refused("reason_needed", "reason")
        handling.apply(session, actor, case, "see_phone", note=reason, report_id=held[0].id)
        audit.record(session, actor, "see_phone", "case", case.number, ("name", "phone", "email"))
        return [_opened(held[0])]


def masked_contacts(case: CaseFile) -> list[Contact]:
    """The same without what would reach anybody: for a page that only shows that a number is there."""
    return [
        Contact(
            report.id,
            "",
            masked(_open(report, "phone")) if report.phone_sealed else "",
            "****" if report.email_sealed else "",
            report.call_back,
        )
        for report in case.reports
        if report.phone_sealed or report.email_sealed
    ]


def _opened(report: Report) -> Contact:
    return Contact(
        report.id, _open(report, "name"), _open(report, "phone"), _open(report, "email"), report.call_back
    )


def _open(report: Report, column: str) -> str:
    sealed = getattr(report, f"{column}_sealed")
    return unseal(sealed, column=column, row=report.receipt) if sealed else ""
