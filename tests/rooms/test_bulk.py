"""Many cases at once, each by the same rules as alone, and all of it taken back while nobody has touched it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from app.cases import assigning, bulk, handling, own_report, publishing, queries
from app.cases.assigning import Assignment
from app.cases.bulk import Left, Picked
from app.cases.models import BulkAct, BulkLine, CaseEvent, CaseFile
from app.cases.triage import COMMUNITY, Sorting
from app.db import db, transaction
from app.errors import Forbidden, NotFound, Refused, Stale
from tests.rooms.test_assigning import deliver, told
from tests.world import World

LIGHT = Sorting(category="0304")


def received(world: World, many: int, **words: object) -> list[CaseFile]:
    return [world.case(world.report(world.doors[n % 8], text=f"第{n}件", **words)) for n in range(many)]  # type: ignore[arg-type]


def picked(cases: Sequence[CaseFile]) -> list[Picked]:
    return [Picked(case.number, case.version) for case in cases]


def columns(case: CaseFile) -> dict[str, object]:
    """Everything about a case but its version."""
    return {one.name: getattr(case, one.name) for one in CaseFile.__table__.columns if one.name != "version"}


# ---- doing it ----------------------------------------------------------------------------------------


def test_many_are_sorted_as_each_would_be_alone(world: World) -> None:
    alone, *others = received(world, 4)
    one = bulk.alone(world.actor("dispatcher"), Picked(alone.number, alone.version), LIGHT)
    outcome = bulk.triage_many(world.actor("dispatcher"), picked(others), LIGHT)
    assert outcome.done == [case.number for case in others]
    assert outcome.left == []
    assert outcome.act_id not in (None, one)
    for case in map(world.again, others):
        assert (case.state, case.lead_unit, case.legal_basis, case.kind) == (
            "queued", "红庙物业", "statutory", "help",
        )  # fmt: skip
        assert [event.action for event in world.events(case)] == ["receive", "triage"]


def test_one_that_cannot_be_done_is_named_and_stops_no_other(world: World) -> None:
    good, stale, there, ended, last = received(world, 5)
    handling.act(world.actor("dispatcher"), ended.number, "set_aside", ended.version, "先放着")
    ticks = [
        *picked([good]),
        Picked(stale.number, stale.version + 1),
        Picked(there.number, there.version),
        Picked("2611-9999", 1),
        Picked(ended.number, ended.version),
        *picked([last, good]),
    ]
    far = world.case(world.report(world.far_door))
    outcome = bulk.triage_many(world.actor("dispatcher"), [*ticks, *picked([far])], LIGHT)
    assert outcome.done == [good.number, there.number, last.number]
    assert [(one.number, one.why.key) for one in outcome.left] == [
        (stale.number, "row_stale"),
        ("2611-9999", "case_not_here"),
        (ended.number, "action_not_from_here"),
        (far.number, "case_not_here"),
    ]
    assert world.again(far).state == world.again(stale).state == "received"
    lines = db.session.scalars(select(BulkLine).where(BulkLine.bulk_act_id == outcome.act_id)).all()
    assert {line.case_id for line in lines} == {good.id, there.id, last.id}


def test_nothing_is_told_of_a_case_out_of_scope(world: World) -> None:
    """Not even that the community may not lead it."""
    there = world.case(world.report(world.doors[8]))
    sorting = Sorting(category="0304", lead_unit=COMMUNITY)
    outcome = bulk.triage_many(world.actor("worker"), picked([there]), sorting)
    assert outcome.left == [Left(there.number, Refused("case_not_here"))]


def test_where_a_community_only_assists_it_does_not_lead(world: World) -> None:
    cases = received(world, 2)
    outcome = bulk.triage_many(
        world.actor("dispatcher"), picked(cases), Sorting(category="0304", lead_unit=COMMUNITY)
    )
    assert [one.why.key for one in outcome.left] == ["community_only_assists"] * 2
    assert outcome.act_id is None
    assert db.session.scalar(select(func.count()).select_from(BulkAct)) == 0


def test_what_none_could_be_sorted_by_is_refused_for_all(world: World) -> None:
    cases, at_desk = received(world, 2), world.actor("dispatcher")
    for sorting in (Sorting(kind="none"), Sorting(category="9999")):
        with pytest.raises(Refused, match="choice_unknown"):
            bulk.triage_many(at_desk, picked(cases), sorting)
    with pytest.raises(Refused, match="nothing_ticked"):
        bulk.triage_many(at_desk, [], LIGHT)
    with pytest.raises(Refused, match="too_many_ticked"):
        bulk.triage_many(at_desk, [Picked("2611-0001", 1)] * 101, LIGHT)
    with pytest.raises(Refused, match="nothing_assigned"):
        bulk.assign_many(at_desk, picked(cases), Assignment())
    with pytest.raises(Forbidden):
        bulk.triage_many(world.actor("leader"), picked(cases), LIGHT)
    assert {world.again(case).state for case in cases} == {"received"}


def test_many_are_given_out_and_their_handler_is_told_once(world: World) -> None:
    cases = [world.queued(world.doors[n]) for n in range(3)]
    elsewhere = world.queued(world.doors[8])
    outcome = bulk.assign_many(
        world.actor("dispatcher"),
        picked([*cases, elsewhere]),
        Assignment(world.staff["worker"], "街道城管科"),
    )
    assert outcome.done == [case.number for case in cases]
    assert [(one.number, one.why.key) for one in outcome.left] == [(elsewhere.number, "person_unknown")]
    for case in map(world.again, cases):
        assert (case.handler_id, case.lead_unit) == (world.staff["worker"], "街道城管科")
    deliver()
    mine = [one for one in told(world, "worker") if one[0].startswith("assign")]
    assert mine == [("assigned_many", str(outcome.act_id))]


def test_a_hundred_at_once(world: World) -> None:
    cases = received(world, 100)
    outcome = bulk.triage_many(world.actor("dispatcher"), picked(cases), LIGHT)
    assert (len(outcome.done), outcome.left) == (100, [])
    undone = bulk.undo(world.actor("dispatcher"), outcome.act_id or 0)
    assert (len(undone.restored), undone.kept) == (100, [])


# ---- taking it back ----------------------------------------------------------------------------------


def test_everything_is_again_as_it_was(world: World) -> None:
    cases = [*received(world, 2), *received(world, 2, category="0101", kind="complaint")]
    before = [columns(world.again(case)) for case in cases]
    for case in cases:
        db.session.expire(case)
    outcome = bulk.triage_many(
        world.actor("dispatcher"), picked(cases), Sorting("help", "0102", "街道城管科")
    )
    assert [columns(world.again(case)) for case in cases] != before
    undone = bulk.undo(world.actor("dispatcher"), outcome.act_id or 0)
    assert (undone.restored, undone.kept) == (outcome.done, [])
    assert [columns(world.again(case)) for case in cases] == before
    assert [event.action for event in world.events(cases[0])] == ["receive", "triage", "undo_triage"]


def test_after_an_hour_and_in_another_process(world: World, at: Callable[[str], None]) -> None:
    """Nothing of it is in memory: what is not in the database was not there to begin with."""
    cases = received(world, 2)
    outcome = bulk.triage_many(world.actor("dispatcher"), picked(cases), LIGHT)
    db.session.remove()
    db.engine.dispose()
    at("2026-11-24T10:30")
    assert len(bulk.undo(world.actor("dispatcher"), outcome.act_id or 0).restored) == 2


def test_what_somebody_touched_since_stays(world: World) -> None:
    one, other, third = received(world, 3)
    at_desk = world.actor("dispatcher")
    outcome = bulk.triage_many(at_desk, picked([one, other, third]), LIGHT)
    handling.act(world.actor("worker"), other.number, "start", world.again(other).version)
    undone = bulk.undo(at_desk, outcome.act_id or 0)
    assert (undone.restored, undone.kept) == ([one.number, third.number], [other.number])
    touch = queries.last_touches(db.session(), [other.id])[other.id]
    assert (touch.action, touch.staff_id) == ("start", world.staff["worker"])
    assert world.again(other).state == "in_progress"


def test_a_resident_who_only_added_words_does_not_stand_in_the_way(world: World) -> None:
    receipt = world.report()
    case = world.case(receipt)
    outcome = bulk.triage_many(world.actor("dispatcher"), picked([case]), LIGHT)
    own_report.add(receipt, "11111111-1111-4111-8111-111111111111", "五层也暗")
    assert bulk.undo(world.actor("dispatcher"), outcome.act_id or 0).restored == [case.number]


def test_neighbours_who_joined_meanwhile_still_lift_it(world: World) -> None:
    case = world.queued()
    case = publishing.publish(world.actor("dispatcher"), case.number, case.version, "楼道灯不亮", "door")
    outcome = bulk.assign_many(world.actor("dispatcher"), picked([case]), Assignment(world.staff["worker"]))
    with transaction() as session:
        session.execute(update(CaseFile).where(CaseFile.id == case.id).values(homes=3, step=2))
    bulk.undo(world.actor("dispatcher"), outcome.act_id or 0)
    assert (world.again(case).homes, world.again(case).step) == (3, 2)
    fresh = received(world, 1)
    outcome = bulk.triage_many(world.actor("dispatcher"), picked(fresh), Sorting(category="0101"))
    with transaction() as session:
        session.execute(update(CaseFile).where(CaseFile.id == fresh[0].id).values(homes=3))
    bulk.undo(world.actor("dispatcher"), outcome.act_id or 0)
    assert world.again(fresh[0]).step == 2


def test_twice_says_so(world: World) -> None:
    cases = received(world, 2)
    outcome = bulk.triage_many(world.actor("dispatcher"), picked(cases), LIGHT)
    bulk.undo(world.actor("dispatcher"), outcome.act_id or 0)
    with pytest.raises(Refused, match="undone_already"):
        bulk.undo(world.actor("dispatcher"), outcome.act_id or 0)
    assert [event.action for event in world.events(cases[0])] == ["receive", "triage", "undo_triage"]


def test_what_was_promised_first_holds_again(world: World, at: Callable[[str], None]) -> None:
    case = world.case(world.report())
    promised = case.promised_on
    outcome = bulk.triage_many(world.actor("dispatcher"), picked([case]), Sorting(category="0101"))
    assert world.again(case).promised_on == date(2026, 11, 25) < promised
    bulk.undo(world.actor("dispatcher"), outcome.act_id or 0)
    assert world.again(case).promised_on == promised


def test_a_day_gone_by_is_not_promised_again(world: World, at: Callable[[str], None]) -> None:
    case = world.case(world.report(category="0101"))
    assert case.promised_on == date(2026, 11, 25)
    at("2026-11-26T09:00")
    outcome = bulk.triage_many(world.actor("dispatcher"), picked([case]), Sorting(category="0101"))
    assert world.again(case).promised_on == date(2026, 11, 26)
    bulk.undo(world.actor("dispatcher"), outcome.act_id or 0)
    assert world.again(case).promised_on == date(2026, 11, 26)


def test_who_may_take_it_back(world: World) -> None:
    cases = received(world, 2)
    outcome = bulk.triage_many(world.actor("worker"), picked(cases), LIGHT)
    act_id = outcome.act_id or 0
    for who in ("leader", "officer", "auditor"):
        with pytest.raises(Forbidden):
            bulk.undo(world.actor(who), act_id)
    for who in ("other_worker", "far_dispatcher"):
        with pytest.raises(NotFound):
            bulk.undo(world.actor(who), act_id)
    with pytest.raises(NotFound):
        bulk.undo(world.actor("dispatcher"), 999_999)
    assert len(bulk.undo(world.actor("dispatcher"), act_id).restored) == 2
    own = bulk.triage_many(world.actor("worker"), picked([world.again(case) for case in cases]), LIGHT)
    assert len(bulk.undo(world.actor("worker"), own.act_id or 0).restored) == 2


def test_who_had_it_before_has_it_again_and_who_was_given_it_is_told(world: World) -> None:
    case = world.queued()
    at_desk = world.actor("dispatcher")
    case = assigning.assign(at_desk, case.number, case.version, world.staff["dispatcher"], "街道城管科")
    outcome = bulk.assign_many(at_desk, picked([case]), Assignment(world.staff["worker"], "红庙物业"))
    bulk.undo(at_desk, outcome.act_id or 0)
    after = world.again(case)
    assert (after.handler_id, after.lead_unit) == (world.staff["dispatcher"], "街道城管科")
    assert after.state == "queued"
    deliver()
    assert ("assign_undone", str(outcome.act_id)) in told(world, "worker")


def test_what_is_kept_names_nobody(world: World) -> None:
    """Only ids, dates, keys and the name of a unit."""
    case = world.case(world.report(text="我是王阿姨，电话13912345678", phone="13912345678", name="王阿姨"))
    bulk.triage_many(world.actor("dispatcher"), picked([case]), LIGHT)
    line = db.session.scalars(select(BulkLine)).one()
    assert set(line.before) == set(bulk.KEPT["triage"])
    assert "王阿姨" not in str(line.before)
    assert "139" not in str(line.before)


# ---- two at once -------------------------------------------------------------------------------------


def at_once(app: Flask, *verbs: Callable[[], object]) -> list[object]:
    """What each of them gave or raised, begun at the same moment."""
    start = threading.Barrier(len(verbs))

    def run(verb: Callable[[], object]) -> object:
        with app.app_context():
            start.wait()
            try:
                return verb()
            except Exception as fault:
                return fault
            finally:
                db.session.remove()

    with ThreadPoolExecutor(len(verbs)) as people:
        return list(people.map(run, verbs))


def count(action: str, case: CaseFile) -> int:
    db.session.rollback()
    where = (CaseEvent.case_id == case.id, CaseEvent.action == action)
    return db.session.scalar(select(func.count()).select_from(CaseEvent).where(*where)) or 0


def test_two_dispatchers_sort_the_same_cases_and_each_case_is_sorted_once(app: Flask, world: World) -> None:
    cases, at_desk = received(world, 8), world.actor("dispatcher")
    ticks = picked(cases)
    outcomes = at_once(
        app,
        lambda: bulk.triage_many(at_desk, ticks, Sorting(category="0304")),
        lambda: bulk.triage_many(at_desk, ticks[::-1], Sorting(category="0902")),
    )
    assert all(isinstance(one, bulk.Outcome) for one in outcomes), outcomes
    done = [number for one in outcomes if isinstance(one, bulk.Outcome) for number in one.done]
    assert sorted(done) == [case.number for case in cases]
    assert {count("triage", case) for case in cases} == {1}
    left = [one.why.key for each in outcomes if isinstance(each, bulk.Outcome) for one in each.left]
    assert set(left) == {"row_stale"}
    assert len(left) == 8


def test_one_case_alone_and_among_many_is_done_once(app: Flask, world: World) -> None:
    for _ in range(3):
        cases, at_desk = received(world, 3), world.actor("dispatcher")
        ticks = picked(cases)
        many, alone = at_once(
            app,
            lambda: bulk.triage_many(at_desk, ticks, LIGHT),  # noqa: B023
            lambda: bulk.alone(at_desk, ticks[1], Sorting(category="0902")),  # noqa: B023
        )
        assert isinstance(many, bulk.Outcome)
        if isinstance(alone, Stale):
            assert len(many.done) == 3
        else:
            assert isinstance(alone, int)
            assert [one.number for one in many.left] == [cases[1].number]
        assert {count("triage", case) for case in cases} == {1}


def test_taking_back_against_another_who_goes_on(app: Flask, world: World) -> None:
    """Either it was taken back, or the other's step holds: never both, never half of each."""
    at_desk, worker = world.actor("dispatcher"), world.actor("worker")
    for _ in range(3):
        (case,) = received(world, 1)
        act_id = bulk.triage_many(at_desk, picked([case]), LIGHT).act_id or 0
        version = world.again(case).version
        undone, started = at_once(
            app,
            lambda: bulk.undo(at_desk, act_id),  # noqa: B023
            lambda: handling.act(worker, case.number, "start", version),  # noqa: B023
        )
        assert isinstance(undone, bulk.Undone)
        if undone.restored:
            assert isinstance(started, Stale)
            assert world.again(case).state == "received"
        else:
            assert undone.kept == [case.number]
            assert isinstance(started, CaseFile)
            assert (world.again(case).state, world.again(case).lead_unit) == ("in_progress", "红庙物业")


def test_two_who_take_it_back_at_once(app: Flask, world: World) -> None:
    cases, at_desk = received(world, 6), world.actor("dispatcher")
    act_id = bulk.triage_many(at_desk, picked(cases), LIGHT).act_id or 0
    results = at_once(app, *[lambda: bulk.undo(at_desk, act_id)] * 2)
    restored = [number for one in results if isinstance(one, bulk.Undone) for number in one.restored]
    assert sorted(restored) == [case.number for case in cases]
    assert all(isinstance(one, bulk.Undone | Refused) for one in results), results
    assert {count("undo_triage", case) for case in cases} == {1}
