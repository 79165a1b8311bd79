"""A photo goes only to whoever holds a link that is signed, not run out, and still stands for something to be seen."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from app import config
from app.cases import links, own_report, photos, staff_photos
from app.cases.models import Photo
from app.cases.staff_photos import Shots
from app.db import db, transaction
from tests.linting.client import LintingClient
from tests.resident.test_saying import fill, jpeg, send
from tests.world import World


@pytest.fixture
def shown(client: LintingClient, world: World) -> tuple[str, str, str]:
    """A report with a re-encoded photo: its receipt's page, the photo's name, and the link on the page."""
    page = send(client, world, fill(client, world, photo1=(jpeg(), "a.jpg"))).headers["Location"]
    name = db.session.scalars(select(Photo.media_name)).one()
    db.session.rollback()
    photos.reencode(name)
    found = re.search(r'<img src="(/media/[^"]+)"', client.get(page).text)
    assert found
    return page, name, found[1]


def of_staff(world: World, who: str = "worker", *, is_cleared: bool) -> str:
    """A re-encoded photo that staff took of a case in the queue."""
    case, taken_in = world.queued(), photos.take_in(jpeg(), "photo1")
    staff_photos.add(world.actor(who), case.number, case.version, Shots([taken_in], is_cleared))
    photos.reencode(taken_in.media_name)
    return taken_in.media_name


def link(name: str, minutes: float = 5) -> str:
    return links.photo_url(name, timedelta(minutes=minutes)).removeprefix(config.active().base_url)


def test_a_photo_can_do_nothing_but_be_looked_at(client: LintingClient, shown: tuple[str, str, str]) -> None:
    answer = client.get(shown[2])
    assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
    headers = answer.headers
    assert "sandbox" in headers["Content-Security-Policy"]
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Disposition"] == 'inline; filename="photo.jpg"'
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in headers


def test_its_head_and_a_part_of_it_can_be_asked_for(
    client: LintingClient, shown: tuple[str, str, str]
) -> None:
    whole = client.get(shown[2]).data
    head = client.head(shown[2])
    assert (head.status_code, head.content_length, head.data) == (200, len(whole), b"")
    part = client.get(shown[2], headers={"Range": "bytes=2-9"})
    assert (part.status_code, part.data) == (206, whole[2:10])
    assert "sandbox" in part.headers["Content-Security-Policy"]


def test_a_link_that_has_run_out_is_told_kindly(client: LintingClient, shown: tuple[str, str, str]) -> None:
    assert client.get(link(shown[1])).status_code == 200
    answer = client.get(link(shown[1], minutes=-1))
    assert (answer.status_code, answer.mimetype) == (404, "text/html")
    assert "12345" in answer.text


def test_no_link_can_be_made_up_or_changed(client: LintingClient, shown: tuple[str, str, str]) -> None:
    token = shown[2].removeprefix("/media/")
    for wrong in (shown[1], token[:-1], token + "A", token.swapcase(), token.split(".")[0], "." * 9):
        assert client.get(f"/media/{wrong}").status_code == 404


def test_links_differ_and_are_given_to_ones_own_receipt_only(
    client: LintingClient, world: World, shown: tuple[str, str, str]
) -> None:
    assert shown[1] not in client.get(f"/r/{world.report()}").text
    assert "/media/" not in client.get(f"/r/{world.report()}").text


def test_what_was_taken_back_is_served_to_nobody(
    client: LintingClient, world: World, shown: tuple[str, str, str]
) -> None:
    page, _name, address = shown
    own_report.withdraw(page.removeprefix("/r/"))
    assert client.get(address).status_code == 404
    assert "/media/" not in client.get(page).text


def test_what_was_deleted_is_served_to_nobody(client: LintingClient, shown: tuple[str, str, str]) -> None:
    photos.served(shown[1]).unlink()
    assert client.get(shown[2]).status_code == 404
    with transaction() as session:
        session.execute(delete(Photo))
    assert client.get(shown[2]).status_code == 404


def test_what_staff_took_leaves_the_desk_only_once_cleared(client: LintingClient, world: World) -> None:
    kept, cleared = of_staff(world, is_cleared=False), of_staff(world, is_cleared=True)
    assert client.get(link(kept)).status_code == 404
    assert client.get(link(cleared)).status_code == 200
    for name in (kept, cleared):
        assert client.get(f"/desk/photos/{name}").status_code == 302, "log in first"
