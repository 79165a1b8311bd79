"""Looking people up."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from operator import attrgetter

from sqlalchemy import Integer, String, bindparam, func, literal, or_, select
from sqlalchemy.orm import Session

from app.access.actor import Actor, ActorKind, Role
from app.places.models import Community, SubDistrict
from app.prepared import Bundled, Looking, Question, answered, bare
from app.staff.models import DutyShift, PasswordLink, RecoveryCode, Staff, StaffCommunity, StaffSession
from app.staff.roster import Shift
from app.units.models import Unit


def by_username(session: Session, username: str) -> Staff | None:
    """The account of this name."""
    return session.scalars(select(Staff).where(Staff.username == username)).one_or_none()


def by_id(session: Session, staff_id: int) -> Staff | None:
    """The account with this id."""
    return session.get(Staff, staff_id)


def actor_of(session: Session, person: Staff) -> Actor:
    """The actor this account acts as: a worker covers only the communities named, others all of theirs."""
    return _actor(person, communities_of(session, person.id))


def communities_of(session: Session, staff_id: int) -> frozenset[int]:
    """The communities an account names; none for one that covers the whole sub-district."""
    query = select(StaffCommunity.community_id).where(StaffCommunity.staff_id == staff_id)
    return frozenset(session.scalars(query))


def _actor(person: Staff | Account, communities: frozenset[int]) -> Actor:
    role = Role(person.role)
    scoped = communities if communities or role is Role.WORKER else None
    keeps = person.keeps_shared and role is Role.ADMIN
    return Actor(
        ActorKind.STAFF, person.id, role, person.sub_district_id, scoped, person.unit_id, keeps_shared=keeps
    )


@dataclass(frozen=True)
class Sitting:
    """A login as each request asks for it."""

    id: int
    begun_at: datetime
    seen_at: datetime
    authenticated_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True)
class Account:
    """Whose it is."""

    id: int
    username: str
    display_name: str
    role: str
    is_active: bool
    totp_since: datetime | None
    unit_id: int | None
    sub_district_id: int
    keeps_shared: bool
    sub_district: str
    sub_district_code: str


@dataclass(frozen=True)
class Login:
    """A login with whose it is and as what they act."""

    row: Sitting
    person: Account
    actor: Actor


_SITTING = (
    StaffSession.id, StaffSession.begun_at, StaffSession.seen_at, StaffSession.authenticated_at, StaffSession.ended_at,
)  # fmt: skip
_ACCOUNT = (
    Staff.id, Staff.username, Staff.display_name, Staff.role, Staff.is_active, Staff.totp_since, Staff.unit_id,
    Staff.sub_district_id, Staff.keeps_shared, SubDistrict.name, SubDistrict.code,
)  # fmt: skip
_LOGIN = Looking(
    select(*_SITTING, *_ACCOUNT, StaffCommunity.community_id)
    .join(Staff, Staff.id == StaffSession.staff_id)
    .join(SubDistrict, SubDistrict.id == Staff.sub_district_id)
    .outerjoin(StaffCommunity, StaffCommunity.staff_id == Staff.id)
    .where(StaffSession.token_digest == bindparam("digest", type_=String))
)


def login(session: Session, token_digest: str) -> Login | None:
    """The login with this digest, in one look, over or not. Every page of the staff asks this first."""
    rows = _LOGIN.rows(bare(session), {"digest": token_digest})
    if not rows:
        return None
    person = Account(*rows[0][5:16])
    communities = frozenset(row[-1] for row in rows if row[-1] is not None)
    return Login(Sitting(*rows[0][:5]), person, _actor(person, communities))


def logins_of(session: Session, staff_id: int) -> Sequence[StaffSession]:
    """An account's logins that nobody ended, the one used last first."""
    query = select(StaffSession).where(StaffSession.staff_id == staff_id, StaffSession.ended_at.is_(None))
    return session.scalars(query.order_by(StaffSession.seen_at.desc(), StaffSession.id.desc())).all()


def recovery_codes(session: Session, staff_id: int) -> Sequence[RecoveryCode]:
    """An account's recovery codes, used or not."""
    return session.scalars(select(RecoveryCode).where(RecoveryCode.staff_id == staff_id)).all()


@dataclass(frozen=True)
class Listed:
    """An account in the administrator's list; `seen_at` is when it was last used, None for never."""

    person: Staff
    communities: tuple[str, ...]
    unit: str
    seen_at: datetime | None


