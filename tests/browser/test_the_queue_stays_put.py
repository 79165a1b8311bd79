"""The queue on the window: what is not needed takes no room, and what comes moves nothing under the finger."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.test_queue_by_keyboard import WITHIN, address, at_desk, environ, maker, reported
from tests.journeys.conftest import browser
from tests.world import World

__all__ = ["address", "browser", "environ", "maker"]

pytestmark = pytest.mark.xdist_group("browser-queue")

STICKS = "() => getComputedStyle(document.querySelector('form[data-bulk]')).position === 'sticky'"
IN_SIGHT = """() => {
  const {top, bottom} = document.querySelector('form[data-bulk] button').getBoundingClientRect();
  return top < innerHeight && bottom > 0;
}"""
PLACES = """() => [...document.querySelectorAll('main a, main button, main select, main input')]
  .filter(one => !one.closest('.news')).map(one => Math.round(one.getBoundingClientRect().top))"""


@pytest.mark.parametrize("phone", [True, False])
def test_the_bar_of_the_ticked_stays_with_the_list_until_something_is_ticked(
    browser: Browser, address: str, world: World, phone: bool
) -> None:
    reported(world, 20)
    with at_desk(browser, address, world, phone=phone) as person:
        page = person.page
        assert not page.evaluate(STICKS)
        assert not page.evaluate(IN_SIGHT)
        first = page.locator("tr[data-case] input").first
        first.check()
        assert page.evaluate(STICKS)
        assert page.evaluate(IN_SIGHT)
        first.uncheck()
        assert not page.evaluate(IN_SIGHT)


def test_without_script_it_stands_at_the_end_of_the_list(
    browser: Browser, address: str, world: World
) -> None:
    reported(world, 20)
    with at_desk(browser, address, world, script=False, phone=True) as person:
        page = person.page
        page.locator("tr[data-case] input").first.check()
        last = page.locator("tr[data-case]").last.bounding_box()
        bar = page.locator("form[data-bulk]").bounding_box()
        assert last is not None
        assert bar is not None
        assert last["y"] + last["height"] <= bar["y"]
        person.press("勾上的一起分")
        person.reads("勾上的1件")


@pytest.mark.parametrize("phone", [True, False])
def test_news_take_no_room_before_they_come_and_move_nothing_when_they_do(
    browser: Browser, address: str, world: World, phone: bool
) -> None:
    reported(world, 3)
    with at_desk(browser, address, world, phone=phone) as person:
        page = person.page
        bar = page.locator("[data-news-bar]")
        assert bar.evaluate("one => one.getBoundingClientRect().height") == 0
        head = page.locator(".head").bounding_box()
        main = page.locator("main").bounding_box()
        assert head is not None
        assert main is not None
        assert head["y"] - main["y"] <= 24, "no empty bar above the heading"
        before = page.evaluate(PLACES)
        world.report(world.doors[1], text="刚来的一件")
        expect(bar).to_contain_text("新来了1件", timeout=WITHIN)
        assert page.evaluate(PLACES) == before
        button = bar.get_by_role("button").bounding_box()
        assert button is not None
        assert button["height"] >= 44
        heading = page.locator("h1").bounding_box()
        assert heading is not None
        assert heading["x"] + 60 <= button["x"], "the heading stays readable beside it"
