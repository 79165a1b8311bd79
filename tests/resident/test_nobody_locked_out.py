"""Limits hold floods and nobody else; danger is heard over every limit; what waits does not fill the disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from app.cases import photos
from app.cases.models import CaseFile, Photo, Report
from app.cases.photos import quarantine
from app.config import Limits
from app.db import db
from app.web import throttle, tokens
from tests.linting.client import LintingClient
from tests.resident.test_saying import count, fill, jpeg, send
from tests.resident.test_urgent_page import FIRE, carried
from tests.world import World

SOMEBODY = "127.0.0.1"


@pytest.fixture
def environ(environ: dict[str, str]) -> dict[str, str]:
    return environ | {"MASHANG_LIMITS": "door=2,network=2,page=100,held=2,held_in_all=3"}


def waiting() -> int:
    return len([path for path in quarantine("x").parent.glob("*") if path.is_file()])


def test_refused_tries_and_repeated_sends_use_nothing_up(client: LintingClient, world: World) -> None:
    form = fill(client, world)
    for _ in range(5):
        assert send(client, world, form | {"phone": "12"}).status_code == 422
    for _ in range(5):
        assert send(client, world, form).status_code == 303
    assert send(client, world, fill(client, world, text="第二件事")).status_code == 303
    assert send(client, world, fill(client, world, text="第三件事")).status_code == 429
    assert count(Report) == 2


def test_a_flood_of_refused_tries_ends(client: LintingClient, world: World) -> None:
    most = 2 * throttle.TRIES
    tries = [send(client, world, {"text": "x"}).status_code for _ in range(most + 1)]
    assert tries == [422] * most + [429]


def test_danger_is_heard_over_every_limit(client: LintingClient, world: World) -> None:
    for number in range(2):
        send(client, world, fill(client, world, text=f"第{number}件事"))
    over = send(client, world, fill(client, world, text="第三件事"))
    assert over.status_code == 429
    assert int(over.headers["Retry-After"]) > 0
    page = send(client, world, fill(client, world, text=FIRE))
    assert page.status_code == 200
    assert "tel:119" in page.text
    assert send(client, world, carried(page.text) | {"urgent_seen": "1"}).status_code == 303
    assert db.session.scalars(select(CaseFile.urgency).order_by(CaseFile.id.desc())).first() == "fire"


def test_even_cries_for_help_have_an_end_but_the_numbers_are_always_shown(
    client: LintingClient, world: World
) -> None:
    for number in range(2):
        send(client, world, fill(client, world, text=f"第{number}件事"))
    answers = []
    for number in range(2 * throttle.URGENT + 1):
        page = send(client, world, fill(client, world, text=f"{FIRE}{number}"))
        assert page.status_code == 200
        assert "tel:119" in page.text
        answers.append(send(client, world, carried(page.text) | {"urgent_seen": "1"}).status_code)
    assert answers == [303] * 10 + [429]


def test_what_waits_for_the_danger_page_has_a_ceiling(client: LintingClient, world: World) -> None:
    for number in range(4):
        form = fill(client, world, text=f"{FIRE}{number}", photo1=(jpeg(), "a.jpg"))
        page = send(client, world, form)
        assert page.status_code == 200
        assert f"{FIRE}{number}".replace("\n", "") in page.text.replace("\n", "")
        kept = number < 2
        assert ("刚才选的1张照片还在" in page.text, "照片没留住" in page.text) == (kept, not kept)
    assert waiting() == 2
    assert send(client, world, carried(page.text) | {"urgent_seen": "1"}).status_code == 303
    assert count(Photo) == 0


def test_one_network_cannot_use_up_the_room_of_all(app: Flask, world: World) -> None:
    assert [throttle.may_hold(1_500_000, "203.0.113.1") for _ in range(2)] == [True, False]
    assert throttle.may_hold(10, "203.0.113.2")
    assert not throttle.may_hold(10, "203.0.113.3")  # three megabytes in all


@pytest.fixture
def full_disk(app: Flask) -> Iterator[Path]:
    """Something stands where quarantine should be: nothing can be written there, not even as root."""
    place = quarantine("x").parent
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(b"")
    yield place
    place.unlink()


def test_a_disk_that_takes_no_photo_loses_no_words(
    client: LintingClient, world: World, full_disk: Path
) -> None:
    form = fill(client, world, text="三层的灯不亮")
    refused = send(client, world, form | {"photo1": (jpeg(), "a.jpg")})
    assert refused.status_code == 422
    assert "照片这会儿存不下" in refused.text
    assert "三层的灯不亮" in refused.text
    assert send(client, world, form).status_code == 303
    assert not photos.has_room_for(1)


class TestReceipts:
    def test_a_guesser_next_door_keeps_no_receipt_closed(self, client: LintingClient, world: World) -> None:
        receipt = world.report(text="灯不亮")
        answers = [client.get(f"/r/{number:012d}").status_code for number in range(61)]
        assert answers == [404] * 60 + [429]
        last = client.get("/r/000000000001")
        assert int(last.headers["Retry-After"]) > 0
        assert "再来，不急的事打给社区也行。" in last.text
        assert client.get(f"/r/{receipt}").status_code == 200

    def test_acts_on_a_receipt_have_an_end_that_names_its_time(
        self, client: LintingClient, world: World
    ) -> None:
        receipt = world.report(text="灯不亮")

        def add(text: str) -> tuple[int, str]:
            key = tokens.new_key()
            form = {"csrf_token": tokens.issue(receipt, key), "submission_key": key, "text": text}
            answer = client.post(f"/r/{receipt}/add", data=form)
            return answer.status_code, answer.text

        assert [add(f"第{number}句")[0] for number in range(3)] == [303, 303, 429]
        status, page = add("再说一句")
        assert status == 429
        assert "再说一句" in page
        assert "再来。" in page
        assert add("楼里着火了，冒黑烟")[0] == 303


def test_six_of_the_largest_photos_may_wait(app: Flask, world: World) -> None:
    assert Limits().held * throttle.MEGABYTE >= photos.MOST_PHOTOS * photos.LARGEST_FILE


def test_refused_acts_on_a_receipt_use_nothing_up(client: LintingClient, world: World) -> None:
    receipt = world.report(text="灯不亮")

    def call(phone: str) -> int:
        key = tokens.new_key()
        form = {"csrf_token": tokens.issue(receipt, key), "submission_key": key, "phone": phone}
        return client.post(f"/r/{receipt}/call-me", data=form).status_code

    assert [call("12") for _ in range(4)] == [422] * 4
    assert call("13912345678") == 303


def test_another_number_written_wrongly_after_a_call_was_asked_for_has_its_field(
    client: LintingClient, world: World
) -> None:
    receipt = world.report(text="灯不亮", phone="13912345678", call_back=True)
    key = tokens.new_key()
    form = {"csrf_token": tokens.issue(receipt, key), "submission_key": key, "phone": "12"}
    refused = client.post(f"/r/{receipt}/call-me", data=form)
    assert refused.status_code == 422
    assert 'id="phone"' in refused.text
