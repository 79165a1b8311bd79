"""The life of a case as one table, keyed by action. Buttons are drawn from it, guards read it,
docs/workflow.md is generated from it. Pure: no database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.access.permissions import Permission


class State(StrEnum):
    """Where a case stands."""

    RECEIVED = "received"
    QUEUED = "queued"
    IN_PROGRESS = "in_progress"
    RESOLVED = "resolved"
    CLOSED = "closed"
    FORWARDED = "forwarded"
    DECLINED = "declined"
    TRANSFERRED = "transferred"
    WITHDRAWN = "withdrawn"
    SET_ASIDE = "set_aside"
    MERGED = "merged"


class Note(StrEnum):
    """Whether an action carries words, and for whom."""

    NONE = "none"
    PRIVATE = "private"  # may be written, for staff only
    TOLD = "told"  # must be written; the residents of the case read it
    REASON = "reason"  # must be written, for staff only


CHANGED = "changed"  # in a line of history: columns that a quiet act changed for once

OPEN = frozenset({State.RECEIVED, State.QUEUED, State.IN_PROGRESS})
AT_WORK = frozenset({State.QUEUED, State.IN_PROGRESS})
ENDED = frozenset(
    {
        State.RESOLVED,
        State.CLOSED,
        State.DECLINED,
        State.TRANSFERRED,
        State.WITHDRAWN,
        State.SET_ASIDE,
        State.MERGED,
    }
)


@dataclass(frozen=True)
class Move:
    """One action: from where, to where (None keeps the state), who may, which words it needs,
    whether the residents of the case are told of it, and whether a page opened before is stale afterwards: not
    when a resident's act changes nothing that staff decide on."""

    sources: frozenset[State]
    target: State | None
    permission: Permission
    note: Note = Note.NONE
    told: bool = True
    ages_pages: bool = True


def _from(*states: State) -> frozenset[State]:
    return frozenset(states)


_P = Permission

