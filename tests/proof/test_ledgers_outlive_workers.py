"""A worker that reads or takes a long ledger may be killed at any moment: each line stands once, each order is one
report."""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.cases import ledger_work
from app.cases.models import LedgerImport, LedgerLine, Report
from app.db import db
from tests.conftest import START
from tests.databases import settings_for
from tests.keying import hostile
from tests.proof.workers import PATIENCE, Workers
from tests.world import World

LINES = 1500
DEATHS = 3


@pytest.fixture
def environ(database_url: str, tmp_path: Path) -> dict[str, str]:
    return settings_for(database_url, tmp_path) | {
        "MASHANG_NOW": START,
        "MASHANG_LEASE_SECONDS": "2",
        "MASHANG_RETRY_BASE_SECONDS": "1",
    }


@pytest.fixture
def workers(process_env: Callable[[], dict[str, str]]) -> Iterator[Workers]:
    started = Workers(process_env)
    yield started
    started.end()


def test_whenever_a_worker_is_killed_each_line_stands_once(
    app: Flask, world: World, workers: Workers, tmp_path: Path
) -> None:
    actor, path = world.actor("dispatcher"), tmp_path / "a.csv"
    path.write_bytes(hostile.grown(LINES, 40))
    made = ledger_work.hand_in(actor, path, "台账.csv")
    kill_when(workers, lambda: count(LedgerLine) > 0)
    let_live(workers, lambda: the(made).state == "ready")
    assert Counter(db.session.scalars(select(LedgerLine.line))) == Counter(range(2, LINES + 2))

    ledger_work.ask_to_take(actor, made)
    for death in range(1, DEATHS + 1):
        kill_when(workers, lambda death=death: count(Report) >= death * 30 + 7)  # type: ignore[misc]
    assert 0 < count(Report) < LINES, "they died in the middle"
    let_live(workers, lambda: count(Report) >= 400)
    taken = db.session.scalars(select(Report.order_number)).all()
    assert len(taken) == len(set(taken))
    outcomes = Counter(db.session.scalars(select(LedgerLine.outcome)))
    assert outcomes["taken"] == len(taken)
    assert outcomes["taken"] + outcomes["open"] == LINES


def kill_when(workers: Workers, is_so: Callable[[], bool]) -> None:
    victim = workers.fork()
    wait_until(is_so)
    victim.kill()
    victim.join(PATIENCE)
    assert victim.exitcode == -signal.SIGKILL


def let_live(workers: Workers, is_so: Callable[[], bool]) -> None:
    survivor = workers.fork()
    wait_until(is_so)
    survivor.terminate()
    survivor.join(PATIENCE)


def wait_until(is_so: Callable[[], bool]) -> None:
    ends = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < ends
        time.sleep(0.02)


def the(import_id: int) -> LedgerImport:
    db.session.rollback()
    db.session.expire_all()
    return db.session().get_one(LedgerImport, import_id)


def count(of: type) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(of)) or 0
