"""Every SELECT on forwardings and work orders."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, selectinload

from app.access.actor import Actor
from app.cases.models import CaseFile, Photo, Report
from app.cases.photos import QUARANTINED, READY
from app.forwarding.models import Forwarding, HotlineChannel, WorkOrder


@dataclass(frozen=True)
class Row:
    """A forwarding in a list, with its case and what the hotline last said."""

    forwarding: Forwarding
    number: str
    title: str
    community_id: int
    order: WorkOrder | None


def by_id(session: Session, forwarding_id: str) -> Forwarding | None:
    """The forwarding of this id."""
    return session.get(Forwarding, forwarding_id)


def locked(session: Session, forwarding_id: str) -> Forwarding | None:
    """The same, read afresh and locked until the transaction ends."""
    query = select(Forwarding).where(Forwarding.id == forwarding_id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def order_of(session: Session, forwarding_id: str) -> WorkOrder | None:
    """The work order of a forwarding, once the hotline has made one."""
    return session.scalars(select(WorkOrder).where(WorkOrder.forwarding_id == forwarding_id)).one_or_none()


def forwarding_of_order(session: Session, workorder_id: str) -> str | None:
    """The id of the forwarding for which the hotline holds this order."""
    query = select(WorkOrder.forwarding_id).where(WorkOrder.workorder_id == workorder_id)
    return session.scalars(query.order_by(WorkOrder.id.desc()).limit(1)).one_or_none()


def of_case(session: Session, case_id: int) -> Sequence[Forwarding]:
    """A case's forwardings, the first one first."""
    query = select(Forwarding).where(Forwarding.case_id == case_id).order_by(Forwarding.sequence)
    return session.scalars(query).all()


def of_cases(session: Session, case_ids: Collection[int]) -> Sequence[tuple[Forwarding, WorkOrder | None]]:
    """The forwardings of these cases with their orders, the first one first."""
    query = select(Forwarding, WorkOrder).outerjoin(WorkOrder, WorkOrder.forwarding_id == Forwarding.id)
    query = query.where(Forwarding.case_id.in_(case_ids))
    return session.execute(query.order_by(Forwarding.created_at, Forwarding.id)).tuples().all()


def orders_of_case(session: Session, case_id: int) -> Sequence[WorkOrder]:
    """A case's work orders, the first one first."""
    query = select(WorkOrder).join(Forwarding, Forwarding.id == WorkOrder.forwarding_id)
    return session.scalars(query.where(Forwarding.case_id == case_id).order_by(Forwarding.sequence)).all()


def listed(session: Session, actor: Actor, states: Sequence[str], *, at_most: int = 100) -> list[Row]:
    """Forwardings in these states within the actor's scope, newest first."""
    query = (
        select(Forwarding, CaseFile.number, CaseFile.title, CaseFile.community_id, WorkOrder)
        .join(CaseFile, CaseFile.id == Forwarding.case_id)
        .outerjoin(WorkOrder, WorkOrder.forwarding_id == Forwarding.id)
        .where(Forwarding.state.in_(states), CaseFile.sub_district_id == actor.sub_district_id)
        .order_by(Forwarding.created_at.desc(), Forwarding.id)
        .limit(at_most)
    )
    if actor.community_ids is not None:
        query = query.where(CaseFile.community_id.in_(actor.community_ids))
    return [Row(*row) for row in session.execute(query).all()]


def counts_by_state(session: Session, sub_district_id: int) -> dict[str, int]:
    """How many forwardings of a sub-district stand in each state."""
    query = (
        select(Forwarding.state, func.count())
        .join(CaseFile, CaseFile.id == Forwarding.case_id)
        .where(CaseFile.sub_district_id == sub_district_id)
    )
    return {row[0]: row[1] for row in session.execute(query.group_by(Forwarding.state))}


def all_held(session: Session) -> Sequence[Forwarding]:
    """Forwardings that wait for a person, oldest first."""
    query = select(Forwarding).where(Forwarding.state == "held")
    return session.scalars(query.order_by(Forwarding.created_at, Forwarding.id)).all()


def ready_photos(session: Session, case_id: int) -> Sequence[str]:
    """Media names of a case's photos that can be shown, in the order they were sent."""
    query = (
        select(Photo.media_name)
        .outerjoin(Report, Report.id == Photo.report_id)
        .where(_handed_over(case_id), Photo.state == READY)
    )
    return session.scalars(query.order_by(Photo.id)).all()


def cleared_photos(session: Session, case_id: int) -> Sequence[Photo]:
    """What staff photographed of a case and may leave the house, once re-encoded."""
    query = select(Photo).where(_is_cleared(case_id), Photo.state == READY)
    return session.scalars(query.order_by(Photo.id)).all()


def _is_cleared(case_id: int) -> ColumnElement[bool]:
    return and_(Photo.case_id == case_id, Photo.is_cleared.is_(True))


def _handed_over(case_id: int) -> ColumnElement[bool]:
    """Residents' photos whose report was not taken back, and those of staff that were cleared."""
    own = and_(Report.case_id == case_id, Report.withdrawn_at.is_(None))
    return or_(own, _is_cleared(case_id))


def channel(session: Session, name: str) -> HotlineChannel | None:
    """What is known of a channel; None for one that never stopped."""
    return session.get(HotlineChannel, name)


def stopped_since(session: Session, name: str) -> datetime | None:
    """Since when a channel is stopped; None while it runs."""
    row = channel(session, name)
    return row.stopped_at if row is not None else None


def photos_pending(session: Session, case_id: int) -> bool:
    """Whether a photo of this case still lies in quarantine."""
    query = (
        select(Photo.id)
        .outerjoin(Report, Report.id == Photo.report_id)
        .where(_handed_over(case_id), Photo.state == QUARANTINED)
    )
    return session.scalars(query.limit(1)).first() is not None


def case_with_everything(session: Session, case_id: int) -> CaseFile:
    """A case with its reports, their photos and additions, and its history."""
    return session.scalars(
        select(CaseFile)
        .where(CaseFile.id == case_id)
        .options(
            selectinload(CaseFile.reports).selectinload(Report.photos),
            selectinload(CaseFile.reports).selectinload(Report.additions),
            selectinload(CaseFile.reports).joinedload(Report.support),
            selectinload(CaseFile.events),
        )
    ).one()


def order_numbers(session: Session, case_ids: Sequence[int]) -> dict[int, list[str]]:
    """Under which numbers the hotline holds, or held, these cases."""
    query = select(Forwarding.case_id, WorkOrder.workorder_id).join(
        WorkOrder, WorkOrder.forwarding_id == Forwarding.id
    )
    found: dict[int, list[str]] = {}
    for case_id, number in session.execute(query.where(Forwarding.case_id.in_(case_ids))):
        found.setdefault(case_id, []).append(number)
    return found
