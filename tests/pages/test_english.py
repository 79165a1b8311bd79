"""In English no Chinese is left on any page but what somebody said or what a thing is called."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from werkzeug.test import TestResponse

from tests.desk.conftest import Desk
from tests.linting.page import Page, describe, name_of
from tests.linting.pseudo import BUTTONS, NOT_SHOWN, TRANSLATED_ATTRIBUTES, TYPED
from tests.pages import tours
from tests.pages.visitors import GatheringClient, House

CHINESE = re.compile("[\u3000-\u303f\u3400-\u9fff\uf900-\ufaff\uff01-\uff5e]")


def chinese_on(page: Page) -> Iterator[str]:
    """Chinese that is not marked as somebody's words, a name, or Chinese."""
    for element in page.elements:
        if name_of(element) in NOT_SHOWN:
            continue
        text = "" if name_of(element) in TYPED else element.text or ""
        shown = [_without_names(page, text) if name_of(element) == "title" else text]
        shown += [child.tail or "" for child in element]
        shown += [element.attrib.get(name, "") for name in TRANSLATED_ATTRIBUTES]
        if name_of(element) == "input" and element.attrib.get("type") in BUTTONS:
            shown.append(element.attrib.get("value", ""))
        for text in shown:
            if CHINESE.search(text) and not _may_be_chinese(page, element):
                yield f"Chinese {' '.join(text.split())!r} in {describe(element)}"


def _without_names(page: Page, title: str) -> str:
    """A title cannot mark what is a name in it; it is one when the page says so further down."""
    marked = [element for element in page.elements if element.attrib.get("translate") == "no"]
    names = "".join("".join(element.itertext()) for element in marked)
    return re.sub(
        r"[\u3400-\u9fff\w]+", lambda word: "" if word[0] in re.sub(r"\s", "", names) else word[0], title
    )


def _may_be_chinese(page: Page, element: Element) -> bool:
    for above in page.above(element):
        if "translate" in above.attrib:
            return above.attrib["translate"] == "no"
        if "lang" in above.attrib:
            return above.attrib["lang"].startswith("zh")
    return False


class InEnglish(GatheringClient):
    """Residents ask for English in every address; staff ask once, when they sit down, and the session keeps it."""

    faults: list[str] = []  # noqa: RUF012 - emptied by the test
    fetched: set[str] = set()  # noqa: RUF012

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        path = args[0]
        if isinstance(path, str) and not path.startswith(("/desk", "/admin")) and "lang=" not in path:
            path += ("&" if "?" in path else "?") + "lang=en"
        return super().open(path, *args[1:], **kwargs)

    def _faults(self, page: Page) -> list[str]:
        asked = [] if page.root.attrib.get("lang") == "en" else ["the page is not in English"]
        return super()._faults(page) + asked + list(chinese_on(page))


def in_english(sit_down: Callable[[str], Desk]) -> Callable[[str], Desk]:
    """Whoever sits down asks for English, on the page every account may open."""

    def ask(who: str) -> Desk:
        desk = sit_down(who)
        desk.page("/admin/?lang=en")
        return desk

    return ask


@pytest.mark.either_database
def test_no_chinese_is_left_on_any_page_in_english(house: House) -> None:
    InEnglish.faults, InEnglish.fetched = [], set()
    house.app.test_client_class = InEnglish
    house.sit_down = in_english(house.sit_down)
    tours.of_the_whole_house(house)
    assert not InEnglish.faults, "\n".join(InEnglish.faults)
    assert house.get_routes - InEnglish.fetched == set()


def test_chinese_is_found_wherever_a_page_shows_it() -> None:
    def found(body: str) -> list[str]:
        return list(chinese_on(Page(f'<!doctype html><html lang="en">{body}</html>')))

    for wrong in (
        "<p>提交</p>",
        "<p><b>Send</b>，now</p>",
        '<img alt="照片">',
        '<input type="submit" value="提交">',
        '<p translate="no">红庙<b translate="yes">提交</b></p>',
        "<time>11月28日</time>",
        "<title>红庙</title>",
        '<p title="（a）">a</p>',
    ):
        assert len(found(wrong)) == 1, wrong
    for right in (
        '<p translate="no">红庙</p>',
        '<a lang="zh-CN">中文</a>',
        '<input value="灯坏了">',
        "<p>Send</p>",
        "<textarea>灯坏了</textarea>",
        '<title>At 红庙1单元</title><b translate="no">红庙 1单元</b>',
    ):
        assert found(right) == [], right
