"""Large type, by the keys alone: whoever cannot point, or reads with a screen reader, says it, keeps the receipt
and judges it without a finger on the glass."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Place
from tests.journeys.house import eventually
from tests.journeys.people import PHONE, anonymous, receipt_on, somebody

pytestmark = pytest.mark.xdist_group("browser-saying")

FAR = 80  # presses of Tab; no page for residents has so many stops
WHERE_THE_FOCUS_IS = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const shape = getComputedStyle(one), box = one.getBoundingClientRect();
  const label = one.labels && one.labels.length ? [...one.labels].map(each => each.innerText).join(' ') : '';
  return {
    name: (label || one.getAttribute('aria-label') || one.innerText || one.value || '').trim(),
    tag: one.tagName.toLowerCase(), kind: one.type || '',
    ring: shape.outlineStyle === 'none' ? 0 : parseFloat(shape.outlineWidth),
    seen: one.checkVisibility() && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
  };
}"""


class Keys:
    """Somebody with a keyboard: Tab, Enter, Space and the letters, nothing else."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def to(self, name: str, tag: str = "") -> None:
        """On to the next stop of this name; every stop on the way shows itself and where the focus is."""
        passed: list[str] = []
        for _ in range(FAR):
            self._page.keyboard.press("Tab")
            stop = self._page.evaluate(WHERE_THE_FOCUS_IS)
            if stop is None:  # the browser's own bar
                continue
            eventually(self._is_seen, f"{stop} is focused and not seen")  # the page may glide there
            assert stop["ring"] >= 2, f"{stop} has no ring"
            if re.search(name, stop["name"]) and stop["tag"].startswith(tag):
                return
            passed.append(stop["name"][:20])
        raise AssertionError(f"no way to “{name}” by keys; passed {passed}")

    def _is_seen(self) -> bool:
        stop = self._page.evaluate(WHERE_THE_FOCUS_IS)
        return bool(stop and stop["seen"])

    def enter(self, name: str, tag: str = "") -> None:
        """To the link of this name, and follow it."""
        self.to(name, tag)
        self._page.keyboard.press("Enter")

    def send(self, name: str) -> None:
        """To the button of this name, and press it; the answer has come when this returns."""
        self.to(name, "button")
        with self._page.expect_navigation():
            self._page.keyboard.press("Enter")

    def write(self, name: str, text: str) -> None:
        """To the field of this name, and write."""
        self.to(name)
        self._page.keyboard.type(text)

    def choose(self, name: str) -> None:
        """Tick or choose."""
        self.to(name)
        self._page.keyboard.press("Space")


@pytest.mark.parametrize("script", [True, False])
def test_the_form_in_large_type_is_filled_and_sent_by_keys(
    place: Place, browser: Browser, script: bool
) -> None:
    with somebody(browser, PHONE, script=script) as resident:
        page = resident.open(place.door() + "?elder=1")
        keys = Keys(page)
        keys.enter("我要说件事", "a")
        keys.write("出了什么事", "三层的灯不亮，晚上看不见路")
        keys.enter("下一步", "a")
        keys.enter("下一步", "a")
        keys.write("电话", "13800000000")
        keys.choose("打个电话")
        keys.send("提交")
        receipt_on(page)
        resident.reads("三层的灯不亮，晚上看不见路")
        assert "elder" in (page.locator("html").get_attribute("class") or "")
        anonymous(resident)


def test_back_a_question_and_on_again_keeps_what_was_written(place: Place, browser: Browser) -> None:
    with somebody(browser, PHONE, script=False) as resident:
        page = resident.open(place.door() + "?elder=1")
        keys = Keys(page)
        keys.enter("我要说件事", "a")
        keys.write("出了什么事", "单元门关不上")
        keys.enter("下一步", "a")
        keys.enter("回到上一步", "a")
        keys.to("出了什么事")
        page.keyboard.press("End")
        page.keyboard.type("，风一吹就响")
        keys.enter("下一步", "a")
        keys.enter("下一步", "a")
        keys.send("提交")
        resident.reads("单元门关不上，风一吹就响")


def test_one_tap_asks_for_a_call_by_keys(place: Place, browser: Browser) -> None:
    with somebody(browser, PHONE, script=False) as resident:
        page = resident.open(place.door() + "?elder=1")
        keys = Keys(page)
        keys.write("留个电话", "13800000000")
        keys.send("请给我打电话")
        receipt_on(page)


def test_the_receipt_in_large_type_adds_and_takes_back_by_keys(place: Place, browser: Browser) -> None:
    with somebody(browser, PHONE, script=False) as resident:
        page = resident.open(place.door() + "?elder=1")
        keys = Keys(page)
        keys.enter("我要说件事", "a")
        keys.write("出了什么事", "信箱的锁坏了")
        keys.enter("下一步", "a")
        keys.enter("下一步", "a")
        keys.send("提交")
        keys.write("补充的话", "是左边第二个")
        keys.send("补充上去")
        resident.reads("是左边第二个")
        keys.enter("不用办了", "summary")
        keys.send("撤回我说的")
        resident.reads("撤回")
