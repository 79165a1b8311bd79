"""A settings page older than the last change is told so. Rows without a version of their own are compared by what
they held when the page was drawn."""

from __future__ import annotations

from hashlib import sha256

from app.errors import Refused

OLDER = "page_older"


def mark_of(*values: object) -> str:
    """A short mark of these values, for a hidden field; it tells nothing of them."""
    return sha256(repr(values).encode("utf-8", "backslashreplace")).hexdigest()[:20]


def must_stand(seen: str, *values: object) -> None:
    """Pass if the page was drawn from these very values. Raises Refused: page_older."""
    if seen != mark_of(*values):
        raise Refused(OLDER)
