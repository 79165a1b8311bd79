"""Seal what was written into the audit log: once a minute by the worker, one worker at a time."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app import clock, config
from app.access import queries
from app.access.chain import NOTHING_BEFORE, Head, Key, derive, mac_of, marks_of
from app.access.models import AuditSeal
from app.db import db, transaction

LINES_AT_MOST = 2000
TRIES, PAUSE_SECONDS = 40, 0.05
_LOCKED = "55P03"  # PostgreSQL: lock_not_available
_log = logging.getLogger("mashang.audit")


def keys() -> dict[str, Key]:
    """Every configured key by its id, the newest first."""
    return {key.id: key for key in map(derive, config.active().field_keys)}


def seal() -> list[Head]:
    """Seal every line that is not sealed yet, in links of at most LINES_AT_MOST; the new heads, oldest first."""
    made: list[Head] = []
    while (head := _next()) is not None:
        made.append(head)
    return made


class Watch:
    """A worker's memory of the last head it saw: whoever takes seals away under a running worker is noticed at its
    next turn, and not only when somebody compares with what was printed."""

    def __init__(self) -> None:
        self._last: Head | None = None

    def turn(self) -> list[Head]:
        """Seal, and log each head; an error is logged when the last one is gone or is another."""
        with Session(db.engine) as session:
            there = queries.head_numbered(session, self._last.number) if self._last is not None else None
        if there != self._last:
            _log.error(
                "the audit log was cut off or rewritten: seal %s stood there and does not any more",
                self._last,
            )
        heads = seal()
        for head in heads:
            _log.info("audit sealed: seal=%s last=%s head=%s", head.number, head.last_id, head)
        with Session(db.engine) as session:
            self._last = queries.head(session)
        return heads


def _next() -> Head | None:
    """One more link; None when nothing is left. Where somebody writes without a pause, the next turn does it."""
    if not _is_needed():
        return None
    for _ in range(TRIES):
        try:
            with transaction() as session:
                _wait_for_no_writer(session)
                return _seal(session)
        except OperationalError as busy:
            if getattr(busy.orig, "sqlstate", "") != _LOCKED:
                raise
            time.sleep(PAUSE_SECONDS)
    _log.warning("the audit log is being written to all the time: it will be sealed at the next turn")
    return None


def _is_needed() -> bool:
    with Session(db.engine) as session:
        last = queries.head(session)
        return bool(queries.lines_after(session, last.last_id if last else None, at_most=1))


def _wait_for_no_writer(session: Session) -> None:
    """On PostgreSQL a line with a lower id may appear later than one with a higher: its transaction took the id
    first and ended last. Whoever holds this lock knows that nobody is in between, so every id up to the highest
    is there or will never be. It is taken at once or not at all: nobody stands in line behind it. SQLite has one
    writer at a time, and this is it."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE audit_entry IN SHARE ROW EXCLUSIVE MODE NOWAIT"))


def _seal(session: Session) -> Head | None:
    before = queries.head(session)
    lines = queries.lines_after(session, before.last_id if before else None, at_most=LINES_AT_MOST)
    if not lines:
        return None
    key = derive(config.active().field_keys[0])
    made = _link(key, before, lines)
    session.add(made)
    session.flush()
    return Head(made.number, made.last_id, made.mac)


def _link(key: Key, before: Head | None, rows: Sequence[Any]) -> AuditSeal:
    number, at = (before.number + 1 if before else 1), clock.now()
    first, last = rows[0][0], rows[-1][0]
    marks = marks_of(key, rows)
    mac = mac_of(
        key, before.mac if before else NOTHING_BEFORE, (number, at, first, last, len(rows), key.id), marks
    )
    return AuditSeal(
        number=number,
        at=at,
        first_id=first,
        last_id=last,
        count=len(rows),
        key_id=key.id,
        mac=mac,
        marks=marks,
    )
