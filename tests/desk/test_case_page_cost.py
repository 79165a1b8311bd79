"""What the page of a case asks the database does not grow with the case."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from app.cases import handling, merging
from app.cases.models import CaseFile
from tests.desk.conftest import Desk
from tests.world import World

Counting = Callable[[], AbstractContextManager[list[str]]]


def grown(world: World, case: CaseFile, doors: range, notes: int) -> CaseFile:
    """More reports from these doors merged into a case, and more lines of history."""
    boss = world.actor("dispatcher")
    for place in doors:
        other = world.queued(
            world.doors[place], text=f"第{place}家说的灯", phone="13912345678", name="周阿姨"
        )
        merging.merge(boss, other.number, other.version, case.number)
    for number in range(notes):
        again = world.again(case)
        handling.act(boss, again.number, "note", again.version, f"第{number}笔")
    return world.again(case)


def asked(desk: Desk, counting: Counting, case: CaseFile) -> list[str]:
    """The statements of one look at it."""
    desk.page(f"/desk/cases/{case.number}")
    with counting() as seen:
        desk.page(f"/desk/cases/{case.number}")
    return list(seen)


def test_the_page_asks_as_much_of_a_long_case_as_of_a_short_one(
    desk: Callable[[str], Desk], world: World, count_queries: Counting
) -> None:
    boss = desk("dispatcher")
    case = grown(world, world.queued(), range(1, 2), 1)
    few = asked(boss, count_queries, case)
    many = asked(boss, count_queries, grown(world, case, range(2, 8), 20))
    assert len(many) == len(few), "\n".join(many)
    assert len(few) <= 32, "\n".join(few)
