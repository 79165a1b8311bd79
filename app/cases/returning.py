"""Bringing a case back to the desk: one judged wrongly done, one set aside by mistake."""

from __future__ import annotations

from app import clock
from app.access.actor import Actor
from app.calendar import queries as calendar
from app.calendar.saturdays import next_case_day
from app.cases import handling
from app.cases.models import CaseFile
from app.db import transaction


def bring_back(actor: Actor, number: str, action: str, version: int, note: str = "") -> CaseFile:
    """`reopen` or `release`: onto the list of the next case-day, whose date the residents are told.

    Raises NotFound, Forbidden, Stale or Refused."""
    with transaction() as session:
        case = handling.load(session, number=number, within=actor)
        settled = calendar.settled_by(session, case.sub_district_id)
        rhythm = calendar.rhythm_of(session, case.sub_district_id)
        saturday = next_case_day(calendar.local(clock.now()), rhythm, settled)
        return handling.apply(
            session,
            actor,
            case,
            action,
            version=version,
            note=note,
            data={"next_day": saturday.day},
            case_day=saturday.day,
            promised_on=saturday.day,
            promise_tentative=saturday.tentative,
            resolved_at=None,
            due_marked_at=None,
        )
