"""Making a case known to its neighbours: staff's own words, what may never be shown, and who reads it where."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from sqlalchemy import update

from app import clock
from app.cases import handling, publishing, triage
from app.cases.models import CaseFile
from app.cases.triage import Sorting
from app.db import transaction
from app.errors import Forbidden, ManyRefused, NotFound, Refused, Stale
from app.forwarding import handover
from tests.desk.conftest import Desk
from tests.linting.client import LintingClient
from tests.world import World

Counting = Callable[[], AbstractContextManager[list[str]]]
WORDS = "六层楼道的灯不亮"
RESIDENTS = "老王家门口六层灯坏了，我妈摔了一跤"


def published(world: World, *, visibility: str = "community", words: str = WORDS, door: int = 0) -> CaseFile:
    case = world.queued(world.doors[door], text=RESIDENTS)
    return publishing.publish(world.actor("worker"), case.number, case.version, words, visibility)


@pytest.fixture
def shown(client: LintingClient, world: World, at: Callable[[object], None]) -> Callable[[int], str]:
    """The page of a door, some seconds later: what is published may take that long."""

    def look(door: int) -> str:
        at(clock.now() + timedelta(seconds=10))
        return client.get(f"/d/{world.doors[door].code}").text

    return look


# ---- the verb ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ("  ", "public_words_missing"),
        ("长" * 201, "field_too_long"),
        ("灯\x01坏", "control_characters"),
        ("找13912345678", "public_words_number"),
        ("证件110105194912310021", "public_words_number"),
        ("电话010-65001234", "public_words_number"),
        ("一三九一二三四五六七八打给他", "public_words_number"),
        ("301室漏水", "public_words_flat"),
        ("3单元502漏水", "public_words_flat"),
        ("10-3-502漏水", "public_words_flat"),
        ("１２０１ 室漏水", "public_words_flat"),
    ],
)
def test_words_that_could_name_somebody_are_not_public(world: World, words: str, key: str) -> None:
    case = world.queued()
    with pytest.raises(ManyRefused) as refused:
        publishing.publish(world.actor("worker"), case.number, case.version, words, "door")
    assert [one.key for one in refused.value.refusals] == [key]
    assert world.again(case).visibility == "private"


@pytest.mark.parametrize(
    "words",
    ["6层楼道灯不亮", "暖气只有16度，已经3天", "10号楼2单元门关不上", "一共20户停水", "12月5日换电梯"],
)
def test_floors_days_and_amounts_may_be_said(world: World, words: str) -> None:
    assert published(world, words=words).public_words == words


def test_a_tipoff_is_never_published(world: World) -> None:
    case = world.case(world.report(kind="tipoff"))
    with pytest.raises(Refused, match="tipoff_not_public"):
        publishing.publish(
            world.actor("worker"), case.number, case.version, WORDS, "door", about_no_person=True
        )


def test_a_complaint_only_with_the_tick(world: World) -> None:
    case = world.case(world.report(kind="complaint"))
    with pytest.raises(ManyRefused, match="tick_about_no_person"):
        publishing.publish(world.actor("worker"), case.number, case.version, WORDS, "door")
    publishing.publish(world.actor("worker"), case.number, case.version, WORDS, "door", about_no_person=True)
    assert world.again(case).visibility == "door"


@pytest.mark.parametrize(
    ("who", "refusal"),
    [("leader", Forbidden), ("officer", NotFound), ("other_worker", NotFound), ("far_dispatcher", NotFound)],
)
def test_who_may_not(world: World, who: str, refusal: type[Exception]) -> None:
    case = world.queued()
    with pytest.raises(refusal):
        publishing.publish(world.actor(who), case.number, case.version, WORDS, "door")
    with pytest.raises(refusal):
        publishing.unpublish(world.actor(who), case.number, case.version)


def test_a_stale_page_publishes_nothing(world: World) -> None:
    case = world.queued()
    handling.act(world.actor("worker"), case.number, "start", case.version)
    with pytest.raises(Stale):
        publishing.publish(world.actor("worker"), case.number, case.version - 1, WORDS, "door")
    assert world.again(case).visibility == "private"


# ---- the desk ------------------------------------------------------------------------------------------


def test_from_the_page_of_the_case_and_back(
    desk: Callable[[str], Desk], world: World, shown: Callable[[int], str]
) -> None:
    case = world.queued(text=RESIDENTS)
    at_desk, url = desk("worker"), f"/desk/cases/{case.number}"
    assert "给邻居看" in at_desk.page(url)
    assert "不给邻居看了" not in at_desk.page(url)
    sent = {"version": case.version, "public_words": "301室漏水", "visibility": "door"}
    refused = at_desk.post(f"{url}/publish", **sent)
    assert refused.status_code == 422
    assert "301室漏水" in refused.text
    assert "像是有门牌号" in refused.text
    assert at_desk.post(f"{url}/publish", **sent | {"public_words": WORDS}).status_code == 303
    assert WORDS in at_desk.page(url)
    assert WORDS in shown(0)
    stale = at_desk.post(f"{url}/unpublish", version=case.version)
    assert stale.status_code == 409
    assert WORDS in shown(0)
    assert at_desk.post(f"{url}/unpublish", version=world.again(case).version).status_code == 303
    assert WORDS not in shown(0)
    assert [event.action for event in world.events(case)][-2:] == ["publish", "unpublish"]


def test_the_tick_of_a_complaint_is_asked_for(desk: Callable[[str], Desk], world: World) -> None:
    case = world.case(world.report(kind="complaint"))
    at_desk, url = desk("worker"), f"/desk/cases/{case.number}"
    assert "这件投诉说的不是哪个人" in at_desk.page(url)
    sent = {"version": case.version, "public_words": WORDS, "visibility": "door"}
    refused = at_desk.post(f"{url}/publish", **sent)
    assert refused.status_code == 422
    assert "投诉要先勾上" in refused.text
    assert at_desk.post(f"{url}/publish", **sent, about_no_person="1").status_code == 303


def test_a_tipoff_says_why_not(desk: Callable[[str], Desk], world: World) -> None:
    case = world.case(world.report(kind="tipoff"))
    page = desk("worker").page(f"/desk/cases/{case.number}")
    assert "举报不给邻居看。" in page
    assert f'action="/desk/cases/{case.number}/publish"' not in page


# ---- at the door ---------------------------------------------------------------------------------------


def test_a_door_reads_its_own_and_the_buildings(world: World, shown: Callable[[int], str]) -> None:
    published(world, visibility="door", words="一单元门关不上")
    published(world, visibility="community", words="电梯总停")
    assert "一单元门关不上" in shown(0)
    assert "电梯总停" in shown(0)
    next_door = shown(1)
    assert "一单元门关不上" not in next_door
    assert "电梯总停" in next_door
    assert "同楼" in next_door
    assert "电梯总停" not in shown(4), "another building reads it on the board"
    assert "电梯总停" not in shown(8), "nor another community"


def test_nothing_of_the_resident_is_on_the_page(
    world: World, shown: Callable[[int], str], at: Callable[[str], None]
) -> None:
    at("2026-11-24T07:43")
    case = world.queued(text=RESIDENTS, spot="五层502", phone="13912345678", name="周阿姨")
    publishing.publish(world.actor("worker"), case.number, case.version, WORDS, "community")
    page = shown(0)
    assert WORDS in page
    assert "11月24日周二" in page
    for private in ("老王", "摔了", "502", "139", "5678", "周阿姨", "07:43", "7:43"):
        assert private not in page.split("出了什么事？")[0], private


@pytest.mark.parametrize(
    ("homes", "told"), [(0, "已有邻居"), (4, "已有邻居"), (5, "已有5户"), (12, "已有12户")]
)
def test_small_counts_are_not_told(world: World, shown: Callable[[int], str], homes: int, told: str) -> None:
    case = published(world)
    with transaction() as session:
        session.execute(update(CaseFile).where(CaseFile.id == case.id).values(homes=homes))
    page = shown(0)
    assert told in page
    assert f"{homes}户" in page or homes < 5
    assert homes >= 5 or f"{homes}户" not in page


def test_what_was_done_is_told_for_some_days_and_joined_no_more(
    world: World, shown: Callable[[int], str], at: Callable[[str], None]
) -> None:
    case = published(world)
    assert f'value="{case.number}"' in shown(0)
    handling.act(world.actor("worker"), case.number, "resolve", case.version, "换了灯")
    page = shown(0)
    assert WORDS in page
    assert "办好了" in page
    assert f'value="{case.number}"' not in page
    at("2026-12-02T09:00")
    assert WORDS not in shown(0)


def test_a_forwarded_case_is_still_joined(world: World, shown: Callable[[int], str]) -> None:
    case = published(world)
    handover.forward_now(world.actor("dispatcher"), case.number, case.version)
    page = shown(0)
    assert "已转12345" in page
    assert f'value="{case.number}"' in page


def test_what_it_became_since_is_asked_each_time(world: World, shown: Callable[[int], str]) -> None:
    aside = published(world)
    handling.act(world.actor("dispatcher"), aside.number, "set_aside", aside.version, "有骂人的话")
    assert WORDS not in shown(0)
    for kind, stays in (("tipoff", False), ("complaint", False), ("help", True)):
        fresh = world.case(world.report(text=RESIDENTS))
        made = publishing.publish(world.actor("worker"), fresh.number, fresh.version, f"这件是{kind}", "door")
        triage.triage(world.actor("worker"), fresh.number, made.version, Sorting(kind=kind))
        assert (f"这件是{kind}" in shown(0)) is stays, kind


@pytest.mark.parametrize(
    "values",
    [
        {"state": "merged"},
        {"state": "set_aside"},
        {"kind": "tipoff"},
        {"public_words": ""},
        {"visibility": "private"},
    ],
)
def test_the_mark_alone_is_not_trusted(
    world: World, shown: Callable[[int], str], client: LintingClient, values: dict[str, str]
) -> None:
    case = published(world)
    board = f"/c/{world.doors[0].community_code}"
    assert WORDS in shown(0)
    assert WORDS in client.get(board).text
    with transaction() as session:
        session.execute(update(CaseFile).where(CaseFile.id == case.id).values(**values))
    assert case.number not in shown(0)
    assert WORDS not in shown(0)
    assert WORDS not in client.get(board).text


def test_the_page_costs_no_more_with_many_neighbours(
    client: LintingClient, world: World, count_queries: Counting, at: Callable[[object], None]
) -> None:
    url = f"/d/{world.doors[0].code}"
    client.get(url)
    at(clock.now() + timedelta(seconds=10))
    with count_queries() as without:
        client.get(url)
    for number in range(6):
        published(world, words=f"第{number}件")
    at(clock.now() + timedelta(seconds=10))
    client.get(url)  # the categories of the form are looked up when a page is drawn anew
    at(clock.now() + timedelta(seconds=10))
    with count_queries() as with_many:
        assert "第5件" in client.get(url).text
    assert len(with_many) == len(without)
    with count_queries() as at_once:
        client.get(url)
    assert at_once == []


def test_each_visit_gets_one_key_for_both_forms_of_the_page(
    world: World, shown: Callable[[int], str]
) -> None:
    import re

    published(world)
    first, second = shown(0), shown(0)
    for name in ("csrf_token", "submission_key"):
        values = [re.findall(rf'name="{name}" value="([^"]*)"', page) for page in (first, second)]
        assert [len(found) for found in values] == [2, 2], "the report and the list of neighbours"
        assert len(set(values[0])) == 1
        assert values[0] != values[1]
        assert "@@" not in first


# ---- the board -----------------------------------------------------------------------------------------


def test_the_board_pages_and_names_no_door(client: LintingClient, world: World) -> None:
    for number in range(26):
        published(world, words=f"第{number:02}件", door=number % 3)
    published(world, words="只给这个楼门", visibility="door")
    board = f"/c/{world.doors[0].community_code}"
    first, second = client.get(board).text, client.get(f"{board}?page=2").text
    assert first.index("第25件") < first.index("第01件")
    assert "第00件" not in first
    assert "第00件" in second
    assert "第01件" not in second
    for page in (first, second):
        assert "红庙北里1号楼" in page
        assert "1单元" not in page
        assert "只给这个楼门" not in page
        assert "老王" not in page
    for beyond in ("3", "0", "-1", "x", "9" * 30):
        assert client.get(f"{board}?page={beyond}").status_code == 200


def test_the_board_counts_homes_from_five_on(client: LintingClient, world: World) -> None:
    few, many = published(world, words="少的"), published(world, words="多的")
    with transaction() as session:
        session.execute(update(CaseFile).where(CaseFile.id == few.id).values(homes=4))
        session.execute(update(CaseFile).where(CaseFile.id == many.id).values(homes=6))
    page = client.get(f"/c/{world.doors[0].community_code}").text
    assert "已有6户" in page
    assert "4户" not in page


def test_no_private_case_shows_on_the_board(client: LintingClient, world: World) -> None:
    board = f"/c/{world.doors[0].community_code}"
    empty = client.get(board).text
    for number in range(12):
        private = world.queued(text=RESIDENTS)
        if number % 2:
            handling.act(world.actor("worker"), private.number, "resolve", private.version, "好了")
    published(world, visibility="door")
    assert client.get(board).text == empty


def test_the_queue_says_how_many_neighbours(desk: Callable[[str], Desk], world: World) -> None:
    case = published(world)
    with transaction() as session:
        session.execute(update(CaseFile).where(CaseFile.id == case.id).values(homes=3, step=2))
    assert "邻居也说3户" in desk("worker").page("/desk/?state=queued")


def test_the_queue_goes_by_step_then_deadline_also_over_pages(world: World) -> None:
    from app.cases import queue
    from app.cases.workflow import State
    from app.db import db

    steps = [3, 0, 2, 1, 3, 2, 0, 1, 3]
    cases = [world.queued() for _ in steps]
    with transaction() as session:
        for case, step in zip(cases, steps, strict=True):
            session.execute(update(CaseFile).where(CaseFile.id == case.id).values(step=step))
    wanted = [
        case.number
        for _, _, case in sorted((step, case.id, case) for case, step in zip(cases, steps, strict=True))
    ]
    found: list[str] = []
    after: str | None = ""
    while after is not None:
        page = queue.page(
            db.session(), world.actor("dispatcher"), queue.Wanted((State.QUEUED,)), after=after, size=2
        )
        found += [row.number for row in page.rows]
        after = page.after
    assert found == wanted
