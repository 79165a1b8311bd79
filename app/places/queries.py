"""Finding places and codes."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from app.places.models import Building, Community, DoorCode, Doorway, SubDistrict


@dataclass(frozen=True)
class Door:
    """A doorway as a page shows it, with the code it was found by."""

    code: str
    status: str
    revoked_reason: str | None
    doorway_id: int
    doorway: str
    building: str
    community_id: int
    community_code: str
    community: str
    community_phone: str | None
    sub_district_id: int
    sub_district_code: str
    sub_district: str
    district: str
    sub_district_phone: str | None

    @property
    def address(self) -> str:
        """Building and doorway, as somebody would say it."""
        return f"{self.building}{self.doorway}"


_DOOR = (
    Doorway.id, Doorway.name, Building.name, Community.id, Community.code, Community.name, Community.phone,
    SubDistrict.id, SubDistrict.code, SubDistrict.name, SubDistrict.district, SubDistrict.phone,
)
_BY_CODE: Select[tuple[object, ...]] = (
    select(DoorCode.code, DoorCode.status, DoorCode.revoked_reason, *_DOOR)
    .join(Doorway, Doorway.id == DoorCode.doorway_id)
    .join(Building, Building.id == Doorway.building_id)
    .join(Community, Community.id == Building.community_id)
    .join(SubDistrict, SubDistrict.id == Community.sub_district_id)
)


def door_by_code(session: Session, code: str) -> Door | None:
    """The doorway a code stands or stood for; None for a code that was never issued. `code` is already plain
    (see `app.places.codes.read_code`)."""
    row = session.execute(_BY_CODE.where(DoorCode.code == code)).one_or_none()
    return None if row is None else _door(row)


def door_of(session: Session, doorway_id: int) -> Door | None:
    """A doorway with its active code; None where no active code hangs."""
    row = session.execute(_BY_CODE.where(Doorway.id == doorway_id, DoorCode.status == "active")).one_or_none()
    return None if row is None else _door(row)


def _door(row: Row[tuple[object, ...]]) -> Door:
    return Door(*row)  # type: ignore[arg-type]
