"""Words to begin an answer with: ready sentences by what is done with a case, in the voice of the house. Pure.

`level1` empty is for every category. A place in braces becomes what it names of the case; any other fails at
the first reading, so that no resident ever reads one."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

NAMED = ("日期", "期限", "楼门", "单位", "案件号")
_PLACE = re.compile(r"\{([^{}]*)\}")
_KEPT = Path(__file__).with_suffix(".csv")


@dataclass(frozen=True)
class Reply:
    """One ready sentence; `key` is how a form names it."""

    key: str
    action: str
    level1: str
    title: str
    text: str


def unknown(text: str) -> list[str]:
    """The places in braces that name nothing."""
    return [name for name in _PLACE.findall(text) if name not in NAMED]


def fill(text: str, values: Mapping[str, str]) -> str:
    """The sentence with what its places name."""
    return _PLACE.sub(lambda found: values.get(found[1], found[0]), text)


def for_case(level1: str) -> dict[str, list[Reply]]:
    """What may be said of a case of this category, by action."""
    found: dict[str, list[Reply]] = {}
    for reply in _all():
        if reply.level1 in ("", level1):
            found.setdefault(reply.action, []).append(reply)
    return found


def by_key(key: str) -> Reply | None:
    """The sentence a form named."""
    return next((reply for reply in _all() if reply.key == key), None)


@cache
def _all() -> tuple[Reply, ...]:
    with _KEPT.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    made = tuple(Reply(f"{number}", **row) for number, row in enumerate(rows, 1))
    wrong = [reply.title for reply in made if unknown(reply.text)]
    if wrong:
        raise ValueError(f"unknown places in {', '.join(wrong)}")
    return made
