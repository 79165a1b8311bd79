"""A small sub-district to test in: places, categories, and one person of every role."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Table, select, text
from sqlalchemy.orm import Session
from stdnum import luhn

from app import clock
from app.access.actor import Actor, Role, resident
from app.cases import intake, triage
from app.cases.models import CaseEvent, CaseFile, Report
from app.cases.triage import Sorting
from app.cases.wording import CROCKFORD, Words
from app.categories.models import Category, TimeLimit
from app.db import Base, db, table, transaction
from app.outbox.models import OutboxItem
from app.places import queries as places
from app.places.models import Building, Community, DoorCode, Doorway, SubDistrict
from app.places.queries import Door
from app.staff import accounts
from app.staff import queries as staff_queries
from app.staff.models import Staff, StaffCommunity
from app.units.models import Unit

PASSWORD = "correct-horse-八里庄"
_TABLES = {
    table(one)
    for one in (
        TimeLimit, Category, SubDistrict, Community, Building, Doorway, DoorCode, Unit, Staff, StaffCommunity
    )
}  # fmt: skip
LIMITS = {"2h": 2, "24h": 24, "7d": 168, "15d": 360}
CATEGORIES = (
    ("0101", "公共事业", "供热", "暖气不热", "24h", "八里庄热力服务站", True),
    ("0102", "公共事业", "供水", "停水", "24h", "八里庄供水所", True),
    ("0304", "住房", "公共设施", "楼道照明", "7d", "红庙物业", False),
    ("0305", "住房", "公共设施", "电梯故障", "7d", "红庙物业", False),
    ("0902", "城市管理", "环境秩序", "堆物堆料", "15d", "街道城管科", False),
)
COMMUNITIES = ("红庙社区", "八里庄北里社区")
BUILDINGS = ("红庙北里1号楼", "红庙北里2号楼", "八里庄北里10号楼")
FIRST_DAY = datetime(2026, 11, 1, tzinfo=UTC)

ROLES = {
    "worker": Role.WORKER,
    "other_worker": Role.WORKER,
    "dispatcher": Role.DISPATCHER,
    "leader": Role.LEADER,
    "officer": Role.OFFICER,
    "printer": Role.PRINTER,
    "auditor": Role.AUDITOR,
    "admin": Role.ADMIN,
}


@dataclass(frozen=True)
class Built:
    """The world as it was built first in this process: its rows, table by table, and what the rows are called.
    Putting rows back is a fifth of the work of building them."""

    rows: dict[Table, list[dict[str, Any]]]
    names: dict[str, Any]


_built: dict[str, Built] = {}  # by kind of database


def _rows(on: Connection) -> dict[Table, list[dict[str, Any]]]:
    """What was built, in the order in which one may stand on another."""
    tables = [one for one in Base.metadata.sorted_tables if one in _TABLES]
    return {one: [dict(row) for row in on.execute(one.select()).mappings()] for one in tables}


def _put(on: Connection, rows: dict[Table, list[dict[str, Any]]]) -> None:
    for one, some in rows.items():
        if "created_at" in one.c:
            now = clock.now()
            on.execute(one.insert(), [row | {"created_at": now} for row in some])
        else:
            on.execute(one.insert(), some)
    if on.dialect.name == "postgresql":
        moved = (
            f"setval(pg_get_serial_sequence('{one.name}', 'id'), {max(row['id'] for row in some)})"
            for one, some in rows.items()
            if one.autoincrement_column is not None
        )
        on.execute(text(f"SELECT {', '.join(moved)}"))


class World:
    """八里庄街道 with two communities: buildings 1 and 2 in the first, building 3 in the second, four
    doorways each. `staff` maps a word (dispatcher, worker, other_worker …, far_dispatcher) to an account whose
    password is `PASSWORD`; far_dispatcher and `far_door` are of another sub-district."""

    def __init__(self) -> None:
        self.password = PASSWORD
        kind = db.engine.dialect.name
        if kind in _built:
            with transaction() as session:
                _put(session.connection(), _built[kind].rows)
        else:
            with transaction() as session:
                self._build(session)
            # what tests hold on to must not be bound to a session that a verb empties
            self._doors = [self._door(code) for code in self._codes]
            _built[kind] = Built(_rows(db.session.connection()), self._names())
        for name, value in _built[kind].names.items():
            setattr(self, name, copy(value))
        self.doors, self.far_door = self._doors[:12], self._doors[12]
        db.session.rollback()

    # ---- people ----------------------------------------------------------------------------------------

    def actor(self, who: str) -> Actor:
        """The actor an account acts as."""
        with db.engine.connect() as connection, Session(connection) as session:
            return staff_queries.actor_of(session, session.get_one(Staff, self.staff[who]))

    # ---- reports and cases -----------------------------------------------------------------------------

    def report(
        self, door: Door | None = None, text: str = "楼道灯坏了，晚上什么也看不见。", **words: object
    ) -> str:
        """A resident's report at a door (default: the first); returns the receipt."""
        key = str(words.pop("submission_key", "") or uuid4())
        sent = Words(text=text, **words)  # type: ignore[arg-type]
        return intake.receive(resident(), door or self.doors[0], key, sent)

    def case(self, receipt: str) -> CaseFile:
        """The case of a receipt, as the database has it now."""
        return self._fresh().scalars(select(CaseFile).join(Report).where(Report.receipt == receipt)).one()

    def case_numbered(self, number: str) -> CaseFile:
        """The case of a number, as the database has it now."""
        return self._fresh().scalars(select(CaseFile).where(CaseFile.number == number)).one()

    def again(self, case: CaseFile) -> CaseFile:
        """The same case as the database has it now."""
        return self._fresh().get_one(CaseFile, case.id)

    def queued(self, door: Door | None = None, **words: object) -> CaseFile:
        """A case that a dispatcher has sorted into the queue."""
        case = self.case(self.report(door, **words))  # type: ignore[arg-type]
        who = "dispatcher" if case.sub_district_id == self.sub_district_id else "far_dispatcher"
        return triage.triage(self.actor(who), case.number, case.version, Sorting(category="0304"))

    def events(self, case: CaseFile) -> list[CaseEvent]:
        """The history of a case, oldest first."""
        query = select(CaseEvent).where(CaseEvent.case_id == case.id).order_by(CaseEvent.id)
        return list(self._fresh().scalars(query))

    def outbox(self) -> list[OutboxItem]:
        """Every promise made so far."""
        return list(self._fresh().scalars(select(OutboxItem).order_by(OutboxItem.id)))

    # ---- building it -----------------------------------------------------------------------------------

    def _names(self) -> dict[str, Any]:
        known = ("sub_district_id", "far_sub_district_id", "communities", "staff", "_doors")
        return {name: getattr(self, name) for name in known}

    def _build(self, session: Session) -> None:
        session.add_all(TimeLimit(key=key, hours=hours) for key, hours in LIMITS.items())
        session.flush()
        session.add_all(
            Category(
                code=code,
                level1=one,
                level2=two,
                level3=three,
                limit_key=limit,
                lead_unit=unit,
                due_first=first,
            )
            for code, one, two, three, limit, unit, first in CATEGORIES
        )
        self._codes: list[str] = []
        home = _sub_district(session, "110105015", "八里庄街道")
        self.sub_district_id = home.id
        self.communities = [_community(session, home, name) for name in COMMUNITIES]
        for place, name in zip((0, 0, 1), BUILDINGS, strict=True):
            self._building(session, self.communities[place], name, doorways=4)
        far = _sub_district(session, "110105016", "双井街道")
        self.far_sub_district_id = far.id
        self._building(session, _community(session, far, "九龙社区"), "九龙花园1号楼", doorways=1)
        unit = Unit(sub_district_code="110105015", name="红庙物业", phone="010-00000000")
        session.add(unit)
        session.flush()
        self.staff = {who: _person(session, who, role, home, unit).id for who, role in ROLES.items()}
        self.staff["far_dispatcher"] = _person(session, "far_dispatcher", Role.DISPATCHER, far, unit).id
        for who, community in zip(("worker", "other_worker"), self.communities, strict=True):
            session.add(StaffCommunity(staff_id=self.staff[who], community_id=community))

    def _building(self, session: Session, community: int, name: str, *, doorways: int) -> None:
        building = Building(community_id=community, name=name)
        session.add(building)
        session.flush()
        for number in range(1, doorways + 1):
            doorway = Doorway(
                building_id=building.id,
                name=f"{number}单元",
                households=24,
                lng=116.4843,
                lat=39.9162,
                datum="GCJ-02",
            )
            session.add(doorway)
            session.flush()
            code = _code(len(self._codes))
            self._codes.append(code)
            session.add(DoorCode(doorway_id=doorway.id, code=code, issued_at=FIRST_DAY))

    def _door(self, code: str) -> Door:
        door = places.door_by_code(db.session(), code)
        assert door is not None
        return door

    def _fresh(self) -> Session:
        session = db.session()
        session.rollback()
        session.expire_all()
        return session


