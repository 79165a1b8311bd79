"""What happened to cases since somebody looked. Pure: it reads lines of history that `queries` found.

A place in the history is the last line seen, and the numbers below it that nobody had written yet: PostgreSQL gives
a number out before its line is there, so a later one may be seen first. A number given and never used is waited for
until so many lines have gone by."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

WAITED_FOR = 100


@dataclass(frozen=True)
class Place:
    """How far the history was read."""

    last: int
    missing: tuple[int, ...] = ()

    def __str__(self) -> str:
        return "-".join(str(one) for one in (self.last, *self.missing))


@dataclass(frozen=True)
class Line:
    """A line of history with where its case is and how it stands now."""

    id: int
    action: str
    from_state: str | None
    to_state: str
    data: dict[str, Any]
    number: str
    version: int
    state: str
    sub_district_id: int
    community_id: int
    at: datetime


def read(written: str) -> Place | None:
    """A place as an address carries it; None for what cannot be one."""
    if not re.fullmatch(r"[0-9]{1,9}(-[0-9]{1,9}){0,100}", written):
        return None
    last, *missing = (int(one) for one in written.split("-"))
    return Place(last, tuple(missing))


def after(place: Place, found: Iterable[int]) -> Place:
    """The place once these lines were read as well."""
    seen = set(found)
    last = max(seen | {place.last})
    gaps = {*place.missing, *range(max(place.last, last - WAITED_FOR) + 1, last)} - seen
    return Place(last, tuple(sorted(one for one in gaps if one > last - WAITED_FOR)))
