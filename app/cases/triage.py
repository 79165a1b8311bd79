"""Triage: what it is, who leads, on what basis it may be handed over; then it is in the queue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.access.actor import Actor
from app.calendar import queries as calendar
from app.cases import handling, publishing
from app.cases.intake import promise
from app.cases.models import CaseFile, Report, Support
from app.cases.steps import step_of
from app.cases.wording import KINDS
from app.categories import catalogue
from app.categories import queries as categories
from app.categories.queries import Terms
from app.db import transaction
from app.errors import Refused
from app.places.models import SubDistrict

COMMUNITY = catalogue.COMMUNITY


@dataclass(frozen=True)
class Sorting:
    """What staff decided about a new case; empty keeps what the resident chose."""

    kind: str = ""
    category: str = ""
    lead_unit: str = ""


def triage(actor: Actor, number: str, version: int, sorting: Sorting) -> CaseFile:
    """Sort a received case into the queue. Raises NotFound, Forbidden, Stale or Refused."""
    with transaction() as session:
        case = handling.load(session, number=number, within=actor)
        return apply_triage(session, actor, case, sorting, version=version)


def apply_triage(
    session: Session, actor: Actor, case: CaseFile, sorting: Sorting, *, version: int | None = None
) -> CaseFile:
    """The same inside the caller's transaction, for a worker who meets an unsorted case at the door."""
    terms = check(session, sorting)
    lead_unit = sorting.lead_unit.strip() or (terms.lead_unit if terms else case.lead_unit)
    if terms is not None and lead_unit == COMMUNITY and not terms.community_may_lead:
        raise Refused("community_only_assists", "lead_unit")
    changes: dict[str, Any] = {
        "kind": sorting.kind or case.kind or "help",
        "triaged_at": clock.now(),
        "legal_basis": legal_basis(session, case),
        "lead_unit": lead_unit,
    }
    if terms is not None:
        promised = promise(session.connection(), case.sub_district_id, case.received_at, terms)
        told = max(min(case.promised_on, promised.promised_on), calendar.today(clock.now()))
        changes |= {
            "category_id": terms.category_id,
            "due_first": terms.due_first,
            "due_at": promised.due_at,
            "internal_due_at": promised.internal_due_at,
            "promised_on": told,
            "promise_tentative": case.promise_tentative and told == case.case_day,
            "step": step_of(case.urgency, terms.due_first, case.homes, lift_at(session, case)),
        }
        if case.urgency:  # sorting puts nothing urgent off
            changes |= {
                "due_first": True,
                "due_at": min(case.due_at, promised.due_at),
                "internal_due_at": min(case.internal_due_at, promised.internal_due_at),
            }
    if not publishing.stays_public(case, changes["kind"]):
        changes["visibility"] = publishing.PRIVATE
    return handling.apply(session, actor, case, "triage", version=version, **changes)


def check(session: Session, sorting: Sorting) -> Terms | None:
    """The terms of the leaf that was chosen, if one was. Raises Refused for a kind or a leaf that is none."""
    if sorting.kind and sorting.kind not in KINDS:
        raise Refused("choice_unknown", "kind")
    terms = categories.terms_of(session.connection(), sorting.category) if sorting.category else None
    if sorting.category and terms is None:
        raise Refused("choice_unknown", "category")
    return terms


def legal_basis(session: Session, case: CaseFile) -> str | None:
    """On what the hand-over to 12345 rests: the resident's consent if ticked, else the sub-district's
    statutory setting, else nothing (then it is not forwarded). Whoever only joined is not asked for consent, and
    neither gives nor takes it."""
    consents = session.scalars(
        select(Report.consent_forward)
        .outerjoin(Support, Support.report_id == Report.id)
        .where(Report.case_id == case.id, Report.withdrawn_at.is_(None), Support.report_id.is_(None))
    ).all()
    if consents and all(consents):
        return "consent"
    sub_district = session.get_one(SubDistrict, case.sub_district_id)
    return "statutory" if sub_district.statutory_basis else None


def lift_at(session: Session, case: CaseFile) -> int:
    """From how many neighbours on a case of this sub-district is lifted by its one step."""
    return session.get_one(SubDistrict, case.sub_district_id).lift_at_homes
