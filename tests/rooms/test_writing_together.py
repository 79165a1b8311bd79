"""Writers in one line, written together: each one's fault undoes its own part alone."""

from __future__ import annotations

import threading

import pytest
from flask import Flask
from sqlalchemy import Connection, func, insert, select
from sqlalchemy.exc import IntegrityError

from app.categories.models import TimeLimit
from app.db import _WritersLine, db, table, transaction, write_together

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


def test_who_cannot_have_the_lock_is_told_and_the_next_one_writes(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    if db.engine.dialect.name != "sqlite":
        add("one")  # nobody stands in line there
        assert db.session.scalar(select(func.count()).select_from(TimeLimit)) == 1
        return
    real, tried = _WritersLine._files, []

    def files(line: _WritersLine) -> tuple[int, int]:
        tried.append(1)
        if len(tried) == 1:
            raise OSError("no locks available")
        return real(line)

    monkeypatch.setattr(_WritersLine, "_files", files)
    with pytest.raises(OSError, match="no locks"):
        add("one")
    add("two")
    assert db.session.scalars(select(TimeLimit.key)).all() == ["two"]
