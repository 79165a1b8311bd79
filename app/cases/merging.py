"""One matter reported twice becomes one case: its reports move over, and come back when that was a mistake."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session, aliased

from app import clock
from app.access.actor import Actor, resident
from app.calendar import queries as calendar
from app.calendar.saturdays import next_case_day
from app.cases import handling, homes, questions, triage, unit_queries
from app.cases.models import CaseEvent, CaseFile, Report, Support
from app.cases.workflow import OPEN, State
from app.db import transaction
from app.errors import NotFound, Refused


def merge(actor: Actor, number: str, version: int, into_number: str) -> CaseFile:
    """Make this case part of another open one of the same sub-district; its reports go along, and the earlier of
    the two promises holds. Raises NotFound, Forbidden, Stale, or Refused at `into_number`."""
    if number == into_number:
        raise Refused("merge_itself", "into_number")
    return put_into(actor, number, version, lambda _session, _number: into_number, "merge")


def put_into(
    actor: Actor, number: str, version: int, into: Callable[[Session, str], str], action: str
) -> CaseFile:
    """The same by whichever act (`merge`, or `unsplit` as the undo of a split), into the case that `into` names."""
    with transaction() as session:
        into_number = into(session, number)
        source, target = _both(session, actor, number, into_number)
        if target is None:
            raise Refused("case_unknown", "into_number")
        if target.merged_into_id is not None and action != "merge":
            raise Refused("merged_further", "action", {"number": target.number})
        if State(target.state) not in OPEN:
            raise Refused("merge_not_open", "into_number")
        if unit_queries.live_parts(session, source.id):
            raise Refused("merge_units_at_work", "into_number")
        moved = list(
            session.scalars(select(Report.id).where(Report.case_id == source.id).order_by(Report.id))
        )
        handling.apply(
            session,
            actor,
            source,
            action,
            version=version,
            data={"into": target.id, "into_number": target.number, "reports": moved},
            merged_into_id=target.id,
            due_marked_at=None,
            waiting_since=None,
        )
        move(session, moved, target.id)
        came = {"from": source.id, "from_number": source.number, "reports": moved}
        handling.apply(session, actor, target, "merged_in", data=came, **_earlier(source, target))
        settle(session, source, target)
        return source


def unmerge(actor: Actor, number: str, version: int) -> CaseFile:
    """Take a case out of the other again, with the reports that came with it. Raises NotFound, Forbidden, Stale,
    or Refused when the other has itself become part of a third."""
    with transaction() as session:
        source, target = _with_the_other(session, actor, number)
        if target is None:
            raise Refused("action_not_from_here", "action", {"action": "unmerge", "state": source.state})
        if target.merged_into_id is not None:
            raise Refused("merged_further", "action", {"number": target.number})
        moved = _still_there(session, source.id, target.id)
        if not moved:
            raise Refused("split_since", "action")
        back = {"from": target.id, "from_number": target.number, "reports": moved}
        promise = promise_kept(session, source)
        handling.apply(
            session, actor, source, "unmerge", version=version, data=back, merged_into_id=None, **promise
        )
        move(session, moved, source.id)
        out = {"into": source.id, "into_number": source.number, "reports": moved}
        handling.apply(session, actor, target, "unmerged_out", data=out)
        settle(session, source, target)
        for case in (source, target):
            _end_if_nobodys(session, case)
        return source


def _both(session: Session, actor: Actor, number: str, into_number: str) -> tuple[CaseFile, CaseFile | None]:
    """Both cases locked, always in the same order: two who merge crosswise do not wait for each other."""
    found: dict[str, CaseFile] = {}
    for one in sorted((number, into_number)):
        try:
            found[one] = handling.load(session, number=one, within=actor)
        except NotFound:
            if one == number:
                raise
    return found[number], found.get(into_number)


def _with_the_other(session: Session, actor: Actor, number: str) -> tuple[CaseFile, CaseFile | None]:
    """A case and the one it is part of, if any, both locked in the order of `_both`."""
    other = aliased(CaseFile)
    query = select(other.number).join(CaseFile, CaseFile.merged_into_id == other.id)
    into_number = session.scalar(query.where(CaseFile.number == number))
    source, target = _both(session, actor, number, into_number or number)
    return source, target if target is not None and target.id == source.merged_into_id else None


def move(session: Session, report_ids: Sequence[int], case_id: int) -> None:
    """Put reports into a case, with who joined them."""
    session.flush()
    session.execute(update(Report).where(Report.id.in_(report_ids)).values(case_id=case_id))
    session.execute(update(Support).where(Support.report_id.in_(report_ids)).values(case_id=case_id))


def settle(session: Session, source: CaseFile, target: CaseFile) -> None:
    """What hangs on the reports of a case: its homes and step, whether it waits for an answer, and on what it may
    be handed over."""
    for case in (source, target):
        homes.recount(session, case)
        case.waiting_since = questions.waiting_since(session, case.id)
        if case.triaged_at is not None:
            case.legal_basis = triage.legal_basis(session, case)


def _end_if_nobodys(session: Session, case: CaseFile) -> None:
    """Whoever was left in it took their report back while the two were one: nobody wants it done any more."""
    if State(case.state) not in OPEN or homes.others_live(session, case.id, 0):
        return
    last = select(Report.id).where(Report.case_id == case.id, Report.withdrawn_at.is_not(None))
    report_id = session.scalars(last.order_by(Report.withdrawn_at.desc()).limit(1)).first()
    if report_id is not None:
        handling.apply(session, resident(report_id), case, "withdraw", report_id=report_id)


def _earlier(source: CaseFile, target: CaseFile) -> dict[str, Any]:
    """What was promised to either holds for both, and a danger recognised in either."""
    changes: dict[str, Any] = {
        name: min(getattr(source, name), getattr(target, name))
        for name in ("case_day", "due_at", "internal_due_at")
    }
    if source.promised_on < target.promised_on:
        changes |= {"promised_on": source.promised_on, "promise_tentative": source.promise_tentative}
    return changes | {
        "urgency": target.urgency or source.urgency,
        "due_first": target.due_first or source.due_first,
    }


def promise_kept(session: Session, case: CaseFile) -> dict[str, Any]:
    """The date that was promised, or the next case-day when that has gone by."""
    now = clock.now()
    if case.promised_on >= calendar.today(now):
        return {}
    rhythm = calendar.rhythm_of(session, case.sub_district_id)
    saturday = next_case_day(calendar.local(now), rhythm, calendar.settled_by(session, case.sub_district_id))
    return {
        "case_day": saturday.day,
        "promised_on": saturday.day,
        "promise_tentative": saturday.tentative,
    }


def _still_there(session: Session, case_id: int, target_id: int) -> list[int]:
    """Ids of the reports that went along when this case was merged last, and were not split off since; none where the
    one it came with is not among them: it would be left without any, once those merged into it come out again."""
    query = select(CaseEvent.data).where(
        CaseEvent.case_id == case_id, CaseEvent.action.in_(["merge", "unsplit"])
    )
    data = session.scalars(query.order_by(CaseEvent.id.desc()).limit(1)).first() or {}
    there = select(Report.id).where(Report.case_id == target_id, Report.id.in_(data.get("reports", [])))
    found = list(session.scalars(there.order_by(Report.id)))
    return found if begun_with(session, case_id) <= set(found) else []


def begun_with(session: Session, case_id: int) -> set[int]:
    """The report a case came with, or was split off for."""
    query = select(CaseEvent.action, CaseEvent.report_id, CaseEvent.data).where(
        CaseEvent.case_id == case_id, CaseEvent.action.in_(["receive", "split_from"])
    )
    return {
        data["first"] if action == "split_from" else report_id
        for action, report_id, data in session.execute(query)
    }
