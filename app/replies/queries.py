"""Looking ready sentences up."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.cases.models import CaseFile
from app.categories.models import Category
from app.replies.models import ReplyTemplate


def for_case(session: Session, case: CaseFile, category: Category | None) -> dict[str, list[ReplyTemplate]]:
    """What may be said of a case, by action: of its own leaf first, then of its first level, then of any."""
    narrowing = [category.code, category.level1, ""] if category else [""]
    rows = session.scalars(
        select(ReplyTemplate)
        .where(
            ReplyTemplate.sub_district_id == case.sub_district_id,
            ReplyTemplate.retired_at.is_(None),
            ReplyTemplate.category.in_(narrowing),
        )
        .order_by(ReplyTemplate.id)
    )
    found: dict[str, list[ReplyTemplate]] = {}
    for row in sorted(rows, key=lambda one: narrowing.index(one.category)):
        found.setdefault(row.action, []).append(row)
    return found


def listed(session: Session, sub_district_id: int | None) -> Sequence[ReplyTemplate]:
    """Every sentence of a sub-district, the retired ones last."""
    return session.scalars(
        select(ReplyTemplate)
        .where(ReplyTemplate.sub_district_id == sub_district_id)
        .order_by(ReplyTemplate.retired_at.is_not(None), ReplyTemplate.category, ReplyTemplate.id)
    ).all()


def by_id(session: Session, sub_district_id: int | None, template_id: int) -> ReplyTemplate | None:
    """One of them, retired or not."""
    return session.scalars(
        select(ReplyTemplate).where(
            ReplyTemplate.id == template_id, ReplyTemplate.sub_district_id == sub_district_id
        )
    ).one_or_none()


def count(session: Session, sub_district_id: int) -> int:
    """How many there are, retired ones too."""
    own = select(func.count()).select_from(ReplyTemplate)
    return session.scalar(own.where(ReplyTemplate.sub_district_id == sub_district_id)) or 0


def is_narrowing(session: Session, category: str) -> bool:
    """Whether the catalogue has such a leaf or first level."""
    named = (Category.code == category) | (Category.level1 == category)
    return session.scalars(select(Category.id).where(named).limit(1)).first() is not None