def listed(session: Session, sub_district_id: int) -> list[Listed]:
    """Every account of a sub-district, active ones first, then by name: two looks however many."""
    last = (
        select(StaffSession.staff_id, func.max(StaffSession.seen_at).label("at"))
        .group_by(StaffSession.staff_id)
        .subquery()
    )
    people = session.execute(
        select(Staff, Unit.name, last.c.at)
        .outerjoin(Unit, Unit.id == Staff.unit_id)
        .outerjoin(last, last.c.staff_id == Staff.id)
        .where(Staff.sub_district_id == sub_district_id)
        .order_by(Staff.is_active.desc(), Staff.role, Staff.display_name, Staff.id)
    ).all()
    covered: dict[int, list[str]] = {}
    query = (
        select(StaffCommunity.staff_id, Community.name)
        .join(Community, Community.id == StaffCommunity.community_id)
        .where(Community.sub_district_id == sub_district_id)
        .order_by(Community.name)
    )
    for staff_id, name in session.execute(query):
        covered.setdefault(staff_id, []).append(name)
    return [
        Listed(person, tuple(covered.get(person.id, ())), unit or "", seen_at)
        for person, unit, seen_at in people
    ]


def communities(session: Session, sub_district_id: int) -> Sequence[str]:
    """Names of a sub-district's communities."""
    query = select(Community.name).where(Community.sub_district_id == sub_district_id)
    return session.scalars(query.order_by(Community.name)).all()


def units(session: Session, sub_district_code: str) -> Sequence[str]:
    """Names of the units on a sub-district's list."""
    query = select(Unit.name).where(Unit.sub_district_code == sub_district_code, Unit.retired.is_(False))
    return session.scalars(query.order_by(Unit.name)).all()


def sub_district_code(session: Session, sub_district_id: int) -> str:
    """The code of a sub-district."""
    return session.get_one(SubDistrict, sub_district_id).code


def with_role(session: Session, sub_district_id: int, *roles: Role) -> Sequence[Staff]:
    """Active accounts of these roles, in order of name."""
    return session.scalars(
        select(Staff)
        .where(
            Staff.sub_district_id == sub_district_id,
            Staff.is_active.is_(True),
            Staff.role.in_([role.value for role in roles]),
        )
        .order_by(Staff.display_name, Staff.id)
    ).all()


def names(session: Session, staff_ids: set[int]) -> dict[int, str]:
    """Display names by id, for staff pages only."""
    rows = session.execute(select(Staff.id, Staff.display_name).where(Staff.id.in_(staff_ids)))
    return {staff_id: name for staff_id, name in rows}  # noqa: C416 - typed rows, not pairs


def roles(session: Session, staff_ids: set[int]) -> dict[int, Role]:
    """Roles by id: what residents are told instead of names."""
    rows = session.execute(select(Staff.id, Staff.role).where(Staff.id.in_(staff_ids)))
    return {staff_id: Role(role) for staff_id, role in rows}


def sub_district_id(session: Session, code: str) -> int | None:
    """The sub-district an account is made in."""
    return session.scalars(select(SubDistrict.id).where(SubDistrict.code == code)).one_or_none()


def sub_district_codes(session: Session) -> Sequence[str]:
    """Codes of every sub-district of this installation."""
    return session.scalars(select(SubDistrict.code).order_by(SubDistrict.code)).all()


def community_id(session: Session, sub_district_id: int, name_or_code: str) -> int | None:
    """A community by what somebody typed: its name or its code."""
    typed = name_or_code.strip()
    return session.scalars(
        select(Community.id).where(
            Community.sub_district_id == sub_district_id,
            or_(Community.name == typed, Community.code == typed),
        )
    ).first()


def unit_id(session: Session, sub_district_code: str, name: str) -> int | None:
    """A unit on this sub-district's list that is not retired."""
    query = select(Unit.id).where(Unit.sub_district_code == sub_district_code, Unit.name == name)
    return session.scalars(query.where(Unit.retired.is_(False))).one_or_none()


def usable_link(session: Session, token_digest: str, moment: datetime) -> PasswordLink | None:
    """The one-time link with this digest, if it was not used and has not run out at `moment` (real time)."""
    return session.scalars(
        select(PasswordLink).where(
            PasswordLink.token_digest == token_digest,
            PasswordLink.used_at.is_(None),
            PasswordLink.expires_at > moment,
        )
    ).one_or_none()


def unused_links(session: Session, staff_id: int) -> Sequence[PasswordLink]:
    """Links of this account that were not used, locked so that two pages cannot both use one."""
    return session.scalars(
        select(PasswordLink)
        .where(PasswordLink.staff_id == staff_id, PasswordLink.used_at.is_(None))
        .with_for_update()
    ).all()


@dataclass(frozen=True)
class Colleague:
    """Somebody who can take a case on; `community_ids` None covers the whole sub-district."""

    id: int
    name: str
    role: Role
    community_ids: frozenset[int] | None

    def covers(self, community_id: int) -> bool:
        """Whether this community is theirs."""
        return self.community_ids is None or community_id in self.community_ids


