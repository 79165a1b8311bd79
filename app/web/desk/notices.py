"""What the staff of this desk were told and nobody has read yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.access.permissions import Permission, may
from app.notices import queries, telling
from app.notices.models import Notice
from app.reading import reading
from app.web.auth.sign_in import actor
from app.web.desk import bp, reading_in
from app.web.words import NOTICES

NEW = "report_received"
ABOUT_DAYS = ("day_closed", "day_not_opened")


@dataclass(frozen=True)
class Line:
    """One notice: what happened, to what, where to look."""

    id: int
    word: str
    ref: str
    url: str | None
    at: datetime
    is_new_report: bool


def mine() -> list[Line]:
    """Unread notices of this account, newest first; new reports come last, the queue shows them anyway."""
    lines = [_line(notice) for notice in queries.unread(reading(), actor())]
    return sorted(lines, key=lambda line: line.is_new_report)


@bp.post("/notices/read")
def read_notice() -> Response:
    """These were read."""
    for written in request.form.getlist("notice")[:50]:
        notice_id = reading_in.row_id(written)
        if notice_id is not None:
            telling.mark_read(actor(), notice_id)
    return redirect(url_for("desk.queue" if may(actor(), Permission.SEE_CASES) else "admin.overview"), 303)


def _line(notice: Notice) -> Line:
    word = str(NOTICES[notice.kind]) if notice.kind in NOTICES else _("有新消息")
    return Line(notice.id, word, notice.ref, _page(notice), notice.created_at, notice.kind == NEW)


def _page(notice: Notice) -> str | None:
    if not may(actor(), Permission.SEE_CASES) or notice.kind == "channel_stopped":
        return None
    if notice.kind in ABOUT_DAYS:
        return url_for("desk.case_day", day=notice.ref)
    return url_for("desk.case", number=notice.ref)
