"""The rule of Saturdays, against the dates the State Council published for 2026."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.calendar.saturdays import (
    Rhythm,
    case_day_after,
    closing_of,
    cutoff_of,
    hold_ends,
    is_open,
    is_published,
    next_case_day,
    release_of,
)

USUAL = Rhythm()
WORKING_SATURDAYS = [date(2026, 2, 14), date(2026, 2, 28), date(2026, 5, 9), date(2026, 10, 10)]
HOLIDAY_SATURDAYS = [
    date(2026, 1, 3),
    date(2026, 2, 21),
    date(2026, 4, 4),
    date(2026, 5, 2),
    date(2026, 6, 20),
    date(2026, 9, 26),
    date(2026, 10, 3),
]
MOMENTS = st.datetimes(min_value=datetime(2025, 1, 1), max_value=datetime(2028, 12, 31))  # noqa: DTZ001 - wall clock


def _unsettled(_day: date) -> bool | None:
    return None


def wall(text: str) -> datetime:
    """A wall-clock time."""
    return datetime.fromisoformat(text)


@pytest.mark.parametrize("day", WORKING_SATURDAYS)
def test_a_working_saturday_is_a_case_day(day: date) -> None:
    assert is_open(day, _unsettled)


@pytest.mark.parametrize("day", HOLIDAY_SATURDAYS)
def test_a_saturday_inside_a_holiday_is_skipped(day: date) -> None:
    assert not is_open(day, _unsettled)
    promised = next_case_day(datetime.combine(day - timedelta(days=2), time(9)), USUAL, _unsettled)
    later = (day + timedelta(days=7 * week) for week in range(1, 9))
    assert promised.day == next(saturday for saturday in later if saturday not in HOLIDAY_SATURDAYS)


def test_every_other_saturday_of_2026_is_a_case_day() -> None:
    saturdays = [date(2026, 1, 3) + timedelta(days=7 * week) for week in range(52)]
    assert [day for day in saturdays if not is_open(day, _unsettled)] == HOLIDAY_SATURDAYS


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-11-24T09:00", "2026-11-28"),
        ("2026-11-27T17:59:59", "2026-11-28"),
        ("2026-11-27T18:00", "2026-12-05"),  # the cut-off itself is too late
        ("2026-11-28T09:00", "2026-12-05"),
        ("2026-11-29T00:00", "2026-12-05"),
        ("2026-02-13T12:00", "2026-02-14"),
        ("2026-02-14T12:00", "2026-02-28"),  # 02-21 lies in Spring Festival, 02-28 is a working Saturday
        ("2026-09-25T18:30", "2026-10-10"),  # two holiday Saturdays in a row
    ],
)
def test_the_cut_off_is_friday_at_six(moment: str, day: str) -> None:
    promised = next_case_day(wall(moment), USUAL, _unsettled)
    assert promised.day == date.fromisoformat(day)
    assert not promised.tentative


def test_a_year_whose_holidays_are_unpublished_is_tentative() -> None:
    promised = next_case_day(wall("2026-12-31T09:00"), USUAL, _unsettled)
    assert (promised.day, promised.tentative) == (date(2027, 1, 2), True)
    assert not is_published(date(2027, 1, 2))
    assert is_published(date(2026, 12, 31))


def test_what_staff_settled_is_neither_asked_again_nor_tentative() -> None:
    word = {date(2027, 1, 2): False, date(2027, 1, 9): True}
    promised = next_case_day(wall("2026-12-31T09:00"), USUAL, word.get)
    assert (promised.day, promised.tentative) == (date(2027, 1, 9), False)
    holiday_worked = {date(2026, 10, 3): True}
    assert next_case_day(wall("2026-09-30T09:00"), USUAL, holiday_worked.get).day == date(2026, 10, 3)


def test_a_sub_district_may_keep_another_rhythm() -> None:
    wednesdays = Rhythm(weekday=2, cutoff_weekday=0, cutoff_time=time(12), release_weekday=3)
    assert next_case_day(wall("2026-11-23T11:59"), wednesdays, _unsettled).day == date(2026, 11, 25)
    assert next_case_day(wall("2026-11-23T12:00"), wednesdays, _unsettled).day == date(2026, 12, 2)
    assert release_of(date(2026, 11, 25), wednesdays) == wall("2026-11-26T12:00")


def test_a_day_never_open_is_given_up() -> None:
    with pytest.raises(ValueError, match="no open case-day"):
        next_case_day(wall("2026-11-24T09:00"), USUAL, lambda _day: False)


@given(MOMENTS)
def test_the_promised_day_is_an_open_saturday_whose_cut_off_is_ahead(moment: datetime) -> None:
    promised = next_case_day(moment, USUAL, _unsettled)
    assert promised.day.weekday() == 5
    assert is_open(promised.day, _unsettled)
    assert moment < cutoff_of(promised.day, USUAL)
    earlier = promised.day - timedelta(days=7)
    while moment < cutoff_of(earlier, USUAL):
        assert not is_open(earlier, _unsettled)  # no open day was passed over
        earlier -= timedelta(days=7)


@given(MOMENTS, st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=30)))
def test_who_comes_later_is_never_promised_earlier(moment: datetime, later: timedelta) -> None:
    first = next_case_day(moment, USUAL, _unsettled)
    assert next_case_day(moment + later, USUAL, _unsettled).day >= first.day


@given(st.dates(date(2025, 1, 1), date(2028, 12, 31)))
def test_the_day_after_is_later_and_open(day: date) -> None:
    following = case_day_after(day, USUAL, _unsettled).day
    assert following > day
    assert following.weekday() == 5
    assert is_open(following, _unsettled)


@given(
    st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    st.integers(0, 6),
    st.integers(0, 6),
    st.times(),
    st.times(),
)
def test_the_hold_ends_after_the_day_closes(
    day: date, weekday: int, release_weekday: int, closing: time, release: time
) -> None:
    rhythm = Rhythm(
        weekday=weekday, closing_time=closing, release_weekday=release_weekday, release_time=release
    )
    day += timedelta(days=(weekday - day.weekday()) % 7)
    ends = release_of(day, rhythm)
    assert ends > closing_of(day, rhythm)
    assert ends - closing_of(day, rhythm) <= timedelta(days=7)
    assert (ends.weekday(), ends.time()) == (release_weekday, release)


@pytest.mark.parametrize(
    ("closed", "ends"),
    [
        ("2026-11-28T18:30", "2026-11-29T12:00"),
        ("2026-11-28T20:00", "2026-11-29T12:00"),
        ("2026-11-29T11:59:59", "2026-11-29T12:00"),
        ("2026-11-29T12:00", "2026-11-30T12:00"),  # too late for Sunday noon
        ("2026-11-30T09:00", "2026-12-01T12:00"),
        ("2026-12-31T23:00", "2027-01-01T12:00"),
    ],
)
def test_a_day_closed_late_still_gets_a_hold(closed: str, ends: str) -> None:
    assert hold_ends(date(2026, 11, 28), wall(closed), USUAL) == wall(ends)


@given(
    st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    st.integers(0, 6),
    st.integers(0, 6),
    st.times(),
    st.times(),
    st.timedeltas(timedelta(0), timedelta(days=20)),
)
def test_every_hold_lasts_and_ends(
    day: date, weekday: int, release_weekday: int, closing: time, release: time, late: timedelta
) -> None:
    rhythm = Rhythm(
        weekday=weekday, closing_time=closing, release_weekday=release_weekday, release_time=release
    )
    day += timedelta(days=(weekday - day.weekday()) % 7)
    closed = closing_of(day, rhythm) + late
    ends = hold_ends(day, closed, rhythm)
    assert ends > closed
    assert ends >= release_of(day, rhythm)
    assert ends.time() == release
    assert ends == release_of(day, rhythm) or ends - closed <= timedelta(days=2)
