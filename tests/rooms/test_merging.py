"""Two cases of one matter become one; what residents may read of it is in tests/resident."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date
from uuid import uuid4

import pytest
from flask import Flask

from app.access.actor import Actor
from app.cases import asking, handling, merging, own_report
from app.cases.models import CaseFile
from app.db import db
from app.errors import Forbidden, NotFound, Refused, Stale
from tests.world import World


def merge(world: World, source: CaseFile, target: CaseFile, who: str = "dispatcher") -> CaseFile:
    """Both as the database has them now."""
    source = world.again(source)
    return merging.merge(world.actor(who), source.number, source.version, target.number)


def test_reports_move_and_both_histories_say_so(world: World) -> None:
    mine, theirs = world.report(text="五层灯坏了"), world.report(text="六层灯不亮")
    source, target = world.case(mine), world.case(theirs)
    merge(world, source, target)
    source, target = world.again(source), world.again(target)
    assert (source.state, source.merged_into_id) == ("merged", target.id)
    assert [report.receipt for report in target.reports] == [mine, theirs]
    assert source.reports == []
    left, came = world.events(source)[-1], world.events(target)[-1]
    moved = [target.reports[0].id]
    assert (left.action, left.data) == (
        "merge", {"into": target.id, "into_number": target.number, "reports": moved}
    )  # fmt: skip
    assert (came.action, came.data) == (
        "merged_in", {"from": source.id, "from_number": source.number, "reports": moved}
    )  # fmt: skip
    assert target.homes == 1


def test_the_earlier_promise_and_any_danger_hold_for_both(world: World, at: Callable[[str], None]) -> None:
    early = world.case(world.report(category="0101"))  # no heat: due first, tomorrow
    late = world.queued()
    merge(world, early, late)
    early, late = world.again(early), world.again(late)
    assert late.promised_on == early.promised_on < date(2026, 11, 28)
    assert (late.due_first, late.step) == (True, 1)


def test_what_was_merged_wrongly_comes_back_with_its_own_reports(world: World) -> None:
    mine, theirs = world.report(), world.report()
    source, target = world.case(mine), world.case(theirs)
    merge(world, source, target)
    own_report.add(mine, "11111111-1111-4111-8111-111111111111", "还有一句")
    source = world.again(source)
    merging.unmerge(world.actor("dispatcher"), source.number, source.version)
    source, target = world.again(source), world.again(target)
    assert (source.state, source.merged_into_id, target.homes) == ("received", None, 0)
    assert [report.receipt for report in source.reports] == [mine]
    assert [report.receipt for report in target.reports] == [theirs]
    assert [event.action for event in world.events(target)] == ["receive", "merged_in", "add", "unmerged_out"]


def test_a_day_gone_by_is_not_promised_again(world: World, at: Callable[[str], None]) -> None:
    source, target = world.case(world.report()), world.case(world.report())
    merge(world, source, target)
    at("2026-11-30T09:00")
    source = world.again(source)
    merging.unmerge(world.actor("dispatcher"), source.number, source.version)
    assert world.again(source).promised_on == date(2026, 12, 5)


def test_a_chain_comes_apart_from_its_end_only(world: World) -> None:
    one, two, three = (world.case(world.report()) for _ in range(3))
    merge(world, one, two)
    merge(world, two, three)
    assert len(world.again(three).reports) == 3
    one = world.again(one)
    with pytest.raises(Refused, match="merged_further"):
        merging.unmerge(world.actor("dispatcher"), one.number, one.version)
    two = world.again(two)
    merging.unmerge(world.actor("dispatcher"), two.number, two.version)
    one = world.again(one)
    merging.unmerge(world.actor("dispatcher"), one.number, one.version)
    assert [len(world.again(case).reports) for case in (one, two, three)] == [1, 1, 1]


def test_a_basis_rests_on_everybody_who_reported(world: World) -> None:
    asked = world.queued(phone="13912345678", consent_forward=True)
    assert asked.legal_basis == "consent"
    merge(world, world.queued(), asked)
    assert world.again(asked).legal_basis == "statutory"


@pytest.mark.parametrize(
    ("into", "key"), [("self", "merge_itself"), ("none", "case_unknown"), ("ended", "merge_not_open")]
)
def test_what_a_case_cannot_become_part_of(world: World, into: str, key: str) -> None:
    source, receipt = world.case(world.report()), world.report()
    ended = world.case(receipt)
    own_report.withdraw(receipt)
    number = {"self": source.number, "none": "2611-9999", "ended": ended.number}[into]
    with pytest.raises(Refused) as refused:
        merging.merge(world.actor("dispatcher"), source.number, source.version, number)
    assert (refused.value.key, refused.value.field) == (key, "into_number")
    assert world.again(source).state == "received"


def test_another_sub_districts_case_is_as_unknown_as_one_that_is_none(world: World) -> None:
    source, far = world.case(world.report()), world.case(world.report(world.far_door))
    with pytest.raises(Refused, match="case_unknown"):
        merging.merge(world.actor("dispatcher"), source.number, source.version, far.number)
    with pytest.raises(NotFound):
        merging.merge(world.actor("dispatcher"), far.number, far.version, source.number)
    assert world.again(far).version == 1


def test_who_may_and_that_a_stale_page_loses(world: World) -> None:
    source, target = world.case(world.report()), world.case(world.report())
    with pytest.raises(Forbidden):
        merge(world, source, target, "worker")
    with pytest.raises(Stale):
        merging.merge(world.actor("dispatcher"), source.number, source.version + 1, target.number)
    assert (world.again(source).state, world.again(target).version) == ("received", 1)


def test_two_who_merge_crosswise_do_not_wait_for_each_other(app: Flask, world: World) -> None:
    one, two = (world.case(world.report()) for _ in range(2))
    who, results = world.actor("dispatcher"), list[str]()
    ready = threading.Barrier(2)
    pairs = [(one.number, two.number), (two.number, one.number)]

    def press(who: Actor, pair: tuple[str, str]) -> None:
        with app.app_context():
            ready.wait()
            try:
                merging.merge(who, pair[0], 1, pair[1])
                results.append("merged")
            except (Refused, Stale) as lost:
                results.append(type(lost).__name__)
            db.session.remove()

    threads = [threading.Thread(target=press, args=(who, pair)) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(results) in (["Refused", "merged"], ["Stale", "merged"])
    assert sorted(len(world.again(case).reports) for case in (one, two)) == [0, 2]


def test_taking_ones_own_back_leaves_the_others(world: World) -> None:
    mine, theirs = world.report(), world.report()
    merge(world, world.case(mine), world.case(theirs))
    own_report.withdraw(theirs)
    case = world.case(mine)
    assert (case.state, case.homes, world.events(case)[-1].action) == ("received", 0, "withdraw_one")
    own_report.withdraw(mine)
    assert (world.again(case).state, world.events(case)[-1].action) == ("withdrawn", "withdraw")


def test_a_case_merged_by_mistake_can_be_sorted_and_handled_again(world: World) -> None:
    source, target = world.queued(), world.queued()
    merge(world, source, target)
    source = world.again(source)
    source = merging.unmerge(world.actor("dispatcher"), source.number, source.version)
    handling.act(world.actor("dispatcher"), source.number, "triage", source.version)
    assert world.again(source).state == "queued"


def withdrawn_while_one(world: World, whose: str) -> tuple[CaseFile, CaseFile]:
    """Two cases merged, one resident takes theirs back, and the two are parted again."""
    mine, theirs = world.report(), world.report()
    source, target = world.case(mine), world.case(theirs)
    merge(world, source, target)
    own_report.withdraw(mine if whose == "mine" else theirs)
    source = world.again(source)
    merging.unmerge(world.actor("dispatcher"), source.number, source.version)
    return world.again(source), world.again(target)


@pytest.mark.parametrize(
    ("whose", "states"), [("mine", ("withdrawn", "received")), ("theirs", ("received", "withdrawn"))]
)
def test_what_nobody_wants_any_more_does_not_come_back_to_the_queue(
    world: World, whose: str, states: tuple[str, str]
) -> None:
    source, target = withdrawn_while_one(world, whose)
    assert (source.state, target.state) == states
    ended = source if whose == "mine" else target
    assert world.events(ended)[-1].action == "withdraw"


def test_a_question_stays_open_until_its_own_resident_answers(world: World) -> None:
    who = world.actor("dispatcher")
    mine, theirs = world.report(text="五层灯坏了"), world.report(text="六层灯不亮")
    source, target = world.case(mine), world.case(theirs)
    for case in (source, target):
        asking.ask(who, case.number, case.version, "几层？")
    merge(world, source, target)
    assert world.again(target).waiting_since is not None
    asking.answer(theirs, str(uuid4()), "六层")
    assert world.again(target).waiting_since is not None, "the other has not answered"
    asking.answer(mine, str(uuid4()), "五层")
    assert world.again(target).waiting_since is None


def test_a_question_leaves_with_its_resident(world: World) -> None:
    who = world.actor("dispatcher")
    mine, theirs = world.report(), world.report()
    source, target = world.case(mine), world.case(theirs)
    asking.ask(who, source.number, source.version, "几层？")
    merge(world, source, target)
    own_report.withdraw(theirs)
    assert world.again(target).waiting_since is not None
    source = world.again(source)
    merging.unmerge(who, source.number, source.version)
    assert world.again(source).waiting_since is not None
    assert world.again(target).waiting_since is None
