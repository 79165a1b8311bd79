"""Writers in one line, written together: each one's fault undoes its own part alone."""

from __future__ import annotations

import threading

import pytest
from flask import Flask
from sqlalchemy import Connection, func, insert, select
from sqlalchemy.exc import IntegrityError

from app.categories.models import TimeLimit
from app.db import db, table, transaction, write_together

ADD = insert(table(TimeLimit))


def add(key: str) -> None:
    write_together(lambda connection: connection.execute(ADD, {"key": key, "hours": 1}))


def test_it_answers_with_what_the_work_answers(app: Flask) -> None:
    def work(connection: Connection) -> int:
        connection.execute(ADD, {"key": "one", "hours": 1})
        return connection.scalar(select(func.count()).select_from(TimeLimit)) or 0

    assert write_together(work) == 1


def test_a_fault_is_raised_and_leaves_nothing(app: Flask) -> None:
    add("one")
    with pytest.raises(IntegrityError):
        add("one")
    assert db.session.scalar(select(func.count()).select_from(TimeLimit)) == 1


def test_among_many_in_line_only_the_faulty_are_refused(app: Flask) -> None:
    outcomes: list[str] = []
    start = threading.Barrier(16)

    def press(key: str) -> None:
        with app.app_context():
            start.wait()
            try:
                add(key)
                outcomes.append("kept")
            except IntegrityError:
                outcomes.append("refused")
            db.session.remove()

    pressing = [threading.Thread(target=press, args=(f"key{number % 8}",)) for number in range(16)]
    for thread in pressing:
        thread.start()
    for thread in pressing:
        thread.join()
    assert sorted(outcomes) == ["kept"] * 8 + ["refused"] * 8
    assert db.session.scalar(select(func.count()).select_from(TimeLimit)) == 8


def test_it_does_not_nest(app: Flask) -> None:
    with transaction(), pytest.raises(RuntimeError, match="nest"):
        add("one")
    with pytest.raises(RuntimeError, match="nest"):
        write_together(lambda _connection: add("two"))
