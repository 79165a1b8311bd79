"""What the staff of this desk were told and nobody has read yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import g, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app import clock
from app.access.permissions import Permission, may
from app.notices import queries, telling
from app.notices.queries import Scene, Unread
from app.prepared import Question, ask_together
from app.reading import reading
from app.staff import duty
from app.staff import queries as staff
from app.web.auth.sign_in import actor
from app.web.desk import bp, reading_in
from app.web.words import NOTICES
from app.web.words import URGENT as URGENCIES

NEW = "report_received"
URGENT = tuple(telling.CALLED_OUT)
ABOUT_UNITS = ("unit_asked", "unit_answered")
ABOUT_DAYS = ("day_closed", "day_not_opened")
ABOUT_NO_CASE = ("channel_stopped", "second_step_closed")
ABOUT_MANY = ("assigned_many", "assign_undone")
PAGES = ((ABOUT_DAYS, ("desk.case_day", "day")), (ABOUT_MANY, ("desk.bulk_act", "act_id")))


@dataclass(frozen=True)
class Line:
    """One notice: what happened, to what, where to look."""

    id: int
    word: str
    ref: str
    url: str | None
    at: datetime
    is_new_report: bool


def mine() -> tuple[Line, ...]:
    """Unread notices of this account, newest first; new reports come last, the queue shows them anyway."""
    lines = [_line(notice) for notice in _unread() if notice.kind not in URGENT]
    return tuple(sorted(lines, key=lambda line: line.is_new_report))


@dataclass(frozen=True)
class Urgent:
    """An urgent case that this account was told of and nobody has said to have seen: every notice of it."""

    word: str
    number: str
    scene: Scene | None
    at: datetime
    ids: list[int]


def urgent() -> list[Urgent]:
    """What stands on top of every staff page until somebody presses 看到了, one for each case."""
    by_case: dict[str, list[Unread]] = {}
    for notice in _unread():
        if notice.kind in URGENT:
            by_case.setdefault(notice.ref, []).append(notice)
    scenes = queries.scenes(reading(), list(by_case)) if by_case else {}
    return [
        Urgent(
            _urgent_word(told[0].kind, scenes.get(number)),
            number,
            scenes.get(number),
            told[-1].created_at,
            [notice.id for notice in told],
        )
        for number, told in by_case.items()
    ]


def _urgent_word(kind: str, scene: Scene | None) -> str:
    """What was recognised; that nobody has looked comes before it."""
    if kind == "urgent_report" and scene is not None and scene.urgency in URGENCIES:
        return str(URGENCIES[scene.urgency])
    return str(NOTICES[kind])


@dataclass(frozen=True)
class OnDuty:
    """Who reads urgent reports at this hour, or when somebody does next."""

    names: tuple[str, ...]
    next_at: datetime | None


def on_duty() -> OnDuty:
    """The duty roster of this desk's sub-district, as it stands now."""
    names, read = duty.names_at(reading(), actor().sub_district_id or 0, clock.now())
    return OnDuty(tuple(names), None if read.is_read else read.next_at)


def ask_with(*questions: Question) -> None:
    """Ask what stands on the queue's page beside the queue together with these, in one statement."""
    who = actor()
    own = (queries.unread_question(who, first=URGENT), staff.roster_question(who.sub_district_id or 0))
    ask_together(reading(), [*own, *questions])


def _unread() -> Sequence[Unread]:
    """Unread notices, what is urgent on top; asked once a page."""
    if "unread" not in g:
        g.unread = queries.unread(reading(), actor(), first=URGENT)
    found: Sequence[Unread] = g.unread
    return found


@bp.post("/notices/read")
def read_notice() -> Response:
    """These were read. What was urgent leads on to its case."""
    for written in request.form.getlist("notice")[:50]:
        notice_id = reading_in.row_id(written)
        if notice_id is not None:
            telling.mark_read(actor(), notice_id)
    if may(actor(), Permission.SEE_UNIT_CASES):
        return redirect(url_for("desk.unit"), 303)
    if not may(actor(), Permission.SEE_CASES):
        return redirect(url_for("admin.overview"), 303)
    number = request.form.get("case", "")
    if number:
        return redirect(url_for("desk.case", number=reading_in.case_number(number)), 303)
    return redirect(url_for("desk.queue"), 303)


def _line(notice: Unread) -> Line:
    word = str(NOTICES[notice.kind]) if notice.kind in NOTICES else _("有新消息")
    ref = f"#{notice.ref}" if notice.kind in ABOUT_MANY else notice.ref
    return Line(notice.id, word, ref, _page(notice), notice.created_at, notice.kind == NEW)


def _page(notice: Unread) -> str | None:
    if notice.kind == "unit_released":  # they see it no more
        return None
    if notice.kind in ABOUT_UNITS and may(actor(), Permission.SEE_UNIT_CASES):
        return url_for("desk.case", number=notice.ref)
    if not may(actor(), Permission.SEE_CASES) or notice.kind in ABOUT_NO_CASE:
        return None
    if notice.kind == "data_request":
        return url_for("desk.data_requests")
    endpoint, named = next((page for kinds, page in PAGES if notice.kind in kinds), ("desk.case", "number"))
    values: dict[str, Any] = {named: notice.ref}
    return url_for(endpoint, **values)
