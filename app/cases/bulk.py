"""Many cases sorted or given out at once, each by the same rules as alone, and taken back again.

Each case is a transaction of its own: one that cannot be done stops no other, nobody waits for a hundred, and the
line that takes it back is written with the change itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from app import clock
from app.access.actor import Actor
from app.access.permissions import Permission, may, require
from app.calendar import queries as calendar
from app.cases import assigning, handling, queries, triage
from app.cases.assigning import Assignment
from app.cases.models import BulkAct, BulkLine, CaseFile
from app.cases.steps import step_of
from app.cases.triage import Sorting
from app.db import transaction
from app.errors import ManyRefused, NotFound, Refused, Stale
from app.outbox import posting
from app.reading import reading

MOST = 100
TRIAGE, ASSIGN = "triage", "assign"
KEPT: dict[str, tuple[str, ...]] = {
    TRIAGE: (
        "kind", "category_id", "lead_unit", "triaged_at", "legal_basis", "due_first", "due_at",
        "internal_due_at", "promised_on", "promise_tentative", "visibility",
    ),
    ASSIGN: ("handler_id", "lead_unit"),
}  # fmt: skip
"""Act → the columns it changes, which are kept as they were."""
DATES = frozenset({"promised_on"})
MOMENTS = frozenset({"triaged_at", "due_at", "internal_due_at"})
Doing = Callable[[Session, CaseFile, int], object]


@dataclass(frozen=True)
class Picked:
    """A ticked case, as the page that was ticked on showed it."""

    number: str
    version: int


@dataclass(frozen=True)
class Left:
    """A case that was not done, and why."""

    number: str
    why: Refused


@dataclass
class Outcome:
    """What came of it: the act that can be taken back (None when nothing was done), the numbers done, the rest."""

    act_id: int | None = None
    done: list[str] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)


@dataclass
class Undone:
    """What was taken back, and which cases stay as they are because somebody has touched them since."""

    restored: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)


def triage_many(actor: Actor, picked: Sequence[Picked], sorting: Sorting) -> Outcome:
    """Sort up to MOST received cases into the queue. Raises Forbidden, or Refused for what none of them could be
    sorted by; what one of them alone cannot be is in the outcome."""
    triage.check(reading(), sorting)

    def sort(session: Session, case: CaseFile, version: int) -> None:
        triage.apply_triage(session, actor, case, sorting, version=version)

    return _each(actor, TRIAGE, picked, sort)


def assign_many(actor: Actor, picked: Sequence[Picked], assignment: Assignment) -> Outcome:
    """Give up to MOST cases to a colleague, or another unit the lead. Raises as `triage_many`."""
    assigning.check(assignment)

    def give(session: Session, case: CaseFile, version: int) -> None:
        assigning.apply_assign(session, actor, case, assignment, version=version)

    return _each(actor, ASSIGN, picked, give, assignment.handler_id)


def alone(actor: Actor, picked: Picked, wanted: Sorting | Assignment) -> int:
    """The same with one case; the id of what can be taken back. Raises NotFound, Forbidden, Stale or Refused."""
    if isinstance(wanted, Sorting):
        return _one(actor, TRIAGE, picked, lambda session, case, version: triage.apply_triage(
            session, actor, case, wanted, version=version
        ))  # fmt: skip
    assigning.check(wanted)
    return _one(
        actor,
        ASSIGN,
        picked,
        lambda session, case, version: assigning.apply_assign(session, actor, case, wanted, version=version),
        handler_id=wanted.handler_id,
    )


def undo(actor: Actor, act_id: int) -> Undone:
    """Take back what nobody has touched since: one's own acts, and a colleague's where the table allows it.

    Raises NotFound, also out of scope, Forbidden, and Refused when there is nothing left to take back."""
    require(actor, Permission.TRIAGE)
    with transaction() as session:
        act = _of(session, actor, act_id)
        open_lines = [line.id for line in act.lines if line.undone_at is None]
        was_undone = act.undone_at is not None
    undone = Undone()
    for line_id in open_lines:
        _take_back(actor, act_id, line_id, undone)
    if was_undone and not undone.restored:
        raise Refused("undone_already")
    return undone


def _each(
    actor: Actor, act: str, picked: Sequence[Picked], do: Doing, handler_id: int | None = None
) -> Outcome:
    require(actor, Permission.TRIAGE)
    if not picked:
        raise Refused("nothing_ticked", "case")
    if len(picked) > MOST:
        raise Refused("too_many_ticked", "case", {"most": MOST})
    outcome, once = Outcome(), dict[str, Picked]()
    for one in picked:
        once.setdefault(one.number, one)
    for one in once.values():
        try:
            outcome.act_id = _one(
                actor, act, one, do, act_id=outcome.act_id, handler_id=handler_id, is_alone=len(once) == 1
            )
            outcome.done.append(one.number)
        except Stale:
            outcome.left.append(Left(one.number, Refused("row_stale")))
        except NotFound:
            outcome.left.append(Left(one.number, Refused("case_not_here")))
        except Refused as refused:
            outcome.left.append(Left(one.number, refused))
        except ManyRefused as many:
            outcome.left.append(Left(one.number, many.refusals[0]))
    return outcome


def _one(
    actor: Actor,
    act: str,
    picked: Picked,
    do: Doing,
    *,
    act_id: int | None = None,
    handler_id: int | None = None,
    is_alone: bool = True,
) -> int:
    with transaction() as session:
        case = handling.load(session, number=picked.number, within=actor)
        require(
            actor, Permission.TRIAGE, sub_district_id=case.sub_district_id, community_id=case.community_id
        )
        before = {name: getattr(case, name) for name in KEPT[act]}
        do(session, case, picked.version)
        act_id = act_id or _begun(session, actor, act, handler_id)
        session.add(
            BulkLine(bulk_act_id=act_id, case_id=case.id, version_after=case.version, before=_plain(before))
        )
        if act == ASSIGN and assigning.is_news_to(actor, before["handler_id"], case):
            kind, ref = ("assigned", case.number) if is_alone else ("assigned_many", str(act_id))
            posting.post_once(session, kind, ref, key=f"{kind}:{ref}:{act_id}")
        return act_id


def _begun(session: Session, actor: Actor, act: str, handler_id: int | None) -> int:
    row = BulkAct(
        sub_district_id=actor.sub_district_id,
        staff_id=actor.staff_id,
        act=act,
        handler_id=handler_id,
        done_at=clock.now(),
    )
    session.add(row)
    session.flush()
    return row.id


def look(session: Session, actor: Actor, act_id: int) -> BulkAct:
    """What was done at once, for whoever did it, may take it back, or was given its cases. Raises NotFound."""
    act = queries.bulk_act(session, actor, act_id)
    if actor.staff_id not in (act.staff_id, act.handler_id) and not may(actor, Permission.UNDO_OF_OTHERS):
        raise NotFound
    return act


def may_take_back(actor: Actor, act: BulkAct) -> bool:
    """Whether this is one's own act, or the table lets this role take back a colleague's."""
    is_own = act.staff_id == actor.staff_id
    return may(actor, Permission.TRIAGE) and (is_own or may(actor, Permission.UNDO_OF_OTHERS))


def _of(session: Session, actor: Actor, act_id: int) -> BulkAct:
    act = queries.bulk_act(session, actor, act_id)
    if not may_take_back(actor, act):
        raise NotFound
    return act


def _take_back(actor: Actor, act_id: int, line_id: int, undone: Undone) -> None:
    """One case, unless somebody has touched it since, or took it back this very moment."""
    with transaction() as session:
        act, line = _of(session, actor, act_id), session.get_one(BulkLine, line_id)
        case = handling.load(session, case_id=line.case_id)
        session.refresh(line)  # whoever had to wait for the case sees what the other press did
        session.refresh(act, with_for_update=True)
        if line.undone_at is not None or not actor.covers(case.sub_district_id, case.community_id):
            return
        if case.version != line.version_after:
            undone.kept.append(case.number)
            return
        changes = RESTORED[act.act](session, case, _restored(line.before))
        handling.apply(session, actor, case, f"undo_{act.act}", version=line.version_after, **changes)
        line.undone_at = clock.now()
        if act.undone_at is None:
            act.undone_at, act.undone_by = line.undone_at, actor.staff_id
            _tell(session, actor, act)
        undone.restored.append(case.number)


def _tell(session: Session, actor: Actor, act: BulkAct) -> None:
    """Whoever was given them is told that they have them no more."""
    if act.handler_id not in (None, actor.staff_id):
        posting.post_once(session, "assign_undone", str(act.id), key=f"assign_undone:{act.id}")


def _unsorted(session: Session, case: CaseFile, before: dict[str, Any]) -> dict[str, Any]:
    """As it was before it was sorted; its place in the queue counts the neighbours who joined meanwhile. What the
    residents were promised first holds again, unless that day has gone by."""
    if before["promised_on"] < calendar.today(clock.now()) <= case.promised_on:
        before |= {"promised_on": case.promised_on, "promise_tentative": case.promise_tentative}
    step = step_of(case.urgency, before["due_first"], case.homes, triage.lift_at(session, case))
    return before | {"step": step}


def _as_before(session: Session, case: CaseFile, before: dict[str, Any]) -> dict[str, Any]:
    """Whoever had it has it again, unless they have left or cover its place no more: then nobody has."""
    had = before["handler_id"]
    if had is not None and not assigning.may_handle(session, had, case):
        return before | {"handler_id": None}
    return before


RESTORED: dict[str, Callable[[Session, CaseFile, dict[str, Any]], dict[str, Any]]] = {
    TRIAGE: _unsorted,
    ASSIGN: _as_before,
}
"""Act → the columns that go with taking it back."""


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {key: one.isoformat() if isinstance(one, date) else one for key, one in values.items()}


def _restored(before: dict[str, Any]) -> dict[str, Any]:
    return {name: _read(name, value) for name, value in before.items()}


def _read(name: str, value: Any) -> Any:
    if value is None or name not in DATES | MOMENTS:
        return value
    return date.fromisoformat(value) if name in DATES else datetime.fromisoformat(value)
