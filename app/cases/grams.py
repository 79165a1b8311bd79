"""Words as an index can find them: pairs of neighbouring characters, so that two characters of Chinese are enough
and no dictionary is needed. Pure.

A text is a row of runs: letters and digits of any writing, one width, one case; all else parts them. A run is indexed
as each two of its characters and its last one, so that a word of three or more stands where its pairs follow each
other. `marks` are what has no place in a text: each character once, and facts of the case, three letters or longer
so that no pair is ever one of them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

MOST_RUNS = 8


def runs(text: str) -> list[str]:
    """The text's runs: `２号楼，3单元` → `2号楼`, `3单元`."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(char if char.isalnum() else " " for char in plain).split()


def words_of(texts: Iterable[str]) -> str:
    """Texts as they are kept beside the index: their runs, one after the other, each text once."""
    return " ".join(" ".join(runs(text)) for text in dict.fromkeys(texts))


def grams(words: str) -> str:
    """What is indexed of these words, in their order."""
    return " ".join(run[place : place + 2] for run in words.split() for place in range(len(run)))


def pairs(run: str) -> list[str]:
    """The pairs that follow each other wherever this run stands."""
    return [run[place : place + 2] for place in range(len(run) - 1)]


def characters(words: str) -> list[str]:
    """Each character once, in a fixed order."""
    return sorted(set(words) - {" "})


def fact(name: str, value: object) -> str:
    """A fact of a case as a mark: `fact("state", "queued")`."""
    return f"{name}{value}"


def number_marks(case_number: str, orders: Sequence[str]) -> list[str]:
    """A case is found by its whole number or the part after the hyphen, and by the whole number of each order."""
    whole, tail = "".join(runs(case_number)), runs(case_number)[-1]
    return [
        fact("num", whole),
        fact("num", tail),
        *(fact("num", "".join(runs(order))) for order in orders if runs(order)),
    ]
