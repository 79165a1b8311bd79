"""How long ago something came, in words."""

from __future__ import annotations

from datetime import datetime

from markupsafe import Markup

from app import clock
from app.web.desk import bp, marks
from app.web.saying import tell as _
from app.web.saying import tell_number as ngettext


@bp.app_template_filter("age")
def age(value: datetime, now: datetime | None = None) -> Markup:
    """`8分钟前`, `2小时前`, `3天前`; the moment itself for whoever points at it."""
    now = now or clock.now()
    minutes = int((now - value).total_seconds() // 60)
    if minutes < 1:
        words = _("刚刚")
    elif minutes < 60:
        words = ngettext("%(num)s分钟前", "%(num)s分钟前", minutes)
    elif minutes < 48 * 60:
        words = ngettext("%(num)s小时前", "%(num)s小时前", minutes // 60)
    elif minutes < 100 * 24 * 60:
        words = ngettext("%(num)s天前", "%(num)s天前", minutes // (24 * 60))
    else:
        words = str(value.astimezone(now.tzinfo).date())
    return marks.drawn(marks.written(value), words, "num")
