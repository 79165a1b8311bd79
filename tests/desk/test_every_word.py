"""Whatever the rooms can say, the desk has words for."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.access.actor import ActorKind, Role
from app.case_days import outcomes, running
from app.cases.wording import KINDS
from app.cases.workflow import WORKFLOW, State
from app.config import ROOT
from app.forwarding import answers, channels, delivery, eligibility, gateway
from app.notices.telling import TOLD
from app.web import words
from app.web.desk import forwardings, phrases

ROOMS = ("cases", "case_days", "forwarding")
OUTCOMES = {
    outcomes.RESOLVED,
    outcomes.IN_HAND,
    outcomes.CARRIED,
    outcomes.DUE,
    outcomes.FORWARDED,
    outcomes.ROLLED_OVER,
    outcomes.RECALLED,
    outcomes.ENDED,
}


def _calls(file: Path, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
            yield node


def _texts(node: ast.AST) -> set[str]:
    return {
        one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str)
    }


def _held_for() -> set[str]:
    """What delivery.py holds a forwarding for: named there, or the status of an answer that means so."""
    named = set[str]().union(*(_texts(call.args[1]) for call in _calls(Path(delivery.__file__), "_hold")))
    by_status = {
        f"http_{code}" for code, meaning in gateway.TO_AN_ORDER.items() if meaning is gateway.Meaning.HELD
    }
    return named | by_status | {channels.MANUAL}


def _wrong_set_ups() -> set[str]:
    tables = (gateway.TO_AN_ORDER, gateway.TO_A_LOOK_UP, gateway.TO_A_READING)
    codes = {
        str(code)
        for table in tables
        for code, meaning in table.items()
        if meaning is gateway.Meaning.WRONG_SETUP
    }
    return codes | {"settings"}


def test_how_a_case_ends_a_day() -> None:
    assert set(phrases.OUTCOMES) == OUTCOMES | {"open"}
    assert set(phrases.OUTCOME_SHAPES) == set(phrases.OUTCOMES)
    assert set(phrases.VISITS) == {outcome.value for outcome in running.VisitOutcome}


def test_why_a_forwarding_is_held_and_what_to_do() -> None:
    assert {"manual", "channel_not_ready", "order_unknown", "http_400", "http_413"} <= _held_for()
    assert set(phrases.HELD) == _held_for()
    assert set(phrases.HELD_TO_DO) == _held_for()


def test_where_a_forwarding_and_its_order_stand() -> None:
    states = {answers.WAITING, answers.DELIVERED, answers.ENDED, answers.HELD}
    assert set(phrases.FORWARDINGS) == set(phrases.FORWARDING_SHAPES) == states
    assert set(phrases.ORDERS) == set(answers.STEPS)
    assert set(phrases.FORWARDING_DONE) == set(forwardings.VERBS)


def test_why_a_channel_stopped() -> None:
    assert set(phrases.CHANNEL_FAULTS) == _wrong_set_ups()


def test_what_staff_are_told_of() -> None:
    assert set(words.NOTICES) == set(TOLD)


def test_where_a_case_stands_and_what_happened_to_it() -> None:
    assert set(words.STATES) == set(words.STAFF_STATES) == set(words.SHAPES) == set(State)
    assert set(WORKFLOW) | {"receive"} == set(phrases.HISTORY)
    assert set(phrases.ACTORS) == {kind.value for kind in ActorKind}
    assert set(words.ROLES) == set(Role)
    assert set(words.KINDS) == set(KINDS)


def test_why_something_is_not_forwarded() -> None:
    facts = (
        eligibility.Facts(
            is_open=open_, is_triaged=sorted_, kind=kind, legal_basis=basis, returned_times=times
        )
        for open_ in (True, False)
        for sorted_ in (True, False)
        for kind in (None, *KINDS)
        for basis in (None, "consent")
        for times in (0, 1)
    )
    reasons = {reason for one in facts for reason in eligibility.reasons_against(one)}
    assert len(reasons) > 3
    assert reasons <= set(phrases.AGAINST)


@pytest.mark.parametrize("room", ROOMS)
def test_every_refusal_of_a_room_has_its_message(room: str) -> None:
    keys = set[str]()
    for file in sorted((ROOT / "app" / room).rglob("*.py")):
        for call in _calls(file, "Refused"):
            if isinstance(call.args[0], ast.Constant):
                keys.add(str(call.args[0].value))
    assert keys <= set(words.MESSAGES), keys - set(words.MESSAGES)
    assert keys
