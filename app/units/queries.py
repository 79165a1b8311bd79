"""Looking units up."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.units.models import Unit


def of_sub_district(session: Session, code: str) -> Sequence[Unit]:
    """The units on a sub-district's list that may be asked, in order of name."""
    query = select(Unit).where(Unit.sub_district_code == code, Unit.retired.is_(False))
    return session.scalars(query.order_by(Unit.name)).all()


def by_name(session: Session, code: str, name: str) -> Unit | None:
    """The unit of this name on a sub-district's list."""
    return session.scalars(
        select(Unit).where(Unit.sub_district_code == code, Unit.name == name)
    ).one_or_none()


def names(session: Session, unit_ids: Collection[int]) -> dict[int, str]:
    """Names by id."""
    rows = session.execute(select(Unit.id, Unit.name).where(Unit.id.in_(unit_ids)))
    return {unit_id: name for unit_id, name in rows}  # noqa: C416 - typed rows, not pairs
