"""Many writers at once, in threads and processes: every report is in every book once."""

from __future__ import annotations

import multiprocessing
import threading
from multiprocessing.connection import Connection
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.access.actor import resident
from app.cases import intake
from app.cases.intake import OtherWords
from app.cases.models import CaseEvent, CaseFile, Report
from app.cases.wording import Words
from app.db import db, transaction
from app.outbox import posting
from app.outbox.models import OutboxItem
from app.places.queries import Door
from tests.world import World

PROCESSES, THREADS, REPORTS = 2, 4, 25
FORKING = multiprocessing.get_context("fork")


def _in_processes(app: Flask, jobs: list[list[Words | str]], door: Door) -> list[str]:
    """Run a list of reports in each thread of two forked processes; receipts, and errors by name."""
    halves = [jobs[:THREADS], jobs[THREADS:]]
    pipes = [FORKING.Pipe(duplex=False) for _ in halves]
    db.engine.dispose()
    processes = [
        FORKING.Process(target=_write, args=(app, half, door, pipe[1])) for half, pipe in zip(halves, pipes, strict=True)
    ]
    for process in processes:
        process.start()
    told = [answer for receiving, _ in pipes for answer in receiving.recv()]
    for process in processes:
        process.join(timeout=30)
        assert process.exitcode == 0
    return told


def _write(app: Flask, jobs: list[list[Words | str]], door: Door, answers: Connection) -> None:
    """In the child: one thread for each list of jobs."""
    told: list[str] = []

    def work(job: list[Words | str]) -> None:
        with app.app_context():
            for words in job:
                try:
                    key = words if isinstance(words, str) else str(uuid4())
                    text = "同一页" if isinstance(words, str) else words.text
                    told.append(intake.receive(resident(), door, key, Words(text=text)))
                except Exception as fault:
                    told.append(repr(fault))
            db.session.remove()

    threads = [threading.Thread(target=work, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    answers.send(told)


def _count(book: type) -> int:
    return db.session().scalar(select(func.count()).select_from(book)) or 0


def test_eight_writers_lose_and_double_nothing(app: Flask, world: World) -> None:
    jobs: list[list[Words | str]] = [
        [Words(text=f"写者{writer}第{number}件") for number in range(REPORTS)] for writer in range(PROCESSES * THREADS)
    ]
    receipts = _in_processes(app, jobs, world.doors[0])
    wanted = PROCESSES * THREADS * REPORTS
    assert len(set(receipts)) == wanted, [each for each in receipts if len(each) != 12][:3]
    assert [_count(book) for book in (Report, CaseFile, CaseEvent, OutboxItem)] == [wanted] * 4
    assert set(db.session().scalars(select(Report.receipt))) == set(receipts)
    numbers = sorted(db.session().scalars(select(CaseFile.number)))
    assert numbers == [f"2611-{number:04d}" for number in range(1, wanted + 1)]


def test_the_same_page_sent_eight_times_at_once_is_one_report(app: Flask, world: World) -> None:
    keys: list[Words | str] = [str(uuid4()) for _ in range(5)]
    receipts = _in_processes(app, [keys] * (PROCESSES * THREADS), world.doors[0])
    assert len(set(receipts)) == 5, set(receipts)
    assert len(receipts) == 5 * PROCESSES * THREADS
    assert [_count(book) for book in (Report, CaseFile, CaseEvent, OutboxItem)] == [5] * 4


def test_a_write_after_a_read_and_another_processs_commit_succeeds(app: Flask, world: World) -> None:
    """On SQLite a read, a commit elsewhere and then a write in the same transaction fails at once."""
    first = world.report(text="先来的")
    assert db.session().scalars(select(Report.receipt)).all() == [first]  # a read transaction is open now
    process = FORKING.Process(target=_one_report, args=(app, world.doors[0]))
    process.start()
    process.join(timeout=30)
    assert process.exitcode == 0
    with transaction() as session:
        report = session.scalars(select(Report).where(Report.receipt == first)).one()
        report.spot = "三层"
    assert _count(Report) == 2


def _one_report(app: Flask, door: Door) -> None:
    db.engine.dispose(close=False)
    with app.app_context():
        intake.receive(resident(), door, str(uuid4()), Words(text="别处来的"))


def test_transactions_do_not_nest(world: World) -> None:
    with pytest.raises(RuntimeError, match="do not nest"), transaction(), transaction():
        pass
    world.report()  # and the line is free again
    with pytest.raises(RuntimeError, match="do not nest"), transaction():
        world.report()
    assert _count(Report) == 1


def test_changes_outside_a_transaction_are_refused(world: World) -> None:
    case = world.case(world.report())
    case.title = "偷偷改的"
    with pytest.raises(RuntimeError, match="outside a transaction"), transaction():
        pass
    db.session.rollback()


def test_a_fault_inside_takes_everything_back(world: World) -> None:
    with pytest.raises(OtherWords):
        _post_and_fail()
    assert _count(OutboxItem) == 0


def _post_and_fail() -> None:
    with transaction() as session:
        posting.post(session, "photo", "x")
        session.flush()
        raise OtherWords("receipt")
