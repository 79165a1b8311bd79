"""An officer sees exactly the cases of their unit, by every door; the dispatcher sees who is on a case."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from app.access.actor import Role
from app.access.permissions import MAY
from app.cases import handling, photos, queue, staff_photos, tally, units_at_work
from app.cases import queries as cases
from app.cases.models import CaseFile
from app.cases.staff_photos import Shots
from app.cases.workflow import State
from app.db import db
from app.errors import NotFound
from app.web.gates import GATES, Open
from app.web.words import MESSAGES
from tests.desk.conftest import Desk
from tests.desk.test_gates import _staff_routes
from tests.desk.test_staff_photos import shot
from tests.rooms.test_units import OURS, WATER, ask, unit_id, water
from tests.world import World

__all__ = ["water"]
Sit = Callable[[str], Desk]
PHONE = "13912345678"
MARK = "独角兽"


def press(desk: Desk, world: World, case: CaseFile, action: str, **fields: object) -> int:
    version = world.again(case).version
    return desk.post(f"/desk/cases/{case.number}/{action}", version=version, **fields).status_code


def test_the_first_page_is_what_the_unit_was_asked_for(desk: Sit, world: World, water: str) -> None:
    soon = ask(world, world.queued(text="三层灯坏了"), words="请去看看")
    later = world.queued(text="四层灯坏了")
    ask(world, later, WATER)
    first = ask(world, world.queued(text="一层灯坏了"), part="supporting", due_on=soon.received_at.date())
    page = desk("officer").page("/desk/unit")
    assert page.index(first.title) < page.index(soon.title)
    assert "请去看看" in page
    assert "主责" in page
    assert "协办" in page
    assert "还没答复" in page
    assert later.title not in page
    assert "<span>2</span>" in page, "the rail counts them"


def test_an_officer_lands_there_and_only_officers_do(app: Flask, desk: Sit, world: World) -> None:
    from app.web.auth.views import FIRST_PAGE

    assert FIRST_PAGE[Role.OFFICER] == "desk.unit"
    assert desk("dispatcher").get("/desk/unit").status_code == 403


def test_a_case_of_no_unit_of_theirs_is_an_unknown_one(desk: Sit, world: World, water: str) -> None:
    case = ask(world, world.queued(phone=PHONE, text=MARK), WATER)
    at_desk = desk("officer")
    unknown = at_desk.get("/desk/cases/2611-9999")
    for number in (case.number, world.queued(text=MARK).number):
        answer = at_desk.get(f"/desk/cases/{number}")
        assert (answer.status_code, answer.data) == (404, unknown.data)
    for action in ("unit_answer", "unit_done", "unit_returns", "phone"):
        fields = {"version": 1, "note": "好", "reason": "约"}
        assert at_desk.post(f"/desk/cases/{case.number}/{action}", **fields).status_code == 404, action
    assert at_desk.post(f"/desk/cases/{case.number}/photos", version=1, photo1=shot()).status_code == 404
    assert at_desk.post(f"/desk/cases/{case.number}/start", version=1).status_code == 403


def test_every_desk_route_keeps_an_officer_from_others_cases(
    app: Flask, desk: Sit, world: World, water: str
) -> None:
    """The word of a case that is another unit's stands on no page an officer can fetch, nor is it counted there."""
    other = ask(world, world.queued(text=MARK, spot=MARK), WATER, words=MARK)
    at_desk = desk("officer")
    for endpoint, method, address in _staff_routes(app):
        if endpoint == "auth.logout":
            continue
        gate = GATES[endpoint]
        assert not isinstance(gate, Open)
        there = address.replace("2611-9999", other.number).replace("7K2M9003", world.doors[0].code)
        data = {"csrf_token": at_desk.token, "version": "1"} if method == "POST" else None
        answer = at_desk.client.open(there, method=method, data=data)
        assert MARK not in answer.get_data(as_text=True), f"{endpoint} {method}"
        if Role.OFFICER not in MAY[gate]:
            assert answer.status_code == 403, endpoint
        elif other.number in there and method == "GET":
            assert answer.status_code == 404, endpoint
    who = world.actor("officer")
    session = db.session()
    assert queue.page(session, who, queue.Wanted(tuple(State))).rows == []
    assert tally.counts_by_state(session, who) == {}
    assert cases.counts_by_day(session, who) == {}
    assert cases.on_list(session, who, other.case_day) == []
    assert cases.open_at_door(session, who, other.doorway_id) == []
    assert cases.by_ids(session, who, [other.id]) == []
    ask(world, other, OURS, "supporting")
    listed = queue.page(session, who, queue.Wanted(tuple(State))).rows
    assert [row.number for row in listed] == [other.number]
    assert sum(tally.counts_by_state(session, who).values()) == 1


