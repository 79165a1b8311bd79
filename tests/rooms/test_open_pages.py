"""A page that staff have open is stale when something happened that they decide on, and only then."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest

from app.cases import asking, data_requests, follow_up, handling, joining, own_contact, own_report
from app.cases.follow_up import Answers
from app.cases.models import CaseFile
from app.cases.workflow import WORKFLOW
from app.errors import Stale
from tests.rooms.test_joining import join, published
from tests.world import World

Act = Callable[[World, CaseFile, str], object]
QUIET: dict[str, Act] = {
    "add": lambda _world, _case, own: own_report.add(own, str(uuid4()), "五层也暗"),
    "join": lambda world, case, _own: join(world, case, note="我家也是"),
    "leave_phone": lambda _world, _case, own: own_contact.leave_phone(own, "13987654321", wants_call=False),
    "call_me": lambda _world, _case, own: own_contact.call_me(own, str(uuid4())),
    "forget_phone": lambda _world, _case, own: own_contact.forget_phone(own, str(uuid4())),
    "data_request": lambda _world, _case, own: data_requests.ask(own, str(uuid4()), "see"),
}
LOUD: dict[str, Act] = {
    "danger in added words": lambda _world, _case, own: own_report.add(own, str(uuid4()), "楼道里着火了"),
    "danger in a note": lambda world, case, _own: join(world, case, note="楼道里着火了"),
    "the last one withdraws": lambda _world, _case, own: own_report.withdraw(own),
}


@pytest.fixture
def own(world: World) -> str:
    return world.report(phone="13912345678")


@pytest.fixture
def case(world: World, own: str) -> CaseFile:
    """Sorted, and shown to the neighbours."""
    found = world.case(own)
    handling.act(world.actor("dispatcher"), found.number, "triage", found.version)
    return published(world, world.again(found))


@pytest.mark.parametrize("act", QUIET)
def test_what_changes_no_decision_leaves_the_page_good(
    world: World, case: CaseFile, own: str, act: str
) -> None:
    seen = case.version
    QUIET[act](world, case, own)
    assert world.events(case)[-1].action == act, "its line of history is there all the same"
    handling.act(world.actor("dispatcher"), case.number, "start", seen)
    assert world.again(case).state == "in_progress"


@pytest.mark.parametrize("act", LOUD)
def test_what_staff_must_know_first_makes_the_page_stale(
    world: World, case: CaseFile, own: str, act: str
) -> None:
    seen = case.version
    LOUD[act](world, case, own)
    with pytest.raises(Stale):
        handling.act(world.actor("dispatcher"), case.number, "start", seen)


def test_taking_me_too_back_is_quiet_unless_nobody_is_left(world: World, case: CaseFile, own: str) -> None:
    seen = case.version
    first, last = join(world, case), join(world, case)
    joining.undo(first)
    assert world.again(case).version == seen
    own_report.withdraw(own)
    seen = world.again(case).version
    joining.undo(last)
    with pytest.raises(Stale):
        handling.act(world.actor("dispatcher"), case.number, "start", seen)


def test_an_answer_and_not_solved_make_the_page_stale(world: World, case: CaseFile, own: str) -> None:
    who = world.actor("dispatcher")
    asked = asking.ask(who, case.number, case.version, "几层？").version
    asking.answer(own, str(uuid4()), "五层")
    with pytest.raises(Stale):
        handling.act(who, case.number, "start", asked)
    done = handling.act(who, case.number, "resolve", world.again(case).version, "换了灯").version
    follow_up.answer(own, str(uuid4()), Answers("yes", "no", "dissatisfied", ""))
    with pytest.raises(Stale):
        handling.act(who, case.number, "reopen", done, "再看")


def test_only_acts_of_residents_that_keep_the_state_may_be_quiet() -> None:
    for name, move in WORKFLOW.items():
        if not move.ages_pages:
            assert (move.target, move.permission.value) == (None, "report"), name
