"""One resident's page, photos and habits are nobody else's."""

from __future__ import annotations

import stat
from pathlib import Path

from app import config
from app.cases.models import Photo, Report
from tests.linting.client import LintingClient
from tests.resident.test_saying import count, fill, hidden, jpeg, send
from tests.world import World


def test_a_key_used_at_one_door_swallows_nothing_at_another(client: LintingClient, world: World) -> None:
    form = fill(client, world)
    first = send(client, world, form).headers["Location"]
    other = f"/d/{world.doors[1].code}"
    # a page that lost its token hands out a good one for the key it came with
    page = client.post(other, data=form, content_type="multipart/form-data")
    assert page.status_code == 422
    again = form | {
        "csrf_token": hidden(page.text, "csrf_token"),
        "submission_key": hidden(page.text, "submission_key"),
    }
    page = client.post(other, data=again, content_type="multipart/form-data")
    assert page.status_code == 422
    assert first.removeprefix("/r/") not in page.text.replace("-", ""), "the other door's receipt is not told"
    again |= {
        "csrf_token": hidden(page.text, "csrf_token"),
        "submission_key": hidden(page.text, "submission_key"),
    }
    second = client.post(other, data=again, content_type="multipart/form-data")
    assert second.status_code == 303
    assert second.headers["Location"] != first
    assert count(Report) == 2


def test_a_photo_sent_twice_lies_in_quarantine_once_for_nobody_else_to_read(
    client: LintingClient, world: World
) -> None:
    form = fill(client, world, photo1=(jpeg(), "a.jpg"))
    first = send(client, world, form)
    second = send(client, world, form | {"photo1": (jpeg(), "a.jpg")})
    assert first.headers["Location"] == second.headers["Location"]
    folder = Path(config.active().media_url) / "quarantine"
    kept = list(folder.iterdir())
    assert len(kept) == count(Photo) == 1
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(kept[0].stat().st_mode) == 0o600


def test_what_one_visitor_has_in_the_address_is_on_no_other_visitors_page(
    client: LintingClient, world: World
) -> None:
    door = f"/d/{world.doors[0].code}"
    client.get(f"{door}?lang=13912345678&elder=xiaoman")
    page = client.get(door).text
    assert "13912345678" not in page
    assert "xiaoman" not in page


def test_addresses_no_page_can_carry_are_answered_kindly(client: LintingClient, world: World) -> None:
    for address in ("/c/%00", "/r/%00", "/r/?receipt=%00", "/media/%00", "/static/%00"):
        assert client.get(address).status_code == 404, address
    for name in ("category", "kind", "email"):
        form = fill(client, world, **{name: "0304\0"})
        assert send(client, world, form).status_code == 422, name
    assert count(Report) == 0
