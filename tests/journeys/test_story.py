"""The one story: a code on paper, a report, a Saturday, 12345, an answer, and a resident who has the last word.

By addresses, buttons and the contract's commands only: nothing here imports the product or touches its
database, everything starts from an empty one, and time moves by starting the processes again."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.journeys.house import House, eventually
from tests.journeys.paper import addresses_on, photo_of_a_dark_stairwell
from tests.journeys.people import (
    DESK,
    PHONE,
    Person,
    Pictures,
    anonymous,
    barrier_free,
    receipt_on,
    somebody,
)  # fmt: skip

pytestmark = pytest.mark.xdist_group("journey")

SUB_DISTRICT, COMMUNITY = "110105015", "红庙社区"
SATURDAY = "2026-11-28"
PASSWORDS = {"diaodu": "十二月的八里庄桥头见", "wangge": "红庙院里的那棵老槐树"}


@dataclass(frozen=True)
class Matter:
    """What a resident says, and the leaf of the catalogue a dispatcher puts it under."""

    text: str
    category: str


LAMP = Matter("三层的楼道灯不亮，晚上看不见台阶。", "楼道灯不亮")  # solved at the door; “not solved”
HANDRAIL = Matter("一层扶手松了，老人不敢扶。", "扶手、台阶坏了")  # solved by phone on a weekday
GATE = Matter("单元门关不上，夜里咣当响。", "单元门、门禁坏了")  # in hand, with a date
CLUTTER = Matter("楼道里堆了旧柜子，轮椅过不去。", "楼道堆东西")  # nobody home; carried over
PARKING = Matter("门口总有车挡着路，出不去。", "乱停车挡路")  # left undecided: to 12345 and back; “solved”
LITTER = Matter("二层楼道两周没人扫了。", "楼道脏、没人扫")  # left undecided, recalled
MATTERS = (LAMP, HANDRAIL, GATE, CLUTTER, PARKING, LITTER)


@contextmanager
def step(name: str) -> Iterator[None]:
    """A named station of the story; a failure says which it was."""
    begun = time.monotonic()
    try:
        yield
    except BaseException as wrong:
        wrong.add_note(f"at the step: {name}")
        raise
    print(f"{time.monotonic() - begun:5.1f} s  {name}")


def test_from_the_code_on_the_door_to_the_last_word(
    house: House, browser: Browser, pictures: Pictures, tmp_path: Path
) -> None:
    with step("a ledger becomes codes on paper, and the paper is proved"):
        doors = dict(zip(MATTERS, doors_on_paper(house, tmp_path), strict=True))
    with step("accounts: one-time links are opened and passwords set"):
        links = {
            "diaodu": add_account(house, "diaodu", "dispatcher", "--name", "调度员"),
            "wangge": add_account(house, "wangge", "worker", "--name", "小王", "--community", COMMUNITY),
        }
        house.go_to("2026-11-24T09:00:00+08:00")
    with (
        somebody(browser, PHONE, script=False) as resident,
        somebody(browser, PHONE) as worker,
        somebody(browser, DESK) as dispatcher,
    ):
        story = Story(house, pictures, doors, resident, worker, dispatcher)
        with step("passwords are set in the browser, and log in"):
            story.accounts_open(links)
        with step("Tuesday: a resident without script and cookies sends words and a photo"):
            story.a_resident_says_it_with_a_photo(photo_of_a_dark_stairwell(tmp_path / "IMG_2041.jpg"))
        with step("another uses the keyboard only; others speak at their doors"):
            story.others_say_it_too(browser)
        with step("the dispatcher finds them at the next refresh and sorts them"):
            story.the_desk_sorts()
        with step("one is solved by phone the same day"):
            story.one_is_solved_by_phone()
        with step("the rest stand on Saturday's list"):
            story.saturdays_list_is_there()
        with step("Saturday 09:00: the day is opened, the worker scans the poster and records visits"):
            house.go_to(f"{SATURDAY}T09:00:00+08:00")
            story.saturday_is_walked()
        with step("Saturday 19:50: one in hand, one carried over, two left"):
            house.go_to(f"{SATURDAY}T19:50:00+08:00")
            story.saturday_is_decided()
        with step("Saturday 20:01: the clock closes the day, and two are due"):
            house.go_to(f"{SATURDAY}T20:01:00+08:00")
            story.the_clock_closes()
        with step("Sunday 11:00: one is recalled"):
            house.go_to("2026-11-29T11:00:00+08:00")
            story.one_is_recalled()
        with step("Sunday 12:01: the clock forwards the other, the worker delivers it"):
            house.go_to("2026-11-29T12:01:00+08:00")
            number = story.one_is_forwarded()
        with step("the city assigns it, then solves it; each step is told in plain words"):
            story.the_city_answers(browser, number)
        with step("the residents have the last word"):
            story.residents_judge()


def doors_on_paper(house: House, folder: Path) -> list[str]:
    """Bring the ledger in and print one community; the addresses read from its first posters."""
    house.flask("db", "upgrade")
    house.flask("places", "setup", SUB_DISTRICT, "--name", "八里庄街道", "--district", "朝阳区")
    house.flask("places", "import", "data/demo/balizhuang.xlsx", "--sub-district", SUB_DISTRICT)
    house.flask("codes", "issue")
    pdf = folder / "posters.pdf"
    house.flask("codes", "print", "--stock", "a4-poster", "--community", COMMUNITY, "--out", str(pdf))
    assert house.flask("codes", "proof", str(pdf)).endswith("missed=0")
    addresses = addresses_on(pdf, len(MATTERS))
    assert all(address.startswith(f"{house.base_url}/d/") for address in addresses), addresses
    return addresses


def add_account(house: House, name: str, role: str, *options: str) -> str:
    """Make an account; the one-time link the command prints."""
    link, summary = house.flask("staff", "add", name, "--role", role, *options).splitlines()
    assert summary == "added=1 links=1"
    assert link.startswith(f"{house.base_url}/set-password/")
    return link


class Story:
    """Three people and what they do, station by station. `receipts` are the addresses of the receipt pages."""

    def __init__(
        self, house: House, pictures: Pictures, doors: dict[Matter, str], resident: Person, worker: Person,
        dispatcher: Person,
    ) -> None:  # fmt: skip
        self.house, self.pictures, self.doors = house, pictures, doors
        self.resident, self.worker, self.dispatcher = resident, worker, dispatcher
        self.receipts: dict[Matter, str] = {}
        self.cases: dict[Matter, str] = {}

    # ---- accounts --------------------------------------------------------------------------------------

    def accounts_open(self, links: dict[str, str]) -> None:
        for person, name in ((self.dispatcher, "diaodu"), (self.worker, "wangge")):
            page = person.open(links[name])
            person.reads("设一个密码")
            page.get_by_label("新密码").fill(PASSWORDS[name])
            person.press("就用这个")
            barrier_free(page)
            page.get_by_label("用户名").fill(name)
            page.get_by_label("密码").fill(PASSWORDS[name])
            person.press("登录")
            person.reads("队列", "都分完了。")
        secure = [cookie["secure"] for cookie in self.dispatcher.context.cookies()]
        assert secure == [self.house.base_url.startswith("https:")]

    # ---- residents -------------------------------------------------------------------------------------

    def a_resident_says_it_with_a_photo(self, photo: Path) -> None:
        resident = self.resident
        page = resident.open(self.doors[LAMP])
        resident.reads(COMMUNITY, "出了什么事？", "现在说，11月28日周六办", "不用登录，不用留名字。")
        resident.does_not_read("您登录着")
        self.pictures.take(page, "resident-form-390")
        page.get_by_label("照片").first.set_input_files(photo)
        self._say(resident, LAMP)
        resident.reads("收到了，11月28日周六来看", LAMP.text, "照片收到了")
        receipt_on(page)
        eventually(lambda: self._has_picture(resident), "the photo is re-encoded and shown")
        self.pictures.take(page, "receipt-390")
        anonymous(resident)

    def others_say_it_too(self, browser: Browser) -> None:
        with somebody(browser, PHONE) as neighbour:
            page = neighbour.open(self.doors[HANDRAIL])
            barrier_free(page)
            _tab_to(page, "text")
            page.keyboard.type(HANDRAIL.text)
            _tab_to_button(page, "提交")
            page.keyboard.press("Enter")
            page.wait_for_url("**/r/*")
            neighbour.reads("收到了，11月28日周六来看", HANDRAIL.text)
            self.receipts[HANDRAIL] = page.url
            barrier_free(page)
            anonymous(neighbour)
        for matter in (GATE, CLUTTER, PARKING, LITTER):
            self.resident.open(self.doors[matter])
            self._say(self.resident, matter)
        anonymous(self.resident)

    def _say(self, person: Person, matter: Matter) -> None:
        person.page.get_by_label("出了什么事？").fill(matter.text)
        person.press("提交")
        person.reads("收到了，11月28日周六来看", matter.text)
        self.receipts[matter] = person.page.url

    def _has_picture(self, person: Person) -> bool:
        person.page.reload()
        return person.page.get_by_alt_text("您拍的第1张照片").count() == 1

    def _receipt_of(self, matter: Matter) -> Person:
        self.resident.open(self.receipts[matter])
        return self.resident

    # ---- the desk --------------------------------------------------------------------------------------

    def the_desk_sorts(self) -> None:
        desk = self.dispatcher
        page = desk.page
        page.reload()
        desk.reads("新来的6件还没分。", *(matter.text[:10] for matter in MATTERS))
        eventually(
            lambda: "新收到的6件" in _reloaded(page.locator("main")).inner_text(), "the desk is told of each"
        )
        self.pictures.take(page, "desk-queue-1440")
        barrier_free(page)
        for matter in MATTERS:
            desk.open(f"{self.house.base_url}/desk/")
            desk.follow(matter.text[:10])
            desk.reads(matter.text, "居民原话", "刚收到")
            self.cases[matter] = page.url
            page.get_by_label("类别", exact=True).select_option(label=matter.category)
            if matter is LAMP:
                self.pictures.take(page, "case", whole=True)
                barrier_free(page)
            desk.press("分好，排进队列")
            desk.reads("分好了，排进了队列。", matter.category)
        desk.open(f"{self.house.base_url}/desk/")
        desk.reads("都分完了。")

    def one_is_solved_by_phone(self) -> None:
        desk = self.dispatcher
        desk.open(self.cases[HANDRAIL])
        desk.press("开始办")
        desk.reads("正在办")
        desk.page.get_by_label("办了什么").fill("打电话问过，物业当天拧紧了螺丝。")
        desk.press("办好了")
        desk.reads("办好待评")
        self._receipt_of(HANDRAIL).reads("办好了，等您说", "物业当天拧紧了螺丝", "这件事办得怎样？")

    def saturdays_list_is_there(self) -> None:
        desk = self.dispatcher
        desk.follow("办件日")
        desk.follow("11月28日周六")
        desk.reads(
            "11月28日周六办件日", "20:00收尾", *(one.text[:10] for one in MATTERS if one is not HANDRAIL)
        )
        self._receipt_of(LAMP).reads("排上了，11月28日周六来看", "看过了，已经排上。")

    # ---- Saturday --------------------------------------------------------------------------------------

    def saturday_is_walked(self) -> None:
        desk, worker = self.dispatcher, self.worker
        desk.page.reload()
        desk.press("开始办件")
        desk.reads("开始了，走一家记一家。")
        self.pictures.take(desk.page, "case-day", whole=True)
        barrier_free(desk.page)
        self._stand_at(LAMP)
        worker.page.get_by_label("写一句").fill("换了灯泡，试过亮了。")
        self.pictures.take(worker.page, "at-the-door", whole=True)
        barrier_free(worker.page)
        worker.press("办好了")
        worker.reads("记下了：办好了。", "这个楼门现在没有要办的事。")
        self._stand_at(CLUTTER)
        worker.press("没人在家")
        worker.reads("记下了：没人在家。", "1件没办完")
        self._receipt_of(LAMP).reads("办好了，等您说", "换了灯泡，试过亮了。")
        self._receipt_of(CLUTTER).reads("上门来过，家里没人。")

    def _stand_at(self, matter: Matter) -> None:
        """The worker scans the poster: the resident's page offers the way to the desk's page of this door."""
        self.worker.open(self.doors[matter])
        self.worker.follow("去看这个楼门要办的")
        self.worker.reads("1件没办完", matter.text)

    def saturday_is_decided(self) -> None:
        desk = self.dispatcher
        page = desk.page
        page.reload()
        desk.follow("去收尾")
        desk.reads("还有4件没定", "20:00没定的列入待转", "没人在家")
        gate = self._row(GATE)
        gate.get_by_label("在办", exact=True).check()
        gate.get_by_label("办了什么，或者为什么").fill("门轴订了货，12月2日到。")
        gate.get_by_label("下一次是哪天").fill("2026-12-02")
        clutter = self._row(CLUTTER)
        clutter.get_by_label("接着办", exact=True).check()
        clutter.get_by_label("办了什么，或者为什么").fill("家里没人，周六再来一次。")
        clutter.get_by_label("谁接着").select_option(label="小王")
        clutter.get_by_label("办了什么，或者为什么").blur()
        self.pictures.take(page, "closing-1440")
        barrier_free(page)
        desk.press("照这样定下来")
        desk.reads("定下来2件。", "还有2件没定")
        self._receipt_of(GATE).reads("正在办，12月2日周三再告诉您。", "门轴订了货")
        self._receipt_of(CLUTTER).reads("12月5日周六接着办。", "周六再来一次")

    def _row(self, matter: Matter) -> Locator:
        return self.dispatcher.page.get_by_role("row").filter(has_text=matter.text[:10])

    def the_clock_closes(self) -> None:
        desk = self.dispatcher
        day = f"{self.house.base_url}/desk/case-days/{SATURDAY}"
        eventually(
            lambda: "收尾了" in desk.open(day).locator("main").inner_text(), "the clock closes the day"
        )
        desk.reads(
            "待转12345的2件",
            PARKING.text[:10],
            LITTER.text[:10],
            "11月29日周日 12:00转出，在那以前可以撤回。",
        )
        self.pictures.take(desk.page, "due", whole=True)
        barrier_free(desk.page)

    # ---- Sunday ----------------------------------------------------------------------------------------

    def one_is_recalled(self) -> None:
        desk = self.dispatcher
        desk.page.reload()
        due = desk.page.get_by_role("listitem").filter(has=desk.page.get_by_role("button", name="撤回"))
        due.filter(has_text=LITTER.text[:10]).get_by_role("button", name="撤回").click()
        desk.reads("撤回来了，下一个办件日接着办。", "待转12345的1件")
        self._receipt_of(LITTER).reads("12月5日周六接着办。", "排上了，12月5日周六来看")

    def one_is_forwarded(self) -> str:
        """Returns the number of the work order."""
        desk = self.dispatcher
        main = desk.page.locator("main")
        eventually(lambda: "这天结束了" in _reloaded(main).inner_text(), "the clock ends the hold")
        desk.follow("转12345")
        parking = self._row(PARKING)
        eventually(lambda: "已受理" in _reloaded(parking).inner_text(), "the worker delivers it")
        expect(parking).to_contain_text("12345收下了")
        desk.does_not_read(LITTER.text[:10])
        self.pictures.take(desk.page, "forwardings")
        barrier_free(desk.page)
        number = parking.get_by_role("cell").nth(2).inner_text().strip()
        assert number
        self._receipt_of(PARKING).reads(
            "已转12345，等那边答复", "转给了市民热线12345。", f"12345收下了，工单号{number}。"
        )
        self.pictures.take(self.resident.page, "receipt-forwarded", whole=True)
        return number

    def the_city_answers(self, browser: Browser, number: str) -> None:
        with somebody(browser, DESK) as city:
            page = city.open(self.house.hotline_url)
            city.reads("演示热线·非官方", number)
            expect(page.get_by_role("row")).to_have_count(2)  # the head, and one order: nothing was doubled
            city.follow(number)
            page.get_by_label("状态").select_option(label="已派单")
            page.get_by_label("主责单位").fill("八里庄交通支队")
            city.press("保存")
            self.pictures.take(page, "stand-in", whole=True)
            barrier_free(page)
            self._ask_the_city("12345：派给承办单位了。")
            self.resident.reads("八里庄交通支队", number)
            page.get_by_label("状态").select_option(label="已办结")
            page.get_by_label("办理结果").fill("门口装了隔离桩，车停不进来了。")
            page.get_by_label("解决了吗？").select_option(label="解决了")
            page.get_by_label("满意吗？").select_option(label="满意")
            city.press("保存")
        self._ask_the_city("12345答复：办好了。")
        self.resident.reads("办好了，等您说", "门口装了隔离桩，车停不进来了。", number, "办结了")
        self.dispatcher.page.reload()
        self.dispatcher.reads("门口装了隔离桩", "有了结果")

    def _ask_the_city(self, told: str) -> None:
        """Ask after the order now, not in five minutes; the worker that runs may be the one to get the answer."""
        self.house.flask("worker", "--once")
        main = self._receipt_of(PARKING).page.locator("main")
        eventually(lambda: told in _reloaded(main).inner_text(), told)

    # ---- the last word ---------------------------------------------------------------------------------

    def residents_judge(self) -> None:
        self._judge(PARKING, contacted="联系过", solved="解决了", satisfied="满意")
        self.resident.reads("您评过了", "您说办好了，办结。")
        self._judge(LAMP, contacted="没有", solved="没解决", satisfied="不满意")
        self.resident.reads("您评过了", "您说没办好，12月5日周六接着办。", "排上了，12月5日周六来看")
        self.pictures.take(self.resident.page, "receipt-not-solved", whole=True)
        desk = self.dispatcher
        desk.open(f"{self.house.base_url}/desk/")
        main = desk.page.locator("main")
        eventually(lambda: "居民说没解决" in _reloaded(main).inner_text(), "the desk is told")
        desk.open(self.cases[LAMP])
        desk.reads("已排进周六", "评了：没解决，重新排进队列")
        desk.open(self.cases[PARKING])
        desk.reads("办结", "评了：解决了")
        self.pictures.take(desk.page, "case-answered", whole=True)
        desk.open(f"{self.house.base_url}/desk/case-days/{SATURDAY}")
        # whatever came later, the day's own record stands
        desk.reads("办好了 2 在办 1 接着办 2 待转 0 已转12345 1 还没定 0", where=".count")
        anonymous(self.resident)

    def _judge(self, matter: Matter, **answers: str) -> None:
        page = self._receipt_of(matter).page
        for answer, question in zip(
            answers.values(), ("有人联系过您吗？", "事情解决了吗？", "您满意吗？"), strict=True
        ):
            asked = page.get_by_role("group").filter(has_text=question)
            asked.get_by_label(answer, exact=True).check()
        if matter is LAMP:
            self.pictures.take(page, "follow-up", whole=True)
        self.resident.press("提交")


def _tab_to(page: Page, name: str) -> None:
    """Press the tabulator until the field of this name has the focus."""
    _tab_until(page, page.locator(f":focus[name='{name}']"))


def _tab_to_button(page: Page, word: str) -> None:
    _tab_until(page, page.locator("button:focus").filter(has_text=word))


def _tab_until(page: Page, reached: Locator) -> None:
    for _ in range(40):
        if reached.count():
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not reach {reached}")


def _reloaded(part: Locator) -> Locator:
    """The same part of the page, read anew."""
    part.page.reload()
    return part
