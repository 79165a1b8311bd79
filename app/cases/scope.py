"""Which cases somebody of the staff may see and act on: the one place where it is decided. Whoever covers a place
sees its cases; an officer covers no place, and sees the cases their unit has a part in, for as long as it has and a
while after."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Integer,
    and_,
    bindparam,
    false,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session, aliased
from sqlalchemy.types import TypeEngine

from app import clock
from app.access.actor import Actor
from app.access.permissions import Permission, require
from app.cases.models import CaseFile, CaseUnit
from app.cases.workflow import ENDED, State
from app.db import UtcDateTime, table
from app.errors import NotFound

SEEN_AFTER = timedelta(days=90)
_COMMUNITY = "scope_community_"
LEAD, SUPPORTING = "lead", "supporting"
DONE, OVER, RETURNED, RELEASED = "done", "over", "returned", "released"
STILL_SEEN = (DONE, OVER)  # what a unit sent back, or was taken off, it sees no more


def clause(actor: Actor) -> ColumnElement[bool]:
    """The condition on `CaseFile` that every list, count and search of the desk is cut to."""
    given = values(actor)
    return condition(given, given)


def values(actor: Actor) -> dict[str, Any]:
    """What the condition binds, by name, and names for what it asks without a value."""
    found: dict[str, Any] = {"scope_place": actor.sub_district_id}
    if actor.community_ids is not None:
        found["scope_within"] = True
        found |= {f"{_COMMUNITY}{at}": one for at, one in enumerate(sorted(actor.community_ids))}
    if actor.is_officer and actor.unit_id is None:
        found["scope_nothing"] = True
    elif actor.is_officer:
        found |= {"scope_unit": actor.unit_id, "scope_since": clock.now() - SEEN_AFTER}
    return found


def condition(
    names: Iterable[str], given: Mapping[str, Any] | None = None, of: Any = CaseFile
) -> ColumnElement[bool]:
    """The same condition for a statement made once for these names of `values`; with `given`, its values in it. `of` is
    the cases' table under whichever name."""
    bound, names = partial(_bound, given=given or {}), tuple(names)
    parts: list[ColumnElement[bool]] = [of.sub_district_id == bound("scope_place", Integer())]
    if "scope_within" in names:
        theirs = (name for name in names if name.startswith(_COMMUNITY))
        parts.append(or_(false(), *(of.community_id == bound(name, Integer()) for name in theirs)))
    if "scope_nothing" in names:
        parts.append(false())
    if "scope_unit" in names:
        parts.append(_has_part(of, bound("scope_unit", Integer()), bound("scope_since", UtcDateTime())))
    return and_(*parts)


def reaches(session: Session, actor: Actor, case: CaseFile) -> bool:
    """Whether this actor may see this case."""
    if not actor.is_officer:
        return actor.covers(case.sub_district_id, case.community_id)
    return session.scalar(select(CaseFile.id).where(CaseFile.id == case.id, clause(actor))) is not None


def require_on(session: Session, actor: Actor, permission: Permission, case: CaseFile) -> None:
    """Pass if this actor may do this to this case now; an officer only while their unit has a part in it. Raises
    Forbidden, or NotFound out of scope."""
    if not actor.is_officer:
        require(actor, permission, sub_district_id=case.sub_district_id, community_id=case.community_id)
        return
    if part_of(session, actor, case) is None or not reaches(session, actor, case):
        raise NotFound
    require(actor, permission)


def part_of(session: Session, actor: Actor, case: CaseFile) -> CaseUnit | None:
    """The part this officer's unit has in a case now; None for everybody else."""
    if not actor.is_officer or actor.unit_id is None:
        return None
    mine = select(CaseUnit).where(CaseUnit.case_id == case.id, CaseUnit.unit_id == actor.unit_id)
    return session.scalars(mine.where(CaseUnit.ended_at.is_(None))).one_or_none()


def leads(session: Session, actor: Actor, case: CaseFile) -> bool:
    """Whether this officer's unit leads the case now."""
    part = part_of(session, actor, case)
    return part is not None and part.part == LEAD


def end_parts(session: Session, case: CaseFile, before: State) -> None:
    """What units still had to do ends with the case, however that ended; inside the caller's transaction."""
    after = State(case.state)
    if after not in ENDED or before in ENDED:
        return
    rows = table(CaseUnit)
    live = update(rows).where(rows.c.case_id == case.id, rows.c.ended_at.is_(None))
    outcome = DONE if after is State.RESOLVED else OVER
    session.flush()
    session.execute(live.values(ended_at=clock.now(), outcome=outcome))


def _has_part(of: Any, unit_id: BindParameter[Any], since: BindParameter[Any]) -> ColumnElement[bool]:
    part = aliased(CaseUnit)  # the query around it may look at parts itself
    still_seen = part.outcome.in_([literal(one) for one in STILL_SEEN])
    mine = select(part.id).where(
        part.case_id == of.id,
        part.unit_id == unit_id,
        or_(part.ended_at.is_(None), and_(still_seen, part.ended_at >= since)),
    )
    return mine.exists()


def _bound(name: str, kind: TypeEngine[Any], given: Mapping[str, Any]) -> BindParameter[Any]:
    return bindparam(name, given[name], type_=kind) if name in given else bindparam(name, type_=kind)
