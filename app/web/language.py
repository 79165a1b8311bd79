"""Chinese by default, English by `?lang=en`. Resident pages carry language and large type in the address,
for they set no cookie; staff pages remember the choice in the session."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from typing import Any, cast
from urllib.parse import quote

from babel import Locale
from flask import Flask, g, has_request_context, request, session
from flask_babel import Babel, get_locale

from app.calendar.queries import local
from app.web.headers import is_staff_side

LANGUAGES = ("zh", "en")
_HERE: Any = g
WEEKDAYS_ZH = "一二三四五六日"


def init_app(app: Flask) -> None:
    """Babel, the carried view, and the date filters of the templates."""
    app.config.setdefault("BABEL_DEFAULT_LOCALE", "zh")
    app.config.setdefault("BABEL_TRANSLATION_DIRECTORIES", "translations")
    Babel(app, locale_selector=_of_this_page)
    app.url_defaults(_carry)
    app.jinja_env.filters |= {
        "day": day,
        "month": month,
        "weekday": weekday,
        "moment": moment,
        "iso": iso,
        "groups": groups,
        "clock_time": clock_time,
    }
    app.jinja_env.globals |= {
        "lang": lang,
        "is_elder": is_elder,
        "carried": carried,
        "other_view": other_view,
    }


def chosen() -> str:
    """The language of this request: `zh` or `en`."""
    if not has_request_context():
        return "zh"
    asked = _asked("lang")
    staff = is_staff_side()
    if asked in LANGUAGES:
        if staff and session.get("lang") != asked:
            session["lang"] = asked
        return asked
    kept = session.get("lang") if staff else None
    return kept if kept in LANGUAGES else "zh"


def _of_this_page() -> str:
    """What Babel makes of `chosen`, made once: it takes a locale as it is, and reads a name anew for each page."""
    return cast("str", _known(chosen()))


@cache
def _known(language: str) -> Locale:
    return Locale.parse(language)


def lang() -> str:
    """What html[lang] says; decided once a page, as Babel does, and asked by every date on it."""
    try:
        here = _HERE._get_current_object()  # each look through a proxy costs as much again
    except RuntimeError:
        return "zh-CN"
    said: str | None = here.get("lang")
    if said is None:
        said = here.lang = "en" if str(get_locale()) == "en" else "zh-CN"
    return said


def is_elder() -> bool:
    """Whether the large view was asked for."""
    return _asked("elder") == "1"


def _asked(name: str) -> str:
    """What the address asks for. Most ask for nothing, and nothing is read from them."""
    return request.args.get(name, "") if request.query_string else ""


def other_view(**changes: str | None) -> str:
    """This page's address in another view: `other_view(lang="en")`, `other_view(elder=None)`."""
    kept: dict[str, str | None] = {**carried(), **changes}
    query = "&".join(f"{key}={value}" for key, value in kept.items() if value)
    path = quote(request.path)
    return f"{path}?{query}" if query else path


def carried() -> dict[str, str]:
    """The view of this page, as links and forms take it along. Only what means something: the page is kept for
    others, and is not to show them what one has typed."""
    view = {"lang": "en" if lang() == "en" else "", "elder": "1" if is_elder() else ""}
    return {key: value for key, value in view.items() if value}


def _carry(endpoint: str, values: dict[str, Any]) -> None:
    """A link from a resident page keeps the language and the type size of the page."""
    if not has_request_context() or not endpoint.startswith(("resident.", "public.")):
        return
    if request.args.get("lang") == "en":
        values.setdefault("lang", "en")
    if request.args.get("elder") == "1":
        values.setdefault("elder", "1")


def day(value: date) -> str:
    """`11月28日周六`, `Sat 28 Nov`."""
    if lang() == "en":
        return f"{value:%a} {value.day} {value:%b}"
    return f"{value.month}月{value.day}日{weekday(value)}"


def month(value: date) -> str:
    """`11月`, `Nov`."""
    return f"{value:%b}" if lang() == "en" else f"{value.month}月"


def weekday(value: date) -> str:
    """`周六`, `Sat`."""
    return f"{value:%a}" if lang() == "en" else f"周{WEEKDAYS_ZH[value.weekday()]}"


def moment(value: datetime) -> str:
    """A moment on the sub-district's wall clock: `11月24日 09:12`, `24 Nov 09:12`."""
    wall = local(value)
    if lang() == "en":
        return f"{wall.day} {wall:%b %H:%M}"
    return f"{wall.month}月{wall.day}日 {wall:%H:%M}"


def clock_time(value: datetime) -> str:
    """`10:25` on the sub-district's wall."""
    return f"{local(value):%H:%M}"


def groups(receipt: str) -> str:
    """A receipt as people read it out: 4-4-4."""
    return "-".join(receipt[start : start + 4] for start in range(0, len(receipt), 4))


def iso(value: datetime | date) -> str:
    """For time[datetime]."""
    return local(value).isoformat(timespec="minutes") if isinstance(value, datetime) else value.isoformat()
