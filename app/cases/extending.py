"""Putting a deadline off (延期): with a reason the residents read, as far and as often as is fair (Regulation art. 15).

Whoever promises a day beyond the deadline puts the deadline off, whatever the button said: the reason given is
then the reason of the extension, and it counts as one."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app import clock
from app.access.actor import SYSTEM, Actor
from app.access.permissions import Permission, may
from app.calendar import queries as calendar
from app.calendar.saturdays import case_day_after
from app.cases import deadlines, handling
from app.cases.models import CaseFile
from app.categories import queries as categories
from app.errors import Refused

MOST_EXTENSIONS = 2
"""How often people may put one case's deadline off; from the second time on only a dispatcher may."""
BY_WORKERS = 1
LAST_MINUTE = time(23, 59)


def extend(session: Session, actor: Actor, case: CaseFile, until: date, reason: str) -> CaseFile:
    """Put the deadline off to the end of a day, which is then what the residents were promised; the state stays.
    Raises Refused for a day that is no later, too far, or once too often, and without a reason."""
    require_recall(actor, case)
    if until <= calendar.today(case.due_at) or until <= calendar.today(clock.now()):
        raise Refused("extension_not_later", "next_day", {"day": calendar.today(case.due_at).isoformat()})
    _check(session, actor, case, until, "next_day")
    stays = calendar.today(clock.now()) < case.case_day <= until
    case_day = case.case_day if stays else case_day_from(session, case, until)
    return handling.apply(
        session,
        actor,
        case,
        "extend",
        note=reason,
        data={"until": until},
        case_day=case_day,
        promised_on=until,
        promise_tentative=False,
        due_marked_at=None,
        extended_times=case.extended_times + 1,
        **_deadline(until, is_worked_on=case_day == until),
    )


def require_recall(actor: Actor, case: CaseFile) -> None:
    """Pass unless this case is about to go to 12345 and the actor is none who may recall it: to promise another day
    would keep it here all the same. Raises Refused."""
    if case.due_marked_at is not None and not may(actor, Permission.CLOSE_CASE_DAY):
        raise Refused("due_to_forward")


def extend_for(
    session: Session, actor: Actor, case: CaseFile, until: date, reason: str, *, act: str, field: str
) -> None:
    """The same along with an act that promises the residents this day, where that is beyond the deadline; else
    nothing. Raises Refused at `field`."""
    if not is_beyond(case, until):
        return
    _check(session, actor, case, until, field)
    handling.apply(
        session,
        actor,
        case,
        "extend",
        note=reason,
        data={"until": until, "with": act},
        extended_times=case.extended_times + 1,
        **_deadline(until, is_worked_on=True),
    )


def extend_by_clock(session: Session, case: CaseFile, until: date, *, because: str) -> None:
    """What the clock or a recall promises beyond the deadline puts it off too, and says why; nobody's extension is
    used up by it."""
    if is_beyond(case, until):
        data = {"until": until, "because": because}
        deadline = _deadline(until, is_worked_on=True)
        handling.apply(session, SYSTEM, case, "extend_by_clock", data=data, **deadline)


def is_beyond(case: CaseFile, day: date) -> bool:
    """Whether a day lies after the official deadline."""
    return day > calendar.today(case.due_at)


def farthest(session: Session, case: CaseFile) -> date:
    """The last day the deadline may be put off to: by the length of the limit once more, or to the next case-day
    where that is later."""
    terms = categories.by_id(session, case.category_id)
    hours = terms.limit.hours if terms else categories.terms_without_category(session.connection()).hours
    by_length = calendar.today(max(case.due_at, clock.now()) + timedelta(hours=hours))
    following = max(case.case_day, calendar.today(clock.now())) + timedelta(days=1)
    return max(by_length, case_day_from(session, case, following))


def case_day_from(session: Session, case: CaseFile, day: date) -> date:
    """The first case-day on or after a day."""
    rhythm = calendar.rhythm_of(session, case.sub_district_id)
    settled = calendar.settled_by(session, case.sub_district_id)
    return case_day_after(day - timedelta(days=1), rhythm, settled).day


def is_used_up(actor: Actor, case: CaseFile) -> str:
    """The key of the message why this person may put it off no more; empty where they may."""
    if case.extended_times >= MOST_EXTENSIONS:
        return "extended_before"
    if case.extended_times >= BY_WORKERS and not may(actor, Permission.DISPOSE):
        return "extension_dispatcher"
    return ""


def _check(session: Session, actor: Actor, case: CaseFile, until: date, field: str) -> None:
    used_up = is_used_up(actor, case)
    if used_up:
        raise Refused(
            used_up, field, {"most": MOST_EXTENSIONS, "day": calendar.today(case.due_at).isoformat()}
        )
    last = farthest(session, case)
    if until > last:
        raise Refused("extension_far", field, {"day": last.isoformat()})


def _deadline(until: date, *, is_worked_on: bool) -> dict[str, Any]:
    """The end of that day; the desk's own deadline a day earlier, but on the day that work is promised for."""
    end: datetime = calendar.utc(datetime.combine(until, LAST_MINUTE))
    inner = end if is_worked_on or end - deadlines.ONE_DAY <= clock.now() else end - deadlines.ONE_DAY
    return {"due_at": end, "internal_due_at": inner}
