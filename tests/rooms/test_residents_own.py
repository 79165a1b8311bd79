"""What residents do with their own report: add, withdraw, judge."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date
from uuid import uuid4

import pytest
from flask import Flask

from app.cases import follow_up, handling, own_report
from app.cases.follow_up import Answers
from app.cases.models import CaseFile
from app.cases.queries import last_follow_up
from app.cases.workflow import WORKFLOW, State
from app.db import db, transaction
from app.errors import ManyRefused, NotFound, Refused
from app.forwarding import handover
from tests.world import World

YES = Answers("yes", "yes", "satisfied")
NO = Answers("yes", "no", "dissatisfied", "灯还是不亮")


def _key() -> str:
    return str(uuid4())


def _resolved(world: World) -> tuple[str, CaseFile]:
    receipt = world.report()
    case = world.case(receipt)
    _sort(world, case)
    case = world.again(case)
    return receipt, handling.act(world.actor("worker"), case.number, "resolve", case.version, "灯换好了")


def _sort(world: World, case: CaseFile) -> None:
    handling.act(world.actor("dispatcher"), case.number, "triage", case.version)


# ---- judging ---------------------------------------------------------------------------------------------


def test_solved_closes_the_case(world: World) -> None:
    receipt, case = _resolved(world)
    follow_up.answer(receipt, _key(), YES)
    assert world.again(case).state == "closed"
    assert world.events(case)[-1].action == "rate"


def test_not_solved_reopens_once_by_itself_then_a_dispatcher_decides(
    world: World, at: Callable[[str], None]
) -> None:
    receipt, case = _resolved(world)
    at("2026-11-28T11:00")
    follow_up.answer(receipt, _key(), NO)
    case = world.again(case)
    assert (case.state, case.reopened_times, case.carries, case.resolved_at) == ("queued", 1, 0, None)
    assert (case.case_day, case.promised_on) == (date(2026, 12, 5), date(2026, 12, 5))
    handling.act(world.actor("worker"), case.number, "resolve", case.version, "又换了一次")
    follow_up.answer(receipt, _key(), NO)
    case = world.again(case)
    assert case.state == "resolved", "the second time it does not reopen by itself"
    assert world.events(case)[-1].action == "not_solved_again"
    told = [item.kind for item in world.outbox() if item.kind.startswith("not_solved")]
    assert told == ["not_solved", "not_solved_again"], "the second time other people are told"
    handling.act(world.actor("dispatcher"), case.number, "reopen", case.version, "我们再来看")
    assert world.again(case).state == "queued"


def test_not_solved_reopens_also_after_the_case_was_closed(world: World) -> None:
    receipt, case = _resolved(world)
    follow_up.answer(receipt, _key(), YES)
    follow_up.answer(receipt, _key(), NO)
    assert world.again(case).state == "queued"
    last = last_follow_up(db.session(), case.reports[0].id)
    assert last is not None
    assert not last.solved


def test_the_same_page_counts_once(world: World) -> None:
    receipt, case = _resolved(world)
    key = _key()
    follow_up.answer(receipt, key, NO)
    follow_up.answer(receipt, key.upper(), NO)
    assert world.again(case).reopened_times == 1
    assert [event.action for event in world.events(case)].count("not_solved") == 1


@pytest.mark.parametrize("state", sorted(set(State) - WORKFLOW["rate"].sources))
def test_there_is_nothing_to_judge_before_it_is_resolved(world: World, state: State) -> None:
    receipt = world.report()
    number = world.case(receipt).number
    with transaction() as session:
        handling.load(session, number=number).state = state.value
    with pytest.raises(Refused, match="nothing_to_judge"):
        follow_up.answer(receipt, _key(), YES)


@pytest.mark.parametrize(
    ("answers", "fields"),
    [
        (Answers(), ["contacted", "solved", "satisfaction"]),
        (Answers("yes", "maybe", "satisfied"), ["solved"]),
        (Answers("yes", "yes", "delighted"), ["satisfaction"]),
        (Answers("yes", "yes", "satisfied", "长" * 501), ["note"]),
        (Answers("yes", "yes", "satisfied", "\x00"), ["note"]),
    ],
)
def test_missing_answers_are_named(world: World, answers: Answers, fields: list[str]) -> None:
    receipt, case = _resolved(world)
    with pytest.raises(ManyRefused) as refused:
        follow_up.answer(receipt, _key(), answers)
    assert [each.field for each in refused.value.refusals] == fields
    assert world.again(case).state == "resolved"


# ---- adding ----------------------------------------------------------------------------------------------


def test_words_are_added_once_for_each_page(world: World) -> None:
    receipt, key = world.report(), _key()
    own_report.add(receipt, key, "补充：三层的也坏了")
    own_report.add(receipt, key, "补充：三层的也坏了")
    case = world.case(receipt)
    assert [each.text for each in case.reports[0].additions] == ["补充：三层的也坏了"]
    assert case.reports[0].text == "楼道灯坏了，晚上什么也看不见。"
    assert [event.action for event in world.events(case)] == ["receive", "add"]


@pytest.mark.parametrize(
    ("text", "key"), [(" \n", "text_missing"), ("长" * 2001, "text_too_long"), ("\x00", "control_characters")]
)
def test_additions_are_checked_like_reports(world: World, text: str, key: str) -> None:
    receipt = world.report()
    with pytest.raises(Refused) as refused:
        own_report.add(receipt, _key(), text)
    assert (refused.value.key, refused.value.field) == (key, "text")
    assert not world.case(receipt).reports[0].additions


# ---- withdrawing -----------------------------------------------------------------------------------------


def test_withdrawing_ends_the_case_once(world: World) -> None:
    receipt = world.report()
    own_report.withdraw(receipt)
    own_report.withdraw(receipt)
    case = world.case(receipt)
    assert (case.state, case.reports[0].withdrawn_at is not None) == ("withdrawn", True)
    assert [event.action for event in world.events(case)] == ["receive", "withdraw"]


def test_what_is_with_12345_cannot_be_withdrawn_here(world: World) -> None:
    case = world.queued()
    handover.forward_now(world.actor("dispatcher"), case.number, case.version)
    receipt = world.again(case).reports[0].receipt
    with pytest.raises(Refused):
        own_report.withdraw(receipt)
    case = world.case(receipt)
    assert (case.state, case.reports[0].withdrawn_at) == ("forwarded", None)


def test_an_unknown_receipt_is_not_found(world: World) -> None:
    for attempt in (
        lambda: own_report.withdraw("0" * 12),
        lambda: own_report.add("0" * 12, _key(), "补充"),
        lambda: follow_up.answer("0" * 12, _key(), YES),
    ):
        with pytest.raises(NotFound):
            attempt()


def test_a_withdrawal_that_waited_for_a_forwarding_sees_it(app: Flask, world: World) -> None:
    """Whoever waited for the case must look at it again: it may be with 12345 by now."""
    case = world.queued()
    version = case.version
    dispatcher, told = world.actor("dispatcher"), list[str]()
    receipt = world.again(case).reports[0].receipt
    db.session.rollback()

    def withdraw() -> None:
        with app.app_context():
            try:
                own_report.withdraw(receipt)
            except Refused as refused:
                told.append(refused.key)

    waiting = threading.Thread(target=withdraw)
    with transaction() as session:
        loaded = handling.load(session, number=case.number)
        handover.forward(session, dispatcher, loaded, "forward_now", case_day=None)
        session.flush()
        waiting.start()
        waiting.join(timeout=0.5)
        assert waiting.is_alive(), "the withdrawal waits until the forwarding is decided"
    waiting.join(timeout=10)
    assert told == ["action_not_from_here"]
    after = world.again(case)
    assert (after.state, after.version) == ("forwarded", version + 1)
    assert [event.action for event in world.events(case)] == ["receive", "triage", "forward_now"]
