"""What the administrator's forms share: what was tried, why it was not taken, and with which answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import abort, request
from flask_babel import lazy_gettext as _l

from app.access.freshness import OLDER
from app.errors import ManyRefused, NotFound, Refused
from app.web.typed import typed_in
from app.web.words import by_field

LARGEST_ID = 2**31 - 1
WEEKDAYS = (_l("周一"), _l("周二"), _l("周三"), _l("周四"), _l("周五"), _l("周六"), _l("周日"))


@dataclass(frozen=True)
class Tried:
    """A form that was not taken: which one, its faults by field, what was typed into it, and the answer's status."""

    form: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    typed: Mapping[str, str] = field(default_factory=dict)
    status: int = 200

    def of(self, form: str) -> Tried:
        """What is to be shown in this form of the page."""
        return self if form == self.form else NOTHING


NOTHING = Tried()


def not_taken(form: str, refused: Refused | ManyRefused) -> Tried:
    """A page older than the last change is a conflict, everything else a fault of what was typed."""
    older = isinstance(refused, Refused) and refused.key == OLDER
    return Tried(form, by_field(refused), typed_in(), 409 if older else 422)


def row_id(number: int) -> int:
    """An id of the address; raises NotFound for what no table can hold."""
    if number > LARGEST_ID:
        raise NotFound
    return number


def seen() -> str:
    """The mark of what the page showed; without one the page is broken and the answer is 400."""
    written = request.form.get("seen")
    if written is None:
        abort(400)
    return written
