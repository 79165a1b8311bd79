"""The receipt: plain words for every step, three questions, adding and withdrawing."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from app.case_days import deciding
from app.cases import handling, photos
from app.cases.models import Addition, FollowUp, Photo
from app.cases.workflow import State
from app.db import db
from tests.linting.client import LintingClient
from tests.resident.test_saying import fill, hidden, jpeg, send
from tests.world import World

JUDGED = {"contacted": "yes", "solved": "yes", "satisfaction": "satisfied"}


def sign(client: LintingClient, receipt: str) -> dict[str, str]:
    """Token and key of the receipt's page."""
    page = client.get(f"/r/{receipt}").text
    return {name: hidden(page, name) for name in ("csrf_token", "submission_key")}


def resolved(world: World) -> str:
    """A report whose case was solved by phone on a weekday."""
    receipt = world.report()
    case = world.case(receipt)
    case = handling.act(world.actor("dispatcher"), case.number, "triage", case.version)
    handling.act(world.actor("worker"), case.number, "resolve", case.version, "换了灯泡，试过了。")
    return receipt


@pytest.mark.parametrize("typed", ["{0}", "{1}", "{2}"])
def test_a_receipt_opens_however_it_is_typed(client: LintingClient, world: World, typed: str) -> None:
    receipt = world.report()
    grouped = "-".join((receipt[:4], receipt[4:8], receipt[8:]))
    way = typed.format(
        receipt, grouped.lower(), grouped.replace("-", " ").replace("0", "O").replace("1", "l")
    )
    assert grouped in client.get(f"/r/{way}").text
    assert client.get("/r/", query_string={"receipt": way}).status_code == 302


def test_an_unknown_receipt_is_answered_kindly_and_throttled(client: LintingClient, world: World) -> None:
    for _ in range(60):
        assert client.get(f"/r/{world.doors[0].code}ABCD").status_code == 404
    assert client.get("/r/ABCDABCDABCD").status_code == 429
    assert client.get("/r/", query_string={"receipt": "too short"}).status_code == 404


def test_the_page_promises_a_date_and_shows_the_words(client: LintingClient, world: World) -> None:
    page = client.get(f"/r/{world.report(text='三楼灯不亮')}").text
    assert "11月28日周六来看" in page
    assert "三楼灯不亮" in page
    assert "收到您说的" in page


def test_every_step_is_told_without_a_name(
    client: LintingClient, world: World, at: Callable[[str], None]
) -> None:
    receipt = world.report()
    case = world.case(receipt)
    case = handling.act(world.actor("dispatcher"), case.number, "triage", case.version)
    at("2026-11-28T10:00")
    case = deciding.decide(
        world.actor("dispatcher"),
        case.number,
        case.version,
        "carry_over",
        reason="等配件",
        person_id=world.staff["worker"],
    )
    page = client.get(f"/r/{receipt}").text
    assert "12月5日周六接着办" in page
    assert "等配件" in page
    assert "值班" not in page  # every display name of the test world ends so


def test_three_answers_close_the_case(client: LintingClient, world: World) -> None:
    receipt = resolved(world)
    assert "这件事办得怎样" in client.get(f"/r/{receipt}").text
    answer = client.post(f"/r/{receipt}/follow-up", data=sign(client, receipt) | JUDGED)
    assert answer.status_code == 303
    assert world.case(receipt).state == State.CLOSED
    assert "您评过了" in client.get(f"/r/{receipt}").text


def test_not_solved_puts_it_on_the_next_saturday_once(client: LintingClient, world: World) -> None:
    receipt = resolved(world)
    client.post(f"/r/{receipt}/follow-up", data=sign(client, receipt) | JUDGED | {"solved": "no"})
    case = world.case(receipt)
    assert (case.state, case.reopened_times) == (State.QUEUED, 1)
    assert "您说没办好，11月28日周六接着办" in client.get(f"/r/{receipt}").text
    handling.act(world.actor("worker"), case.number, "resolve", case.version, "又换了一次。")
    client.post(f"/r/{receipt}/follow-up", data=sign(client, receipt) | JUDGED | {"solved": "no"})
    case = world.case(receipt)
    assert case.state == State.RESOLVED
    assert "请街道定怎么接着办" in client.get(f"/r/{receipt}").text


