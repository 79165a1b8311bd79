"""Setting up the second step by eye and hand: the symbol is large, the letters lie over nothing, and nobody leaves the
recovery codes without saying that they are kept."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_queue_by_keyboard import address, at_desk, environ, maker
from tests.journeys.conftest import browser
from tests.journeys.people import barrier_free
from tests.staff.telephone import Telephone
from tests.world import World

__all__ = ["address", "browser", "environ", "maker"]

pytestmark = pytest.mark.xdist_group("browser-queue")


@pytest.mark.parametrize("phone", [True, False])
def test_from_the_symbol_to_the_codes_kept(browser: Browser, address: str, world: World, phone: bool) -> None:
    with at_desk(browser, address, world, phone=phone, path="/admin/second-factor") as person:
        page = person.page
        assert page.locator("svg.symbol").evaluate("one => one.getBoundingClientRect().width") >= 280
        page.locator("summary", has_text="扫不了").click()
        letters = page.locator("b.secret")
        assert _below(page, "b.secret", "#code"), "the letters stand clear of the field"
        barrier_free(page)
        telephone = Telephone(letters.inner_text())
        page.get_by_label("手机上的六位数字").fill("000000")
        person.press("设好了")
        expect(page.locator(".wrong")).to_be_visible()
        barrier_free(page)
        page.get_by_label("手机上的六位数字").fill(telephone.code())
        person.press("设好了")
        assert page.locator("ol.codes li").count() == 10
        barrier_free(page)
        expect(page.get_by_role("button", name="打印这一张")).to_be_visible()
        page.get_by_role("button", name="收好了").click()
        expect(page.get_by_role("heading", name="收好恢复码")).to_be_visible()
        page.get_by_label("和手机分开收着").check()
        person.press("收好了")
        expect(page).to_have_url(re.compile("/admin/logins"))


def test_on_paper_stand_the_codes_and_nothing_else(browser: Browser, address: str, world: World) -> None:
    with at_desk(browser, address, world, path="/admin/second-factor") as person:
        page = person.page
        page.locator("summary", has_text="扫不了").click()
        telephone = Telephone(page.locator("b.secret").inner_text())
        page.get_by_label("手机上的六位数字").fill(telephone.code())
        person.press("设好了")
        page.emulate_media(media="print")
        expect(page.locator("ol.codes")).to_be_visible()
        for gone in (".rail", "form", "[data-print]"):
            for one in page.locator(gone).all():
                expect(one).to_be_hidden()


def _below(page: Page, above: str, under: str) -> bool:
    edges = page.evaluate(
        "([a, b]) => [document.querySelector(a).getBoundingClientRect().bottom, document.querySelector(b).getBoundingClientRect().top]",
        [above, under],
    )
    return bool(edges[0] <= edges[1])
