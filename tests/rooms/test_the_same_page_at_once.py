"""One page of a resident, sent by two presses at the very same moment: done once, and nobody sees a defect."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.cases import follow_up, handling, own_report
from app.cases.follow_up import Answers
from app.cases.models import Addition, CaseEvent, FollowUp, Report
from app.db import db
from tests.world import World

PRESSES, ROUNDS = 4, 3


def _at_once(app: Flask, verb: Callable[[], None]) -> list[str]:
    """What each press raised."""
    start = threading.Barrier(PRESSES)

    def press(_number: int) -> str:
        with app.app_context():
            start.wait()
            try:
                verb()
            except Exception as fault:
                return repr(fault)
            finally:
                db.session.remove()
        return ""

    with ThreadPoolExecutor(PRESSES) as presses:
        return [told for told in presses.map(press, range(PRESSES)) if told]


def _count(book: type, *where: object) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(book).where(*where)) or 0  # type: ignore[arg-type]


def test_words_are_added_once(app: Flask, world: World) -> None:
    receipt = world.report()
    for number in range(1, ROUNDS + 1):
        key = str(uuid4())
        assert _at_once(app, lambda key=key: own_report.add(receipt, key, "又坏了")) == []  # type: ignore[misc]
        assert _count(Addition) == number
        assert _count(CaseEvent, CaseEvent.action == "add") == number


def test_a_report_is_withdrawn_once(app: Flask, world: World) -> None:
    for number in range(1, ROUNDS + 1):
        receipt = world.report()
        assert _at_once(app, lambda receipt=receipt: own_report.withdraw(receipt)) == []  # type: ignore[misc]
        assert _count(CaseEvent, CaseEvent.action == "withdraw") == number


@pytest.mark.parametrize("solved", ["yes", "no"])
def test_a_judgement_counts_once(app: Flask, world: World, solved: str) -> None:
    answers = Answers("yes", solved, "satisfied")
    for number in range(1, ROUNDS + 1):
        case = world.queued()
        handling.act(world.actor("dispatcher"), case.number, "resolve", case.version, "换了灯")
        receipt = db.session.scalars(select(Report.receipt).where(Report.case_id == case.id)).one()
        key = str(uuid4())
        told = _at_once(app, lambda receipt=receipt, key=key: follow_up.answer(receipt, key, answers))  # type: ignore[misc]
        assert told == []
        assert _count(FollowUp) == number
