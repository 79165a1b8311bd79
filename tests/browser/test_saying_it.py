"""Saying it in a real browser, on the telephones and tablets people have, with what they switch off."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PASSWORD, Place, heic_of
from tests.journeys.conftest import START
from tests.journeys.house import eventually
from tests.journeys.people import DESK, PHONE, Person, anonymous, receipt_on, somebody

pytestmark = pytest.mark.xdist_group("browser-saying")

WIDTHS = (320, 390, 768)
TEXTS = {
    "emoji": "楼道灯又坏了😡💡👨‍👩‍👧，三层",
    "rare characters": "𠮷祥里㐂寿楼，井盖䶮坏了",
    "right to left": "المصعد معطل منذ أمس، 三单元",
    "line ends and spaces": "第一行\n\n  第三行有  空格",
}


def device(width: int) -> Mapping[str, Any]:
    return dict(PHONE) | {"viewport": {"width": width, "height": 780}}


def say(person: Person, text: str) -> Page:
    """Write into the one box and press the one button."""
    person.page.get_by_label("出了什么事？").fill(text)
    person.press("提交")
    return person.page


@pytest.mark.parametrize("width", WIDTHS)
def test_without_script_and_cookies_words_and_a_photo_arrive(
    place: Place, browser: Browser, width: int
) -> None:
    with somebody(browser, device(width), script=False) as resident:
        page = resident.open(place.door())
        page.get_by_label("照片").first.set_input_files(place.photo)
        say(resident, "三层的灯不亮")
        receipt_on(page)
        resident.reads("三层的灯不亮")
        eventually(lambda: _has_picture(page), "the photo is re-encoded and shown")
        anonymous(resident)


@pytest.mark.parametrize("script", [True, False])
def test_a_photo_in_the_iphones_format_arrives(place: Place, browser: Browser, script: bool) -> None:
    with somebody(browser, device(390), script=script) as resident:
        page = resident.open(place.door())
        page.get_by_label("照片").first.set_input_files(heic_of(place.photo))
        say(resident, "照片是苹果手机拍的")
        eventually(lambda: _has_picture(page), "the photo is re-encoded and shown")


@pytest.mark.parametrize("script", [True, False])
def test_a_double_tap_makes_one_report(place: Place, browser: Browser, script: bool) -> None:
    with somebody(browser, device(390), script=script) as resident:
        page = resident.open(place.door())
        sent: list[str] = []
        words = f"门禁刷不开{'，点了两下' if script else '，没有脚本'}"
        page.on("response", lambda answer: sent.append(answer.headers.get("location", "")))
        page.get_by_label("出了什么事？").fill(words)
        page.get_by_role("button", name="提交", exact=True).dblclick()
        page.wait_for_url("**/r/*")
        receipts = {location for location in sent if "/r/" in location}
        assert len(receipts) == 1, receipts
        with _dispatcher(place, browser) as desk:
            desk.open(f"{place.house.base_url}/desk/")
            expect(desk.page.get_by_role("link", name=re.compile(words))).to_have_count(1)


@pytest.mark.parametrize("choice", ["补充到刚才那件", "提交"])
def test_a_kept_page_sent_again_with_other_words_lets_one_choose(
    place: Place, browser: Browser, choice: str
) -> None:
    """What a browser does that keeps the page for the back button: the same page, changed, is sent again."""
    with somebody(browser, device(390), expecting=[422]) as resident:
        page = resident.open(place.door())
        first = _send_into_another_tab(page, "一层水管漏水，地上全是水渍")
        say(resident, "二层也开始渗了")
        resident.reads("刚才这一页已经交过一次", first)
        expect(page.get_by_label("出了什么事？")).to_have_value("二层也开始渗了")
        resident.press(choice)
        assert (receipt_on(page) == first) is (choice != "提交")
        resident.reads("二层也开始渗了")


@pytest.mark.parametrize("script", [True, False])
def test_a_kept_page_sent_again_with_the_same_words_is_the_same_report(
    place: Place, browser: Browser, script: bool
) -> None:
    with somebody(browser, device(390), script=script) as resident:
        page = resident.open(place.door())
        first = _send_into_another_tab(page, "门禁刷不开")
        page.wait_for_timeout(1100)  # a second tap at once is the same tap, with script
        say(resident, "门禁刷不开")
        assert receipt_on(page) == first


def test_back_to_the_form_and_another_matter_are_two_reports(place: Place, browser: Browser) -> None:
    with somebody(browser, device(390)) as resident:
        page = resident.open(place.door())
        first = receipt_on(say(resident, "三层声控灯不灵"))
        page.go_back()
        assert receipt_on(say(resident, "四层窗户玻璃裂了")) != first


@pytest.mark.parametrize("kind", TEXTS)
def test_words_are_kept_to_the_letter(place: Place, browser: Browser, kind: str) -> None:
    text = TEXTS[kind]
    with somebody(browser, device(390)) as resident:
        page = resident.open(place.door())
        say(resident, text)
        assert page.locator(".said").first.text_content() == text
        number = receipt_on(page)
    with _dispatcher(place, browser) as desk:
        desk.open(f"{place.house.base_url}/desk/")
        desk.follow(text.strip().splitlines()[0][:10])
        assert desk.page.locator(".said").first.text_content() == text
        desk.does_not_read(number)


def test_a_form_opened_three_days_ago_still_sends(place: Place, browser: Browser) -> None:
    house = place.house
    with somebody(browser, device(390)) as resident:
        house.serve_from_days_ago(3)
        resident.open(place.door()).wait_for_load_state("networkidle")
        house.go_to(START)
        page = say(resident, "三天前打开的页面")
        receipt_on(page)


def test_what_was_typed_is_still_there_after_a_refusal(place: Place, browser: Browser) -> None:
    with somebody(browser, device(390), script=False, expecting=[422]) as resident:
        page = resident.open(place.door())
        page.get_by_label("出了什么事？").fill("垃圾没人收")
        page.get_by_text("还想补充").click()
        page.get_by_label("电话", exact=True).fill("12")
        resident.press("提交")
        resident.reads("还没有提交，差一处", "电话像是少了几位，请再看看。")
        expect(page.get_by_label("出了什么事？")).to_have_value("垃圾没人收")
        page.get_by_label("电话", exact=True).fill("")
        resident.press("提交")
        receipt_on(page)


def _send_into_another_tab(page: Page, text: str) -> str:
    """Send, and stay on the form as it is: the receipt opens elsewhere."""
    page.get_by_label("出了什么事？").fill(text)
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="提交", exact=True).click(modifiers=["Control"])
    opened.value.wait_for_url("**/r/*")
    return receipt_on(opened.value)


def _has_picture(page: Page) -> bool:
    page.reload()
    return page.get_by_alt_text(re.compile("您拍的第1张照片")).count() == 1


@contextmanager
def _dispatcher(place: Place, browser: Browser) -> Iterator[Person]:
    """Somebody new, logged in at the desk."""
    name = place.newcomer()
    link = place.house.flask("staff", "add", name, "--role", "dispatcher").splitlines()[0]
    with somebody(browser, DESK) as person:
        page = person.open(link)
        page.get_by_label("新密码").fill(PASSWORD)
        person.press("就用这个")
        page.get_by_label("用户名").fill(name)
        page.get_by_label("密码").fill(PASSWORD)
        person.press("登录")
        yield person
