"""Every SELECT on the audit log and its seals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select, type_coerce
from sqlalchemy.orm import Session
from sqlalchemy.types import NullType

from app.access.chain import Head
from app.access.models import AuditEntry, AuditSeal


@dataclass(frozen=True)
class Looked:
    """What somebody looks for in the log: all of it that is given. `object_id` is a case
    number or another id in full."""

    staff_id: int | None = None
    act: str = ""
    object_id: str = ""
    since: datetime | None = None
    until: datetime | None = None


def page(
    session: Session, sub_district_id: int, looked: Looked, *, before: int | None = None, size: int = 51
) -> Sequence[AuditEntry]:
    """Lines of one sub-district, newest first; those after the line `before` where one is given."""
    query = _wanted(select(AuditEntry).where(AuditEntry.sub_district_id == sub_district_id), looked)
    if before is not None:
        query = query.where(AuditEntry.id < before)
    return session.scalars(query.order_by(AuditEntry.id.desc()).limit(size)).all()


def _wanted(query: Select[AuditEntry], looked: Looked) -> Select[AuditEntry]:
    if looked.staff_id is not None:
        query = query.where(AuditEntry.staff_id == looked.staff_id)
    if looked.act:
        query = query.where(AuditEntry.act == looked.act)
    if looked.object_id:
        query = query.where(AuditEntry.object_id == looked.object_id)
    if looked.since is not None:
        query = query.where(AuditEntry.at >= looked.since)
    if looked.until is not None:
        query = query.where(AuditEntry.at < looked.until)
    return query


# ---- the chain ----------------------------------------------------------------------------------------

_RAW = (
    AuditEntry.id,
    type_coerce(AuditEntry.at, NullType()),  # as the database has it: what cannot be read must still be named
    AuditEntry.actor_kind,
    AuditEntry.staff_id,
    AuditEntry.act,
    AuditEntry.object_kind,
    AuditEntry.object_id,
    AuditEntry.fields,
    AuditEntry.sub_district_id,
)


def lines_after(
    session: Session, last_id: int | None, *, up_to: int | None = None, at_most: int
) -> Sequence[Any]:
    """Lines in order of their ids, as they are sealed."""
    query = select(*_RAW).order_by(AuditEntry.id).limit(at_most)
    if last_id is not None:
        query = query.where(AuditEntry.id > last_id)
    if up_to is not None:
        query = query.where(AuditEntry.id <= up_to)
    return session.execute(query).all()


def unsealed(session: Session, last_id: int | None) -> tuple[int, datetime | None]:
    """How many lines stand after the last seal, and since when."""
    query = select(func.count(), func.min(AuditEntry.at))
    if last_id is not None:
        query = query.where(AuditEntry.id > last_id)
    row = session.execute(query).one()
    return row[0], row[1]


def head(session: Session) -> Head | None:
    """The last seal."""
    return _head(
        session, select(AuditSeal.number, AuditSeal.last_id, AuditSeal.mac).order_by(AuditSeal.number.desc())
    )


def head_at(session: Session, moment: datetime) -> Head | None:
    """The last seal as of a moment."""
    query = select(AuditSeal.number, AuditSeal.last_id, AuditSeal.mac).where(AuditSeal.at <= moment)
    return _head(session, query.order_by(AuditSeal.at.desc(), AuditSeal.number.desc()))


def head_numbered(session: Session, number: int) -> Head | None:
    """The seal of this number."""
    return _head(
        session, select(AuditSeal.number, AuditSeal.last_id, AuditSeal.mac).where(AuditSeal.number == number)
    )


def _head(session: Session, query: Select[int, int, str]) -> Head | None:
    row = session.execute(query.limit(1)).one_or_none()
    return None if row is None else Head(row[0], row[1], row[2])


_SEAL = (
    AuditSeal.number,
    type_coerce(AuditSeal.at, NullType()).label("at"),
    AuditSeal.first_id,
    AuditSeal.last_id,
    AuditSeal.count,
    AuditSeal.key_id,
    AuditSeal.mac,
    AuditSeal.marks,
)


def seals_after(session: Session, number: int | None, *, up_to: int, at_most: int) -> Sequence[Any]:
    """Seals in order of their numbers, with their marks."""
    query = select(*_SEAL).where(AuditSeal.number <= up_to).order_by(AuditSeal.number).limit(at_most)
    if number is not None:
        query = query.where(AuditSeal.number > number)
    return session.execute(query).all()
