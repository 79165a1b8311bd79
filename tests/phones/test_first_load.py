"""What the page at a door costs somebody who opens it for the first time."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from benchmarks.first_load import first_load
from tests.phones.test_for_everybody import with_pictures
from tests.world import World

MOST_REQUESTS, GOAL_REQUESTS = 3, 2
MOST_BYTES, GOAL_BYTES = 15_000, 8_000
MOST_SCRIPT = 40_000


@pytest.mark.xdist_group("first-load")
@pytest.mark.parametrize("view", ["", "?elder=1", "?lang=en"], ids=["zh", "elder", "en"])
def test_a_first_visit_is_small(browser: Browser, world: World, address: str, view: str) -> None:
    with_pictures()
    seen = first_load(browser, f"{address}/d/{world.doors[0].code}{view}")
    print(
        f"{seen.requests} requests (goal {GOAL_REQUESTS}), {seen.size} bytes compressed (goal {GOAL_BYTES}), "
        f"and {seen.scripts} scripts of {seen.script_size} bytes"
    )
    assert seen.requests <= MOST_REQUESTS
    assert seen.size <= MOST_BYTES
    assert 0 < seen.script_size <= MOST_SCRIPT, "script is counted apart, so it must be seen"
