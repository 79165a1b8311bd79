"""The list of units with what hangs on each: leaves of the catalogue, officers, open cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.cases.models import CaseFile
from app.cases.workflow import OPEN, State
from app.categories.models import Category
from app.staff.models import Staff
from app.units.models import Unit

STILL_LED = frozenset({*OPEN, State.FORWARDED, State.SET_ASIDE})
"""States in which a case may still be worked on, so that its lead has to be called by today's name."""


@dataclass(frozen=True)
class Listed:
    """A unit as the list shows it: `leaves` in use that name it, active `officers`, open `cases` it leads."""

    unit: Unit
    leaves: int
    officers: int
    cases: int


def listed(session: Session, code: str, sub_district_id: int) -> list[Listed]:
    """The units of a sub-district, retired ones last, in order of name."""
    units = session.scalars(
        select(Unit).where(Unit.sub_district_code == code).order_by(Unit.retired, Unit.name)
    ).all()
    leaves, cases = leaves_by_unit(session), _cases_by_unit(session, sub_district_id)
    officers = _officers_by_unit(session)
    return [
        Listed(one, leaves.get(one.name, 0), officers.get(one.id, 0), cases.get(one.name, 0)) for one in units
    ]


def offered(session: Session, code: str) -> Sequence[str]:
    """Names of the units that may be chosen."""
    query = select(Unit.name).where(Unit.sub_district_code == code, Unit.retired.is_(False))
    return session.scalars(query.order_by(Unit.name)).all()


def leaves_by_unit(session: Session) -> dict[str, int]:
    """How many leaves in use name each unit as the lead to begin with."""
    query = select(Category.lead_unit, func.count()).where(
        Category.retired.is_(False), Category.lead_unit != ""
    )
    rows = session.execute(query.group_by(Category.lead_unit).order_by(Category.lead_unit))
    return {name: count for name, count in rows}  # noqa: C416 - typed rows, not pairs


def by_id(session: Session, unit_id: int) -> Unit | None:
    """A unit, locked until the transaction ends."""
    return session.scalars(select(Unit).where(Unit.id == unit_id).with_for_update()).one_or_none()


def by_name(session: Session, code: str, name: str) -> Unit | None:
    """The unit of this name on a sub-district's list, retired or not."""
    return session.scalars(
        select(Unit).where(Unit.sub_district_code == code, Unit.name == name)
    ).one_or_none()


def stands_elsewhere(session: Session, code: str, name: str) -> bool:
    """Whether another sub-district's list has a unit of this name in use."""
    query = select(Unit.id).where(Unit.sub_district_code != code, Unit.name == name, Unit.retired.is_(False))
    return session.scalars(query.limit(1)).first() is not None


def _officers_by_unit(session: Session) -> dict[int, int]:
    query = select(Staff.unit_id, func.count()).where(Staff.unit_id.is_not(None), Staff.is_active.is_(True))
    rows = session.execute(query.group_by(Staff.unit_id))
    return {unit_id: count for unit_id, count in rows if unit_id is not None}


def _cases_by_unit(session: Session, sub_district_id: int) -> dict[str, int]:
    query = select(CaseFile.lead_unit, func.count()).where(
        CaseFile.sub_district_id == sub_district_id,
        CaseFile.state.in_(sorted(STILL_LED)),
        CaseFile.lead_unit != "",
    )
    rows = session.execute(query.group_by(CaseFile.lead_unit))
    return {name: count for name, count in rows}  # noqa: C416 - typed rows, not pairs
