"""A neighbours' case as it stands on the page of a door: words, a day, a state, and no small number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app.cases.queries import Published
from app.web.words import homes_told, shape, told_state


@dataclass(frozen=True)
class Neighbour:
    """One published case, in the words of the page. `is_here` says it is of this very door."""

    number: str
    words: str
    said_on: date
    state_word: str
    shape: str
    homes: str
    is_here: bool
    is_done: bool

    @classmethod
    def of(cls, case: Published) -> Neighbour:
        """The same in words."""
        return cls(
            case.number,
            case.words,
            case.said_on,
            told_state(case.state, due_first=case.due_first),
            shape(case.state, due_first=case.due_first),
            homes_told(case.homes),
            case.is_here,
            case.is_done,
        )
