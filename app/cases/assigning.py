"""Who works on a case: a colleague who covers its place, and which unit leads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.access.actor import Actor
from app.access.permissions import Permission, may, require
from app.cases import handling, unit_queries
from app.cases.models import CaseFile
from app.cases.triage import COMMUNITY
from app.categories import queries as categories
from app.db import transaction
from app.errors import Refused
from app.outbox import posting
from app.staff import queries as staff


@dataclass(frozen=True)
class Assignment:
    """Who is to work on it, and who leads; what is left empty stays as it is."""

    handler_id: int | None = None
    lead_unit: str = ""


def assign(
    actor: Actor, number: str, version: int, handler_id: int | None = None, lead_unit: str = ""
) -> CaseFile:
    """Give a case to a colleague, or another unit the lead. Raises NotFound, Forbidden, Stale or Refused."""
    assignment = Assignment(handler_id, lead_unit)
    check(assignment)
    with transaction() as session:
        case = handling.load(session, number=number, within=actor)
        before = case.handler_id
        apply_assign(session, actor, case, assignment, version=version)
        if is_news_to(actor, before, case):
            posting.post(session, "assigned", number, key=f"assigned:{number}:{case.version}")
        return case


def apply_assign(
    session: Session, actor: Actor, case: CaseFile, assignment: Assignment, *, version: int | None = None
) -> CaseFile:
    """The same inside the caller's transaction; it tells nobody yet. Raises the same."""
    require(actor, Permission.TRIAGE, sub_district_id=case.sub_district_id, community_id=case.community_id)
    changes, data = leading(session, case, assignment.lead_unit.strip()), {}
    if assignment.handler_id is not None:
        if not may_handle(session, assignment.handler_id, case):
            raise Refused("person_unknown", "person")
        changes["handler_id"] = data["person"] = assignment.handler_id
    return handling.apply(session, actor, case, "assign", version=version, data=data, **changes)


def check(assignment: Assignment) -> None:
    """Raise Refused when it names neither a person nor a unit."""
    if assignment.handler_id is None and not assignment.lead_unit.strip():
        raise Refused("nothing_assigned", "person")


def leading(session: Session, case: CaseFile, lead_unit: str) -> dict[str, Any]:
    """The columns that change when this unit is to lead; none when none was named. Raises Refused where a
    community may only assist (Regulation art. 17), and while another unit is at work as the lead: it was asked, and is
    let go when the other one is asked (`units_at_work.assign_unit`)."""
    if not lead_unit:
        return {}
    at_work = unit_queries.leading(session, case.id)
    if at_work not in ("", lead_unit):
        raise Refused("lead_at_work", "lead_unit", {"unit": at_work})
    leaf = categories.by_id(session, case.category_id)
    if lead_unit == COMMUNITY and leaf is not None and not leaf.community_may_lead:
        raise Refused("community_only_assists", "lead_unit")
    return {"lead_unit": lead_unit}


def is_news_to(actor: Actor, before: int | None, case: CaseFile) -> bool:
    """Whether somebody has the case now who did not have it before, and did not take it themselves."""
    return case.handler_id is not None and case.handler_id not in (before, actor.staff_id)


def may_handle(session: Session, staff_id: int, case: CaseFile) -> bool:
    """Whether this is an active colleague who handles cases and covers this one's community."""
    person = staff.by_id(session, staff_id)
    if person is None or not person.is_active:
        return False
    who = staff.actor_of(session, person)
    return may(who, Permission.HANDLE) and who.covers(case.sub_district_id, case.community_id)
