"""A lost receipt comes back by short message, over a real gateway; and whoever asks learns nothing."""

from __future__ import annotations

import base64
import dataclasses
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from itertools import count

import pytest
from flask import Flask
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from app import clock, config
from app.cases import follow_up, handling, own_report
from app.cases.follow_up import Answers
from app.cases.models import Report, Support
from app.cases.sealing import phone_index
from app.config import ConfigError, load_settings
from app.db import db, transaction
from app.notices import recovering
from app.outbox.models import OutboxItem
from tests.linting.client import LintingClient
from tests.notices.conftest import Listener
from tests.pages.visitors import hidden
from tests.world import World

PHONE, UNKNOWN = "139 1234-5678", "13800000000"
FRESH = re.compile(r'name="(csrf_token|submission_key)" value="[^"]*"')
Work = Callable[[], dict[str, int]]
Counting = Callable[[], AbstractContextManager[list[str]]]
_networks = count(1)


def page(client: LintingClient, view: str = "") -> dict[str, str]:
    """Token and key of a fresh page."""
    text = client.get(f"/r/{view}").get_data(as_text=True)
    form = text[text.index("/r/recover") :]
    return {name: hidden(form, name) for name in ("csrf_token", "submission_key")}


def ask(client: LintingClient, phone: str, view: str = "", network: str = "", **fields: str) -> TestResponse:
    """Ask for the receipts of a number, from a network of one's own."""
    signed = page(client, view)
    number = next(_networks)
    address = network or f"10.9.{number >> 8}.{number & 255}"
    return client.post(
        f"/r/recover{view}",
        data=signed | {"phone": phone} | fields,
        environ_overrides={"REMOTE_ADDR": address},
    )


def promised() -> list[OutboxItem]:
    db.session.rollback()
    db.session.expire_all()
    query = select(OutboxItem).where(OutboxItem.kind == "recover_receipts").order_by(OutboxItem.id)
    return list(db.session.scalars(query))


# ---- what is sent --------------------------------------------------------------------------------------


def test_one_message_with_the_receipts_open_ones_first(
    world: World, client: LintingClient, work: Work, sms: Listener, at: Callable[[str], None]
) -> None:
    done = world.report(text="暖气不热", phone="13912345678")
    case = world.case(done)
    handling.act(world.actor("dispatcher"), case.number, "triage", case.version)
    handling.act(world.actor("worker"), case.number, "resolve", world.again(case).version, "热了")
    follow_up.answer(done, "11111111-1111-4111-8111-111111111111", Answers("yes", "yes", "satisfied"))
    at("2026-11-25T09:00")
    waiting = world.report(world.doors[4], phone="+86 139 1234 5678"[4:])
    world.report(phone=UNKNOWN)
    at("2026-11-26T09:00")
    assert ask(client, PHONE).status_code == 303
    work()
    (sent,) = sms.taken
    assert sent["to"] == "13912345678"
    assert sent["text"].splitlines() == [
        "【码上】您要找的回执：",
        f"11月25日 红庙北里2号楼1单元 在办 http://mashang.test/r/{waiting}",
        f"11月24日 红庙北里1号楼1单元 办过了 http://mashang.test/r/{done}",
    ]
    assert client.get(f"/r/{waiting}").status_code == 200
    credentials = base64.b64encode(b"user:secret").decode()
    assert sms.headers[0]["Authorization"] == f"Basic {credentials}"
    assert sms.paths == ["/send"]


def test_nothing_is_sent_for_a_number_nobody_left_and_no_more_than_five_receipts(
    world: World, client: LintingClient, work: Work, sms: Listener
) -> None:
    receipts = [world.report(world.doors[number], phone="13912345678") for number in range(7)]
    assert ask(client, UNKNOWN).status_code == 303
    work()
    assert not sms.taken
    assert promised()[0].done_at is not None
    ask(client, PHONE)
    work()
    (sent,) = sms.taken
    assert re.findall(r"/r/(\w+)", sent["text"]) == receipts[:1:-1]


