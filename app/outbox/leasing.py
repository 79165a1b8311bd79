"""Take a promise, keep it, or put it back: a lease ends by itself when its worker dies."""

from __future__ import annotations

import random
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import or_, select, update

from app import clock
from app.db import transaction
from app.outbox.models import OutboxItem

LONGEST_WAIT = timedelta(hours=6)


@dataclass(frozen=True)
class Leased:
    """A promise this worker holds until the lease runs out. `attempts` counts this one."""

    id: int
    kind: str
    ref: str
    lease: str
    attempts: int


def take(lease_seconds: int, kinds: Collection[str], *, at_most: int = 1) -> list[Leased]:
    """Lease promises that are due, oldest first; empty when nothing is due."""
    real = clock.real_now()
    with transaction() as session:
        rows = session.scalars(
            select(OutboxItem)
            .where(
                OutboxItem.done_at.is_(None),
                OutboxItem.due_at <= clock.now(),
                OutboxItem.kind.in_(kinds),
                or_(OutboxItem.not_before.is_(None), OutboxItem.not_before <= real),
                or_(OutboxItem.leased_until.is_(None), OutboxItem.leased_until <= real),
            )
            .order_by(OutboxItem.due_at, OutboxItem.id)
            .limit(at_most)
            .with_for_update(skip_locked=True)
        ).all()
        taken = []
        for row in rows:
            row.lease = secrets.token_hex(8)
            row.leased_until = real + timedelta(seconds=lease_seconds)
            row.attempts += 1
            row.first_tried_at = row.first_tried_at or real
            taken.append(Leased(row.id, row.kind, row.ref, row.lease, row.attempts))
    return taken


def keep(item: Leased) -> None:
    """The promise is kept; a worker whose lease has run out since changes nothing."""
    _let_go(item, done=True, wait=None, fault=None)


def put_back(item: Leased, *, wait: timedelta, fault: str) -> None:
    """Try again after `wait` of real time; `fault` is a code, never a message with data in it."""
    _let_go(item, done=False, wait=wait, fault=fault)


def backoff(attempts: int, base_seconds: int, asked: timedelta | None = None) -> timedelta:
    """How long to wait after the given number of attempts: doubling with jitter, up to six hours;
    what the other side asked for (Retry-After) is honoured."""
    doubled = min(base_seconds * 2.0 ** min(attempts - 1, 20), LONGEST_WAIT.total_seconds())
    jittered = timedelta(seconds=doubled * random.uniform(0.75, 1.25))  # noqa: S311 - spread, not secrecy
    return min(max(jittered, asked or timedelta(0)), LONGEST_WAIT)


def _let_go(item: Leased, *, done: bool, wait: timedelta | None, fault: str | None) -> None:
    real = clock.real_now()
    with transaction() as session:
        session.execute(
            update(OutboxItem)
            .where(OutboxItem.id == item.id, OutboxItem.lease == item.lease, OutboxItem.done_at.is_(None))
            .values(
                done_at=clock.now() if done else None,
                not_before=real + wait if wait is not None else None,
                leased_until=None,
                lease=None,
                fault=fault,
            )
            .execution_options(synchronize_session=False)
        )
