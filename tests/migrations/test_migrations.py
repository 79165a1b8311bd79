"""The migrations build what the models describe, and lose nothing on the way, on a filled database."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import Migrate, downgrade, upgrade
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from app import models
from app.access.triggers import APPEND_ONLY, TRIGGERS, take_away
from app.commands import up_to_date
from app.config import ROOT
from app.db import Base, db
from tests.databases import MIGRATIONS, DatabaseMaker
from tests.migrations.filling import ROWS, counts, fill, triggers
from tests.world import World

TRIAL = '''"""A trial: the parent of many is made anew."""
import sqlalchemy as sa
from alembic import op
revision = "trial2"
down_revision = "trial1"
def upgrade() -> None:
    with op.batch_alter_table("doorway") as batch:
        batch.alter_column("households", existing_type=sa.Integer(), nullable=False)
'''
CHILD = '''"""A trial: a child that goes with its parent."""
import sqlalchemy as sa
from alembic import op
revision = "trial1"
down_revision = "{head}"
def upgrade() -> None:
    op.create_table(
        "doormat", sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("doorway_id", sa.Integer(), sa.ForeignKey("doorway.id", ondelete="CASCADE"), nullable=False),
    )
'''
GUARD = 'connection.exec_driver_sql("PRAGMA foreign_keys=OFF")'


@pytest.fixture
def database_url(maker: DatabaseMaker, tmp_path: Path) -> Iterator[str]:
    """Here a database starts without any table."""
    url = maker.bare(tmp_path)
    yield url
    maker.drop(url)


@pytest.fixture
def migrating(app: Flask) -> Flask:
    Migrate(app, db, directory=MIGRATIONS, render_as_batch=True)
    return app


@pytest.fixture
def trial(app: Flask, tmp_path: Path) -> Callable[[Callable[[str], str]], str]:
    """A copy of the migrations with two more on top, and env.py changed as the test likes."""

    def make(change: Callable[[str], str]) -> str:
        folder = tmp_path / "migrations"
        shutil.copytree(MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
        (folder / "versions" / "trial1.py").write_text(CHILD.format(head=revisions()[-1]))
        (folder / "versions" / "trial2.py").write_text(TRIAL)
        environment = folder / "env.py"
        environment.write_text(change(environment.read_text()))
        Migrate(app, db, directory=str(folder), render_as_batch=True)
        return str(folder)

    return make


def revisions() -> list[str]:
    """Every revision, first to last."""
    config = Config()
    config.set_main_option("script_location", MIGRATIONS)
    return [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()][::-1]


def ours(name: str | None, kind: str, _parents: object) -> bool:
    """Not the tables of the search: see migrations/env.py."""
    return not (
        kind in ("table", "index") and (name or "").startswith(("case_search", "ix_case_words_marks"))
    )


def test_models_and_migrations_agree(migrating: Flask) -> None:
    upgrade()
    assert models.cases.CaseFile.__table__ in Base.metadata.sorted_tables
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_name": ours})
        assert compare_metadata(context, Base.metadata) == []


def test_there_is_one_line_of_revisions() -> None:
    config = Config()
    config.set_main_option("script_location", MIGRATIONS)
    assert len(ScriptDirectory.from_config(config).get_heads()) == 1


def test_every_migration_runs_on_a_filled_database(migrating: Flask) -> None:
    """From each revision with rows in every table: no table that stays loses a row or a trigger."""
    for revision in revisions():
        before = _state()
        upgrade(revision=revision)
        after = _state()
        for table in before[0].keys() & after[0].keys():
            assert after[0][table] == before[0][table] == ROWS, f"{revision}: {table}"
        assert before[1] <= after[1], f"{revision} lost triggers"
        with db.engine.begin() as connection:
            fill(connection)
    assert set(_state()[0].values()) == {ROWS}


def test_down_to_nothing_and_up_again(migrating: Flask) -> None:
    upgrade()
    tables = set(_state()[0])
    with db.engine.begin() as connection:
        fill(connection)
    downgrade(revision="base")
    assert set(inspect(db.engine).get_table_names()) <= {"alembic_version"}
    upgrade()
    assert set(_state()[0]) == tables >= {"case_file", "report", "outbox_item", "audit_entry"}


def test_upgrading_again_is_quiet_and_changes_nothing(
    migrating: Flask, process_env: Callable[[], dict[str, str]]
) -> None:
    upgrade()
    world = World()
    world.queued()
    db.session.remove()
    before = _state()
    again = subprocess.run(
        [sys.executable, "-m", "flask", "db", "upgrade"],
        cwd=ROOT,
        env=process_env(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    assert _state() == before


def test_a_parent_made_anew_keeps_its_children(trial: Callable[[Callable[[str], str]], str]) -> None:
    directory = trial(lambda environment: environment)
    _upgrade_with_children(directory)
    assert _state()[0]["doormat"] == ROWS
    assert _state()[0]["door_code"] == ROWS
    with db.engine.connect() as connection:
        [households] = [
            each for each in inspect(connection).get_columns("doorway") if each["name"] == "households"
        ]
    assert not households["nullable"]


def test_without_the_guard_the_children_would_be_gone(
    trial: Callable[[Callable[[str], str]], str], maker: DatabaseMaker
) -> None:
    """The test above can fail: take the guard away, and it does wherever tables are made anew."""
    assert GUARD in (Path(MIGRATIONS) / "env.py").read_text()
    directory = trial(lambda environment: environment.replace(GUARD, "pass"))
    if not maker.recreates_tables:
        _upgrade_with_children(directory)
        assert _state()[0]["doormat"] == ROWS
        return
    with pytest.raises(IntegrityError, match="FOREIGN KEY constraint failed"):
        _upgrade_with_children(directory)


def test_a_lost_trigger_stops_the_migration_and_rolls_it_back(
    trial: Callable[[Callable[[str], str]], str], maker: DatabaseMaker, caplog: pytest.LogCaptureFixture
) -> None:
    directory = trial(lambda environment: environment)
    upgrade(directory=directory, revision="trial1")
    with db.engine.begin() as connection:
        fill(connection)
        if maker.recreates_tables:
            connection.execute(text("CREATE TRIGGER keep_doors BEFORE DELETE ON doorway BEGIN SELECT 1; END"))
        else:
            connection.execute(
                text("CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'")
            )
            connection.execute(
                text(
                    "CREATE TRIGGER keep_doors BEFORE DELETE ON doorway FOR EACH ROW EXECUTE FUNCTION keep()"
                )
            )
    before = _state()
    if maker.recreates_tables:
        with pytest.raises(SystemExit):
            upgrade(directory=directory, revision="trial2")
        assert "lost triggers: keep_doors" in caplog.text
    else:
        upgrade(directory=directory, revision="trial2")
    assert _state() == before
    assert before[1] == {"keep_doors"} | house_triggers()


REMAKE = """import sqlalchemy as sa
from alembic import op
revision = "trial2"
down_revision = "trial1"
def upgrade() -> None:
    op.execute("UPDATE audit_entry SET act = 'filled'")
    for table, column in (("audit_entry", "act"), ("case_event", "action"), ("audit_seal", "key_id")):
        with op.batch_alter_table(table) as batch:
            batch.alter_column(column, existing_type=sa.String(16), type_=sa.String(60), existing_nullable=False)
