"""Every SELECT on notices, and on what they are about."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    String,
    and_,
    bindparam,
    case,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
)
from sqlalchemy.orm import Session

from app.access.actor import Actor
from app.case_days.models import CaseDay
from app.cases.models import BulkAct, CaseEvent, CaseFile, Report, Support
from app.cases.workflow import OPEN, State
from app.forwarding.models import Forwarding
from app.notices.models import Notice
from app.outbox.models import OutboxItem
from app.places.models import Building, Community, Doorway, SubDistrict
from app.prepared import Bundled, Looking, Question, answered
from app.staff.models import Staff


@dataclass(frozen=True)
class Unread:
    """A notice as it stands on a page."""

    id: int
    key: str
    kind: str
    ref: str
    staff_id: int | None
    created_at: datetime


def unread(session: Session, actor: Actor, *, first: Collection[str] = (), at_most: int = 50) -> list[Unread]:
    """What this actor was told and nobody has read yet: the kinds in `first` on top, then newest first."""
    rows = answered(session, unread_question(actor, first=first, at_most=at_most))
    return list(_unread_in(rows[0][1]))


def unread_question(actor: Actor, *, first: Collection[str] = (), at_most: int = 50) -> Question:
    """What `unread` asks."""
    within = None if actor.community_ids is None else sorted(actor.community_ids)
    given = {
        "place": actor.sub_district_id,
        "me": actor.staff_id,
        "role": actor.role.value if actor.role else None,
        **{f"within{at}": one for at, one in enumerate(within or ())},
    }
    return Question(_unread(None if within is None else len(within), tuple(first), at_most), given)


@lru_cache(maxsize=64)
def _unread_in(bundle: str | None) -> tuple[Unread, ...]:
    rows: list[Any] = json.loads(bundle or "[]")
    return tuple(Unread(*(*known, _moment(at))) for *known, at in rows)


def _moment(written: str) -> datetime:
    """A moment as either database writes it into JSON; SQLite's are without a zone."""
    moment = datetime.fromisoformat(written)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


@lru_cache(maxsize=64)
def _unread(within: int | None, first: tuple[str, ...], at_most: int) -> Looking:
    """That look, made once: every page of the staff asks it."""
    place, me = (bindparam(name, type_=Integer) for name in ("place", "me"))
    mine = and_(Notice.sub_district_id == place, Notice.role == bindparam("role", type_=String))
    if within is not None:
        theirs = (Notice.community_id == bindparam(f"within{at}", type_=Integer) for at in range(within))
        mine = and_(mine, or_(Notice.community_id.is_(None), *theirs))
    on_top = or_(false(), *(Notice.kind == kind for kind in first))
    query = select(Notice.id, Notice.key, Notice.kind, Notice.ref, Notice.staff_id, Notice.created_at)
    query = query.where(or_(mine, Notice.staff_id == me), Notice.read_at.is_(None))
    query = query.order_by(case((on_top, 0), else_=1), Notice.id.desc())
    newest = query.limit(literal_column(str(int(at_most)))).subquery()
    return Looking(select(literal("unread"), Bundled(*newest.c)))


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


def stands_unread(session: Session, kind: str, ref: str, *, role: str | None, staff_id: int | None) -> bool:
    """Whether a notice of this kind about this already waits for this reader."""
    query = select(Notice.id).where(
        Notice.kind == kind, Notice.ref == ref, Notice.role == role, Notice.staff_id == staff_id
    )
    return session.scalar(query.where(Notice.read_at.is_(None)).limit(1)) is not None


def last_alarm(session: Session, kind: str, number: str) -> str | None:
    """The reference of the newest promise of this kind about a case, kept or not."""
    query = select(OutboxItem.ref).where(OutboxItem.kind == kind, OutboxItem.ref.startswith(f"{number}:"))
    return session.scalar(query.order_by(OutboxItem.id.desc()).limit(1))


def was_seen(session: Session, number: str, kind: str, since: datetime) -> bool:
    """Whether since a moment anybody has read the notice of this kind about a case, or somebody of the staff has
    done anything with it, or it was taken back. That it had ended before is no sign that anybody looked."""
    read = select(Notice.id).where(Notice.kind == kind, Notice.ref == number, Notice.read_at >= since)
    touched = select(CaseEvent.id).where(
        CaseEvent.case_id == CaseFile.id, CaseEvent.staff_id.is_not(None), CaseEvent.at >= since
    )
    waits = select(CaseFile.id).where(
        CaseFile.number == number,
        CaseFile.state != State.WITHDRAWN.value,
        ~read.exists(),
        ~touched.exists(),
    )
    return session.scalar(waits) is None


