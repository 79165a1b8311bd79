"""The queue: what came is there at once, what cannot wait on top, and it costs the same however long it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from app import clock
from app.access.actor import Role
from app.db import transaction
from app.notices.models import Notice
from tests.desk.conftest import Desk
from tests.world import World

Counting = Callable[[], AbstractContextManager[list[str]]]


@pytest.mark.parametrize("who", ["worker", "dispatcher", "leader"])
def test_a_report_is_in_the_queue_at_the_next_look(
    desk: Callable[[str], Desk], world: World, who: str
) -> None:
    at_desk = desk(who)
    assert "都分完了。" in at_desk.page("/desk/")
    case = world.case(world.report(text="三层的窗户关不上"))
    page = at_desk.page("/desk/")
    assert case.number in page
    assert "三层的窗户关不上" in page
    assert "新来的1件还没分。" in page


def test_tabs_count_and_narrow(desk: Callable[[str], Desk], world: World) -> None:
    waiting, queued = world.case(world.report(text="还没分的")), world.queued(text="分好的")
    at_desk = desk("dispatcher")
    received, sorted_ = at_desk.page("/desk/?state=received"), at_desk.page("/desk/?state=queued")
    assert waiting.number in received
    assert queued.number not in received
    assert queued.number in sorted_
    assert waiting.number not in sorted_
    both = at_desk.page("/desk/?state=all")
    assert waiting.number in both
    assert queued.number in both
    assert re.search(r"全部 <span>2</span>", both)


def test_what_cannot_wait_is_on_top(desk: Callable[[str], Desk], world: World) -> None:
    early = world.case(world.report(text="楼道灯坏了"))
    hot = world.case(world.report(text="暖气不热", category="0101"))
    page = desk("dispatcher").page("/desk/")
    assert page.index(hot.number) < page.index(early.number)
    assert "不等周六" in page


def test_a_community_narrows_rows_and_counts(desk: Callable[[str], Desk], world: World) -> None:
    here, there = world.case(world.report(world.doors[0])), world.case(world.report(world.doors[8]))
    page = desk("dispatcher").page(f"/desk/?community={world.communities[0]}")
    assert here.number in page
    assert there.number not in page
    assert re.search(r"刚收到 <span>1</span>", page)


def test_a_worker_sees_only_their_own_community(desk: Callable[[str], Desk], world: World) -> None:
    here, there = world.case(world.report(world.doors[0])), world.case(world.report(world.doors[8]))
    for address in ("/desk/?state=all", f"/desk/?state=all&community={world.communities[1]}"):
        page = desk("worker").page(address)
        assert here.number in page
        assert there.number not in page


def test_paging_shows_every_case_once(desk: Callable[[str], Desk], world: World) -> None:
    numbers = {world.case(world.report(text=f"第{n}件")).number for n in range(30)}
    at_desk, url, seen = desk("dispatcher"), "/desk/", []
    for _page in range(3):
        page = at_desk.page(url)
        seen += re.findall(r'href="/desk/cases/(\d{4}-\d{4})" translate="no">第', page)
        following = re.search(r'href="(/desk/[^"]*after=\d+[^"]*)">往下看', page)
        if following is None:
            break
        url = following.group(1).replace("&amp;", "&")
    assert sorted(seen) == sorted(numbers)


def test_the_queue_costs_the_same_however_long(
    desk: Callable[[str], Desk], world: World, count_queries: Counting
) -> None:
    at_desk = desk("dispatcher")
    costs = []
    for many in (5, 195):
        for number in range(many):
            world.report(world.doors[number % 12], text=f"第{number}件")
        for address in ("/desk/", "/desk/?state=all&after=1.1"):
            with count_queries() as statements:
                at_desk.page(address)
            costs.append(sum(statement.lstrip().upper().startswith("SELECT") for statement in statements))
    assert costs[:2] == costs[2:]
    assert max(costs) <= 8, costs


@pytest.mark.parametrize(
    "query", ["state=none", "community=x", "community=999999999", "after=abc", "after=99999999999999"]
)
def test_a_strange_address_shows_a_queue(desk: Callable[[str], Desk], world: World, query: str) -> None:
    number = world.case(world.report()).number
    assert number in desk("dispatcher").page(f"/desk/?{query}")


def test_notices_stay_until_somebody_has_read_them(desk: Callable[[str], Desk], world: World) -> None:
    case = world.queued()
    with transaction() as session:
        session.add(
            Notice(
                key="t1",
                kind="not_solved",
                ref=case.number,
                sub_district_id=world.sub_district_id,
                community_id=case.community_id,
                role=Role.DISPATCHER.value,
                created_at=clock.now(),
            )
        )
    at_desk = desk("dispatcher")
    page = at_desk.page("/desk/")
    assert "居民说没解决" in page
    assert "居民说没解决" not in desk("worker").page("/desk/")
    found = re.search(r'name="notice" value="(\d+)"', page)
    assert found is not None
    assert at_desk.post("/desk/notices/read", notice=found.group(1)).status_code == 303
    assert "居民说没解决" not in at_desk.page("/desk/")
    assert desk("worker").post("/desk/notices/read", notice=found.group(1)).status_code == 404


def test_in_english_the_residents_words_stay(desk: Callable[[str], Desk], world: World) -> None:
    world.report(text="水管漏水")
    page = desk("dispatcher").page("/desk/?lang=en")
    assert 'lang="en"' in page
    assert "水管漏水" in page