"""


def test_a_table_that_is_append_only_can_be_filled_and_made_anew(
    trial: Callable[[Callable[[str], str]], str],
) -> None:
    """Triggers would refuse the filling, and go with a table that is made anew: the list brings them back."""
    directory = trial(lambda environment: environment)
    (Path(directory) / "versions" / "trial2.py").write_text(REMAKE)
    upgrade(directory=directory, revision="trial1")
    with db.engine.begin() as connection:
        fill(connection)
    before = _state()
    upgrade(directory=directory, revision="trial2")
    assert _state() == before
    assert before[1] == house_triggers()
    for table in APPEND_ONLY:
        with pytest.raises(DBAPIError, match="append-only"), db.engine.begin() as connection:
            connection.execute(text(f"DELETE FROM {table}"))


def test_a_trigger_that_went_missing_is_put_up_by_the_next_upgrade(migrating: Flask) -> None:
    upgrade()
    with db.engine.begin() as connection:
        take_away(connection)
    assert _state()[1] == set()
    upgrade()
    assert _state()[1] == house_triggers()


def test_lines_of_before_are_given_to_the_sub_district_they_belong_to(migrating: Flask) -> None:
    config = Config()
    config.set_main_option("script_location", MIGRATIONS)
    before = ScriptDirectory.from_config(config).get_revision("0006").down_revision
    upgrade(revision=before)
    with db.engine.begin() as connection:
        fill(connection)
        known = {
            "staff": connection.execute(text("SELECT id, sub_district_id FROM staff")).all()[1],
            "case": connection.execute(text("SELECT number, sub_district_id FROM case_file")).all()[2],
            "sub_district": connection.execute(text("SELECT code, id FROM sub_district")).all()[0],
        }
        lines = [(9, None, "person", "1"), (10, 2, "case", known["case"][0]), (11, None, "channel", "manual")]
        lines += [(12 + at, None, kind, str(row[0])) for at, (kind, row) in enumerate(known.items())]
        for number, staff_id, kind, object_id in lines:
            connection.execute(
                text(
                    "INSERT INTO audit_entry (id, at, actor_kind, staff_id, act, object_kind, object_id, fields) "
                    "VALUES (:id, '2026-11-24 01:00:00', 'system', :staff, 'x', :kind, :object, '')"
                ),
                {"id": number, "staff": staff_id, "kind": kind, "object": object_id},
            )
        of_two = connection.scalar(text("SELECT sub_district_id FROM staff WHERE id = 2"))
    upgrade(revision="0006")
    with db.engine.connect() as connection:
        query = text("SELECT sub_district_id FROM audit_entry WHERE id > 8 ORDER BY id")
        found = connection.scalars(query).all()
    assert found == [None, of_two, None, *(row[1] for row in known.values())]


def _upgrade_with_children(directory: str) -> None:
    upgrade(directory=directory, revision="trial1")
    with db.engine.begin() as connection:
        fill(connection)
    upgrade(directory=directory, revision="trial2")


def house_triggers() -> set[str]:
    """Names of the house's own triggers on this kind of database."""
    return {one.name for one in TRIGGERS if one.said(db.engine.dialect.name)}


def _state() -> tuple[dict[str, int], set[str]]:
    """Rows of each table, and the triggers."""
    with db.engine.connect() as connection:
        return counts(connection), triggers(connection)


@pytest.mark.parametrize("command", [("serve",), ("worker", "--once")], ids=lambda words: words[0])
def test_nothing_starts_on_a_database_that_waits_for_a_migration(
    migrating: Flask, command: tuple[str, ...]
) -> None:
    def told() -> str:
        ended = migrating.test_cli_runner().invoke(args=list(command), catch_exceptions=False)
        assert ended.exit_code == 1
        return ended.stderr

    assert "the database is at nothing, this version needs" in told()
    upgrade(revision="0003")
    assert f"is at 0003, this version needs {revisions()[-1]}; run: flask db upgrade" in told()
    with db.engine.begin() as connection:  # as an older process finds it while a new one takes its place
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    up_to_date.require_up_to_date("serve")