def supervisor_of_handler(session: Session, number: str) -> int | None:
    """Id of the active supervisor of who handles this case; None where there is none."""
    handler = select(Staff.supervisor_id).join(CaseFile, CaseFile.handler_id == Staff.id)
    supervisor = handler.where(CaseFile.number == number).scalar_subquery()
    return session.scalar(select(Staff.id).where(Staff.id == supervisor, Staff.is_active.is_(True)))


@dataclass(frozen=True)
class Scene:
    """Where an urgent case is and what was recognised in it: what may be sent beyond the desk, and no more."""

    number: str
    community: str
    building: str
    doorway: str
    urgency: str


def scenes(session: Session, numbers: Collection[str]) -> dict[str, Scene]:
    """The scenes of these cases by number; a number without a case has none."""
    rows = session.execute(
        select(CaseFile.number, Community.name, Building.name, Doorway.name, CaseFile.urgency)
        .join(Doorway, Doorway.id == CaseFile.doorway_id)
        .join(Building, Building.id == Doorway.building_id)
        .join(Community, Community.id == CaseFile.community_id)
        .where(CaseFile.number.in_(numbers))
    )
    return {row[0]: Scene(*row) for row in rows}


@dataclass(frozen=True)
class Recovered:
    """A report found by its telephone, with what is needed to open that."""

    receipt: str
    phone_sealed: bytes | None
    received_at: datetime
    state: str
    building: str
    doorway: str


def reports_of_phone(session: Session, phone_index: str, since: datetime, at_most: int) -> list[Recovered]:
    """Reports left with a telephone since a moment, open cases first, then the newest. What was withdrawn, and
    what the telephone was deleted from, is not found."""
    is_open = CaseFile.state.in_([state.value for state in OPEN])
    query = (
        select(
            Report.receipt,
            Report.phone_sealed,
            Report.received_at,
            CaseFile.state,
            Building.name,
            Doorway.name,
        )
        .join(CaseFile, CaseFile.id == Report.case_id)
        .join(Doorway, Doorway.id == Report.doorway_id)
        .join(Building, Building.id == Doorway.building_id)
        .outerjoin(Support, Support.report_id == Report.id)
        .where(
            Report.phone_index == phone_index,
            Report.phone_sealed.is_not(None),
            Report.withdrawn_at.is_(None),
            Support.undone_at.is_(None),
            Report.received_at >= since,
        )
        .order_by(case((is_open, 0), else_=1), Report.id.desc())
        .limit(at_most)
    )
    return [Recovered(*row) for row in session.execute(query)]


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


def place_of_bulk_act(session: Session, act_id: str) -> Sequence[int]:
    """The sub-district of what was done to several cases at once."""
    return session.scalars(select(BulkAct.sub_district_id).where(BulkAct.id == int(act_id))).all()


def handler_of_bulk_act(session: Session, act_id: str) -> list[int]:
    """Id of the account its cases were given to."""
    found = session.scalar(select(BulkAct.handler_id).where(BulkAct.id == int(act_id)))
    return [] if found is None else [found]


def handler_of_case(session: Session, number: str) -> list[int]:
    """Id of the account that has this case."""
    found = session.scalar(select(CaseFile.handler_id).where(CaseFile.number == number))
    return [] if found is None else [found]


def every_sub_district(session: Session) -> Sequence[int]:
    """Ids of all sub-districts of the installation."""
    return session.scalars(select(SubDistrict.id).order_by(SubDistrict.id)).all()


def urgent_numbers(session: Session, actor: Actor, kinds: Collection[str]) -> list[str]:
    """The cases that notices of these kinds tell this actor of, unread; the earliest first."""
    query = select(Notice.ref).where(_for(actor), Notice.read_at.is_(None), Notice.kind.in_(kinds))
    return list(dict.fromkeys(session.scalars(query.order_by(Notice.id).limit(50))))


def _for(actor: Actor) -> ColumnElement[bool]:
    role = actor.role.value if actor.role else None
    mine = and_(Notice.sub_district_id == actor.sub_district_id, Notice.role == role)
    if actor.community_ids is not None:
        mine = and_(mine, or_(Notice.community_id.is_(None), Notice.community_id.in_(actor.community_ids)))
    return or_(mine, Notice.staff_id == actor.staff_id)
