"""The queue in a real browser: by keys alone, and what comes into it while somebody works there."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select
from waitress import create_server

from app.cases import handling
from app.cases.models import CaseFile
from app.db import db, transaction
from app.staff import sessions
from tests.conftest import START, Makers
from tests.databases import DatabaseMaker, settings_for
from tests.journeys.conftest import browser
from tests.journeys.people import DESK, PHONE, Person, barrier_free, somebody
from tests.rooms.test_assigning import deliver
from tests.world import World

__all__ = ["browser"]

pytestmark = pytest.mark.xdist_group("browser-queue")

WITHIN = 5_000
FOCUSED = (
    "() => { const row = document.activeElement.closest('tr[data-case]'); return row && row.dataset.case; }"
)


@pytest.fixture
def maker(makers: Makers) -> DatabaseMaker:
    """What a browser sees does not depend on the database."""
    return makers["sqlite"]


@pytest.fixture
def environ(database_url: str, tmp_path: Path) -> dict[str, str]:
    """As in a demonstration, where nobody needs a telephone to log in."""
    return settings_for(database_url, tmp_path) | {"MASHANG_NOW": START, "MASHANG_ENV": "demo"}


@pytest.fixture
def address(app: Flask, world: World) -> Iterator[str]:
    """The application behind its real web server; where it listens."""
    server = create_server(app, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.close()
    thread.join(5)


@contextmanager
def at_desk(
    browser: Browser, address: str, world: World, *, who: str = "dispatcher", script: bool = True,
    phone: bool = False, path: str = "/desk/",
) -> Iterator[Person]:  # fmt: skip
    with somebody(browser, PHONE if phone else DESK, script=script, expecting=[422]) as person:
        page = person.open(f"{address}/login?next={path}")
        page.get_by_label("用户名").fill(who)
        page.get_by_label("密码").fill(world.password)
        person.press("登录")
        yield person


def reported(world: World, many: int) -> list[str]:
    return [world.case(world.report(world.doors[n % 8], text=f"第{n}件事")).number for n in range(many)]


def test_sorted_by_keys_alone_and_taken_back(browser: Browser, address: str, world: World) -> None:
    first, second, third = reported(world, 3)
    with at_desk(browser, address, world) as person:
        page, press = person.page, person.page.keyboard.press
        press("j")
        assert page.evaluate(FOCUSED) == first
        ring = page.evaluate("() => getComputedStyle(document.activeElement).outlineWidth")
        assert float(ring.removesuffix("px")) >= 2
        press("ArrowDown")
        assert page.evaluate(FOCUSED) == second
        press("x")
        press("k")
        press("x")
        person.reads("勾了2件")
        press("t")
        sheet = page.locator("dialog[open]")
        expect(sheet).to_contain_text("勾上的2件")
        barrier_free(page)
        press("Escape")
        expect(sheet).to_have_count(0)
        assert page.evaluate(FOCUSED) == first, "back where it was asked from"
        person.reads("勾了2件")
        press("t")
        page.get_by_label("类别", exact=True).select_option("0304")
        page.get_by_label("主责单位").focus()
        with page.expect_navigation():
            press("Enter")
        person.reads("分好了2件。")
        expect(page.locator("tr[data-case]")).to_have_count(1)
        assert {world.again(case).state for case in map(_case(world), (first, second))} == {"queued"}
        page.get_by_role("button", name="撤回").focus()
        with page.expect_navigation():
            press("Enter")
        person.reads("撤回了2件。")
        expect(page.locator("tr[data-case]")).to_have_count(3)
        for _ in range(9):
            press("j")
        assert page.evaluate(FOCUSED) == third, "the last stays the last"
        with page.expect_navigation():
            press("Enter")
        assert page.url.endswith(third)


def test_keys_leave_who_types_alone_and_can_be_switched_off(
    browser: Browser, address: str, world: World
) -> None:
    reported(world, 2)
    with at_desk(browser, address, world) as person:
        page, press = person.page, person.page.keyboard.press
        press("a")
        person.reads("先用x勾上要办的。")
        press("/")
        assert page.evaluate("() => Boolean(document.activeElement.closest('form[role=search]'))")
        press("j")
        assert page.evaluate(FOCUSED) is None, "typed into the search, or chosen in it"
        press("Escape")
        press("?")
        dialog = page.get_by_role("dialog", name="用键盘")
        expect(dialog).to_be_visible()
        barrier_free(page)
        page.get_by_label("不用单个字母的键").check()
        press("Escape")
        expect(dialog).not_to_be_visible()
        for _turn in range(2):
            press("j")
            assert page.evaluate(FOCUSED) is None
            press("?")
            expect(dialog).not_to_be_visible()
            page.reload()
        page.get_by_role("button", name="用键盘").click()
        page.get_by_label("不用单个字母的键").uncheck()
        press("Escape")
        press("j")
        assert page.evaluate(FOCUSED)


def test_a_new_case_is_told_in_five_seconds_and_nothing_is_lost(
    browser: Browser, address: str, world: World
) -> None:
    numbers = reported(world, 24)
    with at_desk(browser, address, world) as person:
        page = person.page
        page.locator(f'tr[data-case="{numbers[20]}"] input').check()
        link = page.locator(f'tr[data-case="{numbers[20]}"] .what a')
        link.focus()
        page.evaluate("() => scrollTo(0, 700)")
        top = link.bounding_box()
        new = world.case(world.report(world.doors[1], text="刚来的一件"))
        bar = page.locator("[data-news-bar]")
        expect(bar).to_contain_text("新来了1件", timeout=WITHIN)
        assert page.evaluate(FOCUSED) == numbers[20], "the focus stays"
        assert link.bounding_box() == top, "and so does the list"
        expect(page.locator(".tabs a[aria-current] span")).to_have_text("25")
        expect(page.locator("tr[data-case]")).to_have_count(24)
        look = bar.get_by_role("button", name="点这里看").bounding_box()
        assert look is not None
        page.mouse.click(look["x"] + 9, look["y"] + 9)  # `click` would scroll first
        expect(page.locator(f'tr[data-case="{new.number}"]')).to_contain_text("刚来")
        expect(page.locator("tr[data-case]")).to_have_count(25)
        expect(page.locator(f'tr[data-case="{numbers[20]}"] input')).to_be_checked()
        moved = link.bounding_box()
        assert moved is not None
        assert top is not None
        assert abs(moved["y"] - top["y"]) < 2
        assert page.evaluate("() => document.activeElement.matches('[data-news-bar]')")


def test_the_first_case_of_an_empty_list(browser: Browser, address: str, world: World) -> None:
    with at_desk(browser, address, world) as person:
        page = person.page
        (number,) = reported(world, 1)
        page.get_by_role("button", name="点这里看").click()
        row = page.locator(f'tr[data-case="{number}"]')
        expect(row).to_be_visible()
        assert page.evaluate(FOCUSED) == number
        page.keyboard.press("x")
        person.reads("勾了1件")


def test_what_a_colleague_changed_is_marked_and_a_late_tick_is_told(
    browser: Browser, address: str, world: World
) -> None:
    first, second = reported(world, 2)
    with at_desk(browser, address, world) as person:
        page = person.page
        for number in (first, second):
            page.locator(f'tr[data-case="{number}"] input').check()
        case = _case(world)(first)
        handling.act(world.actor("worker"), first, "triage", case.version)
        row = page.locator(f'tr[data-case="{first}"]')
        expect(row).to_contain_text("刚才有人改过", timeout=WITHIN)
        expect(row.locator("input")).to_be_checked()
        page.get_by_role("button", name="勾上的一起分").click()
        sheet = page.locator("dialog[open]")
        expect(sheet).to_contain_text("worker 值班")
        with page.expect_navigation():
            sheet.get_by_role("button", name="分好，排进队列").click()
        person.reads("分好了1件。", "有1件没办成，还勾着。", "刚才有人改过这件，先看看现在怎样，再定。")
        expect(page.get_by_role("checkbox")).to_have_count(1)
        expect(page.get_by_role("checkbox")).to_be_checked()
        barrier_free(page)


def test_danger_shows_at_once(browser: Browser, address: str, world: World) -> None:
    reported(world, 2)
    with at_desk(browser, address, world) as person:
        page = person.page
        page.keyboard.press("j")
        here = page.evaluate(FOCUSED)
        world.report(text="楼道里漏煤气了")
        deliver()
        expect(page.locator(".alert")).to_be_visible(timeout=WITHIN)
        expect(page.locator("[role=alert] .alert")).to_have_count(1)
        assert page.evaluate(FOCUSED) == here


def test_a_session_that_ended_is_told_and_asks_no_more(browser: Browser, address: str, world: World) -> None:
    reported(world, 1)
    with at_desk(browser, address, world) as person:
        with transaction() as session:
            sessions.end_all(session, world.staff["dispatcher"])
        person.page.locator("tr[data-case] input").check()
        person.reads("登录过期了")
        expect(person.page.locator("tr[data-case] input")).to_be_checked()
        asked: list[str] = []
        person.page.on("request", lambda request: asked.append(request.url))
        person.page.wait_for_timeout(4_500)
        assert asked == []


@pytest.mark.parametrize("phone", [False, True])
def test_without_script_everything_works_by_mouse_and_tab(
    browser: Browser, address: str, world: World, phone: bool
) -> None:
    numbers = reported(world, 3)
    with at_desk(browser, address, world, script=False, phone=phone) as person:
        page = person.page
        for number in numbers[:2]:
            page.locator(f'tr[data-case="{number}"] input').check()
        expect(page.get_by_role("button", name="用键盘")).to_have_count(0)
        person.press("勾上的一起分")
        person.reads("勾上的2件")
        page.get_by_label("类别", exact=True).select_option("0304")
        person.press("分好，排进队列")
        person.reads("分好了2件。")
        with page.expect_navigation():
            page.get_by_role("button", name="撤回").click()
        person.reads("撤回了2件。")


@pytest.mark.parametrize("who", ["leader", "worker"])
def test_who_may_not_sort_still_walks_the_list_by_keys(
    browser: Browser, address: str, world: World, who: str
) -> None:
    _first, second = reported(world, 2)
    with at_desk(browser, address, world, who=who) as person:
        page = person.page
        for key in ("j", "j", "x", "t"):
            page.keyboard.press(key)
        expect(page.locator("dialog[open]")).to_have_count(int(who == "worker"))
        if who == "leader":
            assert page.evaluate(FOCUSED) == second
            page.get_by_role("button", name="用键盘").click()
            expect(page.get_by_role("dialog", name="用键盘")).to_be_visible()
        barrier_free(page)


def _case(world: World) -> Callable[[str], CaseFile]:
    def found(number: str) -> CaseFile:
        db.session.rollback()
        return db.session.scalars(select(CaseFile).where(CaseFile.number == number)).one()

    return found


@pytest.mark.parametrize("width", [320, 390, 1440])
def test_every_page_of_it_fits_and_is_barrier_free(
    browser: Browser, address: str, world: World, width: int
) -> None:
    first, second = reported(world, 2)
    with at_desk(browser, address, world, phone=width < 400) as person:
        page = person.page
        page.set_viewport_size({"width": width, "height": 780})
        ticks = "&".join(f"case={number}:1" for number in (first, second, "2611-9999"))
        pages = ["/desk/", f"/desk/bulk?do=triage&{ticks}", f"/desk/bulk?do=assign&{ticks}"]
        for path in pages:
            _fits(person.open(address + path), width)
        with page.expect_navigation():
            page.get_by_label("主责单位").press("Enter")
        person.reads("请选一个人，或者写上主责单位。")
        _fits(page, width)
        person.open(address + pages[1])
        person.press("分好，排进队列")
        person.reads("分好了2件。")
        for path in ("/desk/bulk", "/desk/bulk/1"):
            _fits(person.open(address + path), width)


def _fits(page: Page, width: int) -> None:
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width, page.url
    barrier_free(page)
