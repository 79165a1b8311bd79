"""Whether a report was rated, waits to be, or stayed silent: silence is “not rated”, never a good or bad answer.
Pure."""

from __future__ import annotations

from enum import StrEnum

from app.cases.workflow import State


class Rating(StrEnum):
    """How a report stands with the three questions."""

    RATED = "rated"  # answered; the last answer counts
    AWAITED = "awaited"  # it is done, and the resident may answer now
    NOT_RATED = "not_rated"  # the days went by in silence
    NOT_ASKED = "not_asked"  # not done, ended otherwise, or taken back by the resident


def rating(state: State, *, is_taken_back: bool, is_answered: bool, is_answered_since: bool) -> Rating:
    """How a report stands, by its case's state. `is_answered_since`: after the case was last resolved; a case that
    came back and is done again is asked about again, while the last answer given counts until then."""
    if is_taken_back:
        return Rating.NOT_ASKED
    if state is State.RESOLVED and not is_answered_since:
        return Rating.AWAITED
    if is_answered:
        return Rating.RATED
    return Rating.NOT_RATED if state is State.CLOSED else Rating.NOT_ASKED