def _sub_district(session: Session, code: str, name: str) -> SubDistrict:
    row = SubDistrict(code=code, name=name, district="朝阳区", phone="010-00000000")
    session.add(row)
    session.flush()
    return row


def _community(session: Session, sub_district: SubDistrict, name: str) -> int:
    last = session.scalars(select(Community.code).order_by(Community.code.desc())).first()
    code = str(int(last) + 1) if last else "110105015001"
    row = Community(sub_district_id=sub_district.id, code=code, name=name, phone="010-00000000")
    session.add(row)
    session.flush()
    return row.id


def _person(session: Session, who: str, role: Role, place: SubDistrict, unit: Unit) -> Staff:
    person = Staff(
        username=who,
        display_name=f"{who} 值班",
        role=role.value,
        sub_district_id=place.id,
        unit_id=unit.id if role is Role.OFFICER else None,
        password_hash=_password_hash(),
        created_at=clock.now(),
        keeps_shared=role is Role.ADMIN,
    )
    session.add(person)
    session.flush()
    return person


def _code(number: int) -> str:
    plain = f"7K2M9{CROCKFORD[number // 32]}{CROCKFORD[number % 32]}"
    return plain + luhn.calc_check_digit(plain, alphabet=CROCKFORD)


@cache
def _password_hash() -> str:
    """Hashed once a process: the strength of a hash is its slowness."""
    return accounts.hash_password(PASSWORD)
