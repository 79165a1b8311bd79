"""A Saturday from its opening to the hotline, by the rooms' own verbs and the clock."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import date
from uuid import uuid4

import pytest
from sqlalchemy import select

from app.case_days import closing, deciding, running
from app.case_days.models import DayOutcome
from app.cases import follow_up, handling, own_report
from app.cases.follow_up import Answers
from app.cases.models import CaseFile
from app.config import ROOT
from app.db import db
from app.errors import Refused
from app.forwarding import handover
from app.notices.models import Notice
from tests.forwarding.conftest import newest
from tests.forwarding.scripted import Scripted, ScriptedGateway
from tests.world import World

At = Callable[[str], None]
Work = Callable[[], dict[str, int]]
SATURDAY = date(2026, 11, 28)
NEXT = date(2026, 12, 5)


def fresh(case: CaseFile) -> CaseFile:
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(CaseFile, case.id)


def outcomes(*cases: CaseFile) -> list[str]:
    db.session.rollback()
    rows = {row.case_id: row.outcome for row in db.session.scalars(select(DayOutcome))}
    return [rows[case.id] for case in cases]


def told(kind: str) -> list[str | None]:
    db.session.rollback()
    return list(db.session.scalars(select(Notice.role).where(Notice.kind == kind).order_by(Notice.id)))


def decide(world: World, case: CaseFile, choice: str, **how: object) -> CaseFile:
    return deciding.decide(world.actor("dispatcher"), case.number, fresh(case).version, choice, **how)  # type: ignore[arg-type]


def open_saturday(world: World, at: At) -> None:
    at("2026-11-28T09:00")
    running.open_day(world.actor("worker"), world.sub_district_id, SATURDAY)


def test_a_saturday_ends_in_four_ways_and_what_is_left_goes_to_the_hotline(
    world: World, at: At, work: Work, gateway: ScriptedGateway
) -> None:
    solved, in_hand, carried, marked, left, recalled = (
        world.queued(world.doors[number]) for number in range(6)
    )
    open_saturday(world, at)
    running.visit(world.actor("worker"), solved.number, solved.version, "resolved", "换了灯")
    decide(world, in_hand, "in_hand", reason="等配件", next_day=date(2026, 12, 3))
    running.visit(world.actor("worker"), carried.number, carried.version, "carry_over", "没有人在家")
    decide(world, marked, "mark_due")
    at("2026-11-28T19:59")
    assert "closed" not in work()
    at("2026-11-28T20:00")
    assert work()["closed"] == 1
    assert outcomes(solved, in_hand, carried, marked, left, recalled) == [
        "resolved",
        "in_hand",
        "carried",
        "due",
        "due",
        "due",
    ]
    assert told("day_closed") == ["dispatcher"]
    assert not gateway.asked, "the hold lasts until Sunday noon"
    decide(world, recalled, "recall")
    assert (fresh(recalled).due_marked_at, fresh(recalled).case_day, fresh(recalled).carries) == (
        None,
        NEXT,
        0,
    )
    at("2026-11-29T11:59")
    work()
    assert not gateway.asked
    at("2026-11-29T12:00")
    assert work()["released"] == 1
    assert sorted(asked.body["case_number"] for asked in gateway.sent("POST")) == sorted(
        [marked.number, left.number]
    )
    assert {asked.body["case_day"] for asked in gateway.sent("POST")} == {"2026-11-28"}
    assert outcomes(marked, left, recalled) == ["forwarded", "forwarded", "recalled"]
    assert [fresh(case).state for case in (solved, in_hand, carried, marked, left, recalled)] == [
        "resolved",
        "in_progress",
        "queued",
        "forwarded",
        "forwarded",
        "queued",
    ]
    gateway.say(newest(left.id).id, status="closed", solved=True, result="修好了")
    work()
    assert fresh(left).state == "resolved"
    receipt = left.reports[0].receipt if left.reports else ""
    follow_up.answer(receipt, str(uuid4()), Answers("yes", "no", "dissatisfied"))
    assert (fresh(left).state, fresh(left).reopened_times) == ("queued", 1)
    work()
    assert sorted(str(role) for role in told("not_solved")) == ["dispatcher", "leader"]


def test_a_saturday_nobody_opened_forwards_nothing_and_says_so(
    world: World, at: At, work: Work, gateway: ScriptedGateway
) -> None:
    case = world.queued()
    at("2026-11-28T20:30")
    assert work()["closed"] == 1
    at("2026-11-29T12:30")
    assert work()["released"] == 1
    assert (fresh(case).state, fresh(case).case_day, fresh(case).due_marked_at) == ("queued", NEXT, None)
    assert outcomes(case) == ["rolled_over"]
    assert sorted(str(role) for role in told("day_not_opened")) == ["dispatcher", "leader"]
    assert not gateway.asked
    assert "closed" not in work(), "and says so once"


def test_what_may_not_go_rolls_over_to_a_named_dispatcher_and_the_leader_is_told(
    world: World, at: At, work: Work, gateway: ScriptedGateway
) -> None:
    unsorted = world.case(world.report())
    goes = world.queued(world.doors[1])
    open_saturday(world, at)
    at("2026-11-28T20:00")
    work()
    at("2026-11-29T12:00")
    work()
    assert outcomes(unsorted, goes) == ["rolled_over", "forwarded"]
    rolled = fresh(unsorted)
    assert (rolled.state, rolled.case_day, rolled.handler_id) == ("received", NEXT, world.staff["dispatcher"])
    assert world.events(rolled)[-1].data["reasons"] == ["not_triaged", "no_legal_basis"]
    assert sorted(str(role) for role in told("rolled_over")) == ["dispatcher", "leader"]


def test_what_came_back_once_is_not_forwarded_by_the_clock_again(
    world: World, at: At, work: Work, gateway: ScriptedGateway
) -> None:
    case = world.queued()
    handover.forward_now(world.actor("dispatcher"), case.number, case.version)
    gateway.posts.append(Scripted(422, {"reason": "请先由社区核实"}))
    work()
    open_saturday(world, at)
    at("2026-11-28T20:00")
    work()
    at("2026-11-29T12:00")
    work()
    assert len(gateway.sent("POST")) == 1
    assert world.events(case)[-1].data["reasons"] == ["returned_before"]
    assert (fresh(case).state, fresh(case).case_day) == ("queued", NEXT)


@pytest.mark.parametrize("what", ["resolve", "visit", "withdraw", "decline", "forward_now", "carry_over"])
def test_what_is_dealt_with_during_the_hold_is_not_forwarded_and_stops_nothing(
    what: str, world: World, at: At, work: Work, gateway: ScriptedGateway
) -> None:
    receipt = world.report()
    case = world.case(receipt)
    other = world.queued(world.doors[1])
    open_saturday(world, at)
    dispatcher = world.actor("dispatcher")
    case = handling.act(dispatcher, case.number, "triage", case.version, triaged_at=case.received_at,
                        legal_basis="statutory", kind="help")  # fmt: skip
    at("2026-11-28T20:00")
    work()
    assert outcomes(case, other) == ["due", "due"]
    version = fresh(case).version
    if what == "resolve":
        decide(world, case, "resolve", reason="换好了")
    elif what == "visit":
        running.visit(world.actor("worker"), case.number, version, "resolved", "换好了")
    elif what == "withdraw":
        own_report.withdraw(receipt)
    elif what == "decline":
        handling.act(dispatcher, case.number, "decline", version, "请走诉讼途径")
    elif what == "forward_now":
        handover.forward_now(dispatcher, case.number, version)
    else:
        decide(world, case, "carry_over", reason="配件周三到", person_id=world.staff["worker"])
    at("2026-11-29T12:00")
    assert work()["released"] == 1
    became = {
        "resolve": "resolved",
        "visit": "resolved",
        "withdraw": "ended",
        "decline": "ended",
        "forward_now": "forwarded",
        "carry_over": "carried",
    }
    assert outcomes(case, other) == [became[what], "forwarded"]
    expected = [other.number] + ([case.number] if what == "forward_now" else [])
    assert sorted(asked.body["case_number"] for asked in gateway.sent("POST")) == sorted(expected)


def test_closing_and_releasing_again_changes_nothing(world: World, at: At, work: Work) -> None:
    case = world.queued()
    open_saturday(world, at)
    at("2026-11-28T20:00")
    once = closing.close(world.sub_district_id, SATURDAY)
    assert once == closing.close(world.sub_district_id, SATURDAY) == {"due": 1}
    first = closing.release(world.sub_district_id, SATURDAY)
    assert first == closing.release(world.sub_district_id, SATURDAY) == {"forwarded": 1}
    assert [event.action for event in world.events(case)].count("release_due") == 1


def test_previews_count_what_the_act_then_counts(world: World, at: At) -> None:
    for number in range(3):
        world.queued(world.doors[number])
    world.report(world.doors[4])
    open_saturday(world, at)
    place = world.sub_district_id
    with pytest.raises(Refused, match="day_not_closed"):
        closing.preview_of_release(place, SATURDAY)
    assert closing.preview_of_closing(place, SATURDAY) == closing.close(place, SATURDAY) == {"due": 4}
    preview = closing.preview_of_release(place, SATURDAY)
    assert preview == closing.release(place, SATURDAY) == {"forwarded": 3, "rolled_over": 1}


def test_a_day_that_has_not_come_is_not_closed(world: World) -> None:
    world.queued()
    with pytest.raises(Refused, match="day_not_yet"):
        closing.close(world.sub_district_id, SATURDAY)


def case_day(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "flask", "case-day", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_command_line_closes_and_releases(
    world: World, at: At, process_env: Callable[[], dict[str, str]]
) -> None:
    case = world.queued()
    open_saturday(world, at)
    here = ("--sub-district", "110105015")
    early = case_day(process_env(), "release", *here, "--date", "2026-11-28")
    assert (early.returncode, early.stdout) == (1, "")
    assert "2026-11-28: is not closed yet" in early.stderr
    tried = case_day(process_env(), "close", *here, "--dry-run")
    assert (tried.returncode, tried.stdout) == (0, "resolved=0 in_hand=0 carried=0 due=1 rolled_over=0\n"), (
        tried.stderr
    )
    assert fresh(case).due_marked_at is None
    closed = case_day(process_env(), "close", *here)
    assert (closed.returncode, closed.stdout) == (
        0,
        "resolved=0 in_hand=0 carried=0 due=1 rolled_over=0\n",
    ), closed.stderr
    released = case_day(process_env(), "release", *here)
    assert (released.returncode, released.stdout) == (0, "forwarded=1 rolled_over=0\n"), released.stderr
    assert fresh(case).state == "forwarded"
    nothing = case_day(process_env(), "release", *here)
    assert (nothing.returncode, nothing.stdout) == (0, "forwarded=0 rolled_over=0\n")
    wrong = case_day(process_env(), "close", "--sub-district", "999")
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert "999" in wrong.stderr
    assert case_day(process_env(), "close").returncode == 2
