"""The worker: several at once, handlers that fail, how quickly it wakes, and its end."""

from __future__ import annotations

import dataclasses
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock, config
from app.cases import handling
from app.commands import worker
from app.config import ROOT
from app.db import db
from app.forwarding import channels, delivery
from app.forwarding.models import Forwarding
from app.notices.models import Notice
from app.outbox.models import OutboxItem
from tests.forwarding.conftest import newest
from tests.forwarding.scripted import Scripted, ScriptedGateway
from tests.outbox.test_leasing import lease_ran_out
from tests.world import World

Forward = Callable[..., Forwarding]


def notices(kind: str) -> list[tuple[str | None, str, int | None]]:
    db.session.rollback()
    query = select(Notice).where(Notice.kind == kind).order_by(Notice.id)
    return [(notice.role, notice.ref, notice.community_id) for notice in db.session.scalars(query)]


def test_two_workers_at_once_deliver_each_forwarding_once(
    app: Flask, forward: Forward, gateway: ScriptedGateway
) -> None:
    sent = [forward() for _ in range(12)]

    def run() -> None:
        with app.app_context():
            worker._drain(threading.Event())
            db.session.remove()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(order["external_id"] for order in gateway.orders) == Counter(item.id for item in sent)
    assert {newest(item.case_id).state for item in sent} == {"delivered"}


def test_a_worker_that_slept_through_its_lease_sends_nothing(
    forward: Forward, gateway: ScriptedGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = forward()
    build = delivery.dossier.build

    def slow(*arguments: object) -> dict[str, object]:
        monkeypatch.setattr(delivery.dossier, "build", build)
        lease_ran_out(sent.id)
        worker._drain(threading.Event())  # somebody else takes over meanwhile
        return build(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(delivery.dossier, "build", slow)
    worker._drain(threading.Event())
    assert len(gateway.sent("POST")) == 1
    assert newest(sent.case_id).state == "delivered"


def test_a_handler_that_fails_is_tried_later_and_hides_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    world.report()

    def broken(_item: object) -> None:
        raise ZeroDivisionError("with the resident's words in it")

    monkeypatch.setitem(worker.HANDLERS, "report_received", broken)
    done = worker._drain(threading.Event())
    assert done["failed"] == 1
    item = next(item for item in world.outbox() if item.kind == "report_received")
    assert (item.fault, item.done_at, item.lease) == ("ZeroDivisionError", None, None)
    assert item.not_before is not None
    assert item.not_before > clock.real_now()
    assert "report_received" in caplog.text


def test_every_promise_anybody_makes_has_somebody_who_keeps_it() -> None:
    sources = "\n".join(path.read_text() for path in (ROOT / "app").rglob("*.py"))
    made = set(re.findall(r'posting\.post(?:_once|_again)?\(\s*\w+,\s*"(\w+)"', sources))
    assert {"photo", "not_solved", "rolled_over", "forwarding_deliver"} <= made
    assert made <= set(worker.HANDLERS)
    by_name = {
        "report_received",
        "urgent_report",
        "day_closed",
        "day_not_opened",
        "returned",
        "closed_unsolved",
    }
    assert by_name <= set(worker.HANDLERS)


def test_a_new_report_is_told_to_the_people_of_its_community_once(world: World) -> None:
    receipt = world.report()
    for _ in range(2):
        worker._drain(threading.Event())
    number = world.case(receipt).number
    assert notices("report_received") == [
        ("worker", number, world.communities[0]),
        ("dispatcher", number, world.communities[0]),
    ]


def test_resolved_cases_close_after_a_week_of_silence(world: World, at: Callable[[str], None]) -> None:
    case = world.queued()
    handling.act(world.actor("dispatcher"), case.number, "resolve", case.version, "灯换好了")
    at("2026-12-01T08:59")
    assert worker._drain(threading.Event())["ended"] == 0
    at("2026-12-01T09:01")
    assert worker._drain(threading.Event())["ended"] == 1
    last = world.events(case)[-1]
    assert (last.action, last.actor_kind, last.to_state) == ("close", "system", "closed")


def test_the_manual_channel_holds_for_a_person(
    forward: Forward, gateway: ScriptedGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_channel(monkeypatch, "manual")
    sent = forward()
    worker._drain(threading.Event())
    assert (newest(sent.case_id).state, newest(sent.case_id).held_for) == ("held", "manual")
    assert [role for role, _ref, _community in notices("forwarding_held")] == ["dispatcher"]
    assert not gateway.asked


def test_a_channel_that_is_not_ready_says_so(
    forward: Forward, gateway: ScriptedGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_channel(monkeypatch, "open311")
    sent = forward()
    worker._drain(threading.Event())
    assert (newest(sent.case_id).state, newest(sent.case_id).held_for) == ("held", "channel_not_ready")
    assert len(notices("forwarding_held")) == 1


def use_channel(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(config, "_active", dataclasses.replace(config.active(), hotline_channel=name))


# ---- as a process --------------------------------------------------------------------------------------


@pytest.fixture
def living(process_env: Callable[[], dict[str, str]], world: World) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "flask", "worker"],
        cwd=ROOT,
        env=process_env(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    yield process
    process.kill()
    process.communicate()


def test_a_new_promise_wakes_a_worker_and_sigterm_lets_it_finish(
    living: subprocess.Popen[str], world: World, gateway: ScriptedGateway
) -> None:
    first = world.report()
    assert until(lambda: bool(notices("report_received")), 60), "it came up"
    world.report()
    assert until(lambda: len(notices("report_received")) == 4, 10)
    made, told = (
        db.session.scalars(select(OutboxItem.created_at).order_by(OutboxItem.id.desc()).limit(1)).one(),
        db.session.scalars(select(Notice.created_at).order_by(Notice.id.desc()).limit(1)).one(),
    )
    assert (told - made).total_seconds() < 5, "within a breath, whatever else this machine does"
    os.kill(living.pid, signal.SIGTERM)
    said, complained = living.communicate(timeout=30)
    assert living.returncode == 0, complained
    assert said.strip() == "closed=0 released=0 ended=0 kept=2 failed=0"
    assert world.case(first).state == "received"


def test_once_ends_with_0_though_deliveries_failed(
    forward: Forward, gateway: ScriptedGateway, process_env: Callable[[], dict[str, str]]
) -> None:
    forward()
    gateway.posts.append(Scripted(503))
    done = subprocess.run(
        [sys.executable, "-m", "flask", "worker", "--once"],
        cwd=ROOT,
        env=process_env(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("closed=0 released=0 ended=0 kept=")
    assert len(gateway.sent("POST")) == 1
    assert not channels.is_stopped("workorder")


def until(holds: Callable[[], bool], seconds: float) -> bool:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if holds():
            return True
        time.sleep(0.05)
    return holds()
