"""Staff ask, the resident answers, once."""

from __future__ import annotations

from uuid import uuid4

import pytest

from app.access.actor import Role
from app.cases import asking, merging, own_report
from app.cases.models import CaseFile
from app.errors import Forbidden, Refused, Stale
from app.notices import telling
from tests.world import World

QUESTION = "灯是一直不亮，还是一闪一闪？"


def _key() -> str:
    return str(uuid4())


def _asked(world: World) -> tuple[str, CaseFile]:
    receipt = world.report()
    case = world.case(receipt)
    return receipt, asking.ask(world.actor("worker"), case.number, case.version, QUESTION)


def test_a_question_is_marked_told_to_one_report_and_answered_once(world: World) -> None:
    receipt, case = _asked(world)
    assert world.again(case).waiting_since is not None
    event = world.events(case)[-1]
    report = world.again(case).reports[0]
    assert (event.action, event.told, event.report_id) == ("ask_resident", QUESTION, report.id)
    key = _key()
    for _ in range(2):
        asking.answer(receipt, key, "一直不亮")
    case = world.again(case)
    assert case.waiting_since is None
    assert [(one.text, one.answers_id) for one in case.reports[0].additions] == [("一直不亮", event.id)]
    assert [one.action for one in world.events(case)] == ["receive", "ask_resident", "answered"]
    assert [item.kind for item in world.outbox()].count("resident_answered") == 1
    assert telling.TOLD["resident_answered"][1] == (Role.WORKER, Role.DISPATCHER)


def test_nothing_asked_nothing_answered(world: World) -> None:
    receipt, case = _asked(world)
    asking.answer(receipt, _key(), "一直不亮")
    for unasked in (receipt, world.report()):
        with pytest.raises(Refused, match="nothing_asked"):
            asking.answer(unasked, _key(), "再说一次")
    assert len(world.again(case).reports[0].additions) == 1


@pytest.mark.parametrize(
    ("text", "key"), [(" \n", "answer_empty"), ("长" * 2001, "text_too_long"), ("\x00", "control_characters")]
)
def test_answers_are_checked_like_reports(world: World, text: str, key: str) -> None:
    receipt, case = _asked(world)
    with pytest.raises(Refused, match=key):
        asking.answer(receipt, _key(), text)
    assert world.again(case).waiting_since is not None


def test_a_second_question_takes_the_place_of_the_first(world: World) -> None:
    receipt, case = _asked(world)
    asking.ask(world.actor("worker"), case.number, case.version, "几层？")
    asking.answer(receipt, _key(), "五层")
    assert world.again(case).waiting_since is None
    last = [event.id for event in world.events(case) if event.action == "ask_resident"][-1]
    assert world.again(case).reports[0].additions[0].answers_id == last


def test_who_is_asked_is_the_earliest_who_still_wants_it(world: World) -> None:
    mine, theirs = world.report(), world.report()
    source = world.case(theirs)
    merging.merge(world.actor("dispatcher"), source.number, source.version, world.case(mine).number)
    own_report.withdraw(mine)
    case = world.case(theirs)
    asking.ask(world.actor("worker"), case.number, case.version, QUESTION)
    with pytest.raises(Refused, match="withdrawn_before"):
        asking.answer(mine, _key(), "我答")
    asking.answer(theirs, _key(), "我来答")
    assert world.again(case).waiting_since is None


def test_a_question_to_one_who_left_waits_for_nobody(world: World) -> None:
    receipt, case = _asked(world)
    own_report.withdraw(receipt)
    assert world.again(case).waiting_since is None
    with pytest.raises(Refused):
        asking.ask(world.actor("worker"), case.number, world.again(case).version, QUESTION)


def test_who_may_ask(world: World) -> None:
    case = world.case(world.report())
    with pytest.raises(Forbidden):
        asking.ask(world.actor("leader"), case.number, case.version, QUESTION)
    with pytest.raises(Refused, match="note_needed"):
        asking.ask(world.actor("worker"), case.number, case.version, " ")
    with pytest.raises(Stale):
        asking.ask(world.actor("worker"), case.number, case.version + 1, QUESTION)
