"""Finding places and codes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, bindparam, case, func, or_, select
from sqlalchemy.orm import Session, joinedload

from app.places.models import Building, Community, DoorCode, Doorway, PrintCell, PrintRun, SubDistrict
from app.prepared import Looking


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
    Doorway.id,
    Doorway.name,
    Building.name,
    Community.id,
    Community.code,
    Community.name,
    Community.phone,
    SubDistrict.id,
    SubDistrict.code,
    SubDistrict.name,
    SubDistrict.district,
    SubDistrict.phone,
)
_BY_CODE: Select[*tuple[Any, ...]] = (
    select(DoorCode.code, DoorCode.status, DoorCode.revoked_reason, *_DOOR)
    .join(Doorway, Doorway.id == DoorCode.doorway_id)
    .join(Building, Building.id == Doorway.building_id)
    .join(Community, Community.id == Building.community_id)
    .join(SubDistrict, SubDistrict.id == Community.sub_district_id)
)

_BY_DOORWAY: Select[*tuple[Any, ...]] = (
    select(
        func.coalesce(DoorCode.code, ""), func.coalesce(DoorCode.status, ""), DoorCode.revoked_reason, *_DOOR
    )
    .select_from(Doorway)
    .join(Building, Building.id == Doorway.building_id)
    .join(Community, Community.id == Building.community_id)
    .join(SubDistrict, SubDistrict.id == Community.sub_district_id)
    .outerjoin(DoorCode, DoorCode.doorway_id == Doorway.id)
)

_THIS_CODE = Looking(_BY_CODE.where(DoorCode.code == bindparam("code")))


def door_by_code(on: Session | Connection, code: str) -> Door | None:
    """The doorway a code stands or stood for; None for a code that was never issued. `code` is already plain
    (see `app.places.codes.read_code`)."""
    connection = on if isinstance(on, Connection) else on.connection()
    row = _THIS_CODE.one(connection, {"code": code})
    return None if row is None else Door(*row)


def door_of(session: Session, doorway_id: int) -> Door | None:
    """A doorway with its active code; None where no active code hangs."""
    row = session.execute(_BY_CODE.where(Doorway.id == doorway_id, DoorCode.status == "active")).one_or_none()
    return None if row is None else _door(row)


def door_of_doorway(session: Session, doorway_id: int) -> Door:
    """A doorway with the last code it was given, active or not: what a report was sent from. What was keyed in may be
    at one that never had a code: it is empty then."""
    row = session.execute(
        _BY_DOORWAY.where(Doorway.id == doorway_id).order_by(DoorCode.id.desc()).limit(1)
    ).one()
    return _door(row)


def doors_of_doorways(session: Session, doorway_ids: Collection[int]) -> dict[int, Door]:
    """The same for several doorways at once, by their ids."""
    rows = session.execute(_BY_DOORWAY.where(Doorway.id.in_(doorway_ids)).order_by(DoorCode.id))
    return {door.doorway_id: door for door in map(_door, rows)}


def _door(row: Row[*tuple[Any, ...]]) -> Door:
    return Door(*row)


# ---- sub-districts and communities ---------------------------------------------------------------------


def sub_district_by_code(session: Session, code: str) -> SubDistrict | None:
    """The sub-district with this statistical code."""
    return session.scalars(select(SubDistrict).where(SubDistrict.code == code)).one_or_none()


def sub_district_codes(session: Session) -> Sequence[str]:
    """Codes of every sub-district of this installation."""
    return session.scalars(select(SubDistrict.code).order_by(SubDistrict.code)).all()


@dataclass(frozen=True)
class Terms:
    """What a sub-district has set about personal information, as the page for residents says it."""

    sub_district: str
    days: int
    statutory: bool


def terms_of_privacy(session: Session) -> list[Terms]:
    """Of every sub-district of this installation, by code."""
    query = select(SubDistrict.name, SubDistrict.contact_days, SubDistrict.statutory_basis)
    return [Terms(*row) for row in session.execute(query.order_by(SubDistrict.code))]


def communities_of(session: Session, sub_district_id: int) -> Sequence[Community]:
    """The communities of a sub-district, by code."""
    return session.scalars(
        select(Community).where(Community.sub_district_id == sub_district_id).order_by(Community.code)
    ).all()


def community_codes(session: Session) -> dict[str, str]:
    """Every community code in use, of all sub-districts, with the community's name."""
    return {code: name for code, name in session.execute(select(Community.code, Community.name))}  # noqa: C416


# ---- buildings and doorways ----------------------------------------------------------------------------


def building_ids(session: Session, sub_district_id: int) -> dict[tuple[int, str], int]:
    """Buildings of a sub-district: id by community and name."""
    rows = session.execute(
        select(Building.community_id, Building.name, Building.id)
        .join(Community, Community.id == Building.community_id)
        .where(Community.sub_district_id == sub_district_id)
    )
    return {(community_id, name): building_id for community_id, name, building_id in rows}


@dataclass(frozen=True, slots=True)
class KnownDoorway:
    """What the register holds of a doorway."""

    id: int
    households: int | None
    lng: float | None
    lat: float | None
    datum: str | None


