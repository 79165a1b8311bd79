"""The one writer of `CaseFile.state`. Every act is a row of the workflow table, and writes its line of
history in the same transaction."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app import clock
from app.access.actor import Actor, ActorKind
from app.cases import scope, touching
from app.cases.models import CaseEvent, CaseFile, Report
from app.cases.wording import has_control_characters
from app.cases.workflow import CHANGED, WORKFLOW, Move, Note, State, has_aged_pages
from app.db import table, transaction
from app.errors import NotFound, Refused, Stale

LONGEST_NOTE = 500
_EVENT = insert(table(CaseEvent))


def act(actor: Actor, number: str, action: str, version: int, note: str = "", **changes: Any) -> CaseFile:
    """Do one action of the workflow on one case, in a transaction of its own.

    `changes` are columns that go with the action. Raises NotFound, Forbidden, Stale or Refused."""
    with transaction() as session:
        case = load(session, number=number, within=actor)
        return apply(session, actor, case, action, version=version, note=note, **changes)


def load(
    session: Session,
    *,
    number: str | None = None,
    case_id: int | None = None,
    within: Actor | None = None,
) -> CaseFile:
    """The case, locked until the transaction ends; raises NotFound, also for one that `within` does not cover:
    whatever a verb goes on to refuse, it tells nothing about other places."""
    wanted = CaseFile.number == number if number is not None else CaseFile.id == case_id
    # whoever had to wait must see what the other one did, also if the case was read before
    query = select(CaseFile).where(wanted).with_for_update().execution_options(populate_existing=True)
    case = session.scalars(query).one_or_none()
    if case is None or not (within is None or scope.reaches(session, within, case)):
        raise NotFound
    return case


def load_of(session: Session, report: Report) -> CaseFile:
    """The case a report is in, locked, with the report as it is by then: while somebody waits for the case, a merge may
    take the report into another. One it has left is let go before the next is waited for, as whoever undoes the merge
    locks them the other way round. SQLite has one writer at a time, and nothing moves meanwhile."""
    while True:
        has_many_writers = session.get_bind().dialect.name == "postgresql"
        before = session.begin_nested() if has_many_writers else None
        case = load(session, case_id=report.case_id)
        session.refresh(report)
        if before is None:
            return case
        if report.case_id == case.id:
            before.commit()
            return case
        before.rollback()


def apply(
    session: Session,
    actor: Actor,
    case: CaseFile,
    action: str,
    *,
    version: int | None = None,
    note: str = "",
    report_id: int | None = None,
    data: dict[str, Any] | None = None,
    **changes: Any,
) -> CaseFile:
    """Guard, change and log one action inside the caller's transaction.

    `version` None is for the clock and the hotline, who have seen no page. `data` is kept with the event
    (ids and dates, nothing personal). Raises NotFound, Forbidden, Stale or Refused."""
    move = WORKFLOW[action]
    scope.require_on(session, actor, move.permission, case)
    if version is not None and version != case.version:
        raise Stale(case.number, version, case.version)
    words = _words(move, note)
    before = State(case.state)
    if before not in move.sources:
        raise Refused("action_not_from_here", "action", {"action": action, "state": before.value})
    for column, value in changes.items():
        setattr(case, column, value)
    case.state = (move.target or before).value
    if move.target is State.RESOLVED:
        case.resolved_at = clock.now()
    scope.end_parts(session, case, before)
    kept = _kept(move, data or {}, changes)
    if has_aged_pages(action, kept):
        case.version += 1
    session.flush()
    session.connection().execute(
        _EVENT,
        {
            "case_id": case.id,
            "at": clock.now(),
            "action": action,
            "from_state": before.value,
            "to_state": case.state,
            "actor_kind": actor.kind.value,
            "staff_id": actor.staff_id if actor.kind is ActorKind.STAFF else None,
            "report_id": report_id,
            "note": "" if move.note is Note.TOLD else words,
            "told": words if move.note is Note.TOLD else "",
            "data": kept,
        },
    )
    place = (case.sub_district_id, case.community_id)
    touching.touch(session.connection(), case.id, place, before.value, case.state)
    return case


def _words(move: Move, note: str) -> str:
    words = note.strip()
    if not words and move.note in (Note.TOLD, Note.REASON):
        raise Refused("note_needed", "note")
    if len(words) > LONGEST_NOTE:
        raise Refused("field_too_long", "note", {"longest": LONGEST_NOTE})
    if has_control_characters(words):
        raise Refused("control_characters", "note")
    return words


def _kept(move: Move, data: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """What stands with the line of history; a quiet act that changed the case for once says which columns."""
    is_loud = not move.ages_pages and bool(changes)
    return _plain(data) | ({CHANGED: sorted(changes)} if is_loud else {})


def _plain(data: dict[str, Any]) -> dict[str, Any]:
    return {key: value.isoformat() if isinstance(value, date) else value for key, value in data.items()}
