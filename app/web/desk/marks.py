"""Dates, states and kinds of a row, in words and as the class that draws them."""

from __future__ import annotations

from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache

from markupsafe import Markup, escape

from app import clock, config
from app.calendar.queries import local
from app.cases.queries import Row
from app.cases.workflow import State
from app.web.language import day, iso, lang, moment
from app.web.saying import tell as _
from app.web.saying import told
from app.web.words import KINDS, STAFF_STATES, URGENT, shape, told_state

_HOUR, _DAY = timedelta(hours=1), 24


def on(value: date | str) -> Markup:
    """A date, also one out of a case's history, for a page."""
    return _on(lang(), date.fromisoformat(value) if isinstance(value, str) else value)


@lru_cache(maxsize=1000)
def _on(_lang: str, value: date) -> Markup:
    return drawn(iso(value), day(value), "num")


def at(value: datetime) -> Markup:
    """A moment for a page."""
    return _at(lang(), config.active().timezone, value)


@lru_cache(maxsize=4000)
def _at(_lang: str, _zone: tzinfo, value: datetime) -> Markup:
    return drawn(iso(value), moment(value), "num")


def due(limit: datetime, now: datetime | None = None) -> Markup:
    """`今天18:00` in amber, `过了3小时` in red, `11月30日周一` plainly."""
    now = now or clock.now()
    return limit_mark(lang(), config.active().timezone, limit, hours_left(limit, now), local(now).date())


def hours_left(limit: datetime, now: datetime) -> int:
    """Whole hours until then, and never more than a day of them; below zero once it is over."""
    return min(int((limit - now) // _HOUR), _DAY)


@lru_cache(maxsize=4000)
def limit_mark(_lang: str, _zone: tzinfo, limit: datetime, hours: int, today: date) -> Markup:
    """What `due` says, made once while it is the same: for a language and a zone, `hours_left` and the day it is."""
    shade = "late" if hours < 0 else "soon" if hours < _DAY else "num"
    return drawn(written(limit), _word(limit, hours, today), shade)


def written(value: datetime) -> str:
    """A moment for machines. A list asks for the same ones again and again."""
    return _written(config.active().timezone, value)


@lru_cache(maxsize=4000)
def _written(_zone: tzinfo, value: datetime) -> str:
    return iso(value)


def _word(limit: datetime, hours: int, today: date) -> str:
    if hours < 0:
        return _late(-1 - hours)
    wall = local(limit)
    if wall.date() == today:
        return str(_("今天%(time)s", time=f"{wall:%H:%M}"))
    if wall.date() == today + timedelta(days=1):
        return str(_("明天%(time)s", time=f"{wall:%H:%M}"))
    return day(wall.date())


def _late(hours: int) -> str:
    if hours < 1:
        return str(_("刚过期"))
    return str(_("过了%(hours)s小时", hours=hours) if hours < 48 else _("过了%(days)s天", days=hours // 24))


def staff_state(row: Row) -> str:
    """Where a case stands, in the desk's words."""
    return told_state(row.state, due_first=True) if waits_first(row) else told(STAFF_STATES[row.state])


def waits_first(row: Row) -> bool:
    """Whether it stands on a Saturday's list and will not wait for it."""
    return row.due_first and row.state is State.QUEUED


def state_shape(row: Row) -> str:
    """The class that draws it."""
    return shape(row.state, due_first=row.due_first)


def kind_word(kind: str | None) -> str:
    """The kind of a report; empty while nobody said."""
    return told(KINDS[kind]) if kind else ""


def drawn(written: str, words: str, shade: str) -> Markup:
    """A moment in words, with itself for machines; `shade` is the class that draws it."""
    # a Markup with places to fill costs ten times as much, and a list has seventy of these
    return Markup(f'<time class="{shade}" datetime="{written}">{escape(words)}</time>')  # noqa: S704


def urgent_word(kind: str) -> str:
    """What danger was recognised, as staff read it."""
    return told(URGENT[kind]) if kind in URGENT else ""
