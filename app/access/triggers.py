"""The triggers of the database, in one list: migrations take them away before they change tables and put them
back afterwards (`migrations/env.py`), and `flask audit verify` asks whether they still stand.

A new one is a row of `TRIGGERS` and a migration that does nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, inspect, text

APPEND_ONLY = {"audit_entry": "id", "audit_seal": "number", "case_event": "id"}
"""Tables whose lines are written once, and their keys: nothing the product does changes or deletes one."""


@dataclass(frozen=True)
class Trigger:
    """One trigger on one table, as each kind of database wants it said; `""` where a kind needs none."""

    name: str
    table: str
    sqlite: str = ""
    postgresql: str = ""

    def said(self, dialect: str) -> str:
        """Its CREATE TRIGGER in this dialect."""
        return {"sqlite": self.sqlite, "postgresql": self.postgresql}.get(dialect, "")


REFUSE = """
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END """
FUNCTIONS = (
    f"CREATE OR REPLACE FUNCTION mashang_append_only() RETURNS trigger LANGUAGE plpgsql AS $${REFUSE}$$",
)
"""Functions that triggers of PostgreSQL call."""


def _keeps(table: str) -> list[Trigger]:
    """No line is changed, deleted or, on SQLite, put in the place of another (REPLACE deletes without asking a
    trigger of DELETE)."""
    refusal = f"SELECT RAISE(ABORT, '{table} is append-only')"
    made = [
        Trigger(
            f"{table}_no_{act.lower()}",
            table,
            sqlite=f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} BEGIN {refusal}; END",
        )
        for act in ("UPDATE", "DELETE")
    ]
    key = APPEND_ONLY[table]
    replace = Trigger(
        f"{table}_no_replace",
        table,
        sqlite=f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "  # noqa: S608 - names of ours
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key}) BEGIN {refusal}; END",
    )
    whole = Trigger(
        f"{table}_append_only",
        table,
        postgresql=f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION mashang_append_only()",
    )
    return [*made, replace, whole]


TRIGGERS: tuple[Trigger, ...] = tuple(trigger for table in APPEND_ONLY for trigger in _keeps(table))


def take_away(connection: Connection) -> None:
    """Drop every trigger of the list that stands."""
    standing = _standing(connection)
    for trigger in _wanted(connection):
        if (trigger.table, trigger.name) in standing:
            on = f" ON {trigger.table}" if connection.dialect.name == "postgresql" else ""
            connection.execute(text(f"DROP TRIGGER {trigger.name}{on}"))


def put_up(connection: Connection) -> None:
    """Make every trigger of the list that is missing and whose table there is."""
    standing, tables = _standing(connection), set(inspect(connection).get_table_names())
    missing = [
        trigger
        for trigger in _wanted(connection)
        if trigger.table in tables and (trigger.table, trigger.name) not in standing
    ]
    if missing and connection.dialect.name == "postgresql":
        for function in FUNCTIONS:
            connection.execute(text(function))
    for trigger in missing:
        connection.execute(text(trigger.said(connection.dialect.name)))


def faults(connection: Connection, tables: Iterable[str]) -> list[str]:
    """What does not stand as it should on these tables: triggers that are gone, switched off, said otherwise, or
    not ours; rules that rewrite what is asked; rows that are kept from whoever looks."""
    wanted = {trigger.name: trigger for trigger in _wanted(connection) if trigger.table in set(tables)}
    if connection.dialect.name == "postgresql":
        return _faults_of_postgresql(connection, wanted, list(tables))
    return _faults_of_sqlite(connection, wanted, list(tables))


def _faults_of_sqlite(connection: Connection, wanted: dict[str, Trigger], tables: list[str]) -> list[str]:
    rows = connection.execute(text("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'"))
    found = {row.name: row.sql for row in rows if row.tbl_name in tables}
    wrong = [f"the trigger {name} is missing" for name in wanted if name not in found]
    for name, said in found.items():
        if name not in wanted:
            wrong.append(f"there is a trigger that is not ours: {name}")
        elif said != wanted[name].sqlite:
            wrong.append(f"the trigger {name} is not as it was made")
    return wrong


_AS_MADE = re.compile(
    r"CREATE TRIGGER \w+ BEFORE DELETE OR UPDATE OR TRUNCATE ON [\w.]+ FOR EACH STATEMENT EXECUTE FUNCTION \S+\(\)"
)
_OF_POSTGRESQL = """
SELECT t.tgname AS name, c.relname AS tbl, t.tgenabled::text AS state, pg_get_triggerdef(t.oid) AS said, p.prosrc AS body
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
WHERE NOT t.tgisinternal AND c.relnamespace = current_schema()::regnamespace
"""


_BEHIND_ROWS = (
    "SELECT relname FROM pg_class WHERE relrowsecurity AND relnamespace = current_schema()::regnamespace"
)


def _faults_of_postgresql(connection: Connection, wanted: dict[str, Trigger], tables: list[str]) -> list[str]:
    rows = connection.execute(text(_OF_POSTGRESQL))
    found = {row.name: row for row in rows if row.tbl in tables}
    wrong = [f"the trigger {name} is missing" for name in wanted if name not in found]
    for name, row in found.items():
        if name not in wanted:
            wrong.append(f"there is a trigger that is not ours: {name}")
        elif row.state not in ("O", "A"):
            wrong.append(f"the trigger {name} is switched off")
        elif row.body != REFUSE or not _AS_MADE.fullmatch(row.said):
            wrong.append(f"the trigger {name} is not as it was made")
    rules = connection.execute(
        text("SELECT rulename, tablename FROM pg_rules WHERE schemaname = current_schema()")
    )
    wrong += [
        f"there is a rule on {row.tablename}: {row.rulename}" for row in rules if row.tablename in tables
    ]
    hidden = connection.execute(text(_BEHIND_ROWS))
    return wrong + [
        f"rows of {row.relname} are hidden by row-level security" for row in hidden if row.relname in tables
    ]


def _wanted(connection: Connection) -> list[Trigger]:
    return [trigger for trigger in TRIGGERS if trigger.said(connection.dialect.name)]


def _standing(connection: Connection) -> set[tuple[str, str]]:
    said = {
        "sqlite": "SELECT tbl_name AS tbl, name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT c.relname AS tbl, t.tgname AS name FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
        "WHERE NOT t.tgisinternal AND c.relnamespace = current_schema()::regnamespace",
    }
    return {(row.tbl, row.name) for row in connection.execute(text(said[connection.dialect.name]))}
