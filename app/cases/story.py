"""A report's own way through the cases it was part of, so that each resident reads what is theirs to read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cases.models import CaseEvent, Report
from app.cases.queries import history

ARRIVALS = ("receive", "key_in")


@dataclass(frozen=True)
class Chapter:
    """Part of a case's history while a report was in it. `is_home`: the case came with this report, so what staff
    wrote in it was written to this resident; elsewhere it was written to a neighbour."""

    case_id: int
    is_home: bool
    events: Sequence[CaseEvent]


def story_of(session: Session, report: Report) -> list[Chapter]:
    """The chapters of a report, oldest first; the last one is of the case it is in now."""
    return _chapters(session, report.id, report.case_id, None)


def looks_at(session: Session, report_id: int, story: Sequence[Chapter]) -> list[CaseEvent]:
    """Every time staff looked at this report's telephone, oldest first, also while it was in a case it has left."""
    events = [event for chapter in story for event in chapter.events]
    left = {event.data["into_id"] for event in events if event.action == "merge"}
    elsewhere = session.scalars(
        select(CaseEvent).where(
            CaseEvent.case_id.in_(left - {chapter.case_id for chapter in story}),
            CaseEvent.action == "see_phone",
        )
    )
    seen = [event for event in (*events, *elsewhere) if event.action == "see_phone"]
    return sorted((event for event in seen if event.report_id == report_id), key=lambda event: event.id)


def home_ids(story: Sequence[Chapter]) -> list[int]:
    """Ids of the cases that came with this report: at most one."""
    return [chapter.case_id for chapter in story if chapter.is_home]


def _chapters(session: Session, report_id: int, case_id: int, until: int | None) -> list[Chapter]:
    events = [event for event in history(session, case_id) if until is None or event.id < until]
    if any(event.report_id == report_id and event.action in ARRIVALS for event in events):
        return [Chapter(case_id, True, events)]
    came = next((event for event in reversed(events) if _brought(event, report_id)), None)
    if came is not None:
        since = [event for event in events if event.id > came.id]
        return [
            *_chapters(session, report_id, came.data["from_id"], came.id),
            Chapter(case_id, False, since),
        ]
    joined = next((event.id for event in events if _joined(event, report_id)), None)
    return [Chapter(case_id, False, [event for event in events if joined is not None and event.id >= joined])]


def _brought(event: CaseEvent, report_id: int) -> bool:
    return event.action == "merged_in" and report_id in event.data.get("reports", [])


def _joined(event: CaseEvent, report_id: int) -> bool:
    return event.action == "join" and event.report_id == report_id
