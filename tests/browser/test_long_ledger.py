"""A long ledger in the browser: handed in, the page says how far the worker is without taking the focus, and then
what came of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Place
from tests.browser.test_keying_in import DESKTOP, PHONE, sit_down
from tests.journeys.people import barrier_free, somebody
from tests.keying import hostile

pytestmark = pytest.mark.xdist_group("browser-saying")


@pytest.mark.parametrize("screen", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_the_page_says_how_far_it_is(
    browser: Browser, place: Place, tmp_path: Path, screen: dict[str, object]
) -> None:
    file = tmp_path / "台账.csv"
    file.write_bytes(hostile.grown(1200, 50))
    with somebody(browser, screen) as dispatcher:
        page = dispatcher.page
        dispatcher.open(place.house.base_url)
        sit_down(place, page)
        page.goto(f"{place.house.base_url}/desk/ledgers/")
        page.locator("#ledger").set_input_files(file)
        page.get_by_role("button", name="交上来看一遍").click()
        page.wait_for_url("**/desk/ledgers/*")
        again = page.locator("[data-again]")
        barrier_free(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.screenshot(path=str(tmp_path / "reading.png"), full_page=True)
        again.focus()
        expect(again).to_have_text("好了，看结果", timeout=60_000)
        expect(again).to_be_focused()
        again.click()
        expect(page.get_by_role("heading", name="台账长，后台在读")).to_have_count(0)
        barrier_free(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.screenshot(path=str(tmp_path / "read.png"))
        if screen is DESKTOP:
            return  # the orders were taken on the phone
        page.get_by_role("button", name="件不用再看的").click()
        expect(page.get_by_role("heading", name="件数多，后台在录")).to_be_visible()
        barrier_free(page)
        page.screenshot(path=str(tmp_path / "taking.png"))
        expect(page.locator("[data-words]")).to_contain_text("正在录：录过", timeout=20_000)
        page.goto(f"{place.house.base_url}/desk/ledgers/")
        barrier_free(page)
        page.screenshot(path=str(tmp_path / "list.png"), full_page=True)
