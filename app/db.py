"""The database: one declarative base, UTC columns, and the one way to write: `transaction()`.

SQLite gets WAL, synchronous=FULL, foreign keys and a writers' lock (thread lock plus file lock), because
waiting in line outside the database keeps the tail short where busy time-outs do not."""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar, TypeVar, cast

import flask_sqlalchemy.session
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, DateTime, Dialect, Engine, Index, MetaData, Table, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection, ExceptionContext
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator

Result = TypeVar("Result")
PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "busy_timeout=10000",
    "secure_delete=ON",  # the default of Debian's SQLite, and not of every one
)


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


def upsert(model: type[Base], dialect: str) -> Any:
    """An INSERT into a model's table in the dialect of this name, which can say what to do `on_conflict`."""
    return import_module(f"sqlalchemy.dialects.{dialect}").insert(table(model))


def index_where(name: str, column: str, condition: str, *, unique: bool = False) -> Index:
    """An index of those rows alone for which the condition holds. It is kept as a note that the migrations read:
    said outright, it would load the dialect of the other database into every process, 3 MB and 30 ms."""
    return Index(name, column, unique=unique, info={"where": condition})


_writing: ContextVar[bool] = ContextVar("writing", default=False)


class _Session(flask_sqlalchemy.session.Session):
    """Reads as `reading_engine` does, and writes inside `transaction` alone."""

    def get_bind(self, *args: Any, **kwargs: Any) -> Engine | Connection:
        bind = super().get_bind(*args, **kwargs)
        return bind if _writing.get() or isinstance(bind, Connection) else reading_engine(bind)


def reading_engine(engine: Engine) -> Engine:
    """This engine for looks alone. On PostgreSQL each statement stands by itself, which it does there in a transaction
    too (READ COMMITTED): saying BEGIN and ROLLBACK around a page's looks is two ways to the server more, for nothing.
    On SQLite a page goes on seeing what it saw first."""
    return _in_autocommit(engine) if engine.name == "postgresql" else engine


@lru_cache(
    maxsize=8
)  # an engine kept here is not closed as its process ends, which SQLite needs to fold its log in
def _in_autocommit(engine: Engine) -> Engine:
    return engine.execution_options(isolation_level="AUTOCOMMIT")


db = SQLAlchemy(metadata=Base.metadata, session_options={"expire_on_commit": False, "class_": _Session})

_changes, _changing = [0], threading.Lock()


def changes() -> int:
    """How many verbs this process has finished, reports taken in apart: what hardly ever changes may be kept for a moment
    while this stays the same."""
    return _changes[0]


def _count_change() -> None:
    with _changing:
        _changes[0] += 1


_BEGIN = "mashang_begin"
_WRITING = {_BEGIN: "BEGIN IMMEDIATE"}


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
                session.connection(execution_options=_WRITING)
                yield session
                session.commit()
                _count_change()
            except BaseException:
                session.rollback()
                raise
    finally:
        _writing.reset(token)


def cut_log_off() -> bool:
    """Fold SQLite's log of what was written into the file and cut it off, so that it keeps nothing of what was deleted
    since; False while somebody still reads what stands in it. PostgreSQL's log is for whoever keeps its backups."""
    if db.engine.dialect.name != "sqlite":
        return True
    raw = db.engine.raw_connection()
    try:
        with _in_line(db.engine):
            cursor = raw.cursor()
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            is_busy, *_pages = cursor.fetchone() or (1,)
            return not is_busy
    finally:
        raw.close()


def write_together(work: Callable[[Connection], Result]) -> Result:
    """Do `work` on a bare connection in a transaction of its own, and answer when it is on disk.

    For the verb that must be quickest and needs no objects. On SQLite those who stand in line in one process
    are written by whoever comes to its head, with one commit for all: the disk is waited for once. Should one of
    them fail, each is written alone, so `work` may run twice and does nothing but write. What it raises undoes
    its own part alone and is raised here."""
    if _writing.get():
        raise RuntimeError("transactions do not nest: apply inside the caller's instead")
    if db.session.registry.has():
        db.session.rollback()
    token = _writing.set(True)
    try:
        line = _line_of(db.engine)
        if line is not None:
            return line.write(db.engine, work)
        with db.engine.begin() as connection:
            return work(connection)
    finally:
        _writing.reset(token)


class _Errand:
    """Somebody's work in line, and what came of it. Its owner sleeps at `gate` until it is done, or is to lead."""

    def __init__(self, work: Callable[[Connection], Any]) -> None:
        self.work = work
        self.result: Any = None
        self.error: BaseException | None = None
        self.is_done = False
        self.gate = threading.Lock()
        self.gate.acquire()

    def outcome(self) -> Any:
        if self.error is not None:
            raise self.error
        return self.result


