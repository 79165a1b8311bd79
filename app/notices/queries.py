"""Every SELECT on notices, and on what they are about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from app.access.actor import Actor
from app.case_days.models import CaseDay
from app.cases.models import CaseFile
from app.forwarding.models import Forwarding
from app.notices.models import Notice
from app.places.models import SubDistrict


def unread(session: Session, actor: Actor, *, at_most: int = 50) -> Sequence[Notice]:
    """What this actor was told and nobody has read yet, newest first."""
    query = select(Notice).where(_for(actor), Notice.read_at.is_(None))
    return session.scalars(query.order_by(Notice.id.desc()).limit(at_most)).all()


def count_unread(session: Session, actor: Actor) -> int:
    """How many notices wait for this actor."""
    query = select(func.count()).select_from(Notice).where(_for(actor), Notice.read_at.is_(None))
    return session.scalar(query) or 0


def told_to(session: Session, actor: Actor, notice_id: int) -> Notice | None:
    """This notice, if it was told to this actor."""
    query = select(Notice).where(_for(actor), Notice.id == notice_id)
    return session.scalars(query.with_for_update()).one_or_none()


def place_of_case(session: Session, number: str) -> list[tuple[str, int, int]]:
    """A case's number, sub-district and community; empty when there is no such case."""
    query = select(CaseFile.number, CaseFile.sub_district_id, CaseFile.community_id)
    return [(row[0], row[1], row[2]) for row in session.execute(query.where(CaseFile.number == number))]


def place_of_forwarding(session: Session, forwarding_id: str) -> list[tuple[str, int, int]]:
    """The same for the case of a forwarding."""
    query = (
        select(CaseFile.number, CaseFile.sub_district_id, CaseFile.community_id)
        .join(Forwarding, Forwarding.case_id == CaseFile.id)
        .where(Forwarding.id == forwarding_id)
    )
    return [(row[0], row[1], row[2]) for row in session.execute(query)]


def place_of_day(session: Session, day_id: str) -> list[tuple[date, int]]:
    """A case-day's date and sub-district."""
    query = select(CaseDay.day, CaseDay.sub_district_id).where(CaseDay.id == int(day_id))
    return [(row[0], row[1]) for row in session.execute(query)]


def every_sub_district(session: Session) -> Sequence[int]:
    """Ids of all sub-districts of the installation."""
    return session.scalars(select(SubDistrict.id).order_by(SubDistrict.id)).all()


def _for(actor: Actor) -> ColumnElement[bool]:
    role = actor.role.value if actor.role else None
    mine = and_(Notice.sub_district_id == actor.sub_district_id, Notice.role == role)
    if actor.community_ids is not None:
        mine = and_(mine, or_(Notice.community_id.is_(None), Notice.community_id.in_(actor.community_ids)))
    return or_(mine, Notice.staff_id == actor.staff_id)
