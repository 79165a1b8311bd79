"""Looking categories up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.orm import Session, joinedload

from app.categories.models import Category, TimeLimit
from app.db import table
from app.prepared import Looking

DEFAULT_LIMIT = "7d"
URGENT_LIMIT = "2h"


def by_code(session: Session, code: str) -> Category | None:
    """The leaf with this code, retired or not, with its limit."""
    return session.scalars(
        select(Category).where(Category.code == code).options(joinedload(Category.limit))
    ).one_or_none()


@dataclass(frozen=True)
class Terms:
    """What choosing a leaf means for a case: its limit in hours, who leads, whether it waits for Saturday."""

    category_id: int | None
    lead_unit: str
    due_first: bool
    hours: int
    community_may_lead: bool = True


_LEAF, _LIMIT = table(Category).c, table(TimeLimit).c
_TERMS = Looking(
    select(_LEAF.id, _LEAF.lead_unit, _LEAF.due_first, _LIMIT.hours, _LEAF.community_may_lead)
    .join_from(table(Category), table(TimeLimit), _LIMIT.key == _LEAF.limit_key)
    .where(_LEAF.code == bindparam("code"), _LEAF.retired.is_(False))
)
_HOURS = Looking(select(_LIMIT.hours).where(_LIMIT.key == bindparam("key")))


def terms_of(connection: Connection, code: str) -> Terms | None:
    """The terms of a leaf in use; None for a code that is none."""
    row = _TERMS.one(connection, {"code": code})
    return None if row is None else Terms(*row)


def terms_without_category(connection: Connection) -> Terms:
    """The terms of a case nobody has sorted yet."""
    row = _HOURS.one(connection, {"key": DEFAULT_LIMIT})
    if row is None:
        raise LookupError(f"the time limit {DEFAULT_LIMIT} is missing")
    return Terms(None, "", due_first=False, hours=row[0])


def urgent_hours(connection: Connection) -> int:
    """The limit of what is urgent, in hours."""
    row = _HOURS.one(connection, {"key": URGENT_LIMIT})
    if row is None:
        raise LookupError(f"the time limit {URGENT_LIMIT} is missing")
    return int(row[0])


def by_id(session: Session, category_id: int | None) -> Category | None:
    """The leaf of a case, or None."""
    return None if category_id is None else session.get(Category, category_id)


def in_use(session: Session) -> Sequence[Category]:
    """Every leaf that may be chosen, in the catalogue's order."""
    return session.scalars(select(Category).where(Category.retired.is_(False)).order_by(Category.code)).all()


def everything(session: Session) -> Sequence[Category]:
    """Every leaf, retired ones included, in the catalogue's order."""
    return session.scalars(select(Category).order_by(Category.code)).all()


def codes(session: Session) -> set[str]:
    """Codes of every leaf, retired ones included."""
    return set(session.scalars(select(Category.code)))
