"""Rows for whatever tables a database has, so that any migration meets a filled one."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Column, Connection, MetaData, Table, func, insert, select, text
from sqlalchemy.types import JSON, Boolean, Date, DateTime, Float, Integer, LargeBinary, Time

ROWS = 3
LEFT_EMPTY = {("photo", "case_id")}  # a photo is of a report or of a case, never of both


def fill(connection: Connection) -> None:
    """Put three rows into every empty table, parents first; a row's parent is the row of the same number."""
    metadata = MetaData()
    metadata.reflect(connection, only=_is_ours)
    for table in metadata.sorted_tables:
        if table.name == "alembic_version" or connection.scalar(select(func.count()).select_from(table)):
            continue
        for number in range(1, ROWS + 1):
            values = {column.name: _value(connection, column, number) for column in table.columns}
            connection.execute(insert(table).values(values))


def counts(connection: Connection) -> dict[str, int]:
    """Rows of every table by its name."""
    metadata = MetaData()
    metadata.reflect(connection, only=_is_ours)
    return {
        table.name: connection.scalar(select(func.count()).select_from(table)) or 0
        for table in metadata.sorted_tables
        if table.name != "alembic_version"
    }


def _is_ours(name: str, _metadata: MetaData) -> bool:
    """Not the tables in which SQLite keeps the index of the search."""
    return not name.startswith("case_search")


def triggers(connection: Connection) -> set[str]:
    """Names of the triggers on tables."""
    where = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
    }
    return set(connection.scalars(text(where[connection.dialect.name])))


def _value(connection: Connection, column: Column[Any], number: int) -> object:
    own = any(key.column.table is column.table for key in column.foreign_keys)
    if own or (column.table.name, column.name) in LEFT_EMPTY:
        return None
    for key in column.foreign_keys:
        return _parents(connection, key.column.table, key.column)[number - 1]
    return _plain(column, number)


def _plain(column: Column[Any], number: int) -> object:
    of_kind: dict[type, object] = {
        Boolean: True,
        DateTime: datetime(2026, 11, number, tzinfo=UTC if getattr(column.type, "timezone", False) else None),
        Date: date(2026, 11, 7) + timedelta(days=7 * number),
        Time: time(18),
        Integer: number,
        Float: number,
        JSON: {},
        LargeBinary: b"%d" % number,
    }
    for kind, value in of_kind.items():
        if isinstance(column.type, kind):
            return value
    length = getattr(column.type, "length", None) or 20
    return f"{column.name}{number}"[-length:]


def _parents(connection: Connection, table: Table, column: Column[Any]) -> list[object]:
    return list(connection.scalars(select(column).select_from(table).order_by(column)))