def test_the_same_answers_sent_twice_count_once(client: LintingClient, world: World) -> None:
    receipt = resolved(world)
    form = sign(client, receipt) | JUDGED
    for _ in range(2):
        assert client.post(f"/r/{receipt}/follow-up", data=form).status_code == 303
    assert db.session.scalar(select(func.count()).select_from(FollowUp)) == 1


def test_missing_answers_are_named_and_the_others_kept(client: LintingClient, world: World) -> None:
    receipt = resolved(world)
    form = sign(client, receipt) | {"contacted": "yes", "note": "灯还是闪"}
    answer = client.post(f"/r/{receipt}/follow-up", data=form)
    assert answer.status_code == 422
    assert re.search(r'name="contacted" value="yes" checked', answer.text)
    assert "灯还是闪" in answer.text
    assert 'id="solved-bad"' in answer.text
    assert 'id="satisfaction-bad"' in answer.text


def test_there_is_nothing_to_judge_before_it_is_done(client: LintingClient, world: World) -> None:
    receipt = world.report()
    answer = client.post(f"/r/{receipt}/follow-up", data=sign(client, receipt) | JUDGED)
    assert answer.status_code == 422
    assert db.session.scalar(select(func.count()).select_from(FollowUp)) == 0


def test_words_can_be_added_once_per_page(client: LintingClient, world: World) -> None:
    receipt = world.report()
    form = sign(client, receipt) | {"text": "5层的灯也闪"}
    for _ in range(2):
        assert client.post(f"/r/{receipt}/add", data=form).status_code == 303
    assert client.get(f"/r/{receipt}").text.count("5层的灯也闪") == 1
    assert db.session.scalar(select(func.count()).select_from(Addition)) == 1


@pytest.mark.parametrize("text", ["", "长" * 2001, "a\x00b"])
def test_words_that_cannot_be_added_are_handed_back(client: LintingClient, world: World, text: str) -> None:
    receipt = world.report()
    answer = client.post(f"/r/{receipt}/add", data=sign(client, receipt) | {"text": text})
    assert answer.status_code == 422
    assert 'id="text-bad"' in answer.text


def test_a_report_can_be_taken_back(client: LintingClient, world: World) -> None:
    receipt = world.report()
    form = sign(client, receipt)
    for _ in range(2):
        assert client.post(f"/r/{receipt}/withdraw", data=form).status_code == 303
    assert world.case(receipt).state == State.WITHDRAWN
    assert "您已撤回" in client.get(f"/r/{receipt}").text


def test_a_token_is_good_for_its_own_receipt_only(client: LintingClient, world: World) -> None:
    mine, theirs = world.report(), world.report(text="别人的")
    answer = client.post(f"/r/{theirs}/withdraw", data=sign(client, mine))
    assert answer.status_code == 422
    assert world.case(theirs).state == State.RECEIVED


@pytest.mark.parametrize("act", ["add", "withdraw", "follow-up"])
def test_acts_on_a_receipt_nobody_was_given_are_not_found(
    client: LintingClient, world: World, act: str
) -> None:
    assert client.post(f"/r/ABCDABCDABCD/{act}", data={"submission_key": str(uuid4())}).status_code == 404


def test_a_photo_is_shown_only_after_re_encoding_and_only_by_its_link(
    client: LintingClient, world: World
) -> None:
    location = send(client, world, fill(client, world, photo1=(jpeg(), "a.jpg"))).headers["Location"]
    assert "<img" not in client.get(location).text
    name = db.session.scalars(select(Photo.media_name)).one()
    db.session.rollback()
    photos.reencode(name)
    link = re.search(r'<img src="([^"]+)"', client.get(location).text)
    assert link
    answer = client.get(link[1])
    assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
    assert client.get(link[1] + "x").status_code == 404
    assert client.get("/media/nonsense").status_code == 404


def test_pressing_on_and_on_is_told_to_wait_with_the_words_kept(client: LintingClient, world: World) -> None:
    receipt = world.report()
    for number in range(30):
        client.post(f"/r/{receipt}/add", data=sign(client, receipt) | {"text": f"第{number}句"})
    answer = client.post(f"/r/{receipt}/add", data=sign(client, receipt) | {"text": "再说一句"})
    assert answer.status_code == 429
    assert "再说一句" in answer.text
    assert db.session.scalar(select(func.count()).select_from(Addition)) == 30
