"""A worker may be killed at any moment: no work order is lost, none is made twice, though the gateway knows
nothing of idempotency keys."""

from __future__ import annotations

import signal
import time
from collections import Counter

from flask import Flask
from sqlalchemy import func, select

from app.cases.models import CaseEvent
from app.db import db
from app.forwarding.models import Forwarding
from app.standin.orders import Answer
from tests.forwarding.conftest import case_of, send_on
from tests.proof.tap import ANSWERED, HELD, NEVER_ARRIVED, Tap
from tests.proof.workers import PATIENCE, Workers, end_gracefully
from tests.world import World

CASES = 17
ROUNDS = ((HELD, ANSWERED) * 3 + (NEVER_ARRIVED,)) * 2 + (HELD, ANSWERED)  # sixteen deaths


def test_however_often_the_worker_is_killed_every_forwarding_is_one_order(
    app: Flask, world: World, workers: Workers, tap: Tap
) -> None:
    sent = [send_on(world, world.queued(world.doors[number % 12])) for number in range(CASES)]
    for situation in ROUNDS:
        die_in(situation, workers, tap)
    drain(workers, world)
    assert_one_order_each(tap, [forwarding.id for forwarding in sent])

    returned = sent[:2]
    for back in returned:
        (order,) = [order for order in tap.orders.newest() if order.dossier["external_id"] == back.id]
        tap.orders.answer(order.workorder_id, Answer("returned", None, "不属于受理范围", None, None))
    ask_after_orders(workers)
    again = []
    for back, situation in zip(returned, (HELD, ANSWERED), strict=True):
        assert case_of(back).state == "queued"
        again.append(send_on(world, case_of(back)))
        die_in(situation, workers, tap)
    drain(workers, world)
    assert [forwarding.sequence for forwarding in again] == [2, 2]
    assert_one_order_each(tap, [forwarding.id for forwarding in [*sent, *again]])
    assert Counter(tap.kills) == Counter((*ROUNDS, HELD, ANSWERED)), "each death where it was meant to be"


def die_in(situation: str, workers: Workers, tap: Tap) -> None:
    """One worker, killed by the tap in this situation."""
    victim = workers.fork()
    assert victim.pid
    tap.arm(situation, victim.pid)
    victim.join(PATIENCE)
    assert victim.exitcode == -signal.SIGKILL


def drain(workers: Workers, world: World) -> None:
    """Let a worker live until nothing waits to be delivered."""
    survivor = workers.launch()
    ends = time.monotonic() + PATIENCE
    while waiting() and time.monotonic() < ends:
        assert survivor.poll() is None, survivor.communicate()
        time.sleep(0.1)
    assert waiting() == 0
    assert end_gracefully(survivor).startswith("closed=0 ")


def ask_after_orders(workers: Workers) -> None:
    """One `worker --once`."""
    asking = workers.launch("--once")
    said, complained = asking.communicate(timeout=PATIENCE)
    assert asking.returncode == 0, complained
    assert "failed=0" in said


def waiting() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).where(Forwarding.state == "waiting")) or 0


def assert_one_order_each(tap: Tap, forwardings: list[str]) -> None:
    """Orders = forwardings, each external id once; and the history tells of each order once."""
    made = Counter(order.dossier["external_id"] for order in tap.orders.newest())
    assert made == Counter(forwardings)
    db.session.rollback()
    told = db.session.scalar(select(func.count()).where(CaseEvent.action == "order_made"))
    assert told == len(forwardings)
