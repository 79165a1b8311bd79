"""Words to begin an answer with: the places that a ready sentence may name, and the sentences every sub-district can
begin with, in the voice of the house. Pure.

A place in braces becomes what it names of the case; any other is refused, so that no resident ever reads one."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

NAMED = ("日期", "期限", "楼门", "单位", "案件号")
ACTIONS = ("resolve", "answer", "ask_resident", "in_hand", "carry_over", "extend", "decline", "transfer")
"""What is done with words that a resident reads."""
_PLACE = re.compile(r"\{([^{}]*)\}")
_KEPT = Path(__file__).with_suffix(".csv")


@dataclass(frozen=True)
class Reply:
    """One of the usual sentences; `category` empty is for every category."""

    action: str
    category: str
    title: str
    text: str


def unknown(text: str) -> list[str]:
    """The places in braces that name nothing, and a brace that stands alone."""
    return [name for name in _PLACE.findall(text) if name not in NAMED] + re.findall(
        "[{}]", _PLACE.sub("", text)
    )


def fill(text: str, values: Mapping[str, str]) -> str:
    """The sentence with what its places name."""
    return _PLACE.sub(lambda found: values.get(found[1], found[0]), text)


@cache
def usual() -> tuple[Reply, ...]:
    """The sentences to begin with."""
    with _KEPT.open(encoding="utf-8", newline="") as lines:
        made = tuple(
            Reply(row["action"], row["level1"], row["title"], row["text"]) for row in csv.DictReader(lines)
        )
    wrong = [one.title for one in made if unknown(one.text) or one.action not in ACTIONS]
    if wrong:
        raise ValueError(f"unknown places or actions in {', '.join(wrong)}")
    return made
