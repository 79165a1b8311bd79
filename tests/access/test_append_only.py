"""What was written into the audit log and into a case's history is changed by nobody, the product included."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.access import audit, seals
from app.access.models import AuditEntry
from app.access.triggers import APPEND_ONLY
from app.db import db, transaction
from tests.world import World


@pytest.fixture
def filled(world: World) -> None:
    """A line in each of the tables."""
    world.queued()
    audit.saw(world.actor("dispatcher"), "case", "2611-0001", ("words",))
    assert len(seals.seal()) == 1
    db.session.remove()  # a reader in the middle of a transaction would keep TRUNCATE waiting


@pytest.mark.parametrize("table", list(APPEND_ONLY))
def test_no_line_is_changed_deleted_or_replaced(filled: None, table: str) -> None:
    key = APPEND_ONLY[table]
    with db.engine.connect() as connection:
        before = connection.execute(text(f"SELECT * FROM {table} ORDER BY {key}")).all()
        columns = ", ".join(connection.execute(text(f"SELECT * FROM {table}")).keys())
    assert before
    attacks = [
        f"UPDATE {table} SET at = at",
        f"DELETE FROM {table}",
        f"DELETE FROM {table} WHERE {key} = 1",
        f"INSERT INTO {table} SELECT * FROM {table} WHERE {key} = 1 ON CONFLICT ({key}) DO UPDATE SET {key} = 9",
    ]
    if db.engine.dialect.name == "sqlite":
        attacks += [
            f"INSERT OR REPLACE INTO {table} ({columns}) SELECT {columns} FROM {table}",
            f"REPLACE INTO {table} ({columns}) SELECT {columns} FROM {table} WHERE {key} = 1",
            f"UPDATE OR IGNORE {table} SET {key} = {key} + 100",
        ]
    else:
        attacks += [f"TRUNCATE {table} CASCADE", f"TRUNCATE {table}"]
    for attack in attacks:
        with pytest.raises(DBAPIError, match=r"append-only|cannot truncate"), db.engine.begin() as connection:
            connection.execute(text(attack))
    with db.engine.connect() as connection:
        assert connection.execute(text(f"SELECT * FROM {table} ORDER BY {key}")).all() == before


def test_an_act_whose_line_the_database_swallows_is_undone(world: World, app: Flask) -> None:
    swallow = {
        "sqlite": (
            "CREATE TRIGGER hide BEFORE INSERT ON audit_entry WHEN NEW.act = 'hidden' BEGIN SELECT RAISE(IGNORE); END",
        ),
        "postgresql": (
            "CREATE FUNCTION hide() RETURNS trigger LANGUAGE plpgsql AS "
            "'BEGIN IF NEW.act = ''hidden'' THEN RETURN NULL; END IF; RETURN NEW; END'",
            "CREATE TRIGGER hide BEFORE INSERT ON audit_entry FOR EACH ROW EXECUTE FUNCTION hide()",
        ),
    }[db.engine.dialect.name]
    db.session.remove()
    with db.engine.begin() as connection:
        for statement in swallow:
            connection.execute(text(statement))
    who = world.actor("dispatcher")
    with pytest.raises(audit.Unwritten), transaction() as session:
        audit.record(session, who, "hidden", "case", "2611-0001")
    with transaction() as session:
        audit.record(session, who, "seen", "case", "2611-0001")
    db.session.rollback()
    assert [line.act for line in db.session.query(AuditEntry)] == ["seen"]
    db.session.remove()
    if db.engine.dialect.name == "postgresql":  # this database is used again
        with db.engine.begin() as connection:
            connection.execute(text("DROP TRIGGER hide ON audit_entry"))
            connection.execute(text("DROP FUNCTION hide()"))