def test_what_an_officer_reads_of_a_case(desk: Sit, world: World, water: str) -> None:
    case = world.queued(text="五层<b>漏水</b>", spot="五层", phone=PHONE, name="周阿姨")
    boss = world.actor("dispatcher")
    case = handling.act(boss, case.number, "note", case.version, "内部：这家难缠")
    case = ask(world, case, words="请去换管子")
    case = ask(world, case, WATER, "supporting", words="请查水压")
    page = desk("officer").page(f"/desk/cases/{case.number}")
    assert "五层&lt;b&gt;漏水" in page
    assert "请去换管子" in page
    assert WATER in page
    assert "难缠" not in page
    assert PHONE not in page
    assert "周阿姨" not in page
    theirs = desk(water).page(f"/desk/cases/{case.number}")
    assert "请查水压" in theirs
    assert "139 **** 5678" not in theirs
    assert "请去换管子" not in theirs
    assert "难缠" not in theirs
    assert 'unit_done"' not in theirs, "only who leads ends it"


def test_who_leads_may_see_the_telephone_for_a_reason(desk: Sit, world: World, water: str) -> None:
    receipt = world.report(phone=PHONE)
    case = world.case(receipt)
    case = handling.act(world.actor("dispatcher"), case.number, "triage", case.version)
    ask(world, case)
    ask(world, case, WATER, "supporting")
    url = f"/desk/cases/{case.number}/phone"
    assert desk(water).post(url, reason="约").status_code == 403
    at_desk = desk("officer")
    assert at_desk.post(url, reason="").status_code == 422
    shown = at_desk.post(url, reason="约上门时间")
    assert PHONE in shown.get_data(as_text=True)
    assert PHONE not in at_desk.page(f"/desk/cases/{case.number}")
    assert world.events(case)[-1].action == "see_phone"
    now = world.again(case)
    units_at_work.release_unit(world.actor("dispatcher"), now.number, now.version, unit_id(OURS))
    assert at_desk.post(url, reason="约").status_code == 404


def test_answering_doing_and_sending_back(desk: Sit, world: World, water: str) -> None:
    case = ask(world, world.queued())
    ask(world, case, WATER, "supporting")
    leads, supports, boss = desk("officer"), desk(water), desk("dispatcher")
    refused = leads.post(
        f"/desk/cases/{case.number}/unit_done", version=world.again(case).version, note="换了灯泡"
    )
    assert refused.status_code == 422
    text = refused.get_data(as_text=True)
    assert "换了灯泡" in text
    assert str(MESSAGES["units_outstanding"]) in text
    assert WATER in text
    assert press(supports, world, case, "unit_answer", note="水压正常", proposed="水没问题") == 303
    shown = boss.page(f"/desk/cases/{case.number}")
    assert "水压正常" in shown
    assert "水没问题" in shown
    assert "水压正常" in leads.page(f"/desk/cases/{case.number}")
    stale = leads.post(f"/desk/cases/{case.number}/unit_done", version=1, note="换了灯泡")
    assert stale.status_code == 409
    assert "换了灯泡" in stale.get_data(as_text=True)
    assert press(leads, world, case, "unit_done", note="换了灯泡") == 303
    assert world.again(case).state == "resolved"
    assert "换了灯泡" in leads.page(f"/desk/cases/{case.number}"), "a while after it is still theirs to read"
    other = ask(world, world.queued())
    gone = leads.post(
        f"/desk/cases/{other.number}/unit_returns", version=other.version, note="不归我们", next="unit"
    )
    assert (gone.status_code, gone.headers["Location"]) == (303, "/desk/unit")
    assert leads.get(f"/desk/cases/{other.number}").status_code == 404
    assert "不归我们" in boss.page(f"/desk/cases/{other.number}")


