"""Runs the migrations. On SQLite a batch recreate with foreign keys on silently deletes children and triggers:
so foreign keys are off before BEGIN, checked before the commit, and triggers are compared afterwards. Our own
triggers (`app.access.triggers`) are taken away before anything moves and put up again at the end, all in one
transaction: a migration may fill a new column of a table that is append-only, and may make any table anew."""

from __future__ import annotations

from typing import Any

from alembic import context
from sqlalchemy import Connection, text

from app import models  # noqa: F401 - fills the metadata
from app.access import triggers
from app.db import Base, UtcDateTime, db

SEARCH = ("case_search", "ix_case_words_marks")


def render_item(kind: str, item: Any, _autogen: Any) -> str | bool:
    """Our moments are plain timestamps to a migration, which must not change with our code."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


def include_name(name: str | None, kind: str, _parents: Any) -> bool:
    """Tables and indexes of the search are each database's own, made by hand in a migration."""
    return not (kind in ("table", "index") and (name or "").startswith(SEARCH))


def _say_conditions() -> None:
    """Indexes of only some rows carry their condition as a note (see app.db.index_where)."""
    for table in Base.metadata.tables.values():
        for index in table.indexes:
            if condition := index.info.get("where"):
                for dialect in ("sqlite", "postgresql"):
                    index.dialect_options[dialect]["where"] = text(condition)


def run() -> None:
    """Upgrade or compare, on the application's own engine."""
    _say_conditions()
    with db.engine.connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        if sqlite:
            connection.detach()  # closed at the end, so that nobody is handed a connection without foreign keys
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        before = _triggers(connection) if sqlite else set()
        context.configure(
            connection=connection, target_metadata=Base.metadata, render_as_batch=True,
            render_item=render_item, compare_type=True, include_name=include_name, transaction_per_migration=False,
        )
        if _is_moving():
            triggers.take_away(connection)
        context.run_migrations()
        triggers.put_up(connection)
        if sqlite:
            _check(connection, before)
        connection.commit()


def _is_moving() -> bool:
    """Whether the database goes to another revision. When it does not, a running house is left alone."""
    try:
        wanted = context.get_revision_argument()
    except KeyError:
        return False  # only looking
    there = set(context.get_context().get_current_heads())
    return there != ({wanted} if isinstance(wanted, str) else set(wanted or ()))


def _triggers(connection: Connection) -> set[str]:
    return set(connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")))


def _check(connection: Connection, before: set[str]) -> None:
    orphans = connection.execute(text("PRAGMA foreign_key_check")).all()
    if orphans:
        raise RuntimeError(f"the migration left rows without their parent: {orphans[:3]}")
    lost = before - _triggers(connection) - {one.name for one in triggers.TRIGGERS}  # those go with their tables
    if lost:
        raise RuntimeError(f"the migration lost triggers: {', '.join(sorted(lost))}")


run()
