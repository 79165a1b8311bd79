"""Fresh, migrated databases for tests: copies of a template made once per test process.

SQLite templates are files; PostgreSQL templates live in a private cluster of this process on a socket in a
temporary folder. The cluster stops with the process, however that ends."""

from __future__ import annotations

import os
import pwd
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import psycopg
from flask_migrate import Migrate, upgrade
from psycopg import sql

from app import create_app
from app.config import ROOT
from app.db import db

MIGRATIONS = str(ROOT / "migrations")
DEBIANS_PLACE = Path("/usr/lib/postgresql")
HOW_TO_INSTALL = (
    "PostgreSQL's server programs were not found. Half of the tests run on it: "
    "install them with `apt-get install postgresql` (Debian, Ubuntu) or put initdb and postgres on PATH."
)
# durability is not what these tests ask about; the speed of thousands of small databases is
FAST = (
    "fsync=off",
    "full_page_writes=off",
    "synchronous_commit=off",
    "autovacuum=off",
    "max_connections=200",
)


MOST_USES = 40
# only what was written to: to plan a DELETE for each of fifty tables cost a PostgreSQL test more than its own statements
EMPTY = """
DO $$ DECLARE name text; BEGIN
    SET LOCAL session_replication_role = replica;
    FOR name IN SELECT quote_ident(relname) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
        AND pg_relation_size(oid) > 0 AND relname <> 'alembic_version'
        LOOP EXECUTE 'DELETE FROM ' || name; END LOOP;
    PERFORM setval(format('%I.%I', schemaname, sequencename), start_value, false)
        FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL;
END $$
"""
ROWS_OF_ALL = """
SELECT c.relname, CASE WHEN pg_relation_size(c.oid) = 0 THEN '0' ELSE
    (xpath('/row/n/text()', query_to_xml(format('SELECT count(*) AS n FROM %I', c.relname), false, true, '')))[1]::text END
FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace ORDER BY 1
"""


class DatabaseMaker(Protocol):
    """Makes and drops databases of one kind.

    `recreates_tables`: changing a table means making it anew, which is where children and triggers get lost."""

    recreates_tables: bool

    def fresh(self, folder: Path, /) -> str:
        """URL of a migrated, empty database; `folder` belongs to the test."""

    def bare(self, folder: Path, /) -> str:
        """URL of a database without any table."""

    def drop(self, url: str) -> None:
        """Forget a database again."""


def migrate(environ: Mapping[str, str], revision: str = "head") -> None:
    """Bring the database of these settings to a revision, by the migrations."""
    app = create_app(dict(environ))
    Migrate(app, db, directory=MIGRATIONS, render_as_batch=True)
    with app.app_context():
        upgrade(revision=revision)
        db.engine.dispose()


def settings_for(url: str, folder: Path) -> dict[str, str]:
    """The least a test process's application needs to start."""
    return {
        "MASHANG_ENV": "test",
        "MASHANG_BASE_URL": "http://mashang.test",
        "MASHANG_DATABASE_URL": url,
        "MASHANG_MEDIA_URL": str(folder / "media"),
        "MASHANG_TIMEZONE": "Asia/Shanghai",
    }


class SqliteMaker:
    """SQLite: the template is one file, with its write-ahead log folded in."""

    recreates_tables = True

    def __init__(self, folder: Path) -> None:
        self._template = folder / "template.db"
        migrate(settings_for(f"sqlite:///{self._template}", folder))
        with sqlite3.connect(self._template) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()

    def fresh(self, folder: Path, /) -> str:
        path = folder / "mashang.db"
        shutil.copyfile(self._template, path)
        return f"sqlite:///{path}"

    def bare(self, folder: Path, /) -> str:
        return f"sqlite:///{folder / 'bare.db'}"

    def drop(self, url: str) -> None:
        path = Path(url.removeprefix("sqlite:///"))
        for name in (path, *path.parent.glob(f"{path.name}-*"), path.with_name(f"{path.name}.writer")):
            name.unlink(missing_ok=True)


