"""How long ago something came, in words."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from functools import lru_cache

from markupsafe import Markup

from app import clock, config
from app.web.desk import bp, marks
from app.web.language import lang
from app.web.saying import tell as _
from app.web.saying import tell_number as ngettext

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), 60, 24 * 60


@bp.app_template_filter("age")
def age(value: datetime, now: datetime | None = None) -> Markup:
    """`8分钟前`, `2小时前`, `3天前`; the moment itself for whoever points at it."""
    return age_mark(lang(), config.active().timezone, value, steps(value, now or clock.now()))


def steps(value: datetime, now: datetime) -> int:
    """Minutes since then as far as they are told: to the minute for an hour, to the hour for two days, then days."""
    minutes = int((now - value) // _MINUTE)
    step = 1 if minutes < _HOUR else _HOUR if minutes < 2 * _DAY else _DAY
    return minutes - minutes % step


@lru_cache(maxsize=4000)
def age_mark(_lang: str, zone: tzinfo, value: datetime, minutes: int) -> Markup:
    """What `age` says, made once while it is the same, for a language, a zone and `steps`."""
    if minutes < 1:
        words = _("刚刚")
    elif minutes < _HOUR:
        words = ngettext("%(num)s分钟前", "%(num)s分钟前", minutes)
    elif minutes < 2 * _DAY:
        words = ngettext("%(num)s小时前", "%(num)s小时前", minutes // _HOUR)
    elif minutes < 100 * _DAY:
        words = ngettext("%(num)s天前", "%(num)s天前", minutes // _DAY)
    else:
        words = str(value.astimezone(zone).date())
    return marks.drawn(marks.written(value), words, "num")
