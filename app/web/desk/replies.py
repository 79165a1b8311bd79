"""Ready sentences on the page of a case: which are offered, with what their places name there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app.calendar import queries as calendar
from app.cases.models import CaseFile
from app.categories.models import Category
from app.places.queries import Door
from app.reading import reading
from app.replies import queries as replies
from app.replies import words as reply_words
from app.web.language import WEEKDAYS_ZH


@dataclass(frozen=True)
class Ready:
    """One sentence as it goes into the box."""

    key: str
    title: str
    words: str


def offered(case: CaseFile, category: Category | None, door: Door) -> dict[str, list[Ready]]:
    """The sentences for this case by action, the most fitting first."""
    values = _values(case, door)
    found = replies.for_case(reading(), case, category)
    return {
        action: [Ready(str(one.id), one.title, reply_words.fill(one.text, values)) for one in rows]
        for action, rows in found.items()
    }


def _values(case: CaseFile, door: Door) -> dict[str, str]:
    """What the places in a sentence name, as residents read it: always Chinese."""
    return {
        "日期": _day(case.promised_on),
        "期限": _day(calendar.today(case.due_at)),
        "楼门": f"{door.building}{door.doorway}",
        "单位": case.lead_unit or "承办单位",
        "案件号": case.number,
    }


def _day(on: date) -> str:
    return f"{on.month}月{on.day}日周{WEEKDAYS_ZH[on.weekday()]}"
