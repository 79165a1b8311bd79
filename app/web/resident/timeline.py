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

LINES: dict[str, LazyString] = {
    "receive": _l("收到您说的。"),
    "triage": _l("看过了，已经排上。"),
    "undo_triage": _l("收回来再看一看。"),
    "answer": _l("答复您。"),
    "start": _l("开始办了。"),
    "resolve": _l("办好了。"),
    "unit_done": _l("办好了。"),
    "in_hand": _l("正在办，%(next_day)s再告诉您。"),
    "carry_over": _l("%(next_day)s接着办。"),
    "extend": _l("延到%(until)s。"),
    "extend_by_clock": _l("到期还没办完，延到%(until)s。"),
    "split_from": _l("和别的事分开，单独办。"),
    "unsplit": _l("和邻居的又并成一件，一起办。"),
    "recall": _l("%(next_day)s接着办。"),
    "roll_over": _l("改到%(next_day)s接着办。"),
    "release_due": _l("转给了市民热线12345。"),
    "forward_now": _l("转给了市民热线12345。"),
    "order_made": _l("12345收下了，工单号%(workorder_id)s。"),
    "order_news": _l("12345：%(status)s。"),
    "hotline_resolved": _l("12345答复：办好了。"),
    "returned": _l("12345退回来了，重新排进%(next_day)s。"),
    "closed_unsolved": _l("12345那边没办成，重新排进%(next_day)s。"),
    "publish": _l("登上了公示，只登事情，不登人。"),
    "ask_resident": _l("工作人员问您。"),
    "answered": _l("您回答了。"),
    "merge": _l("和邻居的并成一件，一起办。"),
    "unmerge": _l("又分开单独办了。"),
    "join": _l("您家也算上了。"),
    "report_again": _l("收到您说的，和已经在办的是一件，一起办。"),
    "undo_join": _l("您撤了“我家也是”。"),
    "call_me": _l("您请工作人员打电话。"),
    "leave_phone": _l("您留了电话。"),
    "forget_phone": _l("您删掉了名字和电话。"),
    "forget_contact": _l("到期了，您的名字和电话已经删掉。"),
    "data_request": _l("您问了自己的信息。"),
    "settle_data_request": _l("答复了您问的信息。"),
    "add": _l("您补充了一句。"),
    "rate": _l("您说办好了，办结。"),
    "not_solved": _l("您说没办好，%(next_day)s接着办。"),
    "not_solved_again": _l("您说还是没办好，请街道定怎么接着办。"),
    "withdraw": _l("您撤回了。"),
    "withdraw_one": _l("您撤回了，邻居说的照样办。"),
    "close": _l("办结。"),
    "reopen": _l("重新办。"),
    "decline": _l("这里办不了。"),
    "transfer": _l("转给了110、119、120或122。"),
    "set_aside": _l("请工作人员看一看。"),
    "release": _l("看过了，接着办。"),
}
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