def make_private(database_url: str) -> None:
    """Make the file of a SQLite database, where it is missing, for its owner alone: it holds residents' words.
    What SQLite puts beside it takes the same rights."""
    path = make_url(database_url).database
    if database_url.startswith("sqlite") and path:
        Path(path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        Path(path).touch(mode=0o600)


class _WritersLine:
    """The line writers of one SQLite file stand in: a thread lock here, a file lock between processes."""

    def __init__(self, path: str) -> None:
        self._threads = threading.Lock()
        self._path = path
        self._file: int | None = None
        self._next: int | None = None
        self._pid = 0
        self._guard = threading.Lock()  # of the two below, for an instant only
        self._errands: list[_Errand] = []
        self._is_led = False

    @contextmanager
    def hold(self) -> Iterator[None]:
        with self._threads, self._between_processes():
            yield

    def write(self, engine: Engine, work: Callable[[Connection], Result]) -> Result:
        """Do this work together with whatever else waits here when its turn comes. One of those who wait leads:
        it writes for all, wakes each of them by itself, and the first of the next who came meanwhile."""
        errand = _Errand(work)
        with self._guard:
            self._errands.append(errand)
            leads, self._is_led = not self._is_led, True
        if not leads:
            errand.gate.acquire()
        if not errand.is_done:
            self._lead(engine, errand)
        return cast("Result", errand.outcome())

    def _lead(self, engine: Engine, own: _Errand) -> None:
        together: list[_Errand] = []
        try:
            with self.hold():
                with self._guard:
                    together, self._errands = self._errands, []
                self._write_all(engine, together)
        finally:
            with self._guard:
                if own in self._errands:
                    self._errands.remove(own)  # the lock could not be had: its owner is told so
                following = self._errands[0] if self._errands else None
                self._is_led = following is not None
            if following is not None:
                following.gate.release()
            for errand in together:
                if errand is not own:
                    errand.gate.release()

    def _write_all(self, engine: Engine, errands: list[_Errand]) -> None:
        """All in one transaction; should one of them fail, each in its own instead."""
        try:
            with engine.connect().execution_options(**_WRITING) as connection, connection.begin():
                results = [errand.work(connection) for errand in errands]
        except BaseException as error:
            if len(errands) == 1:
                errands[0].error = error
            else:
                for errand in errands:
                    self._write_all(engine, [errand])
        else:
            for errand, result in zip(errands, results, strict=True):
                errand.result = result
        for errand in errands:
            errand.is_done = True

    @contextmanager
    def _between_processes(self) -> Iterator[None]:
        """The file lock, in turn: who waits for it stands on the step before it, and nobody passes there."""
        held, step = self._files()
        fcntl.flock(step, fcntl.LOCK_EX)
        try:
            fcntl.flock(held, fcntl.LOCK_EX)
        finally:
            fcntl.flock(step, fcntl.LOCK_UN)
        try:
            yield
        finally:
            fcntl.flock(held, fcntl.LOCK_UN)

    def _files(self) -> tuple[int, int]:
        """The lock's two files, opened anew in a forked process: a lock belongs to the opening."""
        if self._file is None or self._next is None or self._pid != os.getpid():
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
            self._file = os.open(self._path, flags, 0o600)
            self._next = os.open(f"{self._path}.next", flags, 0o600)
            self._pid = os.getpid()
        return self._file, self._next


_lines: dict[str, _WritersLine] = {}
_lines_guard = threading.Lock()


def _line_of(engine: Engine) -> _WritersLine | None:
    """The line of a SQLite file; PostgreSQL's writers need none."""
    path = engine.url.database
    if engine.dialect.name != "sqlite" or not path:
        return None
    with _lines_guard:
        if path not in _lines:
            _lines[path] = _WritersLine(f"{path}.writer")
        return _lines[path]


@contextmanager
def _in_line(engine: Engine) -> Iterator[None]:
    line = _line_of(engine)
    if line is None:
        yield
        return
    with line.hold():
        yield


@event.listens_for(Engine, "connect")
def _prepare(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    raw: Any = connection
    if type(connection).__module__.startswith("sqlite3"):
        raw.isolation_level = None  # BEGIN is ours: the driver's own comes too late for IMMEDIATE
        for pragma in PRAGMAS:
            raw.execute(f"PRAGMA {pragma}")
    elif type(connection).__module__.startswith("psycopg"):
        raw.execute("SET jit = off")  # to compile a look at a page takes ten times as long as the look
        raw.commit()


@event.listens_for(Engine, "begin")
def _begin_sqlite(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        return
    how = connection.get_execution_options().get(_BEGIN)
    if how is None:  # takes no lock, so nothing can be wrong with it, and the long way costs more than a look
        connection.connection.cursor().execute("BEGIN")
    else:
        connection.exec_driver_sql(how)


@event.listens_for(Engine, "handle_error")
def _keep_rows_out(context: ExceptionContext) -> None:
    words, told = keep_row_out(context.original_exception), context.sqlalchemy_exception
    if words and told is not None:
        original = context.original_exception
        told.args = (f"({type(original).__module__}.{type(original).__name__}) {words}",)


def keep_row_out(error: BaseException) -> str | None:
    """PostgreSQL adds the failing row to its message, and what residents wrote must not end up in a log."""
    words = getattr(getattr(error, "diag", None), "message_primary", None)
    if words:
        error.args = (words,)
    return words
