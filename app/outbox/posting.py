"""Promise something: a row in the transaction of the change that makes it necessary."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, insert
from sqlalchemy.orm import Session

from app import clock
from app.db import table, upsert
from app.outbox.models import OutboxItem
from app.prepared import Adding

_POST = Adding(lambda _dialect: insert(table(OutboxItem)))


def post(
    on: Session | Connection,
    kind: str,
    ref: str,
    *,
    key: str | None = None,
    due: datetime | None = None,
    wait: timedelta | None = None,
) -> None:
    """Add one promise in the transaction of `on`. `key` defaults to `kind:ref`; a key used before raises IntegrityError, so choose it.
    `due` is business time; `wait` holds it back for so much real time."""
    connection = on if isinstance(on, Connection) else on.connection()
    _POST.run(connection, _values(kind, ref, key, due, wait))


def post_once(session: Session, kind: str, ref: str, *, key: str, due: datetime | None = None) -> None:
    """Add one promise unless its key was used before; then nothing happens."""
    session.connection().execute(
        upsert(OutboxItem, session.get_bind().dialect.name)
        .values(_values(kind, ref, key, due, None))
        .on_conflict_do_nothing(index_elements=["key"])
    )


def post_again(session: Session, kind: str, ref: str, *, wait: timedelta | None = None) -> None:
    """The promise `kind:ref`, made anew: a row that was kept before waits again, with no try counted."""
    values = _values(kind, ref, None, None, wait)
    anew: dict[str, object] = {"done_at": None, "leased_until": None, "lease": None, "first_tried_at": None}
    anew |= {"fault": None} | {name: values[name] for name in ("due_at", "not_before", "attempts")}
    session.connection().execute(
        upsert(OutboxItem, session.get_bind().dialect.name)
        .values(values)
        .on_conflict_do_update(index_elements=["key"], set_=anew)
    )


def _values(
    kind: str, ref: str, key: str | None, due: datetime | None, wait: timedelta | None
) -> dict[str, object]:
    moment = clock.now()
    return {
        "kind": kind,
        "ref": ref,
        "key": key or f"{kind}:{ref}",
        "due_at": due or moment,
        "created_at": moment,
        "attempts": 0,
        "not_before": clock.real_now() + wait if wait is not None else None,
    }
