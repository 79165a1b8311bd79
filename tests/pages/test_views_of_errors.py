"""Pages of what goes wrong keep language and type size, and tell machines what they need."""

from __future__ import annotations

import re

import pytest

from tests.linting.client import LintingClient
from tests.world import World


@pytest.mark.parametrize("url", ["/nowhere", "/d/7K2M9QX3/me-too"])
def test_an_error_can_be_read_in_the_other_language_and_large(
    client: LintingClient, world: World, url: str
) -> None:
    page = client.get(url).text
    links = re.findall(r'<a href="([^"]+)"', page.split("<nav", 1)[1].split("</nav>", 1)[0])
    assert links == [f"{url}?elder=1", f"{url}?lang=en"]
    english = client.get(f"{url}?lang=en&elder=1").text
    assert '<html lang="en" class="elder">' in english
    assert "/d/?lang=en&amp;elder=1" in english


def test_an_answer_to_a_form_offers_no_way_to_lose_what_was_typed(
    client: LintingClient, world: World
) -> None:
    page = client.post("/nowhere?lang=en", data={"text": "words"}).text
    assert "<nav" not in page
    assert "words" in page


def test_the_wrong_method_is_told_the_right_one(client: LintingClient, world: World) -> None:
    answer = client.put(f"/d/{world.doors[0].code}")
    assert answer.status_code == 405
    assert {"GET", "POST"} <= set(answer.headers["Allow"].split(", "))
