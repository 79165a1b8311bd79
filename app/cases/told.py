"""What of the histories of cases one report's resident may read. It only looks; `queries.histories_of` finds.

Staff write free words to whoever a case came with. A neighbour who joined it (“me too”), or whose own case was
merged into it, reads what happened, but not those words: they may speak of another's home."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from app.cases.models import CaseEvent, Report

CAME_WITH, JOINED, AGAIN = "receive", "join", "report_again"
LEFT_BY = ("merge", "split", "unsplit")
Histories = Mapping[int, Sequence[CaseEvent]]


@dataclass(frozen=True)
class Told:
    """One line this resident may read; `in_full` with the words staff wrote to them."""

    event: CaseEvent
    in_full: bool


def told_to(histories: Histories, report: Report) -> list[Told]:
    """The lines of this report, oldest first: of the case it came with, then of each it was merged into from then
    on, and of a case that was split off for it and put back. `histories` holds, by case, those on the report's way.
    What concerns another report only is left out."""
    lines, walked = list[Told](), set[int]()
    case_id, since, in_full = _home(histories, report)
    for _ in histories:
        walked.add(case_id)
        left = None if case_id == report.case_id else _left(histories[case_id], report)
        lines += [
            Told(event, in_full or event.report_id == report.id)
            for event in histories[case_id]
            if event.id >= since
            and (left is None or event.id <= left.id)
            and event.report_id in (None, report.id)
        ]
        if left is None or left.data.get("into") not in histories:
            break
        case_id, since = left.data["into"], left.id
        in_full = _split_off_for(histories[case_id], report)
    aside = [Told(event, True) for event in _told_aside(histories, report, walked)]
    return sorted([*lines, *aside], key=lambda told: told.event.id) if aside else lines


def came_with_it(histories: Histories, report: Report) -> bool:
    """Whether the case the report is in now is the one it came with: then what is said of it may be said to them."""
    home, _since, in_full = _home(histories, report)
    here = histories.get(report.case_id, ())
    return (home == report.case_id and in_full) or _split_off_for(here, report)


def question_for(histories: Histories, report: Report) -> CaseEvent | None:
    """The question this report has not answered yet, wherever it was asked (`queries.histories_ever`); None when none
    waits."""
    question: CaseEvent | None = None
    lines = (event for events in histories.values() for event in events if event.report_id == report.id)
    for event in sorted(lines, key=lambda one: one.id):
        if event.action == "ask_resident":
            question = event
        elif event.action in ("answered", "withdraw", "withdraw_one"):
            question = None
    return question


def _home(histories: Histories, report: Report) -> tuple[int, int, bool]:
    """The case a report came with, or else the one it joined; from which line on; and whether it came with it."""
    for action in (CAME_WITH, JOINED, AGAIN):
        for case_id, events in histories.items():
            for event in events:
                if event.action == action and event.report_id == report.id:
                    return case_id, event.id, action == CAME_WITH
    return report.case_id, 0, False


def _split_off_for(events: Sequence[CaseEvent], report: Report) -> bool:
    """Whether a case was split off for this report: then it is theirs as if it had come with it."""
    return any(one.action == "split_from" and one.data["first"] == report.id for one in events)


def _told_aside(histories: Histories, report: Report, walked: Collection[int]) -> list[CaseEvent]:
    """The lines of cases that were split off for this report and are on its way no more, for as long as it was there."""
    found: list[CaseEvent] = []
    for case_id, events in histories.items():
        left = _left(events, report)
        if case_id not in walked and left is not None and _split_off_for(events, report):
            found += [one for one in events if one.id <= left.id and one.report_id in (None, report.id)]
    return found


def _left(events: Sequence[CaseEvent], report: Report) -> CaseEvent | None:
    """The line in which a merge or a split last took this report on."""
    moved = [
        event for event in events if event.action in LEFT_BY and report.id in event.data.get("reports", ())
    ]
    return moved[-1] if moved else None
