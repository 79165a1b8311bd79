"""Promises are taken by one worker, come back when it dies, and wait their time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from app import clock
from app.db import db, transaction
from app.outbox import leasing, posting, queries
from app.outbox.models import OutboxItem

KINDS = ["urgent", "later"]


def promise(ref: str, kind: str = "later", **how: timedelta) -> None:
    with transaction() as session:
        posting.post(session, kind, ref, **how)  # type: ignore[arg-type]


def row(ref: str) -> OutboxItem:
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(select(OutboxItem).where(OutboxItem.ref == ref)).one()


def lease_ran_out(ref: str) -> None:
    with transaction() as session:
        past = clock.real_now() - timedelta(seconds=1)
        session.execute(update(OutboxItem).where(OutboxItem.ref == ref).values(leased_until=past))


def test_what_is_taken_is_nobody_elses_until_the_lease_ends(app: Flask) -> None:
    promise("a")
    (first,) = leasing.take(60, KINDS)
    assert leasing.take(60, KINDS) == []
    lease_ran_out("a")
    (second,) = leasing.take(60, KINDS)
    assert (second.id, second.attempts, second.first_tried_at) == (first.id, 2, first.first_tried_at)
    assert second.lease != first.lease


def test_a_worker_whose_lease_ran_out_changes_nothing(app: Flask) -> None:
    promise("a")
    (slow,) = leasing.take(60, KINDS)
    lease_ran_out("a")
    (quick,) = leasing.take(60, KINDS)
    leasing.keep(slow)
    leasing.put_back(slow, wait=timedelta(hours=1), fault="slow")
    with transaction() as session:
        assert not leasing.renew(session, slow, 60)
        assert leasing.renew(session, quick, 60)
    assert (row("a").done_at, row("a").fault, row("a").lease) == (None, None, quick.lease)
    leasing.keep(quick)
    assert row("a").done_at is not None
    assert leasing.take(60, KINDS) == []


def test_what_is_put_back_waits_and_remembers_why(app: Flask) -> None:
    promise("a")
    (item,) = leasing.take(60, KINDS)
    leasing.put_back(item, wait=timedelta(seconds=30), fault="x" * 300)
    assert leasing.take(60, KINDS) == []
    assert row("a").fault == "x" * 200
    with transaction() as session:
        leasing.hasten(session, KINDS, but_faulty=True)
    assert leasing.take(60, KINDS) == [], "what went wrong keeps waiting"
    with transaction() as session:
        leasing.hasten(session, KINDS)
    assert len(leasing.take(60, KINDS)) == 1


def test_kinds_come_in_their_order_then_the_oldest_first(app: Flask) -> None:
    for ref, kind in (("1", "later"), ("2", "urgent"), ("3", "later"), ("4", "urgent"), ("5", "unknown")):
        promise(ref, kind)
    taken = [item.ref for _ in range(5) for item in leasing.take(60, KINDS)]
    assert taken == ["2", "4", "1", "3"]


def test_a_run_leaves_alone_what_it_put_back(app: Flask) -> None:
    promise("a")
    start = clock.real_now()
    (item,) = leasing.take(60, KINDS, as_of=start)
    leasing.put_back(item, wait=timedelta(0), fault="again")
    assert leasing.take(60, KINDS, as_of=start) == []
    assert len(leasing.take(60, KINDS)) == 1


def test_business_time_decides_what_is_due_and_real_time_what_waits(
    app: Flask, at: Callable[[str], None]
) -> None:
    with transaction() as session:
        posting.post(session, "later", "saturday", due=clock.now() + timedelta(days=4))
    promise("waits", wait=timedelta(minutes=5))
    assert leasing.take(60, KINDS) == []
    at("2026-11-29T12:00")
    assert [item.ref for item in leasing.take(60, KINDS)] == ["saturday"]


def test_a_key_promises_once(app: Flask) -> None:
    promise("a")
    with pytest.raises(IntegrityError):
        promise("a")
    with transaction() as session:
        posting.post_once(session, "later", "b", key="later:a")
    assert [item.ref for item in leasing.take(60, KINDS, at_most=9)] == ["a"]


def test_a_promise_kept_can_be_made_anew(app: Flask) -> None:
    promise("a")
    (item,) = leasing.take(60, KINDS)
    leasing.keep(item)
    with transaction() as session:
        posting.post_again(session, "later", "a")
    (again,) = leasing.take(60, KINDS)
    assert (again.id, again.attempts) == (item.id, 1)


def test_an_idle_worker_reads_and_takes_no_lock(
    app: Flask, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    promise("a", wait=timedelta(hours=1))
    with count_queries() as statements:
        assert leasing.take(60, KINDS) == []
    writes = [sql for sql in statements if "IMMEDIATE" in sql or "UPDATE" in sql.upper()]
    assert not writes, statements
    assert len([sql for sql in statements if sql.startswith("SELECT")]) == 1


def test_workers_at_once_take_each_promise_once(app: Flask) -> None:
    for number in range(40):
        promise(str(number))
    taken: list[str] = []

    def work() -> None:
        with app.app_context():
            while items := leasing.take(60, KINDS):
                for item in items:
                    taken.append(item.ref)
                    leasing.keep(item)
            db.session.remove()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken, key=int) == [str(number) for number in range(40)]


def test_back_off_doubles_with_jitter_between_its_bounds() -> None:
    for attempts in range(1, 40):
        waits = [leasing.backoff(attempts, 30).total_seconds() for _ in range(200)]
        assert min(waits) >= min(30 * 2 ** (attempts - 1), 4 * 3600)
        assert max(waits) <= min(45 * 2 ** (attempts - 1), 6 * 3600)
        assert len(set(waits)) > 100, "spread"


@pytest.mark.parametrize(
    ("asked", "least", "most"), [(60, 60, 60), (1, 30, 45), (10 * 3600, 36000, 36000), (10**9, 86400, 86400)]
)
def test_what_the_other_side_asks_for_is_honoured_up_to_a_day(asked: int, least: int, most: int) -> None:
    wait = leasing.backoff(1, 30, timedelta(seconds=asked)).total_seconds()
    assert least <= wait <= most


def test_how_far_behind_the_workers_are(app: Flask) -> None:
    assert queries.overdue_by(db.session()) == timedelta(0)
    with transaction() as session:
        posting.post(session, "later", "old", due=clock.now() - timedelta(minutes=3))
    assert timedelta(minutes=3) <= queries.overdue_by(db.session()) < timedelta(minutes=4)
    assert queries.waiting(db.session()) == {"later": 1}
