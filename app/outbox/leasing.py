"""Take a promise, keep it, or put it back: a lease ends by itself when its worker dies."""

from __future__ import annotations

import random
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, CursorResult, and_, case, or_, select, update
from sqlalchemy.orm import Session

from app import clock
from app.db import db, transaction
from app.outbox.models import OutboxItem

LONGEST_WAIT = timedelta(hours=6)
LONGEST_ASKED = timedelta(hours=24)


@dataclass(frozen=True)
class Leased:
    """A promise this worker holds until the lease runs out. `attempts` counts this one; `first_tried_at` is
    real time."""

    id: int
    kind: str
    ref: str
    lease: str
    attempts: int
    first_tried_at: datetime


def take(
    lease_seconds: int, kinds: Sequence[str], *, at_most: int = 1, as_of: datetime | None = None
) -> list[Leased]:
    """Lease promises that are due: kinds in the order given, then oldest first; empty when nothing is due.

    `as_of` (real time) leaves alone what was put back since then, so that a run may end. A plain read looks
    first: a worker with nothing to do never stands in the writers' line."""
    if not _anything_due(kinds, as_of):
        return []
    real = clock.real_now()
    with transaction() as session:
        rows = session.scalars(
            select(OutboxItem)
            .where(_is_due(kinds, real, as_of))
            .order_by(_rank(kinds), OutboxItem.due_at, OutboxItem.id)
            .limit(at_most)
            .with_for_update(skip_locked=True)
        ).all()
        taken = []
        for row in rows:
            row.lease = secrets.token_hex(8)
            row.leased_until = real + timedelta(seconds=lease_seconds)
            row.attempts += 1
            row.first_tried_at = row.first_tried_at or real
            taken.append(Leased(row.id, row.kind, row.ref, row.lease, row.attempts, row.first_tried_at))
    return taken


def renew(session: Session, item: Leased, lease_seconds: int) -> bool:
    """Lengthen the lease inside the caller's transaction; False when another worker has it by now."""
    return _change(session, item, leased_until=clock.real_now() + timedelta(seconds=lease_seconds))


def keep(item: Leased) -> None:
    """The promise is kept; a worker whose lease has run out since changes nothing."""
    with transaction() as session:
        kept(session, item)


def kept(session: Session, item: Leased) -> None:
    """The promise is kept by what the caller's transaction does."""
    _change(session, item, done_at=clock.now(), leased_until=None, lease=None, fault=None)


def put_back(item: Leased, *, wait: timedelta, fault: str) -> None:
    """Try again after `wait` of real time; `fault` is a code, never a message with data in it."""
    with transaction() as session:
        returned(session, item, wait=wait, fault=fault)


def returned(session: Session, item: Leased, *, wait: timedelta, fault: str) -> None:
    """The same inside the caller's transaction."""
    not_before = clock.real_now() + wait
    _change(session, item, not_before=not_before, leased_until=None, lease=None, fault=fault[:200])


def again(session: Session, item: Leased, *, wait: timedelta) -> None:
    """Done for this time, and due once more after `wait` of real time, at the end of the line."""
    _change(
        session,
        item,
        not_before=clock.real_now() + wait,
        leased_until=None,
        lease=None,
        fault=None,
        attempts=0,
        due_at=clock.now(),
        first_tried_at=None,
    )


def further(session: Session, item: Leased) -> None:
    """A part of it is done: due once more at once, at the end of its kind's line, so that what is long stops nothing
    that is urgent."""
    _change(
        session,
        item,
        not_before=None,
        leased_until=None,
        lease=None,
        fault=None,
        attempts=0,
        due_at=clock.now(),
        first_tried_at=None,
    )


def hasten(session: Session, kinds: Collection[str], *, but_faulty: bool = False) -> None:
    """Let what waits be due at once; with `but_faulty`, not what waits because it went wrong."""
    query = update(OutboxItem).where(OutboxItem.done_at.is_(None), OutboxItem.kind.in_(kinds))
    if but_faulty:
        query = query.where(OutboxItem.fault.is_(None))
    session.execute(query.values(not_before=None).execution_options(synchronize_session=False))


def backoff(attempts: int, base_seconds: int, asked: timedelta | None = None) -> timedelta:
    """How long to wait after the given number of attempts: doubling, spread over half as much again, between
    the base and six hours; what the other side asked for (Retry-After) is honoured up to a day."""
    doubled = base_seconds * 1.5 * 2.0 ** min(max(attempts, 1) - 1, 20)
    most = min(doubled, LONGEST_WAIT.total_seconds())
    wait = timedelta(seconds=most * random.uniform(2 / 3, 1))  # noqa: S311 - spread, not secrecy
    return max(wait, min(asked or timedelta(0), LONGEST_ASKED))


def _anything_due(kinds: Sequence[str], as_of: datetime | None) -> bool:
    with Session(db.engine) as session:
        query = select(OutboxItem.id).where(_is_due(kinds, clock.real_now(), as_of)).limit(1)
        return session.execute(query).first() is not None


def _is_due(kinds: Sequence[str], real: datetime, as_of: datetime | None) -> ColumnElement[bool]:
    return and_(
        OutboxItem.done_at.is_(None),
        OutboxItem.due_at <= clock.now(),
        OutboxItem.kind.in_(kinds),
        or_(OutboxItem.not_before.is_(None), OutboxItem.not_before <= (as_of or real)),
        or_(OutboxItem.leased_until.is_(None), OutboxItem.leased_until <= real),
    )


def _rank(kinds: Sequence[str]) -> ColumnElement[int]:
    return case({kind: place for place, kind in enumerate(kinds)}, value=OutboxItem.kind, else_=len(kinds))


def _change(session: Session, item: Leased, **values: object) -> bool:
    mine = and_(OutboxItem.id == item.id, OutboxItem.lease == item.lease, OutboxItem.done_at.is_(None))
    done = session.execute(
        update(OutboxItem).where(mine).values(**values).execution_options(synchronize_session=False)
    )
    return isinstance(done, CursorResult) and done.rowcount == 1