def test_what_was_withdrawn_undone_forgotten_or_is_long_ago_is_not_found(
    world: World, client: LintingClient, work: Work, sms: Listener, at: Callable[[str], None]
) -> None:
    withdrawn, undone, forgotten = (world.report(phone="13912345678") for _ in range(3))
    own_report.withdraw(withdrawn)
    with transaction() as session:
        joined = session.scalars(select(Report).where(Report.receipt == undone)).one()
        session.add(
            Support(
                report_id=joined.id,
                case_id=joined.case_id,
                doorway_id=joined.doorway_id,
                network_day="n",
                is_counted=True,
                joined_at=clock.now(),
                undone_at=clock.now(),
            )
        )
        session.execute(
            update(Report)
            .where(Report.receipt == forgotten)
            .values(phone_sealed=None, phone_index=None, name_sealed=None)
        )
    ask(client, PHONE)
    work()
    world.report(phone="13600000000")
    at("2027-11-25T09:00")
    ask(client, "13600000000")
    work()
    assert not sms.taken
    assert [item.done_at is not None for item in promised()] == [True, True]


def test_the_promise_holds_the_digest_and_never_the_number(world: World, client: LintingClient) -> None:
    ask(client, PHONE)
    (item,) = promised()
    assert item.ref == phone_index(PHONE)
    assert "1391234" not in item.ref + item.key


def test_a_gateway_that_says_not_now_is_asked_again_and_one_that_says_never_is_not(
    world: World, client: LintingClient, work: Work, sms: Listener
) -> None:
    world.report(phone="13912345678")
    sms.answers.extend([(503, {}), (401, {}), (302, {"Location": f"http://127.0.0.1:{sms.port}/elsewhere"})])
    ask(client, PHONE)
    for _ in range(3):
        work()
        assert promised()[0].done_at is None
    work()
    assert promised()[0].done_at is not None
    assert sms.paths == ["/send"] * 4, "a redirect is followed nowhere"
    sms.answers.append((422, {}))
    ask(client, PHONE)
    work()
    work()
    assert len(sms.taken) == 5
    assert all(item.done_at for item in promised())


def test_after_a_day_nobody_waits_for_it_any_more(
    world: World, client: LintingClient, work: Work, sms: Listener
) -> None:
    world.report(phone="13912345678")
    sms.answers.extend([(503, {}), (503, {})])
    ask(client, PHONE)
    work()
    with transaction() as session:
        item = session.scalars(select(OutboxItem).where(OutboxItem.kind == "recover_receipts")).one()
        assert item.first_tried_at is not None
        item.first_tried_at -= recovering.OF_NO_USE_AFTER
    work()
    assert promised()[0].done_at is not None


# ---- nobody learns anything ----------------------------------------------------------------------------


def test_known_and_unknown_get_the_same_answer_for_the_same_work(
    world: World, client: LintingClient, count_queries: Counting
) -> None:
    world.report(phone="13912345678")
    seen = []
    for phone in (PHONE, UNKNOWN):
        for view in ("", "?lang=en", "?elder=1"):
            with count_queries() as statements:
                answer = ask(client, phone, view)
            shapes = [statement.split("(")[0] for statement in statements]
            after = client.get(answer.headers["Location"])
            seen.append(
                (view, answer.status_code, answer.headers["Location"], answer.data, after.data, shapes)
            )
    known, unknown = seen[:3], seen[3:]
    assert known == unknown
    assert len(promised()) == 6
    assert [item.kind for item in world.outbox()].count("recover_receipts") == 6


