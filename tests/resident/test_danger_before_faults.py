"""The emergency numbers come before every fault of ours and of the page, and no photo keeps them back."""

from __future__ import annotations

import io

import pytest

from app.cases.models import Photo, Report
from app.cases.photos import quarantine
from tests.linting.client import LintingClient
from tests.resident.test_nobody_locked_out import full_disk, waiting
from tests.resident.test_saying import count, fill, jpeg, send
from tests.resident.test_urgent_page import FIRE, carried
from tests.world import World

__all__ = ["full_disk"]
FIRST = "照样提交"


@pytest.mark.usefixtures("full_disk")
def test_on_a_full_disk_danger_comes_first_with_all_words(client: LintingClient, world: World) -> None:
    page = send(client, world, fill(client, world, text=FIRE, photo1=(jpeg(), "a.jpg"), spot="五层"))
    assert page.status_code == 200
    assert FIRST in page.text
    assert "照片没留住" in page.text
    assert carried(page.text)["spot"] == "五层"
    assert send(client, world, carried(page.text) | {"urgent_seen": "1"}).status_code == 303


def test_a_bad_photo_keeps_danger_not_back_and_a_good_one_waits(client: LintingClient, world: World) -> None:
    photos = {"photo1": (io.BytesIO(b"no picture"), "a.jpg"), "photo2": (jpeg(), "b.jpg")}
    page = send(client, world, fill(client, world, text=FIRE, **photos))
    assert page.status_code == 200
    assert "刚才选的1张照片还在" in page.text
    assert "有的照片没留住" in page.text
    assert send(client, world, carried(page.text) | {"urgent_seen": "1"}).status_code == 303
    assert count(Photo) == 1


def test_photos_beyond_six_are_told_to_be_lost(client: LintingClient, world: World) -> None:
    six = {f"photo{number}": (jpeg(), "a.jpg") for number in range(1, 7)}
    page = send(client, world, fill(client, world, text=FIRE, **six))
    more = send(client, world, carried(page.text) | {"photo1": (jpeg(), "b.jpg")})
    assert "刚才选的6张照片还在" in more.text
    assert "有的照片没留住" in more.text
    assert waiting() == 6


def test_danger_comes_before_a_page_that_is_good_no_more(client: LintingClient, world: World) -> None:
    page = send(client, world, {"text": FIRE, "phone": "13912345678", "photo1": (jpeg(), "a.jpg")})
    assert page.status_code == 200
    assert FIRST in page.text
    assert "照片没留住" in page.text
    assert send(client, world, carried(page.text) | {"urgent_seen": "1"}).status_code == 303
    assert count(Report) == 1


def test_danger_in_a_me_too_comes_before_a_broken_page(client: LintingClient, world: World) -> None:
    page = client.post(f"/d/{world.doors[0].code}/me-too", data={"note": FIRE + "\x01", "case": "1"})
    assert page.status_code == 200
    assert FIRST in page.text
    assert count(Report) == 0


@pytest.mark.parametrize("address", ["/d/nowhere", "/r/000000000000/add", "/nowhere"])
def test_words_of_danger_that_arrive_nowhere_show_the_numbers(
    client: LintingClient, world: World, address: str
) -> None:
    lost = client.post(address, data={"text": FIRE})
    assert lost.status_code == 404
    assert "有危险，先打电话" in lost.text
    assert "冒黑烟" in lost.text
    assert "有危险，先打电话" not in client.post(address, data={"text": "灯不亮"}).text


def test_a_file_the_disk_has_no_room_for_loses_no_words(
    client: LintingClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(quarantine("x").parent / "nowhere"))
    for words, status, told in (("三层的灯不亮", 422, "照片这会儿存不下"), (FIRE, 200, "照片没留住")):
        answer = post_large(client, world, fill(client, world, text=words))
        assert answer[0] == status
        assert told in answer[1]
        assert words.splitlines()[0] in answer[1]


def post_large(client: LintingClient, world: World, form: dict[str, object]) -> tuple[int, str]:
    """Send with a photo too large to be read in memory, as a browser writes it."""
    photo = b"\xff\xd8\xff" + b"x" * 2_000_000
    fields = "".join(
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in form.items()
    )
    head = '--b\r\nContent-Disposition: form-data; name="photo1"; filename="a.jpg"\r\n\r\n'
    body = (fields + head).encode() + photo + b"\r\n--b--\r\n"
    answer = client.post(
        f"/d/{world.doors[0].code}", data=body, content_type="multipart/form-data; boundary=b"
    )
    return answer.status_code, answer.text
