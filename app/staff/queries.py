"""Looking people up."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.actor import Actor, ActorKind, Role
from app.staff.models import Staff, StaffCommunity


def by_username(session: Session, username: str) -> Staff | None:
    """The account of this name."""
    return session.scalars(select(Staff).where(Staff.username == username)).one_or_none()


def by_id(session: Session, staff_id: int) -> Staff | None:
    """The account with this id."""
    return session.get(Staff, staff_id)


def actor_of(session: Session, person: Staff) -> Actor:
    """The actor this account acts as: a worker covers only the communities named, others all of theirs."""
    communities = frozenset(
        session.scalars(select(StaffCommunity.community_id).where(StaffCommunity.staff_id == person.id))
    )
    role = Role(person.role)
    scoped = communities if communities or role is Role.WORKER else None
    return Actor(ActorKind.STAFF, person.id, role, person.sub_district_id, scoped, person.unit_id)


def with_role(session: Session, sub_district_id: int, *roles: Role) -> Sequence[Staff]:
    """Active accounts of these roles, in order of name."""
    return session.scalars(
        select(Staff)
        .where(
            Staff.sub_district_id == sub_district_id, Staff.is_active.is_(True),
            Staff.role.in_([role.value for role in roles]),
        )
        .order_by(Staff.display_name, Staff.id)
    ).all()


def names(session: Session, staff_ids: set[int]) -> dict[int, str]:
    """Display names by id, for staff pages only."""
    rows = session.execute(select(Staff.id, Staff.display_name).where(Staff.id.in_(staff_ids))).all()
    return {staff_id: name for staff_id, name in rows}
