"""Alerts beyond the desk, sent for real: to an HTTP address, to a mail server, and when one of them does not take
it."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock, config
from app.cases import urgency
from app.cases.models import CaseFile, Report
from app.config import ROOT, ConfigError, load_settings
from app.db import db, transaction
from app.notices import alerts
from app.notices.alerts import HEADS, URGENCIES
from app.notices.models import Notice
from app.notices.telling import CALLED_OUT
from app.outbox.models import OutboxItem
from tests.notices.conftest import Listener, Mailbox
from tests.notices.test_urgent import urgent
from tests.proof.workers import Workers
from tests.world import World

Work = Callable[[], dict[str, int]]


def use_targets(monkeypatch: pytest.MonkeyPatch, *targets: str) -> None:
    monkeypatch.setattr(config, "_active", dataclasses.replace(config.active(), notice_targets=targets))


def receipt_of(number: str) -> str:
    query = select(Report.receipt).join(CaseFile).where(CaseFile.number == number)
    return db.session.scalars(query).one()


def out() -> list[OutboxItem]:
    db.session.rollback()
    db.session.expire_all()
    query = select(OutboxItem).where(OutboxItem.kind == "alert_out").order_by(OutboxItem.id)
    return list(db.session.scalars(query))


def test_an_alert_says_which_case_where_and_what_and_nothing_of_the_resident(
    world: World, work: Work, robot: Listener
) -> None:
    number = urgent(world)
    work()
    work()
    (sent,) = robot.taken
    assert sent["title"] == "【紧急】燃气：红庙社区 红庙北里1号楼 1单元"
    assert sent["message"].splitlines() == [
        "燃气",
        "红庙社区 红庙北里1号楼 1单元",
        f"案件{number}",
        f"http://mashang.test/desk/cases/{number}",
    ]
    for secret in ("煤气味", "孩子", "头晕", "13912345678", "周", receipt_of(number)):
        assert secret not in str(sent)


def test_it_goes_out_again_when_nobody_has_looked(
    world: World, work: Work, robot: Listener, at: Callable[[str], None]
) -> None:
    urgent(world)
    work()
    at("2026-11-24T09:11")
    work()
    work()
    assert [sent["title"].split("】")[0] for sent in robot.taken] == ["【紧急", "【紧急，10分钟还没人看"]


def test_an_address_that_fails_neither_holds_up_nor_doubles_the_others(
    world: World, work: Work, robot: Listener, other_robot: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    robot.answers.extend([(500, {}), (503, {})])
    use_targets(
        monkeypatch, f"json://127.0.0.1:{robot.port}", f"json://127.0.0.1:{other_robot.port}", "json://127.0.0.1:9"
    )  # fmt: skip
    urgent(world)
    work()
    assert (len(robot.taken), len(other_robot.taken)) == (1, 1)
    assert [item.done_at is not None for item in out()] == [False, True, False]
    put_back = out()[0]
    assert (put_back.fault, put_back.lease) == ("not_taken", None)
    assert put_back.not_before is not None
    assert 29 < (put_back.not_before - clock.real_now()).total_seconds() < 46, "half a minute and some"
    work()
    assert len(robot.taken) == 2
    work()
    assert (len(robot.taken), len(other_robot.taken)) == (3, 1), "each once when it takes it"
    assert [item.done_at is not None for item in out()] == [True, True, False]


def test_an_address_that_does_not_answer_holds_the_worker_up_no_longer_than_its_lease_allows(
    world: World, work: Work, robot: Listener
) -> None:
    robot.before_answer = lambda: time.sleep(2)
    urgent(world)
    began = time.monotonic()
    work()
    assert time.monotonic() - began < 1.9, "a quarter of the lease of two seconds, and some"
    assert out()[0].fault == "not_taken"


def test_staff_are_told_once_that_an_address_takes_nothing(
    world: World, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_targets(monkeypatch, "json://127.0.0.1:9")
    number = urgent(world)

    def told() -> list[tuple[str | None, str]]:
        db.session.rollback()
        query = select(Notice).where(Notice.kind == "alert_failed").order_by(Notice.id)
        return [(notice.role, notice.ref) for notice in db.session.scalars(query)]

    for _ in range(alerts.SAID_SO_AFTER - 1):
        work()
    assert told() == [], "it may only be a hiccup"
    for _ in range(3):
        work()
    assert told() == [("dispatcher", number), ("admin", number)]


def test_after_a_day_an_alert_is_of_no_use(
    world: World, work: Work, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    use_targets(monkeypatch, "json://user:hidden@127.0.0.1:9/hidden")
    urgent(world)
    work()
    with transaction() as session:
        item = session.scalars(select(OutboxItem).where(OutboxItem.kind == "alert_out")).one()
        assert item.first_tried_at is not None
        item.first_tried_at -= alerts.OF_NO_USE_AFTER
    work()
    assert out()[0].done_at is not None
    assert "given up" in caplog.text
    assert "hidden" not in caplog.text, "an address holds passwords"


def test_a_redirect_is_followed_nowhere(
    world: World, work: Work, robot: Listener, other_robot: Listener
) -> None:
    robot.answers.append((302, {"Location": f"http://127.0.0.1:{other_robot.port}/"}))
    urgent(world)
    work()
    assert not other_robot.taken
    assert out()[0].done_at is None


def test_what_came_in_place_of_an_address_gets_what_waited(
    world: World, work: Work, robot: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_targets(monkeypatch, "json://127.0.0.1:9")
    urgent(world)
    work()
    use_targets(monkeypatch, f"json://127.0.0.1:{robot.port}/new-address")
    work()
    work()
    assert robot.paths == ["/new-address"]
    assert all(item.done_at for item in out())


def test_a_mail_arrives(world: World, work: Work, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    use_targets(
        monkeypatch,
        f"mailto://127.0.0.1:{mailbox.port}/?from=mashang@mashang.test&to=zhiban@mashang.test&mode=insecure",
    )
    number = urgent(world)
    work()
    (mail,) = mailbox.mails
    assert (mail["to"], mail["subject"]) == (
        "zhiban@mashang.test",
        "【紧急】燃气：红庙社区 红庙北里1号楼 1单元",
    )
    body = mail.get_body(("plain", "html"))
    assert body is not None
    assert f"http://mashang.test/desk/cases/{number}" in body.get_content()


def test_the_outbox_names_no_address(world: World, work: Work) -> None:
    number = urgent(world)
    work()
    (item,) = out()
    assert item.ref.rsplit(":", 2)[0] == f"urgent_report:{number}"
    assert "127.0.0.1" not in item.ref + item.key


def test_a_worker_killed_between_sending_and_keeping_loses_nothing_and_doubles_at_most_once(
    app: Flask, world: World, robot: Listener, process_env: Callable[[], dict[str, str]]
) -> None:
    number = urgent(world)
    workers = Workers(process_env)
    try:
        victim = workers.fork()
        assert victim.pid
        pid = victim.pid
        robot.before_answer = lambda: os.kill(pid, signal.SIGKILL)
        victim.join(60)
        assert victim.exitcode == -signal.SIGKILL
        assert len(robot.taken) == 1, "it had left when the worker died"
        assert out()[0].done_at is None, "and nobody kept the promise"
        robot.before_answer = None
        survivor = workers.launch()
        assert _until(lambda: out()[0].done_at is not None), survivor.poll()
    finally:
        workers.end()
    assert [sent["title"] for sent in robot.taken] == [robot.taken[0]["title"]] * 2
    assert number in robot.taken[1]["message"]


def _until(holds: Callable[[], bool]) -> bool:
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        if holds():
            return True
        time.sleep(0.1)
    return False


# ---- settings ------------------------------------------------------------------------------------------


def test_addresses_stand_apart_by_spaces_or_commas() -> None:
    def targets(written: str) -> tuple[str, ...]:
        return load_settings({"MASHANG_ENV": "test", "MASHANG_NOTICE_TARGETS": written}).notice_targets

    assert targets("") == ()
    assert targets(" json://a/ ,mailto://b?to=c@d,e@f\n wecombot://g,") == (
        "json://a/",
        "mailto://b?to=c@d,e@f",
        "wecombot://g",
    )


@pytest.mark.parametrize("written", ["nothing", "json://", "json://a b", "json://a,b://", "://a", "JSON"])
def test_what_is_no_address_is_told_in_one_line(written: str) -> None:
    with pytest.raises(ConfigError, match=r"MASHANG_NOTICE_TARGETS: address [12]") as refused:
        load_settings({"MASHANG_ENV": "test", "MASHANG_NOTICE_TARGETS": written})
    assert written not in str(refused.value)


def test_an_address_apprise_cannot_use_ends_the_worker_in_one_line(
    app: Flask, process_env: Callable[[], dict[str, str]]
) -> None:
    environ = process_env() | {"MASHANG_NOTICE_TARGETS": "json://127.0.0.1/ nosuch://hidden"}
    done = subprocess.run(
        [sys.executable, "-m", "flask", "worker", "--once"],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    last = done.stderr.strip().splitlines()[-1]
    assert last == "worker: MASHANG_NOTICE_TARGETS: Apprise cannot use address 2 (nosuch://…)"
    assert "hidden" not in done.stderr


def test_there_is_a_head_for_every_kind_that_is_sent_out() -> None:
    assert set(HEADS) == set(CALLED_OUT)
    assert set(URGENCIES) == set(urgency.KINDS)
