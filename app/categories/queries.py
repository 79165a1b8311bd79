"""Looking categories up."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.categories.models import Category


def by_code(session: Session, code: str) -> Category | None:
    """The leaf with this code, retired or not, with its limit."""
    return session.scalars(
        select(Category).where(Category.code == code).options(joinedload(Category.limit))
    ).one_or_none()


def by_id(session: Session, category_id: int | None) -> Category | None:
    """The leaf of a case, or None."""
    return None if category_id is None else session.get(Category, category_id)


def in_use(session: Session) -> Sequence[Category]:
    """Every leaf that may be chosen, in the catalogue's order."""
    return session.scalars(select(Category).where(Category.retired.is_(False)).order_by(Category.code)).all()


def codes(session: Session) -> set[str]:
    """Codes of every leaf, retired ones included."""
    return set(session.scalars(select(Category.code)))
