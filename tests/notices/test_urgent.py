"""What is urgent: who is told at the desk, what stands on every page until it is seen, and what happens when nobody
looks."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from app import clock
from app.cases import follow_up, handling, own_report
from app.cases.follow_up import Answers
from app.commands import worker
from app.db import db, transaction
from app.notices import queries, telling
from app.notices.models import Notice
from app.outbox.models import OutboxItem
from app.staff import duty
from app.staff.models import Staff
from tests.desk.conftest import Desk
from tests.world import World

Work = Callable[[], dict[str, int]]
At = Callable[[str], None]


def urgent(world: World, door: int = 0) -> str:
    """A report whose words are recognised as urgent; the number of its case."""
    case = world.case(
        world.report(world.doors[door], "厨房有煤气味，孩子头晕", phone="13912345678", name="周")
    )
    assert case.urgency == "gas"
    return str(case.number)


def told(kind: str = "urgent_report") -> list[tuple[str | None, int | None]]:
    db.session.rollback()
    query = select(Notice).where(Notice.kind == kind).order_by(Notice.id)
    return [(notice.role, notice.staff_id) for notice in db.session.scalars(query)]


# ---- who is told ---------------------------------------------------------------------------------------


def test_everybody_on_duty_who_covers_the_place_is_told_themselves(world: World, work: Work) -> None:
    for who in ("dispatcher", "leader", "other_worker"):
        duty.add(who, "tue", "08:00", "20:00")
    duty.add("worker", "tue", "20:00", "08:00")
    urgent(world)
    work()
    near = ("dispatcher", "leader", "worker")  # the community's worker, also off duty
    assert sorted(told()) == sorted((None, world.staff[who]) for who in near)


@pytest.mark.parametrize("roster", ["none", "night", "far", "gone"])
def test_with_nobody_on_duty_all_who_might_look_are_told(world: World, work: Work, roster: str) -> None:
    if roster == "night":
        duty.add("dispatcher", "mon-sun", "20:00", "08:00")
    if roster == "far":
        duty.add("far_dispatcher", "mon-sun", "08:00", "20:00")
    if roster == "gone":
        duty.add("dispatcher", "mon-sun", "08:00", "20:00")
        with transaction() as session:
            session.get_one(Staff, world.staff["dispatcher"]).is_active = False
    urgent(world)
    work()
    assert told() == [("dispatcher", None), ("leader", None), ("worker", None)]


def test_told_twice_is_told_once(world: World, work: Work) -> None:
    duty.add("dispatcher", "tue", "08:00", "20:00")
    urgent(world)
    work()
    work()
    assert len(told()) == 2


def test_what_is_urgent_goes_before_everything_else() -> None:
    assert next(iter(worker.HANDLERS)) == "urgent_report"
    assert set(list(worker.HANDLERS)[:3]) == {"urgent_report", "urgent_unread", "alert_out"}


# ---- on every page until it is seen --------------------------------------------------------------------


def test_it_stands_on_every_page_until_it_is_seen(
    world: World, work: Work, desk: Callable[[str], Desk]
) -> None:
    duty.add("dispatcher", "tue", "08:00", "20:00")
    number = urgent(world)
    work()
    at_desk, leader_desk = desk("dispatcher"), desk("leader")
    pages = ("/desk/", "/desk/case-days/", "/desk/forwardings/", "/admin/", f"/desk/cases/{number}")
    for page in pages:
        text = at_desk.page(page)
        assert "紧急：漏气" in text, page
        assert text.count("看到了，去看这件") == 1, page
    assert "看到了，去看这件" not in leader_desk.page("/desk/"), (
        "who is neither on duty nor near was not told"
    )
    (notice,) = queries.unread(db.session(), world.actor("dispatcher"), first=["urgent_report"])[:1]
    assert (notice.kind, notice.staff_id) == ("urgent_report", world.staff["dispatcher"])
    seen = at_desk.post("/desk/notices/read", notice=notice.id, case=number)
    assert (seen.status_code, seen.headers["Location"]) == (303, f"/desk/cases/{number}")
    db.session.rollback()
    read = db.session.get_one(Notice, notice.id)
    assert (read.read_by, read.read_at is not None) == (world.staff["dispatcher"], True)
    for page in pages:
        assert "看到了，去看这件" not in at_desk.page(page), page


def test_a_notice_to_one_person_is_nobody_elses_to_read(
    world: World, work: Work, desk: Callable[[str], Desk]
) -> None:
    duty.add("leader", "tue", "08:00", "20:00")
    urgent(world)
    work()
    leaders = Notice.staff_id == world.staff["leader"]
    mine = db.session.scalars(select(Notice).where(Notice.kind == "urgent_report", leaders)).one().id
    for who in ("dispatcher", "worker", "far_dispatcher", "auditor"):
        assert desk(who).post("/desk/notices/read", notice=mine).status_code == 404, who
    db.session.rollback()
    assert db.session.get_one(Notice, mine).read_at is None
    assert desk("leader").post("/desk/notices/read", notice=mine).status_code == 303
    db.session.rollback()
    assert db.session.get_one(Notice, mine).read_by == world.staff["leader"]


def test_a_notice_for_a_role_is_read_for_all_of_it(
    world: World, work: Work, desk: Callable[[str], Desk]
) -> None:
    number = urgent(world)
    work()
    assert "紧急" in desk("worker").page("/desk/")
    assert "看到了，去看这件" not in desk("other_worker").page("/desk/"), "another community"
    ids = [notice.id for notice in db.session.scalars(select(Notice).where(Notice.role == "worker"))]
    for notice_id in ids:
        assert desk("worker").post("/desk/notices/read", notice=notice_id, case=number).status_code == 303
    assert "紧急：漏气" in desk("dispatcher").page("/desk/"), "dispatchers have their own"


def test_the_desk_says_who_is_on_duty(world: World, desk: Callable[[str], Desk], at: At) -> None:
    at_desk = desk("dispatcher")
    assert "还没有排值班表" in at_desk.page("/desk/")
    duty.add("leader", "mon-fri", "08:00", "20:00")
    assert "leader 值班" in at_desk.page("/desk/")
    at("2026-11-24T21:00")
    assert "下一班11月25日 08:00开始" in at_desk.page("/desk/")


def test_the_frame_asks_for_notices_once(
    world: World, desk: Callable[[str], Desk], count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    at_desk = desk("dispatcher")
    with count_queries() as statements:
        at_desk.page("/desk/")
    assert len([one for one in statements if "FROM notice" in one]) == 1


def test_many_urgent_cases_cost_no_more_than_one(
    world: World,
    work: Work,
    desk: Callable[[str], Desk],
    count_queries: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    at_desk = desk("dispatcher")
    costs = []
    for many in (1, 8):
        for door in range(many):
            urgent(world, door)
        work()
        with count_queries() as statements:
            page = at_desk.page("/admin/")
        costs.append(len(statements))
    assert page.count("看到了，去看这件") == 9
    assert costs[0] == costs[1]


# ---- nobody looks --------------------------------------------------------------------------------------


def test_what_nobody_has_read_after_ten_minutes_is_told_again(world: World, work: Work, at: At) -> None:
    duty.add("worker", "tue", "08:00", "20:00")
    urgent(world)
    work()
    at("2026-11-24T09:09:50")
    work()
    assert told("urgent_unread") == []
    at("2026-11-24T09:10:10")
    work()
    work()
    assert told("urgent_unread") == [("dispatcher", None), ("leader", None)]


@pytest.mark.parametrize("how", ["read", "handled", "withdrawn"])
def test_what_was_seen_is_not_told_again(world: World, work: Work, at: At, how: str) -> None:
    duty.add("dispatcher", "tue", "08:00", "20:00")
    number = urgent(world)
    work()
    who = world.actor("dispatcher")
    if how == "read":
        (mine,) = [n for n in queries.unread(db.session(), who) if n.kind == "urgent_report"]
        telling.mark_read(who, mine.id)
    elif how == "handled":
        with transaction() as session:
            case = handling.load(session, number=number)
            handling.apply(session, who, case, "note", note="打过电话了，燃气公司在路上")
    else:
        with transaction() as session:
            receipt = handling.load(session, number=number).reports[0].receipt
        own_report.withdraw(receipt)
    at("2026-11-24T09:20")
    work()
    assert told("urgent_unread") == []


# ---- told again ----------------------------------------------------------------------------------------


def outside() -> list[str]:
    """What was promised beyond the desk, by kind."""
    db.session.rollback()
    query = select(OutboxItem.ref).where(OutboxItem.kind == "alert_out").order_by(OutboxItem.id)
    return [ref.split(":")[0] for ref in db.session.scalars(query)]


class TestToldAgain:
    @pytest.fixture
    def environ(self, environ: dict[str, str]) -> dict[str, str]:
        return environ | {"MASHANG_NOTICE_TARGETS": "json://127.0.0.1:9/"}  # nobody listens there

    @pytest.fixture
    def number(self, world: World, work: Work) -> str:
        duty.add("dispatcher", "mon-sun", "00:00", "24:00")
        number = urgent(world)
        work()
        return number

    def more(self, number: str, text: str = "现在冒火了，有人喊救命") -> str:
        with transaction() as session:
            receipt = handling.load(session, number=number).reports[0].receipt
        key = str(uuid4())
        own_report.add(receipt, key, text)
        return key

    def test_danger_told_after_it_was_seen_alarms_anew(
        self, world: World, work: Work, at: At, number: str
    ) -> None:
        who = world.actor("dispatcher")
        (mine,) = [one for one in queries.unread(db.session(), who) if one.kind == "urgent_report"]
        telling.mark_read(who, mine.id)
        at("2026-11-24T09:02")
        self.more(number)
        work()
        assert outside() == ["urgent_report", "urgent_report"]
        assert len(told()) == 3  # the dispatcher anew; the worker's still stands
        at("2026-11-24T09:12:10")
        work()
        assert told("urgent_unread") == [("dispatcher", None), ("leader", None)]

    def test_twenty_neighbours_within_minutes_are_one_alarm(self, work: Work, at: At, number: str) -> None:
        for minute in range(1, 8):
            at(f"2026-11-24T09:0{minute}")
            self.more(number, f"第{minute}家也着火了")
            work()
        assert outside() == ["urgent_report"]
        assert len(told()) == 2
        at("2026-11-24T09:11")
        self.more(number, "还在烧，着火了")
        work()
        assert sorted(outside()) == ["urgent_report", "urgent_report", "urgent_unread"]

    @pytest.mark.parametrize("how", ["answer", "transfer"])
    def test_danger_told_when_the_case_has_ended_is_one_alarm_and_waits_to_be_seen(
        self, world: World, work: Work, at: At, number: str, how: str
    ) -> None:
        with transaction() as session:
            version = handling.load(session, number=number).version
        handling.act(world.actor("dispatcher"), number, how, version, "处理过了", data={"called": "119"})
        for minute in (2, 3, 4):
            at(f"2026-11-24T09:0{minute}")
            self.more(number, f"第{minute}次说：又着火了")
            work()
        assert outside() == ["urgent_report", "urgent_report"]
        at("2026-11-24T09:12:10")
        work()
        assert sorted(outside()) == ["urgent_report", "urgent_report", "urgent_unread"]

    def test_the_same_page_twice_alarms_once(self, world: World, work: Work, at: At, number: str) -> None:
        who = world.actor("dispatcher")
        for one in queries.unread(db.session(), who):
            telling.mark_read(who, one.id)
        with transaction() as session:
            receipt = handling.load(session, number=number).reports[0].receipt
        at("2026-11-24T09:02")
        key = str(uuid4())
        for _ in range(2):
            own_report.add(receipt, key, "又着火了")
            work()
        assert outside() == ["urgent_report", "urgent_report"]


def test_the_communitys_workers_are_told_with_those_on_duty_each_once(world: World, work: Work) -> None:
    for who in ("dispatcher", "worker"):
        duty.add(who, "tue", "08:00", "20:00")
    urgent(world)
    work()
    assert sorted(told()) == sorted([(None, world.staff["dispatcher"]), (None, world.staff["worker"])])


# ---- in a follow-up ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("solved", "state"), [("no", "queued"), ("yes", "closed")])
def test_danger_in_a_follow_up_is_told_whatever_was_answered(
    world: World, work: Work, solved: str, state: str
) -> None:
    case = world.queued(text="灯不亮")
    handling.act(world.actor("dispatcher"), case.number, "resolve", case.version, "换了")
    receipt = case.reports[0].receipt
    follow_up.answer(
        receipt, str(uuid4()), Answers("yes", solved, "dissatisfied", "灯换了，可是插座现在冒烟着火了")
    )
    work()
    assert told()
    again = world.again(case)
    assert again.state == state
    assert (again.urgency, again.step) == (("fire", 0) if solved == "no" else ("", 3))
    if solved == "no":
        assert timedelta(minutes=119) < again.internal_due_at - clock.now() <= timedelta(hours=2)
        assert again.promised_on == date(2026, 11, 24)


def test_what_begins_anew_with_danger_has_an_hour_of_its_own(world: World, at: At) -> None:
    number = urgent(world)
    with transaction() as session:
        case = handling.load(session, number=number)
        version, receipt = case.version, case.reports[0].receipt
    handling.act(world.actor("dispatcher"), number, "answer", version, "关了阀门")
    at("2026-11-24T13:00")
    follow_up.answer(receipt, str(uuid4()), Answers("yes", "no", "dissatisfied", "煤气还在漏"))
    again = world.case(receipt)
    assert timedelta(minutes=119) < again.internal_due_at - clock.now() <= timedelta(hours=2)


def test_danger_told_later_puts_nothing_off(world: World, work: Work, at: At) -> None:
    number = urgent(world)
    with transaction() as session:
        before = handling.load(session, number=number).due_at
    at("2026-11-24T10:00")
    with transaction() as session:
        receipt = handling.load(session, number=number).reports[0].receipt
    own_report.add(receipt, str(uuid4()), "着火了")
    with transaction() as session:
        assert handling.load(session, number=number).due_at == before
