"""A deadline is put off with a reason, as far and as often as is fair; what promises a later day does it too."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from app.calendar import queries as calendar
from app.case_days import closing, deciding
from app.cases import extending
from app.cases.models import CaseFile
from app.errors import Refused, Stale
from tests.world import World

Move = Callable[[str], None]
LATER = date(2026, 12, 5)


def put_off(
    world: World, case: CaseFile, until: date, who: str = "dispatcher", reason: str = "等配件"
) -> CaseFile:
    """As the database has the case now."""
    case = world.again(case)
    return deciding.decide(
        world.actor(who), case.number, case.version, "extend", reason=reason, next_day=until
    )


def test_it_moves_the_deadline_and_tells_why(world: World) -> None:
    case = world.queued()
    assert calendar.today(case.due_at) < LATER
    after = put_off(world, case, LATER)
    assert (after.state, after.promised_on, calendar.today(after.due_at)) == ("queued", LATER, LATER)
    assert after.extended_times == 1
    line = world.events(case)[-1]
    assert (line.action, line.told, line.data["until"]) == ("extend", "等配件", LATER.isoformat())


@pytest.mark.parametrize(
    ("until", "reason", "key"),
    [
        (date(2026, 11, 27), "等", "extension_not_later"),
        (date(2027, 6, 1), "等", "extension_far"),
        (LATER, " ", "note_needed"),
        (None, "等", "next_day_missing"),
    ],
)
def test_what_cannot_be_put_off_changes_nothing(
    world: World, until: date | None, reason: str, key: str
) -> None:
    case = world.queued()
    with pytest.raises(Refused, match=key):
        put_off(world, case, until, reason=reason)  # type: ignore[arg-type]
    assert world.again(case).due_at == case.due_at
    assert world.events(case)[-1].action == "triage"


def test_workers_once_dispatchers_twice_nobody_more(world: World) -> None:
    case = world.queued()
    put_off(world, case, LATER, "worker")
    with pytest.raises(Refused, match="extension_dispatcher"):
        put_off(world, case, date(2026, 12, 8), "worker")
    put_off(world, case, date(2026, 12, 8))
    with pytest.raises(Refused, match="extended_before"):
        put_off(world, case, date(2026, 12, 10))
    assert world.again(case).extended_times == extending.MOST_EXTENSIONS


def test_a_stale_page_puts_nothing_off(world: World) -> None:
    case = world.queued()
    with pytest.raises(Stale):
        deciding.decide(
            world.actor("dispatcher"), case.number, case.version + 1, "extend", reason="等", next_day=LATER
        )
    assert world.again(case).extended_times == 0


@pytest.mark.parametrize("act", ["in_hand", "carry_over"])
def test_promising_a_day_beyond_the_deadline_puts_it_off(world: World, at: Move, act: str) -> None:
    case = world.queued()
    at("2026-11-28T09:30")
    given = {"next_day": LATER} if act == "in_hand" else {"person_id": world.staff["worker"]}
    after = deciding.decide(
        world.actor("dispatcher"),
        case.number,
        case.version,
        act,
        reason="等配件",
        **given,  # type: ignore[arg-type]
    )
    assert after.promised_on == calendar.today(after.due_at) == LATER
    assert after.extended_times == 1
    assert [one.action for one in world.events(case)][-2:] == ["extend", act]


def test_a_day_within_the_deadline_is_no_extension(world: World) -> None:
    case = world.queued()
    after = deciding.decide(
        world.actor("worker"), case.number, case.version, "in_hand", reason="等", next_day=date(2026, 11, 28)
    )
    assert (after.extended_times, after.due_at) == (0, case.due_at)


def test_once_used_up_a_later_day_cannot_be_promised(world: World) -> None:
    case = world.queued()
    put_off(world, case, LATER)
    case = put_off(world, case, date(2026, 12, 8))
    with pytest.raises(Refused, match="extended_before") as refused:
        deciding.decide(
            world.actor("dispatcher"),
            case.number,
            case.version,
            "in_hand",
            reason="等",
            next_day=date(2026, 12, 9),
        )
    assert refused.value.field == "next_day"
    assert world.again(case).promised_on == date(2026, 12, 8)


def test_what_the_clock_puts_off_says_so_and_is_nobodys_extension(world: World, at: Move) -> None:
    case = world.queued()
    at("2026-11-28T20:00:01")
    assert closing.close(world.sub_district_id, date(2026, 11, 28)) == {"rolled_over": 1}
    after = world.again(case)
    assert after.promised_on == calendar.today(after.due_at) == LATER
    assert after.extended_times == 0
    line = world.events(case)[-2]
    assert (line.action, line.actor_kind, line.data["because"]) == ("extend_by_clock", "system", "roll_over")