class PostgresMaker:
    """PostgreSQL: a private cluster, one template database, and copies of it. Copying one costs a quarter of a
    second, so a copy is emptied and used again some times, then dropped."""

    recreates_tables = False

    def __init__(self, folder: Path) -> None:
        self._cluster = Cluster()
        self._numbers = count(1)
        self._admin = psycopg.connect(self._cluster.url("postgres"), autocommit=True)
        self._uses: dict[str, int] = {}
        self._free: list[str] = []
        template = self._create("template_mashang", "template0")
        migrate(settings_for(template, folder))
        with psycopg.connect(template) as connection:
            self._tables = _tables_and_rows(connection)

    def fresh(self, _folder: Path, /) -> str:
        url = (
            self._free.pop()
            if self._free
            else self._create(f"mashang_{next(self._numbers)}", "template_mashang")
        )
        self._uses[url] = self._uses.get(url, 0) + 1
        return url

    def bare(self, _folder: Path, /) -> str:
        return self._create(f"mashang_{next(self._numbers)}", "template0")

    def drop(self, url: str) -> None:
        name = str(psycopg.conninfo.conninfo_to_dict(url)["dbname"])
        if 0 < self._uses.get(url, 0) < MOST_USES:
            self._admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,)
            )
            with psycopg.connect(url) as connection:
                connection.execute(EMPTY)
                left = _tables_and_rows(connection)
            if left == self._tables:  # as the migrations left it
                self._free.append(url)
                return
        self._admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def stop(self) -> None:
        self._admin.close()
        self._cluster.stop()

    def _create(self, name: str, template: str) -> str:
        names = map(sql.Identifier, (name, template))
        self._admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*names))
        return self._cluster.url(name)


def _tables_and_rows(connection: psycopg.Connection) -> list[tuple[str, str]]:
    return [(str(name), str(rows)) for name, rows in connection.execute(ROWS_OF_ALL)]


class Cluster:
    """A PostgreSQL server of our own. A shell waits on a pipe we hold: when this process ends in any way the
    pipe closes, and the shell stops the server and removes its folder."""

    _WARDEN = (
        '"$@" >server.log 2>&1 & server=$!; read _; kill -INT $server; wait $server; cd /; rm -rf "$HERE"'
    )

    def __init__(self) -> None:
        programs = find_programs()
        self.folder = Path(tempfile.mkdtemp(prefix="mashang-pg-"))
        self._as = _unprivileged(self.folder)
        arguments = [
            "-D",
            "data",
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        ]
        subprocess.run(
            [programs / "initdb", *arguments],
            cwd=self.folder,
            check=True,
            stdout=subprocess.DEVNULL,
            **self._as,
        )
        options = [part for setting in FAST for part in ("-c", setting)]
        server = [str(programs / "postgres"), "-D", "data", "-k", str(self.folder), "-h", "", *options]
        self._warden = subprocess.Popen(
            ["/bin/sh", "-c", self._WARDEN, "warden", *server],
            cwd=self.folder,
            stdin=subprocess.PIPE,
            start_new_session=True,
            env=os.environ | {"HERE": str(self.folder)},
            **self._as,
        )
        self._wait_until_ready()

    def url(self, database: str) -> str:
        """Where a database of this cluster is reached."""
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def stop(self) -> None:
        """End the server and remove its folder; returns when both are gone."""
        assert self._warden.stdin
        self._warden.stdin.close()
        self._warden.wait(timeout=30)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _wait_until_ready(self) -> None:
        end = time.monotonic() + 30
        while True:
            try:
                psycopg.connect(self.url("postgres")).close()
            except psycopg.OperationalError:
                if time.monotonic() > end or self._warden.poll() is not None:
                    raise RuntimeError((self.folder / "server.log").read_text()) from None
                time.sleep(0.05)
            else:
                return


def find_programs() -> Path:
    """The folder of initdb and postgres, the newest installed; raises RuntimeError telling how to install."""
    on_path = shutil.which("initdb")
    if on_path and Path(on_path).resolve().with_name("postgres").exists():
        return Path(on_path).resolve().parent
    found = sorted(DEBIANS_PLACE.glob("*/bin/initdb"), key=lambda path: float(path.parents[1].name))
    if not found:
        raise RuntimeError(HOW_TO_INSTALL)
    return found[-1].parent


def _unprivileged(folder: Path) -> dict[str, Any]:
    """PostgreSQL refuses to run as root: then it runs as its own account, which gets the folder."""
    if os.geteuid() != 0:
        return {}
    try:
        account = pwd.getpwnam("postgres")
    except KeyError:
        account = pwd.getpwnam("nobody")
    os.chown(folder, account.pw_uid, account.pw_gid)
    return {"user": account.pw_name, "group": account.pw_gid, "extra_groups": []}


MAKERS: dict[str, Callable[[Path], DatabaseMaker]] = {"sqlite": SqliteMaker, "postgresql": PostgresMaker}
