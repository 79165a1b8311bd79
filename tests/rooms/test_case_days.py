"""A Saturday at the desk: what each decision does to a case, and what the clock does with the rest."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import select

from app.case_days import closing, deciding, queries, running
from app.case_days.models import DayOutcome, Visit
from app.cases.models import CaseFile
from app.db import db, transaction
from app.errors import Forbidden, NotFound, Refused, Stale
from app.forwarding.models import Forwarding
from app.staff.models import Staff
from tests.world import World

SATURDAY, NEXT = date(2026, 11, 28), date(2026, 12, 5)
MORNING, CLOSING, RELEASE = "2026-11-28T09:30", "2026-11-28T20:00:01", "2026-11-29T12:00:01"
Move = Callable[[str], None]


def _outcome(case: CaseFile) -> tuple[str, int | None]:
    db.session.rollback()
    db.session.expire_all()
    row = db.session().scalars(select(DayOutcome).where(DayOutcome.case_id == case.id)).one()
    return row.outcome, row.decided_by


def _forwardings() -> list[Forwarding]:
    db.session.rollback()
    return list(db.session().scalars(select(Forwarding)))


# ---- decisions -------------------------------------------------------------------------------------------


def test_in_hand_tells_why_and_until_when_and_is_no_carry(world: World, at: Move) -> None:
    case, dispatcher = world.queued(), world.actor("dispatcher")
    at(MORNING)
    after = deciding.decide(
        dispatcher, case.number, case.version, "in_hand", reason="等配件到货", next_day=date(2026, 12, 3)
    )
    assert (after.state, after.promised_on, after.case_day, after.carries) == (
        "in_progress",
        date(2026, 12, 3),
        NEXT,
        0,
    )
    event = world.events(case)[-1]
    assert (event.action, event.told, event.data["next_day"]) == ("in_hand", "等配件到货", "2026-12-03")
    assert _outcome(case) == ("in_hand", dispatcher.staff_id)


def test_carrying_over_needs_a_person_and_a_reason_and_happens_once(world: World, at: Move) -> None:
    case, dispatcher = world.queued(), world.actor("dispatcher")
    at(MORNING)
    after = deciding.decide(
        dispatcher,
        case.number,
        case.version,
        "carry_over",
        reason="下周带梯子来",
        person_id=world.staff["worker"],
    )
    assert (after.state, after.case_day, after.promised_on) == ("queued", NEXT, NEXT)
    assert (after.carries, after.handler_id) == (1, world.staff["worker"])
    at("2026-12-05T09:00")
    with pytest.raises(Refused, match="carried_before"):
        deciding.decide(
            dispatcher,
            case.number,
            after.version,
            "carry_over",
            reason="再等等",
            person_id=world.staff["worker"],
        )


@pytest.mark.parametrize(
    ("choice", "given", "key"),
    [
        ("in_hand", {"reason": "等"}, "next_day_missing"),
        ("in_hand", {"reason": "等", "next_day": SATURDAY}, "next_day_past"),
        ("in_hand", {"next_day": NEXT}, "note_needed"),
        ("carry_over", {"reason": "等"}, "person_missing"),
        ("carry_over", {"reason": "等", "person_id": 999}, "person_unknown"),
        ("carry_over", {"person_id": "worker"}, "note_needed"),
        ("carry_over", {"reason": "等", "person_id": "other_worker"}, "person_unknown"),
        ("carry_over", {"reason": "等", "person_id": "far_dispatcher"}, "person_unknown"),
        ("carry_over", {"reason": "等", "person_id": "officer"}, "person_unknown"),
        ("carry_over", {"reason": "等", "person_id": "leader"}, "person_unknown"),
        ("resolve", {}, "note_needed"),
        ("recall", {}, "not_marked"),
        ("forget", {}, "choice_unknown"),
    ],
)
def test_a_decision_that_lacks_something_leaves_nothing(
    world: World, at: Move, choice: str, given: dict[str, object], key: str
) -> None:
    case = world.queued()
    at(MORNING)
    named = {
        name: world.staff.get(value, value) if isinstance(value, str) else value
        for name, value in given.items()
    }
    with pytest.raises(Refused) as refused:
        deciding.decide(world.actor("dispatcher"), case.number, case.version, choice, **named)  # type: ignore[arg-type]
    assert refused.value.key == key
    assert world.again(case).state == "queued"
    assert [event.action for event in world.events(case)] == ["receive", "triage"]
    assert not db.session().scalars(select(DayOutcome)).all()


def test_somebody_who_left_is_not_handed_a_case(world: World, at: Move) -> None:
    case = world.queued()
    at(MORNING)
    with transaction() as session:
        session.get_one(Staff, world.staff["worker"]).is_active = False
    with pytest.raises(Refused, match="person_unknown"):
        deciding.decide(
            world.actor("dispatcher"),
            case.number,
            case.version,
            "carry_over",
            reason="等",
            person_id=world.staff["worker"],
        )


def test_only_a_dispatcher_marks_and_recalls(world: World, at: Move) -> None:
    case = world.queued()
    at(MORNING)
    with pytest.raises(Forbidden):
        deciding.decide(world.actor("worker"), case.number, case.version, "mark_due")
    with pytest.raises(NotFound):
        deciding.decide(world.actor("far_dispatcher"), case.number, case.version, "mark_due")
    assert not db.session().scalars(select(DayOutcome)).all()
    with pytest.raises(Stale):
        deciding.decide(world.actor("dispatcher"), case.number, case.version - 1, "mark_due")


def test_what_is_marked_can_be_recalled_for_the_next_saturday_without_a_carry(world: World, at: Move) -> None:
    case, dispatcher = world.queued(), world.actor("dispatcher")
    at(MORNING)
    marked = deciding.decide(dispatcher, case.number, case.version, "mark_due")
    assert (marked.state, marked.due_marked_at is not None) == ("queued", True)
    at(CLOSING)
    assert closing.close(world.sub_district_id, SATURDAY) == {"due": 1}
    at("2026-11-29T11:00")
    after = deciding.decide(dispatcher, case.number, marked.version, "recall")
    assert (after.state, after.case_day, after.carries, after.due_marked_at) == ("queued", NEXT, 0, None)
    at(RELEASE)
    assert closing.release(world.sub_district_id, SATURDAY) == {"recalled": 1}
    assert _forwardings() == []


def test_who_may_not_recall_promises_no_other_day_instead(world: World, at: Move) -> None:
    case, worker, friday = world.queued(), world.actor("worker"), date(2026, 12, 4)
    at(MORNING)
    marked = deciding.decide(world.actor("dispatcher"), case.number, case.version, "mark_due")
    for action in ("in_hand", "extend"):
        with pytest.raises(Refused, match="due_to_forward"):
            deciding.decide(worker, case.number, marked.version, action, reason="等配件", next_day=friday)
    boss = world.actor("dispatcher")
    kept = deciding.decide(boss, case.number, marked.version, "in_hand", reason="等配件", next_day=friday)
    assert (kept.state, kept.due_marked_at) == ("in_progress", None)


def test_marking_waits_for_the_day(world: World) -> None:
    case = world.queued()
    with pytest.raises(Refused, match="not_on_a_day"):
        deciding.decide(world.actor("dispatcher"), case.number, case.version, "mark_due")


# ---- at the door -----------------------------------------------------------------------------------------


def test_a_visit_is_recorded_with_its_outcome(world: World, at: Move) -> None:
    case, worker = world.queued(), world.actor("worker")
    at(MORNING)
    running.open_day(worker, world.sub_district_id, SATURDAY)
    away = running.visit(worker, case.number, case.version, "no_one_home")
    assert away.state == "queued"
    done = running.visit(worker, case.number, away.version, "resolved", "灯换好了")
    assert done.state == "resolved"
    db.session.rollback()
    visits = db.session().scalars(select(Visit).order_by(Visit.id)).all()
    assert [(each.outcome, each.staff_id) for each in visits] == [
        ("no_one_home", worker.staff_id),
        ("resolved", worker.staff_id),
    ]
    assert _outcome(case) == ("resolved", worker.staff_id)


def test_an_unsorted_case_is_sorted_at_the_door(world: World, at: Move) -> None:
    case = world.case(world.report())
    at(MORNING)
    done = running.visit(world.actor("worker"), case.number, case.version, "resolved", "顺手修好了")
    assert done.state == "resolved"
    assert [event.action for event in world.events(case)] == ["receive", "triage", "resolve"]


def test_visits_keep_to_their_community_and_to_fresh_pages(world: World, at: Move) -> None:
    case = world.queued()
    at(MORNING)
    with pytest.raises(NotFound):
        running.visit(world.actor("other_worker"), case.number, case.version, "no_one_home")
    with pytest.raises(Stale):
        running.visit(world.actor("worker"), case.number, case.version - 1, "no_one_home")
    with pytest.raises(Refused, match="choice_unknown"):
        running.visit(world.actor("worker"), case.number, case.version, "asleep")
    assert not db.session().scalars(select(Visit)).all()


def test_a_day_cannot_be_opened_before_it_comes(world: World) -> None:
    with pytest.raises(Refused, match="day_not_yet"):
        running.open_day(world.actor("dispatcher"), world.sub_district_id, SATURDAY)


# ---- the clock -------------------------------------------------------------------------------------------


def test_what_nobody_decided_is_forwarded_after_the_hold(world: World, at: Move) -> None:
    waiting, done = world.queued(), world.queued(world.doors[1])
    at(MORNING)
    deciding.decide(world.actor("dispatcher"), done.number, done.version, "resolve", reason="修好了")
    at(CLOSING)
    assert closing.due_for_closing(db.session(), world.sub_district_id) == [SATURDAY]
    assert closing.close(world.sub_district_id, SATURDAY) == {"due": 1, "resolved": 1}
    assert closing.close(world.sub_district_id, SATURDAY) == {"due": 1, "resolved": 1}, (
        "closing twice changes nothing"
    )
    assert closing.due_for_release(db.session(), world.sub_district_id) == []
    assert _forwardings() == []
    at(RELEASE)
    assert closing.due_for_release(db.session(), world.sub_district_id) == [SATURDAY]
    assert closing.release(world.sub_district_id, SATURDAY) == {"forwarded": 1, "resolved": 1}
    assert closing.release(world.sub_district_id, SATURDAY) == {"forwarded": 1, "resolved": 1}
    [forwarding] = _forwardings()
    assert (forwarding.case_id, forwarding.sequence, forwarding.case_day) == (waiting.id, 1, SATURDAY)
    assert [item.ref for item in world.outbox() if item.kind == "forwarding_deliver"] == [forwarding.id]
    assert world.again(waiting).state == "forwarded"


def test_a_day_closed_after_its_release_can_still_be_recalled(world: World, at: Move) -> None:
    left, recalled = world.queued(), world.queued(world.doors[1])
    at(MORNING)
    running.open_day(world.actor("worker"), world.sub_district_id, SATURDAY)
    at("2026-11-30T08:00")  # the worker was down over the week-end
    assert closing.due_for_closing(db.session(), world.sub_district_id) == [SATURDAY]
    assert closing.close(world.sub_district_id, SATURDAY) == {"due": 2}
    for moment in ("2026-11-30T08:00:01", "2026-11-30T12:00:01", "2026-12-01T11:59"):
        at(moment)
        assert closing.due_for_release(db.session(), world.sub_district_id) == []
    version = world.again(recalled).version
    after = deciding.decide(world.actor("dispatcher"), recalled.number, version, "recall")
    assert (after.case_day, after.due_marked_at) == (NEXT, None)
    at("2026-12-01T12:00")
    assert closing.due_for_release(db.session(), world.sub_district_id) == [SATURDAY]
    assert closing.release(world.sub_district_id, SATURDAY) == {"forwarded": 1, "recalled": 1}
    assert [forwarding.case_id for forwarding in _forwardings()] == [left.id]


def test_nothing_is_recalled_when_the_hold_is_over(world: World, at: Move) -> None:
    case = world.queued()
    at(MORNING)
    deciding.decide(world.actor("dispatcher"), case.number, case.version, "mark_due")
    at(CLOSING)
    closing.close(world.sub_district_id, SATURDAY)
    at(RELEASE)
    closing.release(world.sub_district_id, SATURDAY)
    gone = world.again(case)
    with pytest.raises(Refused) as refused:
        deciding.decide(world.actor("dispatcher"), case.number, gone.version, "recall")
    assert (refused.value.key, refused.value.field) == ("hold_over", "choice")
    assert world.again(case).state == "forwarded"


def test_a_saturday_nobody_opened_forwards_nothing_and_says_so(world: World, at: Move) -> None:
    case = world.queued()
    at(CLOSING)
    assert closing.close(world.sub_district_id, SATURDAY) == {"rolled_over": 1}
    at(RELEASE)
    assert closing.release(world.sub_district_id, SATURDAY) == {"rolled_over": 1}
    after = world.again(case)
    assert (after.state, after.case_day, after.promised_on, after.carries) == ("queued", NEXT, NEXT, 0)
    assert _forwardings() == []
    assert {"day_not_opened", "rolled_over"} <= {item.kind for item in world.outbox()}


@pytest.mark.parametrize("why", ["inquiry", "untriaged", "no_basis", "returned"])
def test_what_may_not_be_forwarded_rolls_over_to_a_dispatcher(world: World, at: Move, why: str) -> None:
    case = world.case(world.report()) if why == "untriaged" else world.queued()
    changes: dict[str, dict[str, object]] = {
        "inquiry": {"kind": "inquiry"},
        "no_basis": {"legal_basis": None},
        "returned": {"returned_times": 1},
        "untriaged": {},
    }
    with transaction() as session:
        row = session.get_one(CaseFile, case.id)
        for column, value in changes[why].items():
            setattr(row, column, value)
    at(MORNING)
    running.open_day(world.actor("dispatcher"), world.sub_district_id, SATURDAY)
    at(CLOSING)
    closing.close(world.sub_district_id, SATURDAY)
    at(RELEASE)
    assert closing.release(world.sub_district_id, SATURDAY) == {"rolled_over": 1}
    after = world.again(case)
    assert (after.case_day, after.due_marked_at, after.handler_id) == (NEXT, None, world.staff["dispatcher"])
    assert _forwardings() == []


def test_a_case_resolved_during_the_hold_is_not_forwarded(world: World, at: Move) -> None:
    case = world.queued()
    at(MORNING)
    running.open_day(world.actor("worker"), world.sub_district_id, SATURDAY)
    at(CLOSING)
    closing.close(world.sub_district_id, SATURDAY)
    at("2026-11-29T10:00")
    marked = world.again(case)
    deciding.decide(world.actor("dispatcher"), case.number, marked.version, "resolve", reason="周日修好了")
    at(RELEASE)
    closing.release(world.sub_district_id, SATURDAY)
    assert world.again(case).state == "resolved"
    assert _forwardings() == []


def test_another_sub_districts_day_is_its_own(world: World, at: Move) -> None:
    near, far = world.queued(), world.queued(world.far_door)
    at(MORNING)
    running.open_day(world.actor("dispatcher"), world.sub_district_id, SATURDAY)
    at(CLOSING)
    assert closing.close(world.sub_district_id, SATURDAY) == {"due": 1}
    assert world.again(near).due_marked_at is not None
    assert world.again(far).due_marked_at is None
    with pytest.raises(Refused, match="day_not_closed"):
        closing.release(world.far_sub_district_id, SATURDAY)


def test_the_list_of_a_day_is_in_walking_order(world: World) -> None:
    from app.cases import queries as cases

    for place in (9, 2, 0, 5):
        world.queued(world.doors[place])
    rows = cases.on_list(db.session(), world.actor("dispatcher"), SATURDAY)
    assert [row.doorway_id for row in rows if row.community_id == world.communities[0]] == [
        world.doors[place].doorway_id for place in (0, 2, 5)
    ]
    assert len(rows) == 4
    assert len(cases.on_list(db.session(), world.actor("other_worker"), SATURDAY)) == 1
    assert queries.recent(db.session(), world.sub_district_id) == []