def colleagues(session: Session, sub_district_id: int) -> list[Colleague]:
    """Active workers and dispatchers of a sub-district with what they cover, in order of name."""
    query = (
        select(Staff.id, Staff.display_name, Staff.role, StaffCommunity.community_id)
        .outerjoin(StaffCommunity, StaffCommunity.staff_id == Staff.id)
        .where(
            Staff.sub_district_id == sub_district_id,
            Staff.is_active.is_(True),
            Staff.role.in_([Role.WORKER.value, Role.DISPATCHER.value]),
        )
        .order_by(Staff.display_name, Staff.id)
    )
    covered: dict[tuple[int, str, Role], set[int]] = {}
    for staff_id, name, role, community_id in session.execute(query).all():
        communities = covered.setdefault((staff_id, name, Role(role)), set())
        if community_id is not None:
            communities.add(community_id)
    return [
        Colleague(*who, frozenset(ids) if ids or who[2] is Role.WORKER else None)
        for who, ids in covered.items()
    ]


def workers_of(session: Session, community_id: int | None) -> Sequence[int]:
    """Ids of the active workers who cover a community."""
    query = select(Staff.id).join(StaffCommunity, StaffCommunity.staff_id == Staff.id)
    mine = StaffCommunity.community_id == community_id
    query = query.where(mine, Staff.role == Role.WORKER.value, Staff.is_active.is_(True))
    return session.scalars(query.order_by(Staff.id)).all()


def officers_of(session: Session, sub_district_id: int, unit_id: int | None) -> Sequence[int]:
    """Ids of the active officers of a unit in a sub-district."""
    query = select(Staff.id).where(
        Staff.sub_district_id == sub_district_id,
        Staff.unit_id == unit_id,
        Staff.role == Role.OFFICER.value,
        Staff.is_active.is_(True),
    )
    return session.scalars(query.order_by(Staff.id)).all()


@dataclass(frozen=True)
class Duty:
    """One shift of the roster and whose it is; `community_ids` None covers the whole sub-district."""

    id: int
    staff_id: int
    username: str
    name: str
    role: Role
    shift: Shift
    community_ids: frozenset[int] | None

    def covers(self, community_id: int | None) -> bool:
        """Whether this community is theirs; None asks for no community."""
        return community_id is None or self.community_ids is None or community_id in self.community_ids


_SHIFTS = (
    select(
        DutyShift.id, Staff.id, Staff.username, Staff.display_name, Staff.role,
        DutyShift.weekday, DutyShift.starts, DutyShift.ends, StaffCommunity.community_id,
    )
    .join(Staff, Staff.id == DutyShift.staff_id)
    .outerjoin(StaffCommunity, StaffCommunity.staff_id == Staff.id)
    .where(DutyShift.sub_district_id == bindparam("place", type_=Integer), Staff.is_active.is_(True))
    .subquery()
)  # fmt: skip
_ROSTER = Looking(select(literal("roster"), Bundled(*_SHIFTS.c)))


def roster_question(sub_district_id: int) -> Question:
    """What `roster` asks."""
    return Question(_ROSTER, {"place": sub_district_id})


def roster(session: Session, sub_district_id: int) -> Sequence[Duty]:
    """The duty roster of a sub-district, active accounts only, in order of the week."""
    return _duties(answered(session, roster_question(sub_district_id))[0][1])


@lru_cache(maxsize=64)
def _duties(bundle: str | None) -> tuple[Duty, ...]:
    covered: dict[tuple[int, int, str, str, Role, Shift], set[int]] = {}
    for shift_id, staff_id, username, name, role, weekday, starts, ends, community in json.loads(
        bundle or "[]"
    ):
        whose = (shift_id, staff_id, username, name, Role(role), Shift(weekday, starts, ends))
        communities = covered.setdefault(whose, set())
        if community is not None:
            communities.add(community)
    made = (
        Duty(*whose, frozenset(ids) if ids or whose[4] is Role.WORKER else None)
        for whose, ids in covered.items()
    )
    in_order = attrgetter("shift.weekday", "shift.starts", "shift.ends", "username")
    return tuple(sorted(made, key=in_order))


def shifts_of(session: Session, staff_id: int, weekdays: set[int]) -> Sequence[DutyShift]:
    """Somebody's shifts on these weekdays."""
    return session.scalars(
        select(DutyShift).where(DutyShift.staff_id == staff_id, DutyShift.weekday.in_(weekdays))
    ).all()


@dataclass(frozen=True)
class Somebody:
    """An account of a sub-district, whether it is still in use or not."""

    id: int
    name: str


def everybody(session: Session, sub_district_id: int) -> list[Somebody]:
    """Every account there ever was in a sub-district, in order of name."""
    query = select(Staff.id, Staff.display_name).where(Staff.sub_district_id == sub_district_id)
    return [Somebody(row[0], row[1]) for row in session.execute(query.order_by(Staff.display_name, Staff.id))]
