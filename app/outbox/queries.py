"""Looking at promises without touching them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app import clock
from app.outbox.models import OutboxItem


def overdue_by(session: Session) -> timedelta:
    """For how long the oldest promise that could be kept now has been waiting, in business time; zero when
    none waits. When it grows beyond a minute or so, no worker runs."""
    real = clock.real_now()
    oldest = session.scalar(
        select(func.min(OutboxItem.due_at)).where(
            OutboxItem.done_at.is_(None),
            OutboxItem.due_at <= clock.now(),
            or_(OutboxItem.not_before.is_(None), OutboxItem.not_before <= real),
            or_(OutboxItem.leased_until.is_(None), OutboxItem.leased_until <= real),
        )
    )
    return timedelta(0) if oldest is None else clock.now() - oldest


def waiting(session: Session) -> dict[str, int]:
    """How many promises of each kind are not kept yet."""
    query = select(OutboxItem.kind, func.count()).where(OutboxItem.done_at.is_(None))
    return {row[0]: row[1] for row in session.execute(query.group_by(OutboxItem.kind))}


def used_keys(session: Session, keys: Collection[str]) -> set[str]:
    """Which of these keys a promise was made under."""
    return set(session.scalars(select(OutboxItem.key).where(OutboxItem.key.in_(keys))))
