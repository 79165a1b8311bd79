"""While somebody types, in a browser: like cases and a word of danger above the button, one press joins, and
nothing is missing when there is no signal."""

from __future__ import annotations

from playwright.sync_api import Browser, Page, expect

from app.cases import publishing
from tests.world import World


def _door(browser: Browser, address: str, world: World) -> Page:
    page = browser.new_page(viewport={"width": 390, "height": 800})
    page.goto(f"{address}/d/{world.doors[0].code}")
    return page


def _published(world: World, words: str) -> str:
    case = world.queued(text="x")
    return publishing.publish(world.actor("dispatcher"), case.number, case.version, words, "door").number


def test_like_cases_are_offered_and_joined_by_one_press(browser: Browser, address: str, world: World) -> None:
    number = _published(world, "楼道灯不亮")
    _published(world, "单元门关不严")
    page = _door(browser, address, world)
    page.locator("#text").press_sequentially("五层的灯坏了", delay=20)
    offered = page.locator(".while-typing .case")
    expect(offered).to_have_count(1)
    expect(offered).to_contain_text("楼道灯不亮")
    expect(page.locator(".while-typing")).to_have_attribute("aria-live", "polite")
    offered.get_by_role("button").click()
    page.wait_for_url("**/r/**")
    expect(page.locator("main")).to_contain_text("您家也算上了")
    assert world.case(page.url.rsplit("/", 1)[1][:12]).number == number
    page.close()


def test_danger_shows_the_telephones_above_the_button(browser: Browser, address: str, world: World) -> None:
    page = _door(browser, address, world)
    page.locator("#text").press_sequentially("楼道里着火了", delay=20)
    expect(page.locator(".while-typing .alarm a[href='tel:119']")).to_be_visible()
    page.locator("#text").fill("")
    expect(page.locator(".while-typing .alarm")).to_have_count(0)
    page.close()


def test_without_signal_it_keeps_quiet(browser: Browser, address: str, world: World) -> None:
    _published(world, "楼道灯不亮")
    page = _door(browser, address, world)
    faults: list[str] = []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    page.route("**/while-typing*", lambda route: route.abort())
    page.locator("#text").press_sequentially("五层的灯坏了", delay=20)
    page.wait_for_timeout(1500)
    assert page.locator(".while-typing").inner_text() == ""
    assert page.locator("#text").input_value() == "五层的灯坏了"
    page.unroute("**/while-typing*")
    page.locator("#text").press_sequentially("，上楼看不见")
    expect(page.locator(".while-typing .case")).to_have_count(1)
    assert faults == []
    page.close()
