"""The duty roster as a rule: hours of a week as somebody types them, and who reads at an hour. Pure.

A shift lies within one weekday; what runs past midnight is two of them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.errors import Refused

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY = 24 * 60
_TIME = re.compile(r"([01]?[0-9]|2[0-4]):([0-5][0-9])")


@dataclass(frozen=True, order=True)
class Shift:
    """Hours of one weekday (0 is Monday), in minutes since midnight; the end itself is no longer in it."""

    weekday: int
    starts: int
    ends: int

    def holds(self, wall: datetime) -> bool:
        """Whether this wall-clock time lies in the shift."""
        return self.weekday == wall.weekday() and self.starts <= wall.hour * 60 + wall.minute < self.ends


def shifts(days: str, starts: str, ends: str) -> list[Shift]:
    """`mon-fri`, `08:00`, `20:00` as shifts. An end that is not later than the start is on the next day.
    Raises Refused: duty_days_wrong, duty_time_wrong."""
    first, last = minutes(starts, "from"), minutes(ends, "to")
    if first == DAY:
        raise Refused("duty_time_wrong", "from", {"written": starts})
    found = []
    for weekday in weekdays(days):
        if last > first:
            found.append(Shift(weekday, first, last))
            continue
        found.append(Shift(weekday, first, DAY))
        if last:
            found.append(Shift((weekday + 1) % 7, 0, last))
    return merged(found)


def weekdays(written: str) -> list[int]:
    """`mon`, `mon-fri`, `sat,sun`, `fri-mon`; 0 is Monday. Raises Refused: duty_days_wrong."""
    found: set[int] = set()
    for part in written.lower().replace(" ", "").split(","):
        first, dash, last = part.partition("-")
        last = last if dash else first
        if first not in WEEKDAYS or last not in WEEKDAYS:
            raise Refused("duty_days_wrong", "days", {"written": written})
        start = WEEKDAYS.index(first)
        length = (WEEKDAYS.index(last) - start) % 7
        found |= {(start + step) % 7 for step in range(length + 1)}
    return sorted(found)


def minutes(written: str, field: str) -> int:
    """`08:00` as minutes since midnight, up to `24:00`. Raises Refused: duty_time_wrong."""
    read = _TIME.fullmatch(written.strip())
    minute = int(read[1]) * 60 + int(read[2]) if read else DAY + 1
    if minute > DAY:
        raise Refused("duty_time_wrong", field, {"written": written})
    return minute


def clock(minute: int) -> str:
    """Minutes since midnight as `08:00`."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def merged(many: Iterable[Shift]) -> list[Shift]:
    """The same hours with those that overlap or touch within a day made one, in order."""
    found: list[Shift] = []
    for shift in sorted(many):
        last = found[-1] if found else None
        if last is not None and last.weekday == shift.weekday and shift.starts <= last.ends:
            found[-1] = Shift(last.weekday, last.starts, max(last.ends, shift.ends))
        else:
            found.append(shift)
    return found


def next_start(many: Collection[Shift], wall: datetime) -> datetime | None:
    """The wall-clock time at which a shift begins next, later than `wall`; None where there are none."""
    midnight = wall.replace(hour=0, minute=0, second=0, microsecond=0)
    begins = [
        midnight + timedelta(days=ahead, minutes=shift.starts)
        for ahead in range(8)
        for shift in many
        if shift.weekday == (wall.weekday() + ahead) % 7
    ]
    return min((begin for begin in begins if begin > wall), default=None)
