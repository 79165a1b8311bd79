"""Handing a case over to 12345: the forwarding and the promise to deliver it, in the caller's transaction."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session, object_session

from app import clock
from app.access.actor import Actor
from app.cases import handling
from app.cases.models import CaseFile
from app.cases.queries import is_from_hotline
from app.cases.workflow import AT_WORK, OPEN, State
from app.db import transaction
from app.errors import Refused
from app.forwarding.eligibility import Facts, reasons_against_by_hand
from app.forwarding.models import Forwarding
from app.outbox import posting


def forward(
    session: Session,
    actor: Actor,
    case: CaseFile,
    action: str,
    *,
    case_day: date | None,
    version: int | None = None,
) -> Forwarding:
    """Forward by `release_due` (the clock) or `forward_now` (a dispatcher). The worker delivers."""
    handling.apply(session, actor, case, action, version=version, due_marked_at=None)
    forwarding = Forwarding(
        id=str(uuid4()),
        case_id=case.id,
        sequence=_next_sequence(session, case.id),
        case_day=case_day,
        legal_basis=case.legal_basis or "",
        state="waiting",
        created_at=clock.now(),
    )
    session.add(forwarding)
    session.flush()
    posting.post(session, "forwarding_deliver", forwarding.id)
    return forwarding


def forward_now(actor: Actor, number: str, version: int) -> None:
    """A dispatcher forwards without waiting for Saturday. Raises Refused with the first reason against it."""
    with transaction() as session:
        case = handling.load(session, number=number, within=actor)
        against = reasons_against_by_hand(facts_of(case)) if State(case.state) in AT_WORK else []
        if against:
            raise Refused(f"not_eligible_{against[0]}", "action")
        forward(session, actor, case, "forward_now", case_day=None, version=version)


def facts_of(case: CaseFile) -> Facts:
    """What the eligibility rule looks at."""
    session = object_session(case)
    some, every = is_from_hotline(session, case.id) if session is not None else (False, False)
    return Facts(
        is_open=State(case.state) in OPEN,
        is_triaged=case.triaged_at is not None,
        kind=case.kind,
        legal_basis=case.legal_basis,
        returned_times=case.returned_times,
        has_hotline_report=some,
        is_all_from_hotline=every,
    )


def _next_sequence(session: Session, case_id: int) -> int:
    last = session.scalar(select(func.max(Forwarding.sequence)).where(Forwarding.case_id == case_id))
    return (last or 0) + 1