def known_doorways(session: Session, sub_district_id: int) -> dict[tuple[int, str], KnownDoorway]:
    """Doorways of a sub-district by building and name."""
    rows = session.execute(
        select(
            Doorway.building_id,
            Doorway.name,
            Doorway.id,
            Doorway.households,
            Doorway.lng,
            Doorway.lat,
            Doorway.datum,
        )
        .join(Building, Building.id == Doorway.building_id)
        .join(Community, Community.id == Building.community_id)
        .where(Community.sub_district_id == sub_district_id)
    )
    return {(row[0], row[1]): KnownDoorway(*row[2:]) for row in rows}


# ---- codes ---------------------------------------------------------------------------------------------


def doorways_without_code(session: Session, sub_district_id: int) -> Sequence[int]:
    """Doorways at which no code is active, in the order of the register."""
    active = select(DoorCode.id).where(DoorCode.doorway_id == Doorway.id, DoorCode.status == "active")
    return session.scalars(
        select(Doorway.id)
        .join(Building, Building.id == Doorway.building_id)
        .join(Community, Community.id == Building.community_id)
        .where(Community.sub_district_id == sub_district_id, ~active.exists(), Doorway.stands_in.is_(False))
        .order_by(Community.code, Building.id, Doorway.id)
    ).all()


def count_active_codes(session: Session, sub_district_id: int) -> int:
    """How many doorways of a sub-district hold an active code."""
    return session.scalars(
        select(func.count(DoorCode.id))
        .join(Doorway, Doorway.id == DoorCode.doorway_id)
        .join(Building, Building.id == Doorway.building_id)
        .join(Community, Community.id == Building.community_id)
        .where(Community.sub_district_id == sub_district_id, DoorCode.status == "active")
    ).one()


def codes_among(session: Session, codes: Sequence[str]) -> set[str]:
    """Which of these codes were ever issued."""
    return set(session.scalars(select(DoorCode.code).where(DoorCode.code.in_(codes))))


def code_row(session: Session, code: str) -> DoorCode | None:
    """The register's entry of a code."""
    return session.scalars(select(DoorCode).where(DoorCode.code == code)).one_or_none()


@dataclass(frozen=True)
class Choice:
    """Which codes to print: of one sub-district, narrowed. `community` is a name or a code; `building` a
    building's whole name; `uninstalled` means nobody said yet that it hangs."""

    sub_district_code: str
    community: str | None = None
    building: str | None = None
    unprinted: bool = False
    uninstalled: bool = False


@dataclass(frozen=True, slots=True)
class Printable:
    """An active code with the names its poster shows."""

    door_code_id: int
    code: str
    doorway: str
    building: str
    community: str
    community_phone: str | None
    sub_district: str


def printable(session: Session, choice: Choice) -> list[Printable]:
    """Active codes of this choice, in the order of the register."""
    query = (
        select(
            DoorCode.id,
            DoorCode.code,
            Doorway.name,
            Building.name,
            Community.name,
            Community.phone,
            SubDistrict.name,
        )
        .join(Doorway, Doorway.id == DoorCode.doorway_id)
        .join(Building, Building.id == Doorway.building_id)
        .join(Community, Community.id == Building.community_id)
        .join(SubDistrict, SubDistrict.id == Community.sub_district_id)
        .where(SubDistrict.code == choice.sub_district_code, DoorCode.status == "active")
        .order_by(Community.code, Building.id, Doorway.id)
    )
    if choice.community is not None:
        query = query.where(or_(Community.name == choice.community, Community.code == choice.community))
    if choice.building is not None:
        query = query.where(Building.name == choice.building)
    if choice.unprinted:
        query = query.where(DoorCode.printed_at.is_(None))
    if choice.uninstalled:
        query = query.where(DoorCode.installed_at.is_(None))
    return [Printable(*row) for row in session.execute(query)]


def still_active(session: Session, door_code_ids: Sequence[int]) -> int:
    """How many of these codes are active now."""
    chunks = [door_code_ids[at : at + 5000] for at in range(0, len(door_code_ids), 5000)]
    return sum(
        session.scalars(
            select(func.count(DoorCode.id)).where(DoorCode.id.in_(chunk), DoorCode.status == "active")
        ).one()
        for chunk in chunks
    )


@dataclass(frozen=True, slots=True)
class Cell:
    """Where a print run put a code; page from 1."""

    run_id: int
    page: int
    code: str


def cells_of_codes(session: Session, codes: Sequence[str]) -> list[Cell]:
    """Every place these codes were ever printed at."""
    found: list[Cell] = []
    for at in range(0, len(codes), 5000):
        found += _cells(session, DoorCode.code.in_(codes[at : at + 5000]))
    return found


def cells_of_run(session: Session, run_id: int) -> list[Cell]:
    """Every code of one print run, page by page."""
    return _cells(session, PrintCell.print_run_id == run_id)


