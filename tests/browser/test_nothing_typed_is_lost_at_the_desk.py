"""A dispatcher types, and something comes between: a link, a session that ended, a sentence put in."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PASSWORD, Place
from tests.browser.test_keying_in import DESKTOP, sit_down
from tests.journeys.people import barrier_free, somebody

pytestmark = pytest.mark.xdist_group("browser-saying")


def a_case(place: Place, page: Page, words: str) -> str:
    """A case keyed in and opened; its address."""
    base = place.house.base_url
    page.goto(f"{base}/desk/new")
    page.locator("#where").press_sequentially("红庙 1号 2单元")
    page.locator("#places li").first.click()
    page.fill("#text", words)
    with page.expect_navigation():
        page.get_by_role("button", name="录下来").click()
    if page.locator("input[name=same][value=new]").count():
        page.locator("input[name=same][value=new]").check()
        page.get_by_role("button", name="录下来").click()
    page.wait_for_url(re.compile("/desk/new/[0-9A-Z]{12}"))
    href = page.locator('a[href*="/desk/cases/"]').first.get_attribute("href")
    page.goto(f"{base}{href}")
    return page.url


def kept(page: Page) -> list[str]:
    """What the tab keeps."""
    return list(page.evaluate("Object.entries(sessionStorage).map((one) => one.join('='))"))


def test_a_note_survives_a_link_and_the_way_back_until_it_is_sent(browser: Browser, place: Place) -> None:
    with somebody(browser, DESKTOP) as dispatcher:
        page = dispatcher.page
        dispatcher.open(place.house.base_url)
        sit_down(place, page)
        url = a_case(place, page, "三楼走廊的窗户关不严")
        barrier_free(page)
        page.fill("#note-note", "打过电话，周三上午有人。")
        page.get_by_role("link", name="回到队列").click()
        page.wait_for_url(re.compile("/desk/$"))
        page.go_back()
        expect(page.locator("#note-note")).to_have_value("打过电话，周三上午有人。")
        page.fill("#note-note", "打 13912345678 找她")
        assert not any("13912345678" in one for one in kept(page))
        page.fill("#note-note", "打过电话，周三上午有人。")
        page.locator('form[action$="/note"] button').click()
        page.wait_for_load_state()
        expect(page.locator(".noted")).to_be_visible()
        page.goto(url)
        expect(page.locator("#note-note")).to_have_value("")
        assert not any("周三" in one for one in kept(page))


def log_in(page: Page, name: str) -> None:
    """Through the page of the login that is open."""
    page.get_by_label("用户名").fill(name)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()


def end_other_logins(browser: Browser, place: Place, name: str) -> None:
    """From another machine, as somebody does who left a desk open."""
    with somebody(browser, DESKTOP) as elsewhere:
        elsewhere.open(f"{place.house.base_url}/login")
        log_in(elsewhere.page, name)
        elsewhere.page.wait_for_url(re.compile("/desk/"))
        elsewhere.page.goto(f"{place.house.base_url}/admin/logins")
        with elsewhere.page.expect_navigation():
            elsewhere.page.locator(
                'form[action$="/others"] button, form[action*="other"] button'
            ).first.click()


def test_a_session_that_ended_sends_the_words_after_the_login(browser: Browser, place: Place) -> None:
    with somebody(browser, DESKTOP, expecting=(401,)) as dispatcher:
        page = dispatcher.page
        dispatcher.open(place.house.base_url)
        sit_down(place, page)
        name = page.locator(".me p span").first.inner_text()
        url = a_case(place, page, "信箱的小门掉了")
        page.fill("#note-note", "物业说周四来换。")
        end_other_logins(browser, place, name)
        with page.expect_navigation():
            page.locator('form[action$="/note"] button').click()
        log_in(page, name)
        page.get_by_role("button", name="接着提交").click()
        page.wait_for_url(url)
        expect(page.locator(".noted")).to_be_visible()
        expect(page.get_by_role("region", name="同事记的").locator("li p").first).to_have_text(
            "物业说周四来换。"
        )
        expect(page.locator("#note-note")).to_have_value("")
        assert not any("周四" in one for one in kept(page))


def test_a_sentence_goes_into_the_box_as_it_is_chosen(browser: Browser, place: Place) -> None:
    with somebody(browser, DESKTOP) as dispatcher:
        page = dispatcher.page
        dispatcher.open(place.house.base_url)
        sit_down(place, page)
        a_case(place, page, "花池里的草该剪了")
        page.locator("details:has(#note-ask_resident) > summary").last.click()
        page.fill("#note-ask_resident", "您好，")
        page.select_option("#template-ask_resident", label="在几层")
        expect(page.locator("#note-ask_resident")).to_have_value("您好，\n请问在几层？从哪边的楼梯上去？")
        page.select_option("#template-ask_resident", label="补一张照片")
        expect(page.locator("#note-ask_resident")).to_have_value(
            "您好，\n看不太清在哪儿，请在回执上补一张照片。"
        )


def test_their_words_stand_beside_ours_and_what_they_will_read_is_live(
    browser: Browser, place: Place
) -> None:
    with somebody(browser, DESKTOP) as dispatcher:
        page = dispatcher.page
        dispatcher.open(place.house.base_url)
        sit_down(place, page)
        a_case(place, page, "楼下长椅的木条断了")
        with page.expect_navigation():
            page.get_by_role("button", name="分好，排进队列").click()
        with page.expect_navigation():
            page.get_by_role("button", name="开始办").click()
        theirs = page.get_by_role("region", name="居民原话").bounding_box()
        ours = page.get_by_role("region", name="邻居看得到的").bounding_box()
        assert theirs is not None
        assert ours is not None
        assert theirs["y"] == ours["y"]
        assert theirs["x"] + theirs["width"] <= ours["x"]
        form = page.locator('form.choice[action$="/in_hand"]')
        page.locator("summary", has_text="在办，告诉居民下一次").click()
        form.locator("[name=note]").fill("等木条")
        form.locator("[name=next_day]").fill("2026-12-03")
        expect(form.locator(".preview")).to_contain_text("正在办，12月3日周四再告诉您。 等木条")
        expect(form.get_by_role("button", name="先看看")).to_be_hidden()
        expect(page.locator("summary", has_text="不予办理")).to_be_hidden()
        page.locator(".group > summary", has_text="转和退").click()
        expect(page.locator("summary", has_text="不予办理")).to_be_visible()
        barrier_free(page)
        page.set_viewport_size({"width": 390, "height": 844})
        barrier_free(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