def test_the_answer_does_the_same_work_for_one_as_for_the_other(
    world: World, client: LintingClient, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    """What takes time is the same: every statement, for a number that is known and for one that is not."""
    for number in range(20):
        world.report(world.doors[number % 12], phone=f"139{number:08d}")
    done: dict[str, list[str]] = {}
    for start in ("137", "139", "138"):  # the first warms up what is looked up once
        signed = page(client)
        with count_queries() as statements:
            client.post(
                "/r/recover",
                data=signed | {"phone": f"{start}00000003"},
                environ_overrides={"REMOTE_ADDR": f"10.8.0.{start[2]}"},
            )
        done[start] = list(statements)
    assert done["139"]
    assert done["139"] == done["138"]


@pytest.mark.parametrize("phone", [PHONE, UNKNOWN])
def test_the_fourth_time_on_a_day_gets_the_same_answer_and_sends_nothing(
    world: World, client: LintingClient, work: Work, sms: Listener, at: Callable[[str], None], phone: str
) -> None:
    world.report(phone="13912345678")
    answers = [ask(client, spelling) for spelling in (phone, phone.replace(" ", ""), f" {phone}", phone)]
    assert len({(answer.status_code, answer.headers["Location"], answer.data) for answer in answers}) == 1
    assert len(promised()) == 3
    work()
    assert len(sms.taken) == (3 if phone == PHONE else 0)
    at("2026-11-25T00:01")
    ask(client, phone)
    assert len(promised()) == 4, "tomorrow is another day"


def test_a_network_may_ask_three_times_a_day_whatever_the_numbers(
    world: World, client: LintingClient
) -> None:
    answers = [ask(client, f"1360000000{number}", network="10.7.7.7") for number in range(5)]
    assert {answer.status_code for answer in answers} == {303}
    assert len(promised()) == 3
    ask(client, "13600000009", network="10.7.7.8")
    assert len(promised()) == 4


def test_a_double_tap_asks_once(world: World, client: LintingClient) -> None:
    signed = page(client) | {"phone": PHONE}
    answers = [client.post("/r/recover", data=signed) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert len(promised()) == 1


# ---- what is refused -----------------------------------------------------------------------------------


@pytest.mark.parametrize("phone", ["", "123", "电话", "1391234\x005678", "1" * 400])
def test_what_is_no_telephone_is_told_beside_its_field(
    world: World, client: LintingClient, phone: str
) -> None:
    answer = ask(client, phone)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "电话像是少了几位" in text
    assert 'aria-invalid="true"' in text
    assert 'aria-describedby="lost-hint phone-bad"' in text
    assert not promised()


def test_a_page_without_its_token_asks_nothing(world: World, client: LintingClient) -> None:
    for wrong in ({"csrf_token": "none"}, {"submission_key": "none"}):
        answer = ask(client, PHONE, **wrong)
        assert answer.status_code == 422
        assert PHONE in answer.get_data(as_text=True), "what was typed is kept"
    elsewhere = world.report()
    form = client.get(f"/r/{elsewhere}").get_data(as_text=True)
    signed = {name: hidden(form, name) for name in ("csrf_token", "submission_key")}
    assert client.post("/r/recover", data=signed | {"phone": PHONE}).status_code == 422
    assert not promised()


def test_no_cookie_is_set(world: World, client: LintingClient) -> None:
    answer = ask(client, PHONE)
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"


# ---- where no messages are sent ------------------------------------------------------------------------


@pytest.fixture
def no_gateway(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "_active", dataclasses.replace(config.active(), sms_url=""))


@pytest.mark.parametrize(
    ("view", "words"), [("", "到社区来一趟"), ("?lang=en", "Come to the community office")]
)
def test_without_a_gateway_the_page_says_where_to_go(
    no_gateway: None, client: LintingClient, view: str, words: str
) -> None:
    text = client.get(f"/r/{view}").get_data(as_text=True)
    assert words in text
    assert 'type="tel"' not in text
    assert client.get("/r/recover").status_code == 302
    assert client.post("/r/recover", data={"phone": PHONE}).status_code == 404


@pytest.mark.parametrize(
    "url", ["ftp://a", "sms.example", "http://", "https://a b", "http://a:0/", "http://a:x/"]
)
def test_the_gateway_has_an_address_of_the_web(url: str) -> None:
    with pytest.raises(ConfigError, match="MASHANG_SMS_URL"):
        load_settings({"MASHANG_ENV": "test", "MASHANG_SMS_URL": url})


def test_the_address_of_the_gateway_is_not_quoted() -> None:
    with pytest.raises(ConfigError) as refused:
        load_settings({"MASHANG_ENV": "test", "MASHANG_SMS_URL": "ftp://user:hidden@sms.example"})
    assert "hidden" not in str(refused.value)
