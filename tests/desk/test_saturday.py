"""A Saturday at the desk: the list, the door, the closing with its four outcomes, the hold."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.case_days import closing
from app.cases.models import CaseFile
from app.db import db
from tests.desk.conftest import DAY, Desk
from tests.world import World

DAY_URL = f"/desk/case-days/{DAY}"
MORNING, EVENING = "2026-11-28T10:00", "2026-11-28T19:30"


def _now(case: CaseFile) -> CaseFile:
    session = db.session()
    session.rollback()
    session.expire_all()
    return session.get_one(CaseFile, case.id)


@pytest.mark.parametrize("who", ["worker", "dispatcher", "leader"])
def test_the_day_shows_its_walk(desk: Callable[[str], Desk], world: World, who: str) -> None:
    here, there = world.queued(text="灯坏了"), world.queued(world.doors[8], text="门坏了")
    at_desk = desk(who)
    assert "11月28日周六" in at_desk.page("/desk/case-days/")
    page = at_desk.page(DAY_URL)
    assert here.number in page
    assert (there.number in page) == (who != "worker")


@pytest.mark.parametrize("day", ["2026-11-27", "2026-13-01", "none", "1999-01-01"])
def test_a_date_without_a_case_day_is_not_found(desk: Callable[[str], Desk], day: str) -> None:
    assert desk("dispatcher").get(f"/desk/case-days/{day}").status_code == 404


def test_the_day_is_opened_on_the_day(
    desk: Callable[[str], Desk], world: World, at: Callable[[str], None]
) -> None:
    world.queued()
    at_desk = desk("worker")
    early = at_desk.post(f"{DAY_URL}/open")
    assert early.status_code == 422
    assert "还没到" in early.get_data(as_text=True)
    at(MORNING)
    assert "没有人开始的话，一件也不转12345。" in at_desk.page(DAY_URL)
    assert at_desk.post(f"{DAY_URL}/open").status_code == 303
    page = at_desk.page(DAY_URL)
    assert "开始的" in page
    assert "worker 值班" in page
    assert "20:00收尾" in page


def test_at_the_door_a_worker_solves_and_carries(
    desk: Callable[[str], Desk], world: World, at: Callable[[str], None]
) -> None:
    solved, carried, unsorted = (
        world.queued(text="灯坏了"),
        world.queued(text="墙渗水"),
        world.report(text="没分的"),
    )
    at(MORNING)
    at_desk = desk("worker")
    door = f"/desk/doors/{world.doors[0].code}"
    page = at_desk.page(f"/desk/doors/{world.doors[0].code.lower()}")
    assert "这个楼门的3件" in page
    assert f"/desk/new?channel=walk_in&amp;place=d{world.doors[0].doorway_id}" in page

    done = at_desk.post(
        f"{door}/visit", case=solved.number, version=solved.version, outcome="resolved", note="换了灯泡"
    )
    assert (done.status_code, done.headers["Location"]) == (303, door)
    assert "记下了：办好了。" in at_desk.page(door)
    refused = at_desk.post(
        f"{door}/visit", case=carried.number, version=carried.version, outcome="carry_over"
    )
    assert refused.status_code == 422
    assert "请写一句" in refused.get_data(as_text=True)
    sent = at_desk.post(
        f"{door}/visit", case=carried.number, version=carried.version, outcome="carry_over", note="等配件"
    )
    assert sent.status_code == 303
    home = world.case(unsorted)
    sent = at_desk.post(f"{door}/visit", case=home.number, version=home.version, outcome="no_one_home")
    assert sent.status_code == 303
    assert (_now(solved).state, _now(carried).state, _now(home).state) == ("resolved", "queued", "queued")
    assert (_now(carried).case_day.isoformat(), _now(carried).carries) == ("2026-12-05", 1)
    page = at_desk.page(DAY_URL)
    assert "没人在家" in page
    assert "12月5日周六" in page
    page = at_desk.page(door)
    assert solved.number not in page
    assert "已经接着办过1次，不能再接着办。" in page


def test_an_old_door_page_keeps_the_words(
    desk: Callable[[str], Desk], world: World, at: Callable[[str], None]
) -> None:
    case = world.queued()
    at(MORNING)
    assert (
        desk("dispatcher").post(f"/desk/cases/{case.number}/start", version=case.version).status_code == 303
    )
    late = desk("worker").post(
        f"/desk/doors/{world.doors[0].code}/visit",
        case=case.number,
        version=case.version,
        outcome="resolved",
        note="我修好了",
    )
    assert late.status_code == 409
    assert "我修好了" in late.get_data(as_text=True)
    assert _now(case).state == "in_progress"


def test_other_doors_do_not_exist(desk: Callable[[str], Desk], world: World) -> None:
    case = world.queued()
    for who, door in (
        ("worker", world.doors[8]),
        ("dispatcher", world.far_door),
        ("other_worker", world.doors[0]),
    ):
        at_desk = desk(who)
        assert at_desk.get(f"/desk/doors/{door.code}").status_code == 404
        sent = at_desk.post(f"/desk/doors/{door.code}/visit", case=case.number, version=1, outcome="resolved")
        assert sent.status_code == 404
    elsewhere = desk("worker").post(
        f"/desk/doors/{world.doors[1].code}/visit",
        case=case.number,
        version=case.version,
        outcome="resolved",
        note="好",
    )
    assert elsewhere.status_code == 404
    assert desk("leader").get("/desk/doors/NOTACODE").status_code == 404
    assert "outcome" not in desk("leader").page(f"/desk/doors/{world.doors[0].code}")


def test_an_outcome_nobody_knows_is_refused(desk: Callable[[str], Desk], world: World) -> None:
    case = world.queued()
    sent = desk("worker").post(
        f"/desk/doors/{world.doors[0].code}/visit", case=case.number, version=case.version, outcome="forward"
    )
    assert sent.status_code == 422
    assert world.events(case)[-1].action == "triage"


def test_closing_with_four_outcomes_recall_and_release(
    desk: Callable[[str], Desk], world: World, at: Callable[[str], None]
) -> None:
    done, hand, carry, due, left = (world.queued(world.doors[n], text=f"第{n}件") for n in range(5))
    at(MORNING)
    at_desk = desk("dispatcher")
    assert at_desk.post(f"{DAY_URL}/open").status_code == 303
    at(EVENING)
    page = at_desk.page(f"{DAY_URL}/close")
    assert "还有5件没定" in page
    assert "checked" not in page
    assert "20:00没定的列入待转，周日 12:00前可撤回" in page
    fields = {f"version-{case.number}": case.version for case in (done, hand, carry, due, left)}
    fields |= {
        f"choice-{done.number}": "resolve",
        f"note-{done.number}": "修好了",
        f"choice-{hand.number}": "in_hand",
        f"note-{hand.number}": "施工队周三来",
        f"choice-{carry.number}": "carry_over",
        f"note-{carry.number}": "等配件",
        f"person-{carry.number}": world.staff["worker"],
        f"choice-{due.number}": "mark_due",
    }
    partly = at_desk.post(f"{DAY_URL}/close", **fields)
    page = partly.get_data(as_text=True)
    assert partly.status_code == 422
    assert "还有1件没定成" in page
    assert "另外3件已经定下来了。" in page
    assert "施工队周三来" in page
    assert "请写下一次的日期" in page
    rest = {
        f"version-{hand.number}": hand.version,
        f"choice-{hand.number}": "in_hand",
        f"note-{hand.number}": "施工队周三来",
        f"next_day-{hand.number}": "2026-12-02",
    }
    sent = at_desk.post(f"{DAY_URL}/close", **rest)
    assert (sent.status_code, sent.headers["Location"]) == (303, f"{DAY_URL}/close")
    assert "还有1件没定" in at_desk.page(f"{DAY_URL}/close")
    assert [_now(case).state for case in (done, hand, carry, due)] == [
        "resolved",
        "in_progress",
        "queued",
        "queued",
    ]

    at("2026-11-28T20:05")
    closing.close(world.sub_district_id, _now(due).case_day)
    page = at_desk.page(DAY_URL)
    assert "待转12345的2件" in page
    recalled = at_desk.post(
        f"/desk/cases/{left.number}/recall", version=_now(left).version, next="case-day", day=DAY
    )
    assert recalled.headers["Location"] == DAY_URL
    assert "待转12345的1件" in at_desk.page(DAY_URL)
    assert _now(left).case_day.isoformat() == "2026-12-05"
    assert _now(left).carries == 0
    assert (
        desk("worker").post(f"/desk/cases/{due.number}/recall", version=_now(due).version).status_code == 403
    )

    at("2026-11-29T12:05")
    closing.release(world.sub_district_id, _now(due).case_day)
    assert _now(due).state == "forwarded"
    page = at_desk.page(DAY_URL)
    assert "这天结束了" in page
    assert "已转12345" in page
    assert due.number in at_desk.page("/desk/forwardings/")
    assert "以前的" in at_desk.page("/desk/case-days/")


def test_carried_before_cannot_be_carried_again(
    desk: Callable[[str], Desk], world: World, at: Callable[[str], None]
) -> None:
    case = world.queued()
    at(MORNING)
    at_desk = desk("dispatcher")
    fields = {
        f"version-{case.number}": case.version,
        f"choice-{case.number}": "carry_over",
        f"note-{case.number}": "等",
        f"person-{case.number}": world.staff["worker"],
    }
    assert at_desk.post(f"{DAY_URL}/close", **fields).status_code == 303
    at("2026-12-05T10:00")
    page = at_desk.page("/desk/case-days/2026-12-05/close")
    assert "已经接着办过1次，不能再接着办。" in page
    assert 'value="carry_over" disabled' in page
    again = fields | {f"version-{case.number}": _now(case).version}
    assert at_desk.post("/desk/case-days/2026-12-05/close", **again).status_code == 422


def test_a_decision_on_an_old_row_stays_beside_it(
    desk: Callable[[str], Desk], world: World, at: Callable[[str], None]
) -> None:
    case = world.queued()
    at(MORNING)
    at_desk = desk("dispatcher")
    assert desk("worker").post(f"/desk/cases/{case.number}/start", version=case.version).status_code == 303
    fields = {
        f"version-{case.number}": case.version,
        f"choice-{case.number}": "resolve",
        f"note-{case.number}": "好了",
    }
    answer = at_desk.post(f"{DAY_URL}/close", **fields)
    assert answer.status_code == 422
    assert "刚才有人改过这件" in answer.get_data(as_text=True)
    assert 'value="好了"' in answer.get_data(as_text=True)


def test_an_unsorted_case_is_sorted_first(
    desk: Callable[[str], Desk], world: World, at: Callable[[str], None]
) -> None:
    world.report()
    at(MORNING)
    assert "这件还没分，先分了再定。" in desk("dispatcher").page(f"{DAY_URL}/close")


def test_a_worker_does_not_close(
    desk: Callable[[str], Desk], world: World, at: Callable[[str], None]
) -> None:
    world.queued()
    at(MORNING)
    at_desk = desk("worker")
    assert "去收尾" not in at_desk.page(DAY_URL)
    assert at_desk.get(f"{DAY_URL}/close").status_code == 403
    assert at_desk.post(f"{DAY_URL}/close").status_code == 403
    assert "去收尾" in desk("dispatcher").page(DAY_URL)


@pytest.mark.parametrize("who", ["officer", "printer", "auditor", "admin"])
def test_an_account_without_cases_sees_what_it_may_do(desk: Callable[[str], Desk], who: str) -> None:
    page = desk(who).page("/admin/")
    assert ("管理" if who == "admin" else "我的账号") in page
    assert "/desk/case-days/" not in page
