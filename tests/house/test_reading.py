"""A page's looks cost the database no more than themselves, and what it writes is written whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select, text

from app import clock
from app.cases import choices
from app.cases.queue_models import SavedFilter
from app.categories.models import TimeLimit
from app.db import db, reading_engine, transaction
from app.prepared import answered, ask_together
from app.reading import looking, reading
from tests.world import World


def is_postgresql() -> bool:
    return db.engine.name == "postgresql"


def in_transaction() -> bool:
    """Whether what follows stands in one transaction with what came before: two readings of the moment it began."""
    moment = text("SELECT now()")
    return bool(reading().scalar(moment) == reading().scalar(moment))


@pytest.fixture(autouse=True)
def nothing_open(world: World) -> Iterator[None]:
    db.session.rollback()
    yield
    db.session.rollback()


def test_looks_stand_by_themselves_where_a_transaction_is_two_ways_more() -> None:
    if is_postgresql():
        assert not in_transaction()
        with looking() as connection:
            raw: Any = connection.connection.dbapi_connection
            assert raw.autocommit
    else:
        assert reading_engine(db.engine) is db.engine
        assert reading().connection().get_isolation_level() == "SERIALIZABLE"


def half_way() -> None:
    with transaction() as session:
        if is_postgresql():
            assert in_transaction()
        for limit in session.scalars(select(TimeLimit)):
            limit.hours += 1
        session.flush()
        raise RuntimeError("half way")


def test_writing_is_one_transaction_also_on_a_connection_that_was_read_with() -> None:
    reading().scalars(select(TimeLimit)).all()
    with pytest.raises(RuntimeError, match="half way"):
        half_way()
    before = {one.key: one.hours for one in reading().scalars(select(TimeLimit))}
    assert before["24h"] == 24
    with transaction() as session:
        session.get_one(TimeLimit, "24h").hours = 25
    db.session.rollback()
    db.session.expire_all()
    assert reading().get_one(TimeLimit, "24h").hours == 25


def test_what_was_asked_together_ends_with_the_next_writing(world: World) -> None:
    question = choices.asking(world.actor("dispatcher"), None, None).question
    session = reading()
    ask_together(session, [question])
    before = answered(session, question)
    assert answered(session, question) == before, "asked again, for it was given once"
    ask_together(session, [question])
    with transaction() as written:
        written.add(SavedFilter(**kept(world)))
    after = answered(reading(), question)
    assert after != before
    assert "写在中间的" in str(after)


def kept(world: World) -> dict[str, Any]:
    return {
        "sub_district_id": world.sub_district_id, "staff_id": world.staff["dispatcher"], "name": "写在中间的",
        "query": "due=week", "is_shared": False, "created_at": clock.now(),
    }  # fmt: skip