def _cells(session: Session, where: ColumnElement[bool]) -> list[Cell]:
    rows = session.execute(
        select(PrintCell.print_run_id, PrintCell.page, DoorCode.code)
        .join(DoorCode, DoorCode.id == PrintCell.door_code_id)
        .where(where)
        .order_by(PrintCell.print_run_id, PrintCell.page, PrintCell.cell)
    )
    return [Cell(*row) for row in rows]


def standing_of(session: Session, codes: Sequence[str]) -> dict[str, str]:
    """Status of each of these codes that the register knows."""
    found: dict[str, str] = {}
    for at in range(0, len(codes), 5000):
        query = select(DoorCode.code, DoorCode.status).where(DoorCode.code.in_(codes[at : at + 5000]))
        found |= {code: status for code, status in session.execute(query)}  # noqa: C416
    return found


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the register: a doorway and its newest code, if it ever had one."""

    doorway_id: int
    community: str
    building: str
    doorway: str
    code: str | None
    status: str | None
    printed_at: datetime | None
    installed_at: datetime | None
    last_scanned_at: datetime | None


def register(
    session: Session, sub_district_id: int, communities: Collection[int] | None = None
) -> Iterator[Entry]:
    """Every doorway of a sub-district, or of these communities of it; the newest code is the active one where there is one, because a code
    is only issued when none is active."""
    newest = (
        select(DoorCode.doorway_id, func.max(DoorCode.id).label("id"))
        .group_by(DoorCode.doorway_id)
        .subquery()
    )
    query = (
        select(
            Doorway.id,
            Community.name,
            Building.name,
            Doorway.name,
            DoorCode.code,
            DoorCode.status,
            DoorCode.printed_at,
            DoorCode.installed_at,
            DoorCode.last_scanned_at,
        )
        .join(Building, Building.id == Doorway.building_id)
        .join(Community, Community.id == Building.community_id)
        .outerjoin(newest, newest.c.doorway_id == Doorway.id)
        .outerjoin(DoorCode, DoorCode.id == newest.c.id)
        .where(Community.sub_district_id == sub_district_id, Doorway.stands_in.is_(False))
        .order_by(Community.code, Building.id, Doorway.id)
    )
    if communities is not None:
        query = query.where(Community.id.in_(communities))
    for row in session.execute(query):
        yield Entry(*row)


def community_by_code(session: Session, code: str) -> Community | None:
    """The community with this code, with its sub-district."""
    return session.scalars(
        select(Community).where(Community.code == code).options(joinedload(Community.sub_district))
    ).one_or_none()


# ---- what an administrator looks over ------------------------------------------------------------------


def community_locked(session: Session, community_id: int) -> Community | None:
    """A community, locked until the transaction ends."""
    return session.scalars(
        select(Community).where(Community.id == community_id).with_for_update()
    ).one_or_none()


@dataclass(frozen=True)
class Coverage:
    """How far the codes of a community have come: doorways, of these with an active code, and of the active ones
    those printed and those that are known to hang."""

    community: Community
    doorways: int
    active: int
    printed: int
    installed: int


def coverage(
    session: Session, sub_district_id: int, communities: Collection[int] | None = None
) -> list[Coverage]:
    """Every community of a sub-district, or these of it, by code."""
    counted = _counted(session, sub_district_id)
    return [
        Coverage(each, *counted.get(each.id, (0, 0, 0, 0)))
        for each in communities_of(session, sub_district_id)
        if communities is None or each.id in communities
    ]


def _counted(session: Session, sub_district_id: int) -> dict[int, tuple[int, int, int, int]]:
    rows = session.execute(
        select(
            Building.community_id,
            func.count(Doorway.id),
            func.count(DoorCode.id),
            func.count(case((DoorCode.printed_at.is_not(None), DoorCode.id))),
            func.count(case((DoorCode.installed_at.is_not(None), DoorCode.id))),
        )
        .join(Building, Building.id == Doorway.building_id)
        .join(Community, Community.id == Building.community_id)
        .outerjoin(DoorCode, (DoorCode.doorway_id == Doorway.id) & (DoorCode.status == "active"))
        .where(Community.sub_district_id == sub_district_id)
        .group_by(Building.community_id)
    )
    return {row[0]: (row[1], row[2], row[3], row[4]) for row in rows}


@dataclass(frozen=True)
class Run:
    """A print run, and how many codes are on it."""

    id: int
    stock: str
    design: str
    printed_at: datetime
    codes: int


def print_runs(session: Session, sub_district_id: int, at_most: int = 50) -> list[Run]:
    """The last print runs of a sub-district, newest first."""
    query = (
        select(PrintRun.id, PrintRun.stock, PrintRun.design, PrintRun.printed_at, func.count(PrintCell.id))
        .outerjoin(PrintCell, PrintCell.print_run_id == PrintRun.id)
        .where(PrintRun.sub_district_id == sub_district_id)
        .group_by(PrintRun.id, PrintRun.stock, PrintRun.design, PrintRun.printed_at)
        .order_by(PrintRun.id.desc())
    )
    return [Run(*row) for row in session.execute(query.limit(at_most))]
