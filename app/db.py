"""The database: one declarative base, UTC columns, and the one way to write: `transaction()`.

SQLite gets WAL, synchronous=FULL, foreign keys and a writers' lock (thread lock plus file lock), because
waiting in line outside the database keeps the tail short where busy time-outs do not."""

from __future__ import annotations

import fcntl
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, ClassVar, cast

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, DateTime, Dialect, Engine, MetaData, Table, event
from sqlalchemy.engine.interfaces import DBAPIConnection, ExceptionContext
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator


SWITCH_SECONDS = 0.0005


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, kept in UTC; SQLite forgets the zone, so it is put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a zone cannot be kept")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Base of every model; constraint names are fixed so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[type, object]] = {datetime: UtcDateTime()}


def table(model: type[Base]) -> Table:
    """A model's table, for inserts that need no object: half the cost of the ORM's."""
    return cast("Table", model.__table__)


db = SQLAlchemy(metadata=Base.metadata, session_options={"expire_on_commit": False})

_writing: ContextVar[bool] = ContextVar("writing", default=False)
_WRITE = "mashang_write"


@contextmanager
def transaction() -> Iterator[Session]:
    """One writing transaction: commits at the end, rolls back on any error, never nests.

    Whatever was read before is let go first: on SQLite a read, another process's commit and then a write
    in one transaction fails at once, whatever the time-out."""
    if _writing.get():
        raise RuntimeError("transactions do not nest: apply inside the caller's instead")
    session = db.session()
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("something was changed outside a transaction")
    session.rollback()
    session.expire_all()
    token = _writing.set(True)
    try:
        with _in_line(db.engine):
            try:
                session.connection(execution_options={_WRITE: True})
                yield session
                session.commit()
            except BaseException:
                session.rollback()
                raise
    finally:
        _writing.reset(token)


@contextmanager
def plain_transaction() -> Iterator[Connection]:
    """The same on a bare connection, for the verb that must be quickest and needs no objects."""
    if _writing.get():
        raise RuntimeError("transactions do not nest: apply inside the caller's instead")
    db.session.rollback()
    token = _writing.set(True)
    try:
        with _in_line(db.engine), db.engine.connect().execution_options(**{_WRITE: True}) as connection, connection.begin():
            yield connection
    finally:
        _writing.reset(token)


class _WritersLine:
    """The line writers of one SQLite file stand in: a thread lock here, a file lock between processes."""

    def __init__(self, path: str) -> None:
        # whoever holds the line must get the interpreter back as soon as the disk has answered: everybody waits
        sys.setswitchinterval(SWITCH_SECONDS)
        self._threads = threading.Lock()
        self._path = path
        self._file: int | None = None
        self._pid = 0

    @contextmanager
    def hold(self) -> Iterator[None]:
        with self._threads:
            if self._file is None or self._pid != os.getpid():
                self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
                self._pid = os.getpid()
            fcntl.flock(self._file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.flock(self._file, fcntl.LOCK_UN)


_lines: dict[str, _WritersLine] = {}
_lines_guard = threading.Lock()


@contextmanager
def _in_line(engine: Engine) -> Iterator[None]:
    path = engine.url.database
    if engine.dialect.name != "sqlite" or not path:
        yield
        return
    with _lines_guard:
        line = _lines.setdefault(path, _WritersLine(f"{path}.writer"))
    with line.hold():
        yield


@event.listens_for(Engine, "connect")
def _prepare_sqlite(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    if not type(connection).__module__.startswith("sqlite3"):
        return
    raw: Any = connection
    raw.isolation_level = None  # BEGIN is ours: the driver's own comes too late for IMMEDIATE
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
        raw.execute(f"PRAGMA {pragma}")


@event.listens_for(Engine, "begin")
def _begin_sqlite(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        writing = connection.get_execution_options().get(_WRITE, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


@event.listens_for(Engine, "handle_error")
def _keep_rows_out(context: ExceptionContext) -> None:
    """PostgreSQL adds the failing row to its message, and what residents wrote must not end up in a log."""
    original, told = context.original_exception, context.sqlalchemy_exception
    words = getattr(getattr(original, "diag", None), "message_primary", None)
    if words and told is not None:
        original.args = (words,)
        told.args = (f"({type(original).__module__}.{type(original).__name__}) {words}",)
