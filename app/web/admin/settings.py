"""Everything a sub-district settles for itself: telephone, numbers, times, limits, which Saturdays are case-days."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, time

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from werkzeug.wrappers import Response

from app.access.permissions import may_keep_shared
from app.calendar import settling
from app.case_days import settled_days
from app.categories import limits
from app.errors import ManyRefused, Refused
from app.reading import reading
from app.web.admin import bp
from app.web.admin.forms import NOTHING, WEEKDAYS, Tried, not_taken, seen
from app.web.auth.sign_in import actor

Field = tuple[str, str, LazyString, LazyString]
GROUPS: tuple[tuple[LazyString, tuple[Field, ...]], ...] = (
    (
        _l("街道"),
        (
            (
                "phone",
                "tel",
                _l("街道电话"),
                _l("街道办公室的电话，记在这里；居民页面写的是社区电话和12345。"),
            ),
            (
                "statutory_basis",
                "tick",
                _l("居民没勾同意，也可以依法定职责转12345"),
                _l("不勾，没有同意的就不转。从下一件分的案件起；已经分好的不变。"),
            ),
            (
                "lift_at_homes",
                "number",
                _l("几户邻居也说，就往前排一步"),
                _l("最多提一步，排不到危险前面。从下一户加入起，已经提了的不退。"),
            ),
            (
                "contact_days",
                "number",
                _l("办结几天后删掉名字和电话"),
                _l("改短了，过了天数的当天就删，删了找不回来。居民的隐私页跟着变。"),
            ),
        ),
    ),
    (
        _l("办件日"),
        (
            (
                "weekday",
                "weekday",
                _l("每周哪天是办件日"),
                _l("从下一件新来的起。已经答应了日子的，还在原来那天的名单上。"),
            ),
            ("cutoff_weekday", "weekday", _l("哪天截止"), _l("过了截止才来的，排下一次。从下一件新来的起。")),
            ("cutoff_time", "time", _l("几点截止"), _l("例如18:00。")),
            (
                "closing_time",
                "time",
                _l("办件日几点收尾"),
                _l("到点没定的列入待转。还没收尾的那天就按新的。"),
            ),
            (
                "release_weekday",
                "weekday",
                _l("待转留到哪天"),
                _l("到这时都可以撤回，过了系统就转。已经收尾、还没转的也按新的。"),
            ),
            ("release_time", "time", _l("留到几点"), _l("例如12:00。")),
            (
                "max_carries",
                "number",
                _l("一件最多接着办几次"),
                _l("到了次数，办件日上就不能再选“接着办”。已经接着办的不变。"),
            ),
            (
                "follow_up_days",
                "number",
                _l("办好几天没有回音就办结"),
                _l("没有回音记作没有评，不算满意。已经在等的也按新的。"),
            ),
        ),
    ),
)
WHY = {
    "settled": _l("街道定的"),
    "holiday": _l("放假"),
    "unpublished": _l("那年放假安排还没公布"),
    "usual": _l("照常"),
}
WORDS = {
    settled_days.HELD: _l("办，已经定了"),
    settled_days.SKIPPED: _l("那天不办"),
    settled_days.USUAL: _l("照放假安排"),
}


@bp.get("/settings", endpoint="settings")
def settings_page() -> tuple[str, int]:
    """Everything as it stands."""
    return _draw()


@bp.post("/settings")
def change_settings() -> Response | tuple[str, int]:
    """Take the sub-district's own settings."""
    return _do("own", lambda: _told(settling.settle(actor(), request.form, seen())))


@bp.post("/settings/limits")
def change_limits() -> Response | tuple[str, int]:
    """Take the time limits, which every sub-district of the installation shares."""
    return _do("limits", lambda: _told(limits.set_hours(actor(), request.form, seen())))


@bp.post("/settings/days")
def settle_day() -> Response | tuple[str, int]:
    """Say of a coming day whether it is held."""
    written = request.form.get("day", "")
    return _do(f"day-{written}", lambda: _settled(written))


def _do(form: str, verb: Callable[[], str]) -> Response | tuple[str, int]:
    try:
        words = verb()
    except (Refused, ManyRefused) as refused:
        return _draw(not_taken(form, refused))
    flash(words)
    return redirect(url_for("admin.settings"), 303)


def _told(changed: list[str]) -> str:
    return str(_("改好了%(count)s项。", count=len(changed)) if changed else _("没有改动。"))


def _settled(written: str) -> str:
    form = request.form
    day = _day(written)
    done = settled_days.settle_day(actor(), day, form.get("word", ""), form.get("note", ""), seen())
    words: str = _("定好了。")
    if done.confirmed:
        words += _("%(count)s件“预计”的日子成了准日子。", count=done.confirmed)
    if done.moved:
        words += _("%(count)s件“预计”的改到了下一个办件日，居民在回执里看得到。", count=done.moved)
    if done.kept:
        words += _("%(count)s件答应了那天的还在名单上，照办。", count=done.kept)
    return words


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError as wrong:
        raise Refused("day_not_coming", "day") from wrong


def _draw(tried: Tried = NOTHING) -> tuple[str, int]:
    session, place = reading(), actor().sub_district_id or 0
    own = settling.as_they_stand(session, place)
    rows = limits.rows(session)
    days = settled_days.coming(session, place)
    page = render_template(
        "admin/settings.html",
        groups=GROUPS,
        values=_values(own, tried.of("own")),
        ranges=settling.LIMITS,
        seen=settling.seen(own),
        limits=rows,
        keeps=may_keep_shared(actor()),
        limits_seen=limits.seen(rows),
        longest_limit=limits.LONGEST,
        days=days,
        lost_day=tried.form.startswith("day-") and tried.form not in {f"day-{one.day}" for one in days},
        why=WHY,
        words=WORDS,
        weekdays=list(enumerate(WEEKDAYS)),
        tried=tried,
    )
    return page, tried.status


def _values(own: settling.Settings, tried: Tried) -> Mapping[str, object]:
    """What stands in the fields: what was typed, else what is."""
    if tried.form:
        return {**dict.fromkeys(own, ""), **tried.typed}
    return {name: f"{value:%H:%M}" if isinstance(value, time) else value for name, value in own.items()}