def test_sight_ends_after_ninety_days(desk: Sit, world: World, at: Callable[[str], None]) -> None:
    case = ask(world, world.queued(text=MARK))
    units_at_work.unit_done(world.actor("officer"), case.number, case.version, "好了")
    at("2027-02-20T09:00")
    at_desk = desk("officer")
    assert MARK in at_desk.page("/desk/unit")
    at("2027-02-23T09:00")
    assert MARK not in at_desk.page("/desk/unit")
    assert at_desk.get(f"/desk/cases/{case.number}").status_code == 404


def test_photos_of_an_officer(desk: Sit, world: World) -> None:
    case = ask(world, world.queued())
    at_desk = desk("officer")
    fields = {"version": case.version, "photo1": shot(), "is_cleared": "1"}
    assert at_desk.post(f"/desk/cases/{case.number}/photos", **fields).status_code == 303
    (taken,) = cases.staff_photos(db.session(), case.id)
    photos.reencode(taken.media_name)
    url = f"/desk/photos/{taken.media_name}"
    assert at_desk.get(url).status_code == 200
    now = world.again(case)
    units_at_work.release_unit(world.actor("dispatcher"), now.number, now.version, unit_id(OURS))
    assert at_desk.get(url).status_code == 404
    with pytest.raises(NotFound):
        staff_photos.add(world.actor("officer"), now.number, now.version + 1, Shots([object()]))  # type: ignore[list-item]


def test_the_dispatcher_asks_and_lets_go_from_the_case(desk: Sit, world: World) -> None:
    case, boss = world.queued(), desk("dispatcher")
    page = boss.page(f"/desk/cases/{case.number}")
    assert "还没有请单位来办" in page
    bad = boss.post(
        f"/desk/cases/{case.number}/assign_unit",
        version=case.version, unit="没有", part="", due_on="2026-13-01", note="请去看看",
    )  # fmt: skip
    assert bad.status_code == 422
    assert "请去看看" in bad.get_data(as_text=True)
    assert press(boss, world, case, "assign_unit", unit=OURS, part="lead", note="请去看看") == 303
    assert OURS in boss.page(f"/desk/cases/{case.number}")
    assert press(boss, world, case, "release_unit", unit_id=unit_id(OURS)) == 303
    assert press(boss, world, case, "release_unit", unit_id="x") == 422
    assert "撤下来了" in boss.page(f"/desk/cases/{case.number}")
    assert desk("worker").get(f"/desk/cases/{case.number}").status_code == 200
    assert press(desk("worker"), world, case, "assign_unit", unit=OURS, part="lead") == 403


def test_notices_lead_officers_to_the_case(desk: Sit, world: World) -> None:
    from tests.rooms.test_units import told

    case = ask(world, world.queued())
    told(world)
    at_desk = desk("officer")
    page = at_desk.page("/desk/unit")
    assert "请您单位来办" in page
    notice = page.split('name="notice" value="', 1)[1].split('"', 1)[0]
    assert at_desk.post("/desk/notices/read", notice=notice).headers["Location"] == "/desk/unit"
    assert f"/desk/cases/{case.number}" in page


def test_asking_needs_no_more_statements_with_more_cases(
    desk: Sit, world: World, count_queries: Callable[..., object]
) -> None:
    at_desk = desk("officer")
    counts = []
    for many in (1, 6):
        for _ in range(many):
            ask(world, world.queued())
        with count_queries() as statements:  # type: ignore[attr-defined]
            at_desk.page("/desk/unit")
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 12, counts
