"""Where a case stands in the queue: neighbours lift it by one step, and danger stays above."""

from __future__ import annotations

import pytest

from app.cases import triage
from app.cases.models import CaseFile
from app.cases.steps import DUE_FIRST, LIFTED, ORDINARY, URGENT, step_of
from app.cases.triage import Sorting
from app.db import transaction
from tests.world import World


@pytest.mark.parametrize(
    ("urgency", "due_first", "homes", "lift_at", "step"),
    [
        ("", False, 0, 3, ORDINARY),
        ("", False, 2, 3, ORDINARY),
        ("", False, 3, 3, LIFTED),
        ("", False, 900, 3, LIFTED),
        ("", False, 900, 0, ORDINARY),  # the sub-district lets nothing be lifted
        ("", True, 0, 3, DUE_FIRST),
        ("", True, 900, 3, DUE_FIRST),
        ("gas", False, 0, 3, URGENT),
        ("gas", True, 900, 3, URGENT),
    ],
)
def test_the_table(urgency: str, due_first: bool, homes: int, lift_at: int, step: int) -> None:
    assert step_of(urgency, due_first, homes, lift_at) == step


@pytest.mark.parametrize(
    ("category", "urgency", "homes", "step"),
    [
        ("0304", "", 0, ORDINARY),
        ("0304", "", 3, LIFTED),
        ("0101", "", 3, DUE_FIRST),
        ("0304", "fire", 3, URGENT),
    ],
)
def test_triage_sets_it(world: World, category: str, urgency: str, homes: int, step: int) -> None:
    case = world.case(world.report())
    with transaction() as session:
        row = session.get_one(CaseFile, case.id)
        row.urgency, row.homes = urgency, homes
    version = world.again(case).version
    triage.triage(world.actor("dispatcher"), case.number, version, Sorting(category=category))
    assert world.again(case).step == step


def test_a_report_of_what_does_not_wait_stands_before_the_others(world: World) -> None:
    assert world.case(world.report(category="0101")).step == DUE_FIRST
    assert world.case(world.report()).step == ORDINARY
