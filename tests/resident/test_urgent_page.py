"""Danger recognised: the page with the telephone numbers, and nothing lost on the way through it."""

from __future__ import annotations

import re
from datetime import date

import pytest
from sqlalchemy import select

from app.cases.models import CaseEvent, CaseFile, Photo, Report
from app.cases.photos import quarantine
from app.cases.urgency import KINDS
from app.db import db
from app.staff import duty
from app.web.resident.alarm import ALARMS
from tests.linting.client import LintingClient
from tests.resident.test_saying import count, fill, jpeg, send
from tests.world import World

FIRE = "三楼着火了\n冒黑烟"


def carried(page: str) -> dict[str, object]:
    """What the form on a page sends again."""
    form = next(one for one in re.findall(r"<form.*?</form>", page, re.S) if "csrf_token" in one)
    found = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form)
    return {name: value for name, value in found if name not in ("urgent_seen", "change_words")}


def test_every_kind_has_its_numbers_and_what_to_do_first() -> None:
    assert set(ALARMS) == set(KINDS)
    assert all(alarm.steps and len(alarm.numbers) == 4 for alarm in ALARMS.values())


@pytest.mark.parametrize(
    ("text", "number"),
    [("厨房漏煤气", "119"), ("有人拿刀砍人", "110"), ("老人晕倒了", "120"), ("着火了", "119")],
)
def test_the_right_number_stands_first_and_nothing_is_saved_yet(
    client: LintingClient, world: World, text: str, number: str
) -> None:
    answer = send(client, world, fill(client, world, text=text))
    assert answer.status_code == 200
    assert re.findall(r'href="tel:(\d+)"', answer.text)[0] == number
    assert count(Report) == 0
    assert "set-cookie" not in answer.headers


def test_sent_anyway_it_is_urgent_with_everything_typed_and_its_photos(
    client: LintingClient, world: World
) -> None:
    form = fill(client, world, text=FIRE, spot="3层", phone="13912345678", call_back="1")
    page = send(client, world, form | {"photo1": (jpeg(), "a.jpg"), "photo2": (jpeg(), "b.jpg")}).text
    assert count(Photo) == 0
    assert len(list(quarantine("x").parent.glob("*"))) == 2
    anyway = carried(page) | {"urgent_seen": "1"}
    sent = send(client, world, anyway)
    assert sent.status_code == 303
    assert count(Report) == 1
    case = db.session.scalars(select(CaseFile)).one()
    assert (case.urgency, case.step, case.due_first) == ("fire", 0, True)
    assert case.promised_on == date(2026, 11, 24)
    report = case.reports[0]
    assert (report.text.replace("\r", ""), report.spot, report.call_back) == (FIRE, "3层", True)
    assert len(report.photos) == 2
    assert db.session.scalars(select(CaseEvent)).one().data["urgency"] == "fire"
    assert "urgent_report" in [item.kind for item in world.outbox()]
    receipt = client.get(sent.headers["Location"]).text
    assert receipt.index("tel:119") < receipt.index("回执号")

    again = send(client, world, anyway)
    assert again.headers["Location"] == sent.headers["Location"]
    assert count(Photo) == 2
    assert len(list(quarantine("x").parent.glob("*"))) == 2


def test_the_way_back_keeps_words_and_photos(client: LintingClient, world: World) -> None:
    form = fill(client, world, text=FIRE) | {"photo1": (jpeg(), "a.jpg")}
    back = send(client, world, carried(send(client, world, form).text) | {"change_words": "1"})
    assert back.status_code == 200
    assert "三楼着火了" in back.text
    assert "刚才选的1张照片还在" in back.text
    changed = carried(back.text[back.text.index("multipart/form-data") - 200 :])
    changed |= {"text": "楼道灯坏了", "photo2": (jpeg(), "b.jpg")}
    assert send(client, world, changed).status_code == 303
    assert count(Photo) == 2
    assert count(Report) == 1


def test_a_photo_of_another_page_is_not_taken(client: LintingClient, world: World) -> None:
    page = send(client, world, fill(client, world, text=FIRE) | {"photo1": (jpeg(), "a.jpg")}).text
    stolen = {name: value for name, value in carried(page).items() if name.startswith("held")}
    assert stolen
    assert send(client, world, fill(client, world) | stolen | {"held2": "x.y.z"}).status_code == 303
    assert count(Photo) == 0


def test_faults_come_before_the_alarm(client: LintingClient, world: World) -> None:
    answer = send(client, world, fill(client, world, text=FIRE, phone="12"))
    assert answer.status_code == 422
    assert count(Report) == 0


def test_it_says_whether_anybody_reads_at_this_hour(client: LintingClient, world: World) -> None:
    form = fill(client, world, text=FIRE)
    assert "没有人随时看着" in send(client, world, form).text
    duty.add("dispatcher", "wed", "09:00", "17:00")
    assert "现在没有人看这里，要到" in send(client, world, form).text
    duty.add("dispatcher", "tue", "08:00", "17:00")
    assert "现在有人值班" in send(client, world, form).text


@pytest.mark.parametrize("query", ["lang=en", "elder=1", "lang=en&elder=1"])
def test_in_every_language_and_size(client: LintingClient, world: World, query: str) -> None:
    door = f"/d/{world.doors[0].code}?{query}"
    answer = client.post(door, data=fill(client, world, text=FIRE), content_type="multipart/form-data")
    assert answer.status_code == 200
    action = re.search(r'<form[^>]*action="([^"]*)"', answer.text)
    assert action is not None
    assert all(part in action[1] for part in query.split("&"))


def test_danger_is_heard_also_out_of_an_angry_mouth(client: LintingClient, world: World) -> None:
    page = send(client, world, fill(client, world, text="他妈的着火了，你们都是废物")).text
    assert send(client, world, carried(page) | {"urgent_seen": "1"}).status_code == 303
    assert count(Report) == 1
    assert db.session.scalars(select(CaseFile.state)).one() == "received"
