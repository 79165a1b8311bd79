"""What was deleted is gone from the bytes on the disk as well: pages that were let go, the log of what was written,
the index of words. PostgreSQL's dead rows are for its own vacuum: there, no row holds it any more."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from uuid import uuid4

from sqlalchemy import inspect, select, text

from app.cases import data_requests, own_report
from app.cases.models import DataRequest
from app.commands import worker
from app.db import _prepare, db
from tests.rooms.test_search import catch_up
from tests.world import World

WORDS = "独一无二的鹦鹉螺"


def held() -> bytes:
    """All that is kept: SQLite's files byte by byte, every row of PostgreSQL as text."""
    db.session.rollback()
    if db.engine.dialect.name == "sqlite":
        file = Path(str(db.engine.url.database))
        return b"".join(one.read_bytes() for one in file.parent.glob(f"{file.name}*"))
    tables = inspect(db.engine).get_table_names()
    with db.engine.connect() as connection:
        rows = (connection.execute(text(f'SELECT "{name}"::text FROM "{name}"')) for name in tables)
        return "\n".join(str(row[0]) for some in rows for row in some).encode()


def index_of_words() -> bytes:
    """What the search is kept in, as it lies there."""
    blocks = "SELECT block FROM case_search_data"
    if db.engine.dialect.name != "sqlite":
        blocks = "SELECT convert_to(marks || words, 'UTF8') FROM case_words"
    with db.engine.connect() as connection:
        return b"".join(row[0] for row in connection.execute(text(blocks)))


def work_through(world: World) -> None:
    """What the worker does meanwhile."""
    catch_up()
    while worker._one(worker.Counter()):
        pass
    catch_up()


def test_deleted_words_are_in_no_byte_of_the_database(world: World) -> None:
    for number in range(40):
        world.report(text=f"第{number}件，灯不亮")
    mine = world.report(text=WORDS)
    own_report.add(mine, str(uuid4()), f"{WORDS}，补一句")
    catch_up()
    assert WORDS.encode() in held()
    data_requests.ask(mine, str(uuid4()), "delete")
    request = db.session.scalars(select(DataRequest)).one()
    data_requests.settle(world.actor("dispatcher"), request.id, "done", "都删了")
    db.session.remove()
    work_through(world)
    assert WORDS.encode() not in held()
    assert "鹦鹉".encode()[2:] not in held()


def test_the_index_forgets_for_good_what_was_taken_out_of_it(world: World) -> None:
    words = ("鹦鹉螺", "穿山甲")
    receipts = [world.report(text=one) for one in words]
    for _ in range(3):
        world.report(text="穿山甲又来了")
        catch_up()
    data_requests.ask(receipts[0], str(uuid4()), "delete")
    request = db.session.scalars(select(DataRequest)).one()
    data_requests.settle(world.actor("dispatcher"), request.id, "done", "都删了")
    work_through(world)
    db.session.remove()
    blocks = index_of_words()
    assert "山".encode() in blocks  # of characters that begin alike only the first is written whole
    assert "螺".encode() not in blocks


def test_pages_that_are_let_go_are_overwritten() -> None:
    raw = sqlite3.connect(":memory:")
    raw.execute("PRAGMA secure_delete=OFF")
    _prepare(raw, None)  # type: ignore[arg-type]
    assert raw.execute("PRAGMA secure_delete").fetchone() == (1,)