WORKFLOW: dict[str, Move] = {
    # the desk, any day
    "triage": Move(_from(State.RECEIVED), State.QUEUED, _P.TRIAGE),
    "answer": Move(_from(State.RECEIVED, State.QUEUED), State.RESOLVED, _P.HANDLE, Note.TOLD),
    "start": Move(_from(State.QUEUED), State.IN_PROGRESS, _P.HANDLE),
    "resolve": Move(AT_WORK, State.RESOLVED, _P.HANDLE, Note.TOLD),
    "note": Move(frozenset(State), None, _P.HANDLE, Note.REASON, told=False),
    "add_photo": Move(
        frozenset(State) - _from(State.SET_ASIDE, State.MERGED), None, _P.WORK_ON_CASE, told=False
    ),
    "see_phone": Move(frozenset(State), None, _P.SEE_CONTACT, Note.REASON, told=False),
    "publish": Move(frozenset(State) - _from(State.SET_ASIDE, State.MERGED), None, _P.PUBLISH),
    "unpublish": Move(frozenset(State), None, _P.PUBLISH, told=False),
    "ask_resident": Move(AT_WORK | _from(State.RECEIVED), None, _P.HANDLE, Note.TOLD),
    "merge": Move(OPEN, State.MERGED, _P.MERGE),
    "merged_in": Move(OPEN, None, _P.MERGE, told=False),
    "unmerge": Move(_from(State.MERGED), State.RECEIVED, _P.MERGE),
    "unmerged_out": Move(frozenset(State), None, _P.MERGE, told=False),
    "report_again": Move(OPEN | _from(State.FORWARDED), None, _P.KEY_IN),
    "settle_data_request": Move(frozenset(State), None, _P.SETTLE_DATA_REQUESTS, Note.TOLD),
    "assign": Move(AT_WORK, None, _P.TRIAGE, told=False),
    "undo_triage": Move(_from(State.QUEUED), State.RECEIVED, _P.TRIAGE),
    "undo_assign": Move(AT_WORK, None, _P.TRIAGE, told=False),
    "extend": Move(AT_WORK, None, _P.HANDLE, Note.TOLD),
    "extend_by_clock": Move(OPEN, None, _P.KEEP_TIME),
    "split": Move(OPEN, None, _P.MERGE, told=False),
    "split_from": Move(_from(State.RECEIVED), None, _P.MERGE),
    "unsplit": Move(OPEN, State.MERGED, _P.MERGE),
    "visit": Move(AT_WORK, None, _P.RUN_CASE_DAY, Note.PRIVATE),
    # units and their officers
    "assign_unit": Move(AT_WORK, None, _P.ASSIGN_UNITS, Note.PRIVATE, told=False),
    "release_unit": Move(OPEN | _from(State.FORWARDED), None, _P.ASSIGN_UNITS, Note.PRIVATE, told=False),
    "unit_answer": Move(AT_WORK, None, _P.WORK_FOR_UNIT, Note.REASON, told=False),
    "unit_done": Move(AT_WORK, State.RESOLVED, _P.WORK_FOR_UNIT, Note.TOLD),
    "unit_returns": Move(AT_WORK, None, _P.WORK_FOR_UNIT, Note.REASON, told=False),
    # the case-day and its closing
    "in_hand": Move(AT_WORK, State.IN_PROGRESS, _P.HANDLE, Note.TOLD),
    "carry_over": Move(AT_WORK, State.QUEUED, _P.RUN_CASE_DAY, Note.TOLD),
    "mark_due": Move(AT_WORK, None, _P.CLOSE_CASE_DAY, told=False),
    "lapse_due": Move(OPEN, None, _P.KEEP_TIME, told=False),
    "recall": Move(AT_WORK, State.QUEUED, _P.CLOSE_CASE_DAY),
    "roll_over": Move(OPEN, None, _P.KEEP_TIME),
    # 12345
    "release_due": Move(AT_WORK, State.FORWARDED, _P.KEEP_TIME),
    "forward_now": Move(AT_WORK, State.FORWARDED, _P.FORWARD),
    "order_made": Move(_from(State.FORWARDED), None, _P.ANSWER),
    "order_news": Move(_from(State.FORWARDED), None, _P.ANSWER),
    "hotline_resolved": Move(_from(State.FORWARDED), State.RESOLVED, _P.ANSWER),
    "returned": Move(_from(State.FORWARDED), State.QUEUED, _P.ANSWER),
    "closed_unsolved": Move(_from(State.FORWARDED), State.QUEUED, _P.ANSWER),
    # the resident
    "add": Move(frozenset(State) - _from(State.WITHDRAWN), None, _P.REPORT, ages_pages=False),
    "rate": Move(_from(State.RESOLVED, State.CLOSED), State.CLOSED, _P.REPORT),
    "not_solved": Move(_from(State.RESOLVED, State.CLOSED), State.QUEUED, _P.REPORT),
    "not_solved_again": Move(_from(State.RESOLVED, State.CLOSED), None, _P.REPORT),
    "alarm": Move(OPEN, None, _P.REPORT, told=False),
    "withdraw": Move(OPEN, State.WITHDRAWN, _P.REPORT),
    "withdraw_one": Move(OPEN, None, _P.REPORT),
    "join": Move(OPEN | _from(State.FORWARDED), None, _P.REPORT, ages_pages=False),
    "undo_join": Move(frozenset(State), None, _P.REPORT, ages_pages=False),
    "answered": Move(frozenset(State), None, _P.REPORT),
    "call_me": Move(frozenset(State), None, _P.REPORT, ages_pages=False),
    "leave_phone": Move(frozenset(State), None, _P.REPORT, ages_pages=False),
    "forget_phone": Move(frozenset(State), None, _P.REPORT, ages_pages=False),
    "data_request": Move(frozenset(State), None, _P.REPORT, ages_pages=False),
    "forget_contact": Move(frozenset(State), None, _P.KEEP_TIME),
    # ends and side rooms
    "close": Move(_from(State.RESOLVED), State.CLOSED, _P.KEEP_TIME),
    "reopen": Move(_from(State.RESOLVED, State.CLOSED), State.QUEUED, _P.DISPOSE, Note.TOLD),
    "decline": Move(OPEN, State.DECLINED, _P.DISPOSE, Note.TOLD),
    "transfer": Move(OPEN, State.TRANSFERRED, _P.DISPOSE, Note.TOLD),
    "set_aside": Move(OPEN, State.SET_ASIDE, _P.DISPOSE, Note.REASON),
    "release": Move(_from(State.SET_ASIDE), State.RECEIVED, _P.DISPOSE),
}


def has_aged_pages(action: str, data: Mapping[str, Any]) -> bool:
    """Whether this line of history made pages opened before it stale: by the table, or because columns of the case
    changed with it, as when danger is told in a neighbour's note."""
    move = WORKFLOW.get(action)
    return move is None or move.ages_pages or CHANGED in data
