"""Dates, states and kinds of a row, in words and as the class that draws them."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from flask_babel import gettext as _
from markupsafe import Markup, escape

from app import clock
from app.calendar.queries import local
from app.cases.queries import Row
from app.web.language import day
from app.web.words import KINDS, STAFF_STATES, shape

SOON = timedelta(hours=24)


def due(moment: datetime) -> Markup:
    """`今天18:00` in amber, `过了3小时` in red, `11月30日周一` plainly."""
    left = moment - clock.now()
    shade = "late" if left < timedelta(0) else "soon" if left <= SOON else "num"
    return Markup('<span class="{}">{}</span>').format(shade, escape(_word(moment, left)))  # noqa: S704


def _word(moment: datetime, left: timedelta) -> str:
    if left < timedelta(0):
        return _late(-left)
    wall, today = local(moment), local(clock.now()).date()
    if wall.date() == today:
        return _("今天%(time)s", time=f"{wall:%H:%M}")
    if wall.date() == today + timedelta(days=1):
        return _("明天%(time)s", time=f"{wall:%H:%M}")
    return day(wall.date())


def _late(over: timedelta) -> str:
    hours = int(over.total_seconds() // 3600)
    if hours < 1:
        return _("刚过期")
    return _("过了%(hours)s小时", hours=hours) if hours < 48 else _("过了%(days)s天", days=hours // 24)


def date_word(written: str) -> str:
    """A date as history keeps it, as people say it."""
    return day(date.fromisoformat(written))


def staff_state(row: Row) -> str:
    """Where a case stands, in the desk's words."""
    return str(STAFF_STATES[row.state])


def state_shape(row: Row) -> str:
    """The class that draws it."""
    return shape(row.state, due_first=row.due_first)


def kind_word(kind: str | None) -> str:
    """The kind of a report; empty while nobody said."""
    return str(KINDS[kind]) if kind else ""
