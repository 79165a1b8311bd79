"""Me too at the door, as a browser without script sends it; taken back on the receipt; nothing of the reporter
shows there. And what is offered while somebody types."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.cases import handling, photos, publishing
from app.cases.models import CaseFile, Report, Support
from app.db import db
from app.places import codes
from app.web import throttle
from tests.linting.client import LintingClient
from tests.resident.test_saying import hidden, jpeg
from tests.world import World

SECRETS = ("我是五层的王阿姨", "13912345678", "五层东边", "王阿姨", "19:40")


@pytest.fixture
def case(world: World, client: LintingClient, at: Callable[[str], None]) -> CaseFile:
    """A case with everything a reporter can leave, published to the community."""
    at("2026-11-24T19:40")
    words = {"text": SECRETS[0], "phone": SECRETS[1], "spot": SECRETS[2], "name": SECRETS[3]}
    case = world.case(world.report(**words))
    case = handling.act(
        world.actor("dispatcher"),
        case.number,
        "triage",
        case.version,
        kind="help",
        triaged_at=case.received_at,
    )
    return published(world, case)


def published(
    world: World, case: CaseFile, words: str = "楼道灯不亮", visibility: str = "community"
) -> CaseFile:
    return publishing.publish(world.actor("dispatcher"), case.number, case.version, words, visibility)


def page_of(client: LintingClient, world: World, door: int = 0) -> dict[str, str]:
    page = client.get(f"/d/{world.doors[door].code}").text
    return {name: hidden(page, name) for name in ("csrf_token", "submission_key")}


def press(
    client: LintingClient, world: World, case: CaseFile, form: dict[str, str] | None = None, **more: str
) -> TestResponse:
    form = (form or page_of(client, world)) | {"case": case.number} | more
    return client.post(f"/d/{world.doors[0].code}/me-too", data=form)


def on_network(app: Flask, address: str) -> LintingClient:
    made = app.test_client()
    assert isinstance(made, LintingClient)
    made.environ_base["REMOTE_ADDR"] = address
    return made


def test_one_tap_joins_and_shows_a_receipt_of_its_own(
    client: LintingClient, world: World, case: CaseFile
) -> None:
    page = client.get(f"/d/{world.doors[0].code}").text
    assert f'name="case" value="{case.number}"' in page
    answer = press(client, world, case)
    assert answer.status_code == 303
    receipt = client.get(answer.headers["Location"]).text
    assert "您家也算上了" in receipt
    assert "楼道灯不亮" in receipt
    assert world.again(case).homes == 1


def test_a_page_joins_two_cases_and_still_sends_a_report(
    client: LintingClient, world: World, case: CaseFile
) -> None:
    other = published(world, world.queued(text="门坏了"), "单元门关不严")
    form = page_of(client, world)
    receipts = {press(client, world, one, form).headers["Location"] for one in (case, other, case)}
    assert len(receipts) == 2
    said = client.post(f"/d/{world.doors[0].code}", data=form | {"text": "窗户也坏了"})
    assert said.status_code == 303
    assert said.headers["Location"] not in receipts


def test_enter_in_the_telephone_joins_nothing_by_itself(
    client: LintingClient, world: World, case: CaseFile
) -> None:
    page = client.get(f"/d/{world.doors[0].code}").text
    form = page.split('id="me-too"', 1)[1].split("</form>", 1)[0]
    first = re.search(r"<button[^>]*>", form)
    assert first is not None
    assert "disabled" in first[0]
    assert "hidden" in first[0]


def test_nothing_of_the_reporter_is_on_a_joined_receipt(
    client: LintingClient, world: World, case: CaseFile, at: Callable[[str], None]
) -> None:
    picture = photos.take_in(jpeg(), "photo1")
    own = db.session.scalars(select(Report.receipt).where(Report.case_id == case.id)).one()
    from app.cases import own_report

    own_report.add(own, "3f0e5f5e-29d5-4a3e-8f3e-111111111111", "我家的补充", [picture])
    photos.reencode(picture.media_name)
    at("2026-11-25T09:00")
    where = press(client, world, case, note="六层也是", phone="13987654321").headers["Location"]
    case = world.again(case)
    handling.act(world.actor("dispatcher"), case.number, "resolve", case.version, "给王阿姨家门口换了灯")
    page = client.get(where).text
    assert "六层也是" in page
    for secret in (*SECRETS, own, "我家的补充", "/media/", "给王阿姨家门口换了灯"):
        assert secret not in page, secret
    assert "办好了" in page
    theirs = client.get(f"/r/{own}").text
    for secret in ("六层也是", "13987654321", where.removeprefix("/r/")):
        assert secret not in theirs, secret


def test_one_network_counts_once_and_is_told_so(
    app: Flask, client: LintingClient, world: World, case: CaseFile
) -> None:
    press(client, world, case)
    page = client.get(press(client, world, case).headers["Location"]).text
    assert "同一个网络一天只算一户" in page
    other = on_network(app, "10.9.8.7")
    assert "同一个网络" not in other.get(press(other, world, case).headers["Location"]).text
    assert world.again(case).homes == 2
    kept = db.session.scalars(select(Support.network_day)).all()
    assert "10.9.8.7" not in "".join(kept)


def test_taken_back_on_the_receipt_and_joined_again(
    client: LintingClient, world: World, case: CaseFile
) -> None:
    where = press(client, world, case).headers["Location"]
    page = client.get(where).text
    form = {name: hidden(page, name) for name in ("csrf_token", "submission_key")}
    for _ in range(2):
        assert client.post(f"{where}/undo", data=form).status_code == 303
        assert world.again(case).homes == 0
    assert "您撤掉了“我家也是”" in client.get(where).text
    assert press(client, world, case).headers["Location"] != where
    assert world.again(case).homes == 1


def test_a_report_of_ones_own_has_no_undo(client: LintingClient, world: World) -> None:
    receipt = world.report()
    page = client.get(f"/r/{receipt}").text
    assert "/undo" not in page
    form = {name: hidden(page, name) for name in ("csrf_token", "submission_key")}
    assert client.post(f"/r/{receipt}/undo", data=form).status_code == 422
    assert client.post(f"/r/{receipt}/undo").status_code == 422
    assert client.post("/r/ABCDABCDABCD/undo").status_code == 404


def test_what_cannot_be_joined_is_said_and_the_words_are_kept(
    client: LintingClient, world: World, case: CaseFile
) -> None:
    form = page_of(client, world)
    private = world.queued(text="别人的事")
    for number in (private.number, "2611-9999", "x\0", ""):
        answer = client.post(
            f"/d/{world.doors[0].code}/me-too",
            data=form | {"case": number, "note": "我家也黑", "phone": "13912345678"},
        )
        assert answer.status_code == 422
        assert "不在这个楼门的名单上" in answer.text
        assert re.search(r"<textarea id=\"text\"[^>]*>\s*我家也黑</textarea>", answer.text)
        assert "别人的事" not in answer.text
    handling.act(world.actor("dispatcher"), case.number, "resolve", case.version, "换了灯")
    stale = press(client, world, case, form, note="我家还黑")
    assert stale.status_code == 422
    assert "这件事刚办好" in stale.text
    assert "我家还黑</textarea>" in stale.text
    anew = {name: hidden(stale.text, name) for name in ("csrf_token", "submission_key")}
    sent = client.post(f"/d/{world.doors[0].code}", data=anew | {"text": "我家还黑"})
    assert sent.status_code == 303


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"phone": "12"}, "电话像是少了几位"),
        ({"note": "长" * 2001}, "最多2000个字"),
        ({"csrf_token": "none"}, "这个页面不完整"),
        ({"submission_key": "none"}, "这个页面不完整"),
    ],
)
def test_faults_are_told_and_everything_typed_is_kept(
    client: LintingClient, world: World, case: CaseFile, fields: dict[str, str], words: str
) -> None:
    answer = press(client, world, case, None, **{"note": "六层也是", "phone": "13912345678"} | fields)
    assert answer.status_code == 422
    assert words in answer.text
    kept = {"note": "六层也是", "phone": "13912345678"} | fields
    assert f"{kept['note']}</textarea>" in answer.text
    assert f'value="{kept["phone"]}"' in answer.text
    assert world.again(case).homes == 0


def test_the_same_page_with_another_note_offers_to_add_it(
    client: LintingClient, world: World, case: CaseFile
) -> None:
    form = page_of(client, world)
    where = press(client, world, case, form, note="六层也是").headers["Location"]
    other = press(client, world, case, form, note="七层也是")
    assert other.status_code == 422
    assert "七层也是" in other.text
    assert f'action="{where}/add"' in other.text


def test_too_many_keep_the_words(app: Flask, world: World, case: CaseFile) -> None:
    client = on_network(app, "10.3.3.3")
    form = page_of(client, world)
    answers = [press(client, world, case, form, note="六层也是") for _ in range(60)]
    last = answers[-1]
    assert last.status_code == 429
    assert "六层也是</textarea>" in last.text
    assert world.again(case).homes == 1


def test_unknown_and_revoked_codes(client: LintingClient, world: World, case: CaseFile) -> None:
    form = page_of(client, world)
    assert client.post("/d/none/me-too", data=form).status_code == 404
    codes.revoke(world.actor("admin"), world.doors[0].code, "stolen")
    assert press(client, world, case, form).status_code == 410
    assert world.again(case).homes == 0


def test_danger_in_the_note_leads_to_the_telephone_numbers_first(
    client: LintingClient, world: World, case: CaseFile
) -> None:
    form = page_of(client, world)
    first = press(client, world, case, form, note="楼道里着火了", phone="13912345678")
    assert first.status_code == 200
    assert 'href="tel:119"' in first.text
    assert world.again(case).homes == 0
    action = re.search(r'<form[^>]*action="([^"]*)"', first.text)
    assert action is not None
    fields = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', first.text))
    back = client.post(action[1], data=fields | {"change_words": "1"})
    assert back.status_code == 200
    assert "楼道里着火了</textarea>" in back.text
    assert client.post(action[1], data=fields | {"urgent_seen": "1"}).status_code == 303
    after = world.again(case)
    assert (after.homes, after.urgency, after.step) == (1, "fire", 0)
    assert [one.ref for one in world.outbox() if one.kind == "urgent_report"] == [case.number]


# ---- while typing ------------------------------------------------------------------------------------


def typing(client: LintingClient, world: World, text: object, door: int = 0) -> TestResponse:
    return client.post(f"/d/{world.doors[door].code}/while-typing", json={"text": text})


def test_similar_published_cases_are_offered(client: LintingClient, world: World, case: CaseFile) -> None:
    world.queued(text="楼道灯不亮，没有公开")
    published(world, world.queued(text="x"), "单元门关不严")
    found = typing(client, world, "五层的灯坏了").json
    assert found is not None
    assert found["urgent"] is None
    assert [one["number"] for one in found["similar"]] == [case.number]
    assert set(found["similar"][0]) == {"number", "words", "homes_text", "state_word"}
    assert found["similar"][0]["words"] == "楼道灯不亮"
    assert found["similar"][0]["homes_text"] == "已有邻居"
    far = typing(client, world, "五层的灯坏了", door=4).json
    assert far is not None
    assert far["similar"] == []


def test_danger_is_recognised_while_typing(client: LintingClient, world: World) -> None:
    found = typing(client, world, "楼道里着火了").json
    assert found is not None
    assert found["urgent"] == "fire"


@pytest.mark.parametrize("text", [None, 1, ["灯"], {"a": 1}, "", "长" * 9000, "a\0b\ud800"])
def test_anything_typed_is_answered(client: LintingClient, world: World, text: object) -> None:
    assert typing(client, world, text).json is not None


def test_other_bodies_and_doors(client: LintingClient, world: World) -> None:
    door = f"/d/{world.doors[0].code}/while-typing"
    for body in (b"", b"{", b"[1]", b"\xff\xfe", b"null"):
        assert client.post(door, data=body, content_type="application/json").status_code == 200
    assert client.post("/d/none/while-typing", json={"text": "灯"}).status_code == 404
    codes.revoke(world.actor("admin"), world.doors[1].code, "gone")
    gone = f"/d/{world.doors[1].code}/while-typing"
    assert client.post(gone, json={"text": "灯"}).status_code == 410


def test_a_look_costs_a_query_at_most_and_keeps_nothing(
    client: LintingClient,
    world: World,
    case: CaseFile,
    count_queries: Callable[[], AbstractContextManager[list[str]]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    client.get(f"/d/{world.doors[0].code}")
    with count_queries() as statements:
        typing(client, world, "五层的灯坏了，我姓欧阳")
    selects = [one for one in statements if "SELECT" in one]
    assert len(selects) <= 1, selects
    assert not [one for one in statements if "INSERT" in one or "UPDATE" in one]
    assert "欧阳" not in caplog.text


def test_looks_have_a_limit_of_their_own(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    client = on_network(app, "10.4.4.4")
    most = throttle.LOOKS_WHILE_TYPING.amount
    answers = [typing(client, world, "灯坏了").status_code for _ in range(most + 1)]
    assert answers[-1] == 429
    assert set(answers[:-1]) == {200}
    assert client.get(f"/d/{world.doors[0].code}").status_code == 200
    form = page_of(client, world) | {"text": "灯坏了"}
    assert client.post(f"/d/{world.doors[0].code}", data=form).status_code == 303
