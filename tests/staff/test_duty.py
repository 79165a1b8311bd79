"""The duty roster: who reads at which hour of the week, and how it is written."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from click.testing import Result
from flask import Flask

from app.db import db, transaction
from app.errors import NotFound, Refused
from app.staff import duty, queries, roster
from app.staff.models import Staff
from app.staff.roster import DAY, Shift
from tests.world import World

HERE = ZoneInfo("Asia/Shanghai")


def wall(written: str) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=HERE)


# ---- the rule ------------------------------------------------------------------------------------------


def test_a_night_becomes_two_shifts() -> None:
    assert roster.shifts("mon", "20:00", "08:00") == [Shift(0, 1200, DAY), Shift(1, 0, 480)]
    assert roster.shifts("sun", "20:00", "08:00") == [Shift(0, 0, 480), Shift(6, 1200, DAY)]
    assert roster.shifts("mon", "20:00", "24:00") == roster.shifts("mon", "20:00", "0:00")
    assert roster.shifts("sat", "08:00", "08:00") == [Shift(5, 480, DAY), Shift(6, 0, 480)], "once round"


def test_days_are_read_as_people_write_them() -> None:
    assert roster.weekdays("mon-sun") == list(range(7))
    assert roster.weekdays("Fri-Mon") == [0, 4, 5, 6]
    assert roster.weekdays("sat, wed,sat") == [2, 5]
    for wrong in ("", "mon-", "-mon", "monday", "周一", "mon-fri-sun", "mon;tue"):
        with pytest.raises(Refused, match="duty_days_wrong"):
            roster.weekdays(wrong)


def test_times_are_read_as_people_write_them() -> None:
    assert [roster.minutes(each, "from") for each in ("8:05", "00:00", "24:00")] == [485, 0, DAY]
    for wrong in ("", "8", "25:00", "24:01", "08:60", "8.30", "八点", "²0:00"):
        with pytest.raises(Refused, match="duty_time_wrong"):
            roster.minutes(wrong, "from")
    with pytest.raises(Refused, match="duty_time_wrong"):
        roster.shifts("mon", "24:00", "08:00")


def test_hours_that_overlap_or_touch_are_one_shift() -> None:
    many = [Shift(0, 600, 700), Shift(0, 700, 800), Shift(0, 100, 650), Shift(1, 0, 5), Shift(0, 900, 950)]
    assert roster.merged(many) == [Shift(0, 100, 800), Shift(0, 900, 950), Shift(1, 0, 5)]


# ---- who reads at an hour ------------------------------------------------------------------------------


def test_nobody_reads_where_there_is_no_roster(world: World) -> None:
    reading = duty.reading_at(db.session(), world.sub_district_id, wall("2026-11-24T09:00"))
    assert reading == duty.Reading(is_read=False, next_at=None)


@pytest.mark.parametrize(
    ("moment", "is_read", "next_at"),
    [
        ("2026-11-24T07:59:59", False, "2026-11-24T08:00"),  # a Tuesday
        ("2026-11-24T08:00", True, "2026-11-24T08:00"),
        ("2026-11-24T19:59:59", True, "2026-11-24T19:59:59"),
        ("2026-11-24T20:00", False, "2026-11-25T08:00"),
        ("2026-11-27T20:00", False, "2026-11-28T20:00"),  # a Friday: next is Saturday night
        ("2026-11-28T23:59", True, "2026-11-28T23:59"),
        ("2026-11-29T00:00", True, "2026-11-29T00:00"),
        ("2026-11-29T08:00", False, "2026-11-30T08:00"),
    ],
)
def test_who_reads_is_told_by_the_wall_clock(world: World, moment: str, is_read: bool, next_at: str) -> None:
    duty.add("dispatcher", "mon-fri", "08:00", "20:00")
    duty.add("leader", "sat", "20:00", "08:00")
    asked = wall(moment).astimezone(UTC)
    reading = duty.reading_at(db.session(), world.sub_district_id, asked)
    assert reading == duty.Reading(is_read=is_read, next_at=wall(next_at))
    someone = duty.on_duty(db.session(), world.sub_district_id, asked)
    assert bool(someone) is is_read


def test_one_shift_a_week_is_next_a_week_later(world: World) -> None:
    duty.add("dispatcher", "tue", "09:00", "10:00")
    after = duty.reading_at(db.session(), world.sub_district_id, wall("2026-11-24T10:00"))
    assert after.next_at == wall("2026-12-01T09:00")


def test_only_active_people_of_the_place_are_on_duty(world: World) -> None:
    duty.add("dispatcher", "tue", "08:00", "20:00")
    duty.add("worker", "tue", "08:00", "20:00")
    duty.add("far_dispatcher", "tue", "08:00", "20:00")
    moment = wall("2026-11-24T09:00")

    def on_duty(community: int | None = None) -> list[int]:
        db.session.rollback()
        return duty.on_duty(db.session(), world.sub_district_id, moment, community_id=community)

    both = sorted([world.staff["dispatcher"], world.staff["worker"]])
    assert on_duty() == on_duty(world.communities[0]) == both
    assert on_duty(world.communities[1]) == [world.staff["dispatcher"]], "the worker covers the first alone"
    with transaction() as session:
        session.get_one(Staff, world.staff["dispatcher"]).is_active = False
    assert on_duty() == [world.staff["worker"]]
    in_the_other = duty.reading_at(
        db.session(), world.sub_district_id, moment, community_id=world.communities[1]
    )
    assert in_the_other == duty.Reading(is_read=False, next_at=None)


def test_the_roster_is_one_look(
    world: World, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    duty.add("dispatcher", "mon-sun", "08:00", "20:00")
    db.session.rollback()
    with count_queries() as statements:
        duty.reading_at(db.session(), world.sub_district_id, wall("2026-11-24T09:00"))
    assert len([one for one in statements if one.startswith("SELECT")]) == 1


# ---- writing it ----------------------------------------------------------------------------------------


def shifts(world: World) -> list[tuple[str, Shift]]:
    db.session.rollback()
    return [(each.username, each.shift) for each in queries.roster(db.session(), world.sub_district_id)]


def test_overlapping_hours_of_one_person_become_one(world: World) -> None:
    duty.add("dispatcher", "tue", "08:00", "12:00")
    assert duty.add("dispatcher", "tue", "11:00", "18:00") == [Shift(1, 480, 1080)]
    duty.add("dispatcher", "tue", "09:00", "10:00")
    duty.add("leader", "tue", "09:00", "10:00")
    assert shifts(world) == [("dispatcher", Shift(1, 480, 1080)), ("leader", Shift(1, 540, 600))]


def test_somebody_who_sees_no_cases_is_not_put_on_it(world: World) -> None:
    for who in ("officer", "printer", "auditor", "admin"):
        with pytest.raises(Refused, match="duty_role"):
            duty.add(who, "mon", "08:00", "20:00")
    with pytest.raises(NotFound):
        duty.add("nobody", "mon", "08:00", "20:00")
    assert shifts(world) == []


# ---- the command ---------------------------------------------------------------------------------------


def run(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(args=["staff", "duty", *arguments])


def test_the_command_adds_lists_and_removes(app: Flask, world: World) -> None:
    added = run(app, "add", "dispatcher", "--days", "mon", "--from", "20:00", "--to", "08:00")
    assert (added.exit_code, added.stdout) == (0, "shifts=2\n"), added.stderr
    listed = run(app, "list", "--sub-district", "110105015")
    assert listed.exit_code == 0, listed.stderr
    *lines, summary = listed.stdout.splitlines()
    assert summary == "shifts=2 people=1"
    assert [line.split()[1:] for line in lines] == [
        ["mon", "20:00-24:00", "dispatcher", "dispatcher", "值班"],
        ["tue", "00:00-08:00", "dispatcher", "dispatcher", "值班"],
    ]
    first = lines[0].split()[0]
    removed = run(app, "remove", first)
    assert (removed.exit_code, removed.stdout) == (0, "removed=1\n"), removed.stderr
    assert shifts(world) == [("dispatcher", Shift(1, 0, 480))]
    again = run(app, "remove", first)
    assert (again.exit_code, again.stdout) == (1, "")
    assert f"no shift {first}" in again.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nobody", "--days", "mon", "--from", "08:00", "--to", "20:00"), "no active account of this name"),
        (("printer", "--days", "mon", "--from", "08:00", "--to", "20:00"), "may not see cases"),
        (("leader", "--days", "noday", "--from", "08:00", "--to", "20:00"), "mon-fri"),
        (("leader", "--days", "mon", "--from", "8", "--to", "20:00"), "08:00"),
    ],
)
def test_the_command_says_what_is_wrong(
    app: Flask, world: World, arguments: tuple[str, ...], words: str
) -> None:
    result = run(app, "add", *arguments)
    assert (result.exit_code, result.stdout) == (1, "")
    assert words in result.stderr
    assert shifts(world) == []


def test_usage_faults_end_with_two(app: Flask, world: World) -> None:
    assert run(app, "add", "leader").exit_code == 2
    assert run(app, "remove", "x").exit_code == 2
    assert run(app, "list").exit_code == 2, "there are two sub-districts"
