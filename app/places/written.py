"""What an administrator writes into a field: names, telephones, numbers, times; read one by one, refused together.
Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import time
from typing import ParamSpec, TypeVar

from app.errors import ManyRefused, Refused
from app.places.ledger import strange_character
from app.places.tidying import tidy

Kept = TypeVar("Kept")
P = ParamSpec("P")
LONGEST_PHONE = 30
_PHONE = re.compile(r"[0-9+()（） ,，、/转-]{3,30}")
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])(:00)?")


class Faults:
    """Gathers what is refused, so that a form shows every fault and not the first."""

    def __init__(self) -> None:
        self.found: list[Refused] = []

    def read(self, reader: Callable[P, Kept], *given: P.args, **named: P.kwargs) -> Kept | None:
        """What the reader makes of it; None when it refuses."""
        try:
            return reader(*given, **named)
        except Refused as refused:
            self.found.append(refused)
            return None

    def gather(self, reader: Callable[P, Kept], *given: P.args, **named: P.kwargs) -> Kept | None:
        """The same for what refuses many at once."""
        try:
            return reader(*given, **named)
        except ManyRefused as refused:
            self.found += refused.refusals
            return None

    def told(self) -> None:
        """Raises ManyRefused if there were any."""
        if self.found:
            raise ManyRefused(self.found)


def name(field: str, written: str, longest: int, *, needed: bool = True) -> str:
    """A name of one line. Raises Refused: name_missing, field_too_long, control_characters."""
    kept = tidy(written)
    if needed and not kept:
        raise Refused("name_missing", field)
    if len(kept) > longest:
        raise Refused("field_too_long", field, {"longest": longest})
    if strange_character(kept):
        raise Refused("control_characters", field)
    return kept


def phone(field: str, written: str) -> str | None:
    """An office telephone, extensions included; empty is none. Raises Refused: office_phone_wrong."""
    kept = tidy(written)
    if kept and (not _PHONE.fullmatch(kept) or not re.search("[0-9]{3}", kept)):
        raise Refused("office_phone_wrong", field)
    return kept or None


def number(field: str, written: str, low: int, high: int) -> int:
    """A whole number within limits. Raises Refused: number_wrong."""
    kept = tidy(written)
    if not re.fullmatch("[0-9]{1,6}", kept) or not low <= int(kept) <= high:
        raise Refused("number_wrong", field, {"low": low, "high": high})
    return int(kept)


def clock_time(field: str, written: str) -> time:
    """`18:00`. Raises Refused: time_wrong."""
    kept = _TIME.fullmatch(tidy(written))
    if kept is None:
        raise Refused("time_wrong", field)
    return time(int(kept[1]), int(kept[2]))
