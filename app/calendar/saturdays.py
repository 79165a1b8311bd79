"""The rule of Saturdays. Pure: local dates and times in, dates out.

A report is promised the next open case-day whose cut-off has not passed. A Saturday inside a public holiday
is skipped, a working Saturday (调休) is not. In a year whose holidays are unpublished the date is tentative."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache

import chinese_calendar

from app.errors import Refused

IsOpen = Callable[[date], bool | None]  # a day settled by staff; None where they settled nothing
FARTHEST = 60  # weeks looked ahead before giving up


@dataclass(frozen=True)
class Rhythm:
    """The weekly times of a sub-district, local; weekdays count from Monday = 0."""

    weekday: int = 5
    cutoff_weekday: int = 4
    cutoff_time: time = time(18)
    closing_time: time = time(20)
    release_weekday: int = 6
    release_time: time = time(12)
    max_carries: int = 1
    follow_up_days: int = 7


@dataclass(frozen=True)
class Promise:
    """A case-day, and whether its year's holidays are still unpublished."""

    day: date
    tentative: bool


def next_case_day(moment: datetime, rhythm: Rhythm, settled: IsOpen) -> Promise:
    """The case-day promised to a report that arrives at `moment` (local time)."""
    day = moment.date() + timedelta(days=(rhythm.weekday - moment.weekday()) % 7)
    for _ in range(FARTHEST):
        if moment < cutoff_of(day, rhythm) and is_open(day, settled):
            return Promise(day, tentative=settled(day) is None and not is_published(day))
        day += timedelta(days=7)
    raise ValueError(f"no open case-day within {FARTHEST} weeks of {moment.date()}")


def case_day_after(day: date, rhythm: Rhythm, settled: IsOpen) -> Promise:
    """The first open case-day later than `day`, whatever the cut-off: for what staff put off themselves."""
    ahead = (rhythm.weekday - day.weekday()) % 7 or 7
    later = day + timedelta(days=ahead)
    for _ in range(FARTHEST):
        if is_open(later, settled):
            return Promise(later, tentative=settled(later) is None and not is_published(later))
        later += timedelta(days=7)
    raise ValueError(f"no open case-day within {FARTHEST} weeks of {day}")


def cutoff_of(day: date, rhythm: Rhythm) -> datetime:
    """Until when (local, no zone) a report still makes `day`; on the eve or earlier the same week."""
    back = (rhythm.weekday - rhythm.cutoff_weekday) % 7
    return datetime.combine(day - timedelta(days=back), rhythm.cutoff_time)


def closing_of(day: date, rhythm: Rhythm) -> datetime:
    """When `day` closes, local."""
    return datetime.combine(day, rhythm.closing_time)


def release_of(day: date, rhythm: Rhythm) -> datetime:
    """When the hold of `day` ends, local: the first release weekday after it."""
    ahead = (rhythm.release_weekday - day.weekday()) % 7  # the day's own: the weekly one may have moved since
    moment = datetime.combine(day + timedelta(days=ahead), rhythm.release_time)
    return moment if moment > closing_of(day, rhythm) else moment + timedelta(days=7)


def hold_ends(day: date, closed_at: datetime, rhythm: Rhythm) -> datetime:
    """When what `day` left due to forward can no longer be recalled, local; `closed_at` (local) is when the day
    was closed. A day closed after its ordinary release still gets a hold, until that time of the next day."""
    ordinary = release_of(day, rhythm)
    if closed_at < ordinary:
        return ordinary
    return datetime.combine(closed_at.date() + timedelta(days=1), rhythm.release_time)


def is_open(day: date, settled: IsOpen) -> bool:
    """Whether a case-day is held on this day: staff's own word first, then the public holidays."""
    word = settled(day)
    return not is_holiday(day) if word is None else word


@cache
def is_holiday(day: date) -> bool:
    """Whether the day lies inside a published public holiday; an ordinary Saturday does not."""
    if not is_published(day):
        return False
    _on, name = chinese_calendar.get_holiday_detail(day)
    return name is not None and not chinese_calendar.is_workday(day)


@cache
def is_published(day: date) -> bool:
    """Whether the State Council's holidays of that year are known to the calendar library."""
    try:
        chinese_calendar.is_holiday(day)
    except NotImplementedError:
        return False
    return True


def faults_of(rhythm: Rhythm) -> list[Refused]:
    """What does not fit together: a cut-off after the day is closed, a hold that would last a week or end at once."""
    found = []
    if rhythm.cutoff_weekday == rhythm.weekday and rhythm.cutoff_time > rhythm.closing_time:
        found.append(Refused("cutoff_after_closing", "cutoff_time"))
    if rhythm.release_weekday == rhythm.weekday and rhythm.release_time <= rhythm.closing_time:
        found.append(Refused("hold_before_closing", "release_time"))
    return found
