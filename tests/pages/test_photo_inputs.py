"""Wherever a photo may be chosen: single plain inputs, as WeChat's browser understands them."""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.desk.conftest import Desk, desk
from tests.linting.client import LintingClient
from tests.world import World

__all__ = ["desk"]

FILES = re.compile(r'<input[^>]*type="file"[^>]*>')
NAMES = [f"photo{number}" for number in range(1, 7)]


def chosen_on(page: str) -> list[str]:
    """The names of a page's file inputs, each looked at."""
    names = []
    for tag in FILES.findall(page):
        assert 'accept="image/*"' in tag, tag
        assert "data-shrink" in tag, tag
        assert not re.search(r"\b(capture|multiple)\b", tag), tag
        found = re.search(r' name="([^"]+)"', tag)
        assert found, tag
        names.append(found[1])
    return names


def test_a_resident_has_six_inputs(client: LintingClient, world: World) -> None:
    code = world.doors[0].code
    for address in (f"/d/{code}", f"/d/{code}?elder=1", f"/d/{code}?lang=en"):
        assert sorted(chosen_on(client.get(address).text)) == NAMES, address


def test_what_is_added_on_the_receipt_is_chosen_the_same_way(client: LintingClient, world: World) -> None:
    names = chosen_on(client.get(f"/r/{world.report()}").text)
    assert names
    assert len(names) == len(set(names))


def test_staff_choose_the_same_way(desk: Callable[[str], Desk], world: World) -> None:
    case, at_desk = world.queued(), desk("worker")
    for address in (f"/desk/doors/{world.doors[0].code}", f"/desk/cases/{case.number}"):
        page = at_desk.page(address)
        assert chosen_on(page) == NAMES[:3], address
        assert 'enctype="multipart/form-data"' in page
        assert re.search(r'<script type="module" src="/static/shrink\.[0-9a-f]{12}\.js">', page), address
