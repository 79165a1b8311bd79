"""Ready sentences into the box of a form: by its button without a script, nothing typed is lost."""

from __future__ import annotations

from datetime import date

from flask import abort, request

from app.calendar import queries as calendar
from app.cases import queries as cases
from app.cases import reply_words
from app.cases.models import CaseFile
from app.places import queries as places
from app.reading import reading
from app.web.auth.sign_in import actor
from app.web.desk import bp, phrases, reading_in
from app.web.desk.case_page import Tried, draw
from app.web.language import WEEKDAYS_ZH
from app.web.typed import typed_in


@bp.post("/cases/<number>/<action>/words")
def put_in(number: str, action: str) -> str:
    """The page again, with the chosen sentence behind what was typed."""
    number = reading_in.case_number(number)
    if action not in phrases.BUTTONS:
        abort(404)
    case = cases.case_page(reading(), actor(), number)
    typed, reply = typed_in(), reply_words.by_key(request.form.get("template", ""))
    if reply is not None and reply.action == action:
        words = reply_words.fill(reply.text, _values(case))
        typed["note"] = "\n".join(part for part in (typed.get("note", "").strip(), words) if part)
    return draw(number, Tried(action, {}, typed))


def _values(case: CaseFile) -> dict[str, str]:
    """What the places in a sentence name, as residents read it: always Chinese."""
    door = places.door_of_doorway(reading(), case.doorway_id)
    return {
        "日期": _day(case.promised_on),
        "期限": _day(calendar.today(case.due_at)),
        "楼门": f"{door.building}{door.doorway}",
        "单位": case.lead_unit or "承办单位",
        "案件号": case.number,
    }


def _day(on: date) -> str:
    return f"{on.month}月{on.day}日周{WEEKDAYS_ZH[on.weekday()]}"
