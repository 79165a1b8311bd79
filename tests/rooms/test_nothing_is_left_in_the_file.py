"""What was deleted is gone from the bytes on the disk as well: pages that were let go, the log of what was written,
the index of words. PostgreSQL's dead rows are for its own vacuum."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from app.cases import data_requests, own_report
from app.cases.models import DataRequest
from app.commands import worker
from app.db import _prepare_sqlite, db
from tests.rooms.test_search import catch_up
from tests.world import World

WORDS = "独一无二的鹦鹉螺"


@pytest.fixture
def file(app: Flask) -> Path:
    if db.engine.dialect.name != "sqlite":
        pytest.skip("the files of SQLite")
    return Path(str(db.engine.url.database))


def bytes_of(file: Path) -> bytes:
    return b"".join(one.read_bytes() for one in file.parent.glob(f"{file.name}*"))


def work_through(world: World) -> None:
    """What the worker does meanwhile."""
    catch_up()
    while worker._one(worker.Counter()):
        pass
    catch_up()


def test_deleted_words_are_in_no_byte_of_the_database(file: Path, world: World) -> None:
    for number in range(40):
        world.report(text=f"第{number}件，灯不亮")
    mine = world.report(text=WORDS)
    own_report.add(mine, str(uuid4()), f"{WORDS}，补一句")
    catch_up()
    assert WORDS.encode() in bytes_of(file)
    data_requests.ask(mine, str(uuid4()), "delete")
    request = db.session.scalars(select(DataRequest)).one()
    data_requests.settle(world.actor("dispatcher"), request.id, "done", "都删了")
    db.session.remove()
    work_through(world)
    assert WORDS.encode() not in bytes_of(file)
    assert "鹦鹉".encode()[2:] not in bytes_of(file)


def test_the_index_forgets_for_good_what_was_taken_out_of_it(file: Path, world: World) -> None:
    words = ("鹦鹉螺", "穿山甲")
    receipts = [world.report(text=one) for one in words]
    for _ in range(3):
        world.report(text="穿山甲又来了")
        catch_up()
    data_requests.ask(receipts[0], str(uuid4()), "delete")
    request = db.session.scalars(select(DataRequest)).one()
    data_requests.settle(world.actor("dispatcher"), request.id, "done", "都删了")
    work_through(world)
    with sqlite3.connect(file) as connection:
        blocks = b"".join(row[0] for row in connection.execute("SELECT block FROM case_search_data"))
    assert "山".encode() in blocks  # of characters that begin alike only the first is written whole
    assert "螺".encode() not in blocks


def test_pages_that_are_let_go_are_overwritten(app: Flask) -> None:
    if db.engine.dialect.name != "sqlite":
        pytest.skip("the files of SQLite")
    raw = sqlite3.connect(":memory:")
    raw.execute("PRAGMA secure_delete=OFF")
    _prepare_sqlite(raw, None)  # type: ignore[arg-type]
    assert raw.execute("PRAGMA secure_delete").fetchone() == (1,)
