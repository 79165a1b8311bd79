"""With the telephone at the ear: a place, a sentence, and the number to read out, by the keys alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PASSWORD, Place
from tests.journeys.people import barrier_free, somebody
from tests.keying import ledgers

pytestmark = pytest.mark.xdist_group("browser-saying")
DESKTOP = {"viewport": {"width": 1440, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def sit_down(place: Place, page: Page) -> None:
    """A dispatcher of their own, logged in."""
    name = place.newcomer()
    link = place.house.flask("staff", "add", name, "--role", "dispatcher").splitlines()[0]
    page.goto(link)
    page.get_by_label("新密码").fill(PASSWORD)
    page.get_by_role("button", name="就用这个").click()
    page.get_by_label("用户名").fill(name)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(re.compile("/desk/"))


def test_it_is_keyed_in_by_a_handful_of_keys(browser: Browser, place: Place) -> None:
    with somebody(browser, DESKTOP) as dispatcher:
        page = dispatcher.page
        dispatcher.open(place.house.base_url)
        sit_down(place, page)
        page.goto(f"{place.house.base_url}/desk/new")
        expect(page.locator("#where")).to_be_focused()
        page.keyboard.type("红庙 1号 2单元")
        expect(page.locator("#places li").first).to_contain_text("2单元")
        barrier_free(page)
        page.keyboard.press("Enter")
        expect(page.locator("#text")).to_be_focused()
        expect(page.locator("#where")).to_have_value(re.compile("2单元"))
        page.keyboard.type("三楼的灯不亮了")
        page.keyboard.press("Control+Enter")
        page.wait_for_url(re.compile("/desk/new/[0-9A-Z]{12}"))
        barrier_free(page)
        page.keyboard.press("Enter")  # once more, same place
        page.wait_for_url(re.compile("place=d"))
        expect(page.locator("#text")).to_be_focused()
        page.keyboard.type("楼道的灯坏了")
        expect(page.get_by_text("是不是同一件？")).to_be_visible()
        barrier_free(page)
        page.keyboard.press("Tab")
        page.keyboard.press("ArrowUp")
        page.keyboard.press("ArrowUp")
        page.get_by_label("并进去").first.check()
        page.keyboard.press("Control+Enter")
        page.wait_for_url(re.compile("/desk/new/[0-9A-Z]{12}"))
        expect(page.get_by_text("并进了这一件")).to_be_visible()


def test_on_a_phone_and_what_was_typed_comes_back(browser: Browser, place: Place) -> None:
    with somebody(browser, PHONE, expecting=(422,)) as worker:
        page = worker.page
        worker.open(place.house.base_url)
        sit_down(place, page)
        page.goto(f"{place.house.base_url}/desk/new")
        page.fill("#text", "单元门关不上")
        page.goto(f"{place.house.base_url}/desk/")
        page.go_back()
        expect(page.locator("#text")).to_have_value("单元门关不上")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.locator("#where").press_sequentially("红庙 3单元")
        page.locator("#places li").first.tap()
        barrier_free(page)
        page.get_by_role("button", name="录下来").tap()
        page.wait_for_url(re.compile("/desk/new/[0-9A-Z]{12}"))
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.get_by_role("link", name="打印回执条").tap()
        page.wait_for_url("**/slip")
        barrier_free(page)
        page.goto(f"{place.house.base_url}/desk/new")
        expect(page.locator("#text")).to_have_value("")


def test_without_script_the_button_lists_the_places(browser: Browser, place: Place) -> None:
    with somebody(browser, PHONE, script=False, expecting=(422,)) as worker:
        page = worker.page
        worker.open(place.house.base_url)
        sit_down(place, page)
        page.goto(f"{place.house.base_url}/desk/new")
        page.fill("#where", "红庙 1号")
        page.fill("#text", "门口堆了旧沙发")
        page.locator("#where").press("Enter")
        page.locator("input[name=place]").first.check()
        page.get_by_role("button", name="录下来").tap()
        page.wait_for_url(re.compile("/desk/new/[0-9A-Z]{12}"))


def test_a_ledger_is_looked_through(browser: Browser, place: Place, tmp_path: Path) -> None:
    rows = ledgers.table(
        ledgers.line("1", "楼道灯不亮，好几天了", "红庙1号楼3单元401"),
        ledgers.line("2", "楼顶漏水", "红庙2号楼", 问题分类="不知道"),
        ledgers.line("3", "某处有人堆东西", "某处"),
        ledgers.line("", "没有编号"),
    )
    file = ledgers.xls(tmp_path / "台账.xls", rows)
    for device in (DESKTOP, PHONE):
        with somebody(browser, device) as dispatcher:
            page = dispatcher.page
            dispatcher.open(place.house.base_url)
            sit_down(place, page)
            page.goto(f"{place.house.base_url}/desk/ledgers/")
            barrier_free(page)
            page.get_by_label("台账", exact=True).set_input_files(file)
            page.get_by_role("button", name="交上来看一遍").click()
            page.wait_for_url(re.compile("/desk/ledgers/[0-9]+"))
            barrier_free(page)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_session_that_was_lost_loses_no_words(browser: Browser, place: Place) -> None:
    with somebody(browser, DESKTOP, expecting=(401,)) as dispatcher:
        page = dispatcher.page
        dispatcher.open(place.house.base_url)
        sit_down(place, page)
        page.goto(f"{place.house.base_url}/desk/new")
        page.fill("#text", "一楼的门铃一直响")
        dispatcher.context.clear_cookies()
        page.keyboard.press("Control+Enter")
        expect(page.locator(".said")).to_have_text("一楼的门铃一直响")
        sit_down(place, page)
        page.goto(f"{place.house.base_url}/desk/new")
        expect(page.locator("#text")).to_have_value("一楼的门铃一直响")
