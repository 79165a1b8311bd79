"""Ticking cases in the queue: the page that asks what to do, what was done and what was not, taking it back, and
what a list on the screen is told of meanwhile."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from werkzeug.test import TestResponse

from app.cases import handling, news
from app.cases.models import CaseFile
from tests.desk.conftest import Desk
from tests.rooms.test_assigning import deliver
from tests.world import World

Sit = Callable[[str], Desk]
Counting = Callable[[], AbstractContextManager[list[str]]]


def fresh(world: World, many: int) -> list[CaseFile]:
    return [world.case(world.report(world.doors[n % 8], text=f"第{n}件")) for n in range(many)]


def tick(*cases: CaseFile) -> list[str]:
    return [f"{case.number}:{case.version}" for case in cases]


def text(answer: TestResponse) -> str:
    return answer.get_data(as_text=True)


def test_the_queue_can_be_ticked_by_whoever_sorts(desk: Sit, world: World) -> None:
    (case,) = fresh(world, 1)
    for who, may in (("dispatcher", True), ("worker", True), ("leader", False)):
        page = desk(who).page("/desk/")
        assert (f'value="{case.number}:1" form="bulk"' in page) is may
        assert ('id="bulk"' in page) is may


def test_ticked_cases_are_sorted_and_taken_back_from_the_line_on_top(desk: Sit, world: World) -> None:
    cases = fresh(world, 3)
    at_desk = desk("dispatcher")
    asked = at_desk.client.get(
        "/desk/bulk", query_string={"case": tick(*cases), "do": "triage", "back": "state=all"}
    )
    page = text(asked)
    assert "勾上的3件" in page
    assert page.count("checked") == 3
    done = at_desk.post("/desk/bulk", act="triage", case=tick(*cases), category="0304", back="state=all&x=1")
    assert (done.status_code, done.headers["Location"]) == (303, "/desk/?state=all&x=1")
    queue = at_desk.page("/desk/?state=all")
    assert "分好了3件。" in queue
    assert {world.again(case).state for case in cases} == {"queued"}
    undo = re.search(r'action="(/desk/bulk/\d+/undo)"', queue)
    assert undo
    assert "分好了3件。" not in at_desk.page("/desk/?state=all"), "told once"
    back = at_desk.post(undo[1], back="state=all")
    assert (back.status_code, back.headers["Location"]) == (303, "/desk/?state=all")
    assert "撤回了3件。" in at_desk.page("/desk/")
    assert {world.again(case).state for case in cases} == {"received"}
    again = at_desk.post(undo[1])
    assert again.status_code == 422
    assert "这一批已经撤回了。" in text(again)


def test_what_could_not_be_done_is_named_and_stays_ticked_with_what_was_typed(
    desk: Sit, world: World
) -> None:
    good, stale, there = *fresh(world, 2), world.case(world.report(world.doors[8]))
    seen = tick(good, stale, there)
    desk("dispatcher").post(f"/desk/cases/{stale.number}/triage", version=stale.version, category="0902")
    at_desk = desk("worker")
    answer = at_desk.post(
        "/desk/bulk", act="triage", case=[*seen, "2611-9999:1"], category="0304", lead_unit="红庙物业"
    )
    page = text(answer)
    assert answer.status_code == 422
    assert "分好了1件。" in page
    assert "有3件没办成，还勾着。" in page
    assert "刚才有人改过" in page
    assert "dispatcher 值班" in page
    assert page.count("没有这件。") >= 2
    assert there.title not in page, "nothing is told of another community"
    assert f'value="{good.number}' not in page
    assert f'value="{stale.number}:{world.again(stale).version}" checked' in page
    assert 'value="红庙物业"' in page
    assert world.again(good).state == "queued"


@pytest.mark.parametrize(
    ("act", "fields", "said"),
    [
        ("triage", {"category": "9999"}, "这一项请重新选。"),
        ("triage", {"kind": "none"}, "这一项请重新选。"),
        ("triage", {"lead_unit": "长" * 61}, "60"),
        ("triage", {"lead_unit": "a\x00b"}, "控制字符"),
        ("assign", {}, "请选一个人，或者写上主责单位。"),
        ("assign", {"person": "999999999999"}, "请选一个人"),
        ("assign", {"lead_unit": "a\x01"}, "控制字符"),
    ],
)
def test_a_fault_of_the_form_does_nothing_and_keeps_every_tick(
    desk: Sit, world: World, act: str, fields: dict[str, str], said: str
) -> None:
    cases = fresh(world, 2)
    answer = desk("dispatcher").post("/desk/bulk", act=act, case=tick(*cases), **fields)
    assert answer.status_code == 422
    assert said in text(answer)
    assert text(answer).count(" checked") == 2
    assert {world.again(case).state for case in cases} == {"received"}


def test_odd_ticks_are_no_defect(desk: Sit, world: World) -> None:
    at_desk = desk("dispatcher")
    for ticks in ([], ["none"], ["2611-0001"], ["2611-0001:99999999999999"], ["\x00:1"], ["٢٦١١-0001:1"]):
        assert at_desk.post("/desk/bulk", act="triage", case=ticks).status_code == 422
        assert (
            at_desk.client.get("/desk/bulk", query_string={"case": ticks, "do": "assign"}).status_code == 200
        )
    many = [f"2611-{n:04}:1" for n in range(101)]
    answer = at_desk.post("/desk/bulk", act="triage", case=many)
    assert answer.status_code == 422
    assert "一次最多100件" in text(answer)
    assert at_desk.post("/desk/bulk", act="none", case=many).status_code == 404
    for odd in ("0", "x", "9" * 30):
        assert at_desk.get(f"/desk/bulk/{odd}").status_code == 404
        assert at_desk.post(f"/desk/bulk/{odd}/undo").status_code == 404
    for back in ("//evil.example/", "https://evil.example/", "\x00=1", "state=%00", "a" * 900):
        cases = fresh(world, 1)
        done = at_desk.post("/desk/bulk", act="triage", case=tick(*cases), back=back)
        assert done.headers["Location"].startswith("/desk/")
        assert at_desk.get(done.headers["Location"]).status_code == 200


def test_many_are_given_out_and_the_handler_sees_which(desk: Sit, world: World) -> None:
    cases = [world.queued(world.doors[n], text=f"第{n}件事") for n in range(2)]
    at_desk, worker = desk("dispatcher"), desk("worker")
    page = text(at_desk.client.get("/desk/bulk", query_string={"case": tick(*cases), "do": "assign"}))
    assert "worker 值班" in page
    assert "other_worker 值班" not in page, "does not cover this community"
    fields = {"person": world.staff["worker"], "lead_unit": "街道城管科"}
    assert at_desk.post("/desk/bulk", act="assign", case=tick(*cases), **fields).status_code == 303
    assert "派好了2件。" in at_desk.page("/desk/?state=queued")
    deliver()
    queue = worker.page("/desk/")
    assert "有几件分给您办" in queue
    link = re.search(r'href="(/desk/bulk/\d+)"', queue)
    assert link
    theirs = worker.page(link[1])
    assert "第0件事" in theirs
    assert "/undo" not in theirs, "not theirs to take back"
    assert worker.post(f"{link[1]}/undo").status_code == 404
    assert desk("other_worker").get(link[1]).status_code == 404
    assert desk("leader").get(link[1]).status_code == 404
    assert desk("far_dispatcher").get(link[1]).status_code == 404


def test_an_hour_later_from_the_list_of_what_i_did(
    desk: Sit, world: World, at: Callable[[str], None]
) -> None:
    one, other = fresh(world, 2)
    desk("dispatcher").post("/desk/bulk", act="triage", case=tick(one, other), category="0304")
    handling.act(world.actor("worker"), other.number, "start", world.again(other).version)
    at("2026-11-24T10:30")
    at_desk = desk("dispatcher")  # another session, as after a restart
    link = re.search(r'href="(/desk/bulk/\d+)"', at_desk.page("/desk/bulk"))
    assert link
    page = at_desk.page(link[1])
    assert "还没有人动过" in page
    assert "后来有人改过，不撤" in page
    assert "worker 值班" in page
    undone = at_desk.post(f"{link[1]}/undo")
    assert (undone.status_code, undone.headers["Location"]) == (303, link[1])
    page = at_desk.page(link[1])
    assert "撤回了1件。有1件后来有人改过，没有动。" in page
    assert "已经撤回" in page
    assert (world.again(one).state, world.again(other).state) == ("received", "in_progress")
    assert "已经撤回" in at_desk.page("/desk/bulk")


def test_when_everything_was_touched_nothing_is_taken_back(desk: Sit, world: World) -> None:
    (case,) = fresh(world, 1)
    at_desk = desk("dispatcher")
    at_desk.post("/desk/bulk", act="triage", case=tick(case), category="0304")
    link = re.search(r'href="(/desk/bulk/\d+)"', at_desk.page("/desk/"))
    assert link
    handling.act(world.actor("worker"), case.number, "start", world.again(case).version)
    for _ in range(2):
        at_desk.post(f"{link[1]}/undo")
        assert "一件也没撤回，后来都有人改过。" in at_desk.page(link[1])


def test_one_case_is_sorted_and_given_out_on_its_page_and_taken_back(desk: Sit, world: World) -> None:
    (case,) = fresh(world, 1)
    at_desk, url = desk("dispatcher"), f"/desk/cases/{case.number}"
    assert at_desk.post(f"{url}/triage", version=case.version, category="0304").status_code == 303
    page = at_desk.page(url)
    assert "分好了，排进了队列。" in page
    assert "person-assign" in page
    version = world.again(case).version
    for wrong in ({}, {"person": world.staff["other_worker"]}, {"lead_unit": "社区居委会"}):
        answer = at_desk.post(f"{url}/assign", version=version, **wrong)
        assert answer.status_code == 422, wrong
    assert at_desk.post(f"{url}/assign", version=0, person=world.staff["worker"]).status_code == 409
    assert at_desk.post(f"{url}/assign", version=version, person=world.staff["worker"]).status_code == 303
    page = at_desk.page(url)
    assert "换好了。" in page
    assert world.again(case).handler_id == world.staff["worker"]
    undo = re.search(r'action="(/desk/bulk/\d+/undo)"', page)
    assert undo
    back = at_desk.post(undo[1])
    assert (back.status_code, back.headers["Location"]) == (303, url)
    assert world.again(case).handler_id is None
    assert "撤回：还是原来的人办" in at_desk.page(url)


def test_the_resident_reads_that_it_was_taken_back_and_the_day_that_holds(desk: Sit, world: World) -> None:
    receipt = world.report()
    case, at_desk = world.case(receipt), desk("dispatcher")
    promised = f"{case.promised_on.month}月{case.promised_on.day}日"
    at_desk.post("/desk/bulk", act="triage", case=tick(case), category="0101")
    at_desk.post("/desk/bulk/1/undo")
    page = text(at_desk.client.application.test_client().get(f"/r/{receipt}"))
    assert "收回来再看一看。" in page
    assert "刚收到" in page
    assert promised in page


def test_ticking_costs_the_queue_nothing(desk: Sit, world: World, count_queries: Counting) -> None:
    fresh(world, 3)
    at_desk = desk("dispatcher")
    with count_queries() as statements:
        at_desk.page("/desk/")
    assert sum(one.lstrip().upper().startswith("SELECT") for one in statements) <= 8


# ---- what came meanwhile -----------------------------------------------------------------------------


def news_of(at_desk: Desk, page: str) -> str:
    found = re.search(r'data-news="([^"]+)"', page)
    assert found
    return found[1].replace("&amp;", "&")


def on(url: str, answer: TestResponse) -> str:
    return re.sub(r"place=[^&]*", f"place={answer.get_json()['place']}", url)


def test_a_list_is_told_what_came_and_what_changed_since_it_was_drawn(desk: Sit, world: World) -> None:
    old, other = fresh(world, 2)
    at_desk = desk("dispatcher")
    url = news_of(at_desk, at_desk.page("/desk/?state=received"))
    first = at_desk.get(url)
    assert first.get_json()["tabs"] == {}
    url = on(url, first)
    assert at_desk.get(url).status_code == 204
    new = world.case(world.report(world.doors[8], text="刚来的一件"))
    far = world.case(world.report(world.far_door))
    desk("worker").post(f"/desk/cases/{other.number}/triage", version=other.version, category="0304")
    answer = at_desk.get(url)
    told = answer.get_json()
    assert told["new"] == [new.number]
    assert told["changed"] == {other.number: world.again(other).version}
    assert told["tabs"] == {"queued": 1, "all": 1}
    assert far.number not in text(answer)
    assert old.number not in text(answer)
    assert at_desk.get(on(url, answer)).status_code == 204


def test_news_are_of_the_tab_the_community_and_ones_own_scope(desk: Sit, world: World) -> None:
    at_desk, worker = desk("dispatcher"), desk("worker")
    queued = news_of(at_desk, at_desk.page("/desk/?state=queued"))
    narrowed = news_of(at_desk, at_desk.page(f"/desk/?community={world.communities[1]}"))
    own = news_of(worker, worker.page("/desk/"))
    here, there = world.case(world.report(world.doors[0])), world.case(world.report(world.doors[8]))
    sorted_one = world.queued(world.doors[1])
    assert at_desk.get(queued).get_json()["new"] == [sorted_one.number]
    told = at_desk.get(narrowed).get_json()
    assert (told["new"], told["tabs"]) == ([there.number], {"received": 1, "all": 1})
    assert worker.get(own).get_json()["new"] == [here.number]


def test_the_page_that_was_asked_for_first_misses_nothing(
    desk: Sit, world: World, at: Callable[[str], None]
) -> None:
    """What came between the drawing of the page and its first question."""
    at_desk = desk("dispatcher")
    url = news_of(at_desk, at_desk.page("/desk/"))
    new = world.case(world.report())
    assert at_desk.get(url).get_json()["new"] == [new.number]
    at("2026-11-24T10:00")
    later = news_of(at_desk, at_desk.page("/desk/"))
    assert at_desk.get(later).get_json()["new"] == []


@pytest.mark.parametrize(
    "place", ["", "t", "tx", "t99999999999999999999", "t-1", "x", "5-x", "9" * 30, "1-" * 200, "t٣"]
)
def test_a_strange_place_is_answered_from_now_on(desk: Sit, world: World, place: str) -> None:
    world.report()
    answer = desk("dispatcher").client.get(
        "/desk/news", query_string={"place": place, "community": "x", "state": "y"}
    )
    assert answer.status_code == 200
    assert re.fullmatch(r"[0-9-]+", answer.get_json()["place"])


def test_urgent_cases_are_told_until_somebody_has_seen_them(desk: Sit, world: World) -> None:
    at_desk = desk("dispatcher")
    url = news_of(at_desk, at_desk.page("/desk/"))
    case = world.case(world.report(text="漏煤气了"))
    deliver()
    answer = at_desk.get(url)
    assert answer.get_json()["urgent"] == [case.number]
    page = at_desk.page("/desk/")
    notice = re.search(r'name="notice" value="(\d+)"', page)
    assert notice
    at_desk.post("/desk/notices/read", notice=notice[1])
    assert at_desk.get(on(url, answer)).status_code == 204


def test_asking_costs_the_same_however_much_there_is(
    desk: Sit, world: World, count_queries: Counting
) -> None:
    at_desk = desk("dispatcher")
    url = on("/desk/news?place=", at_desk.get("/desk/news"))
    costs = []
    for many in (1, 40):
        fresh(world, many)
        with count_queries() as statements:
            assert at_desk.get(url).status_code == 200
        costs.append([one for one in statements if one.lstrip().upper().startswith("SELECT")])
    login = sum("FROM staff" in one or "FROM sub_district" in one for one in costs[1])
    assert len(costs[0]) == len(costs[1])
    assert len(costs[1]) - login <= 3
    assert not any("count(" in one for one in costs[1])


def test_who_has_no_session_is_sent_to_log_in(desk: Sit, world: World) -> None:
    at_desk = desk("dispatcher")
    at_desk.post("/logout")
    answer = at_desk.get("/desk/news?place=1")
    assert answer.status_code == 302
    assert "/login" in answer.headers["Location"]


def test_a_line_written_late_is_not_missed() -> None:
    """On PostgreSQL a line may be given its number before another, and be there after it."""
    place = news.after(news.Place(10), [11, 14])
    assert place == news.Place(14, (12, 13))
    assert news.read(str(place)) == place
    assert news.after(place, [13, 15]) == news.Place(15, (12,))
    assert news.after(place, [200]) == news.Place(200, tuple(range(101, 200)))
    assert news.after(news.Place(5, (4,)), []) == news.Place(5, (4,))
