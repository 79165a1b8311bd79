"""The promised day for the calendar of a phone: one event that moves when the promise does."""

from __future__ import annotations

from datetime import timedelta
from uuid import NAMESPACE_URL, uuid5

from flask import render_template
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.cases import danger as dangers
from app.cases.models import Report
from app.cases.own_report import is_taken_back
from app.cases.queries import history
from app.cases.workflow import OPEN, State
from app.reading import reading
from app.web.resident import bp
from app.web.resident.next_steps import is_over
from app.web.resident.receipts import Answer, not_given, report_of


@bp.get("/r/<receipt>/promise.ics")
def promise(receipt: str) -> Answer:
    """The day somebody comes, as a calendar file; 404 where no day is promised, or none any more."""
    report = report_of(receipt)
    if report is None:
        return not_given(receipt)
    if not is_promised(report):
        return render_template("resident/no_promise.html", receipt=report.receipt), 404
    answer = Response(_calendar(report), content_type="text/calendar; charset=utf-8")
    answer.headers["Content-Disposition"] = 'inline; filename="promise.ics"'
    return answer


def is_promised(report: Report) -> bool:
    """Whether a day stands on which somebody comes, and its hour where one was said has not gone by."""
    return (
        not is_over(report.case, dangers.looked_at(reading(), report.case))
        and State(report.case.state) in OPEN
        and not is_taken_back(report)
    )


def _calendar(report: Report) -> bytes:
    """One event of a whole day. It may lie in a calendar others see: no words, no place, no receipt in it.

    The same event is sent anew whenever the case has moved on: same UID, higher SEQUENCE, which is counted in
    seconds so that it also rises when the report moves to another case."""
    from icalendar import Calendar, Event  # loaded by the first who asks for one

    case, last = report.case, history(reading(), report.case_id)[-1]
    event = Event()
    event.add("uid", f"{uuid5(NAMESPACE_URL, f'mashang:{report.receipt}')}@mashang")
    event.add("sequence", max(int((last.at - report.received_at).total_seconds()), 0))
    event.add("dtstamp", last.at)
    event.add("dtstart", case.promised_on)
    event.add("dtend", case.promised_on + timedelta(days=1))
    event.add("summary", _("码上：约好的日子"))
    event.add("status", "TENTATIVE" if case.promise_tentative else "CONFIRMED")
    event.add("transp", "TRANSPARENT")
    calendar = Calendar()
    calendar.add("prodid", "-//Mashang//promise//ZH")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written
