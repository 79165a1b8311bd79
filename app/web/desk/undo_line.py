"""The line on top of the next page: what was just done, and the button that takes it back."""

from __future__ import annotations

from dataclasses import dataclass

from flask import session

from app.web.desk import bp, reading_in

KEY = "just_done"


@dataclass(frozen=True)
class JustDone:
    """What was just done, in words, and the id of what can be taken back."""

    act_id: int
    words: str
    back: str


def remember(act_id: int, words: str, back: str = "") -> None:
    """Let the next page of this session say so. `back` is the queue's own query, to return to."""
    session[KEY] = [act_id, words, back]


@bp.app_template_global("just_done")
def just_done() -> JustDone | None:
    """What the last form did, told once."""
    kept = session.pop(KEY, None)
    if not isinstance(kept, list) or len(kept) != 3 or reading_in.row_id(str(kept[0])) is None:
        return None
    return JustDone(*kept)
