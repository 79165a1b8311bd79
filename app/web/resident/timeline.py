"""A case's history as one of its residents reads it: plain words, roles and days, never a name. Which lines, and
whose words, is `cases/told.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from markupsafe import Markup

from app.access.actor import Role
from app.cases.models import CaseEvent
from app.cases.told import Told
from app.cases.workflow import WORKFLOW
from app.web.language import day
from app.web.told_lines import LINES

VISITS: dict[str, LazyString] = {
    "no_one_home": _l("上门来过，家里没人。"),
    "not_ours": _l("上门看过，请街道定谁来办。"),
    "needs_unit": _l("上门看过，要请部门来。"),
}
ORDERS: dict[str, LazyString] = {
    "accepted": _l("收下了"),
    "assigned": _l("派给承办单位了"),
    "in_progress": _l("承办单位正在办"),
    "returned": _l("退回来了"),
    "closed": _l("办结了"),
}
MARKS = {
    "resolve": "good",
    "unit_done": "good",
    "answer": "good",
    "rate": "good",
    "close": "good",
    "hotline_resolved": "good",
    "release_due": "sent",
    "forward_now": "sent",
    "order_made": "sent",
    "order_news": "sent",
}


ROLES: dict[Role, LazyString] = {
    Role.WORKER: _l("的社区工作者"),
    Role.DISPATCHER: _l("的调度员"),
}
ELSE = _l("的工作人员")
# a place is a name, what somebody is there is not
WHO = Markup('<span translate="no">{}</span><span>{}</span>')


@dataclass(frozen=True)
class People:
    """Who acts, as residents are told: by role and place."""

    roles: Mapping[int, Role]
    community: str
    sub_district: str

    def who(self, staff_id: int | None) -> Markup:
        """`红庙社区的社区工作者`, the place marked as a name; empty where nobody of the staff acted."""
        if staff_id is None:
            return Markup()
        role = self.roles.get(staff_id, Role.ADMIN)
        place = self.community if role is Role.WORKER else self.sub_district
        return WHO.format(place, str(ROLES.get(role, ELSE)))


@dataclass(frozen=True)
class Line:
    """One line: when, who, the sentence, what staff told, and how it is marked."""

    at: datetime
    who: Markup
    sentence: str
    told: str
    mark: str


@dataclass(frozen=True)
class Look:
    """Somebody of the staff saw the telephone: who by role, when, and why."""

    at: datetime
    who: Markup
    reason: str


def told_lines(lines: Sequence[Told], people: People) -> list[Line]:
    """What this report's resident may read, newest first."""
    return [
        Line(
            line.event.at,
            people.who(line.event.staff_id),
            _sentence(line.event.action, line.event.data, is_reasoned=_is_reasoned(line)),
            line.event.told if line.in_full and not _is_along(line.event) else "",
            MARKS.get(line.event.action, ""),
        )
        for line in reversed(lines)
        if _is_told(line.event)
    ]


def looks(lines: Sequence[Told], people: People) -> list[Look]:
    """Who saw this report's own telephone, newest first."""
    return [
        Look(line.event.at, people.who(line.event.staff_id), line.event.note)
        for line in reversed(lines)
        if line.event.action == "see_phone" and line.event.report_id is not None
    ]


def _is_told(event: CaseEvent) -> bool:
    return event.action == "receive" or WORKFLOW[event.action].told


def _is_along(event: CaseEvent) -> bool:
    """Whether the deadline was put off along with an act whose own line carries the same words."""
    return event.action == "extend" and "with" in event.data


def _is_reasoned(line: Told) -> bool:
    return line.event.action == "extend" and line.in_full and not _is_along(line.event)


def _sentence(action: str, data: dict[str, Any], *, is_reasoned: bool = False) -> str:
    if is_reasoned:
        return str(_l("延到%(until)s，因为：", until=_spoken("until", data["until"])))
    if action == "visit":
        return str(VISITS.get(data.get("outcome", ""), _l("上门来看过。")))
    if action == "add" and data.get("photos"):
        return str(_l("您补充了照片。"))
    values = {key: _spoken(key, value) for key, value in data.items()}
    line: str = str(LINES[action])
    return line % values if values else line


def _spoken(key: str, value: Any) -> str:
    if key in ("next_day", "until"):
        return day(date.fromisoformat(value))
    if key == "status":
        return str(ORDERS.get(value, value))
    return str(value)
