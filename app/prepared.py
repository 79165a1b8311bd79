"""Statements compiled once a dialect and handed to the driver as they are.

SQLAlchemy's own way with one wide row, or with one quick look, costs three times what SQLite does; a report is
made of eight of them. Only what must be quickest goes this way. Errors are SQLAlchemy's all the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar, cast

from sqlalchemy import (
    CompoundSelect,
    Connection,
    Dialect,
    Insert,
    Integer,
    Select,
    Text,
    literal,
    select,
    union_all,
)
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import TypeEngine

from app.db import keep_row_out

Made = Callable[[Any], Any] | None
Taken = TypeVar("Taken")


class Adding:
    """An INSERT; `statement` makes it for a dialect's name. Every row gives the same columns, those with a
    default included."""

    def __init__(self, statement: Callable[[str], Insert]) -> None:
        self._statement = statement
        self._ready: dict[str, _Ready] = {}

    def run(self, connection: Connection, values: Mapping[str, Any]) -> Any:
        """Insert one row; the first column of what the statement returns, or None."""
        dialect = connection.dialect
        ready = self._ready.get(dialect.name) or self._prepare(dialect, list(values))
        row = _taken(connection, ready, values, _first if ready.columns else _nothing)
        return None if row is None else row[0]

    def _prepare(self, dialect: Dialect, columns: list[str]) -> _Ready:
        statement = self._statement(dialect.name)
        compiled = statement.compile(dialect=dialect, column_keys=columns)
        if compiled.insert_prefetch:
            missing = [column.name for column in compiled.insert_prefetch]
            raise RuntimeError(f"{statement.table}: give {missing}, nobody fills them in here")
        types = {column.name: column.type for column in statement.table.columns}
        made = _Ready.of(compiled, dialect, types, [] if not statement._returning else [None])
        self._ready[dialect.name] = made
        return made


class Looking:
    """A SELECT of plain columns; its binds name themselves by `bindparam`."""

    def __init__(self, statement: Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]]) -> None:
        self.statement = statement
        self._ready: dict[str, _Ready] = {}

    def rows(self, connection: Connection, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Every row, each value as its column's type has it."""
        found = self.unmade(connection, values)
        return [found.made(row) for row in found.rows]

    def unmade(self, connection: Connection, values: Mapping[str, Any]) -> Unmade:
        """Every row as the driver gives it, for whoever keeps what was made of one."""
        dialect = connection.dialect
        ready = self._ready.get(dialect.name) or self._prepare(dialect)
        return Unmade(_taken(connection, ready, values, _all), ready.made)

    def one(self, connection: Connection, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """The one row there can be, or None."""
        found = self.rows(connection, values)
        return found[0] if found else None

    def _prepare(self, dialect: Dialect) -> _Ready:
        compiled = self.statement.compile(dialect=dialect)
        types = {name: bind.type for name, bind in compiled.binds.items()}
        columns = [
            column.type.dialect_impl(dialect).result_processor(dialect, None)
            for column in self.statement.selected_columns
        ]
        made = _Ready.of(compiled, dialect, types, columns)
        self._ready[dialect.name] = made
        return made


@dataclass(frozen=True)
class Unmade:
    """Rows of a driver, and what makes each value as its column's type has it. The same statement on the same database
    has the same `made`, so a row and it say together what comes out."""

    rows: Sequence[tuple[Any, ...]]
    made: Callable[[Sequence[Any]], tuple[Any, ...]]


@dataclass(frozen=True, eq=False)
class Question:
    """A look at bundles and the values it is asked with; its rows are a text to know them by and a bundle."""

    look: Looking
    values: Mapping[str, Any]


def ask_together(session: Session, questions: Sequence[Question]) -> None:
    """Ask these in one statement where a question costs a way to a server and back; `answered` gives each of them its
    answer, once. The same name means the same value in all of them."""
    connection = bare(session)
    if connection.dialect.name == "sqlite":
        return
    values = {name: value for one in questions for name, value in one.values.items()}
    found = _together(tuple(one.look for one in questions)).rows(connection, values)
    answers = {
        one.look: (one.values, [row[1:] for row in found if row[0] == at]) for at, one in enumerate(questions)
    }
    session.info[_AHEAD] = (connection, answers)


def answered(session: Session, question: Question) -> list[tuple[Any, ...]]:
    """What `ask_together` brought for this look with these values; else it is asked now. Whatever was written since
    took the connection it was asked on away, and what came then is not what stands."""
    connection = bare(session)
    asked_on, answers = session.info.get(_AHEAD, (None, {}))
    values: Mapping[str, Any] | None
    rows: list[tuple[Any, ...]]
    values, rows = answers.pop(question.look, (None, []))
    if asked_on is connection and values == question.values:
        return rows
    return question.look.rows(connection, question.values)


@lru_cache(maxsize=64)
def _together(looks: tuple[Looking, ...]) -> Looking:
    parts = (select(literal(at, Integer), *look.statement.subquery().c) for at, look in enumerate(looks))
    return Looking(union_all(*parts))


class Bundled(GenericFunction[str]):
    """Many small rows as one text, the JSON of a list of lists: a driver takes as long for each row as for its columns,
    and whoever was given the same text before need not read it again."""

    type = Text()
    inherit_cache = True


@compiles(Bundled, "sqlite")
def _in_sqlite(element: Bundled, compiler: SQLCompiler, **given: Any) -> str:
    return f"json_group_array(json_array({compiler.process(element.clause_expr.element, **given)}))"


@compiles(Bundled, "postgresql")
def _in_postgresql(element: Bundled, compiler: SQLCompiler, **given: Any) -> str:
    return f"json_agg(json_build_array({compiler.process(element.clause_expr.element, **given)}))::text"


def bare(session: Session) -> Connection:
    """The connection this session reads with. Asking the session for it costs more than a quick look."""
    known = session.info.get(_BARE)
    if known is None or known.closed:
        known = session.info[_BARE] = session.connection()
    return known


_BARE, _AHEAD = "app.prepared.bare", "app.prepared.ahead"


@dataclass(frozen=True, eq=False)
class _Ready:
    """A statement as one driver takes it, and what makes a value fit on its way in and out."""

    sql: str
    binds: Sequence[tuple[str, Made]]
    fixed: Mapping[str, Any]
    columns: Sequence[Made]
    makers: Sequence[tuple[int, Callable[[Any], Any]]]
    by_place: bool

    @classmethod
    def of(
        cls,
        compiled: SQLCompiler,
        dialect: Dialect,
        types: Mapping[str, TypeEngine[Any]],
        columns: Sequence[Made],
    ) -> _Ready:
        names = compiled.positiontup or list(compiled.params)
        binds = [(name, types[name].dialect_impl(dialect).bind_processor(dialect)) for name in names]
        fixed = {name: value for name, value in compiled.params.items() if value is not None}
        makers = [(at, made) for at, made in enumerate(columns) if made is not None]
        return cls(str(compiled), binds, fixed, columns, makers, compiled.positiontup is not None)

    def made(self, row: Sequence[Any]) -> tuple[Any, ...]:
        """A row as its columns' types have it."""
        if not self.makers:
            return tuple(row)
        values = list(row)
        for at, made in self.makers:
            values[at] = made(values[at])
        return tuple(values)

    def bound(self, given: Mapping[str, Any]) -> Any:
        """The values as the driver wants them."""
        values = {**self.fixed, **given} if self.fixed else given
        if self.by_place:
            return [values[name] if made is None else made(values[name]) for name, made in self.binds]
        return {name: values[name] if made is None else made(values[name]) for name, made in self.binds}


def _all(cursor: DBAPICursor) -> Sequence[tuple[Any, ...]]:
    return cursor.fetchall()


def _first(cursor: DBAPICursor) -> tuple[Any, ...] | None:
    return cast("tuple[Any, ...] | None", cursor.fetchone())


def _nothing(_cursor: DBAPICursor) -> None:
    return None


def _taken(
    connection: Connection, ready: _Ready, values: Mapping[str, Any], take: Callable[[DBAPICursor], Taken]
) -> Taken:
    """What is taken from a cursor that ran this; drivers find out what is wrong while it is read, too."""
    cursor = connection.connection.cursor()
    bound = ready.bound(values)
    for told in connection.dispatch.before_cursor_execute:  # whoever counts statements counts these too
        told(connection, cursor, ready.sql, bound, None, False)
    try:
        cursor.execute(ready.sql, bound)
        return take(cursor)
    except connection.dialect.loaded_dbapi.Error as error:
        raise _told_as_sqlalchemy(connection, ready.sql, error) from error
    finally:
        cursor.close()


def _told_as_sqlalchemy(connection: Connection, sql: str, error: Exception) -> DBAPIError:
    """The driver's error as everybody here knows it."""
    keep_row_out(error)
    drivers = connection.dialect.loaded_dbapi
    if connection.dialect.is_disconnect(error, connection.connection, None):  # type: ignore[arg-type]
        connection.invalidate(error)
    known = ((drivers.IntegrityError, IntegrityError), (drivers.OperationalError, OperationalError))
    kind = next((ours for theirs, ours in known if isinstance(error, theirs)), DBAPIError)
    return kind(sql, None, error, hide_parameters=True)
