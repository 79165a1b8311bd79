"""Reading what an address or a form carries: a case number, a date, a version. What cannot be one is told so
before it reaches the database."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta

from flask import abort

from app import clock
from app.calendar.queries import today
from app.cases.wording import has_control_characters
from app.errors import NotFound, Refused

FARTHEST = timedelta(days=366)
LONGEST_UNIT = 60


def case_number(written: str) -> str:
    """A case number of the address; raises NotFound for what cannot be one."""
    if not is_case_number(written):
        raise NotFound
    return written


def is_case_number(written: str) -> bool:
    """Whether this can be a case number at all."""
    return re.fullmatch(r"[0-9]{4}-[0-9]{4,7}", written) is not None


def day(written: str) -> date:
    """A date of the address; raises NotFound."""
    found = _date(written)
    if found is None:
        raise NotFound
    return found


def version(form: Mapping[str, str], name: str = "version") -> int:
    """The version the page was drawn from; without one the page is broken and the answer is 400."""
    written = form.get(name, "")
    if not re.fullmatch(r"[0-9]{1,9}", written):
        abort(400)
    return int(written)


def row_id(written: str) -> int | None:
    """An id out of a form or an address; None for what cannot be one."""
    return int(written) if re.fullmatch(r"[0-9]{1,9}", written) else None


def next_day(written: str) -> date | None:
    """The next date told to the residents; None when empty. Raises Refused for what is no date or too far."""
    if not written.strip():
        return None
    found = _date(written.strip())
    if found is None:
        raise Refused("next_day_missing", "next_day")
    if found > today(clock.now()) + FARTHEST:
        raise Refused("next_day_far", "next_day")
    return found


def due_day(written: str) -> date | None:
    """The day a unit is asked to be done by; None when empty. Raises Refused for what is no date."""
    found = _date(written.strip())
    if found is None and written.strip():
        raise Refused("unit_due_past", "due_on")
    return found


def unit(written: str) -> str:
    """The name of a unit; raises Refused when too long or not plain text."""
    if len(written) > LONGEST_UNIT:
        raise Refused("field_too_long", "lead_unit", {"longest": LONGEST_UNIT})
    if has_control_characters(written):
        raise Refused("control_characters", "lead_unit")
    return written


def _date(written: str) -> date | None:
    if not re.fullmatch(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}", written):
        return None
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None
