"""What goes wrong in the database is told without what a resident wrote."""

from __future__ import annotations

import traceback

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.db import transaction
from tests.world import World

WORDS = "三单元的灯坏了，打13912345678找老陈"
BREAKING = {
    "a value missing": "UPDATE report SET text = :words, submission_key = NULL",
    "no such owner": "UPDATE report SET text = :words, case_id = 999999",
    "the same key twice": "UPDATE report SET text = :words, submission_key = 'the same'",
    "no number": "UPDATE report SET text = :words WHERE CAST(:words AS INTEGER) = 1 OR no_such_column = 1",
}


@pytest.mark.parametrize("how", list(BREAKING))
def test_an_error_carries_no_words_of_a_resident(world: World, how: str) -> None:
    world.report()
    world.report(world.doors[1])
    with pytest.raises(DBAPIError) as broken, transaction() as session:
        session.connection().execute(text(BREAKING[how]), {"words": WORDS})
    told = "".join(traceback.format_exception(broken.value))
    assert "report" in told
    assert "139" not in told
    assert "老陈" not in told
