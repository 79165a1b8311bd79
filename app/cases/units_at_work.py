"""Units that work on a case: one leads (主责), others support (协办). Each answers the desk; only the unit that leads
ends its part, and the case with it; either sends back what is not theirs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy.orm import Session

from app import clock
from app.access.actor import Actor
from app.access.permissions import Permission
from app.calendar import queries as calendar
from app.cases import handling, scope, unit_queries
from app.cases.handling import LONGEST_NOTE
from app.cases.models import CaseFile, CaseUnit
from app.cases.scope import LEAD, RELEASED, RETURNED, SUPPORTING
from app.cases.triage import COMMUNITY
from app.cases.wording import has_control_characters
from app.categories import queries as categories
from app.db import transaction
from app.errors import NotFound, Refused, Stale
from app.outbox import posting
from app.places.models import SubDistrict
from app.units import naming
from app.units import queries as units
from app.units.models import Unit

PARTS = (LEAD, SUPPORTING)
DUE_TIME = time(18)


@dataclass(frozen=True)
class Asking:
    """What a unit is asked for: its part, in which words, and by when (None: the internal deadline of the case)."""

    part: str
    words: str = ""
    due_on: date | None = None


def assign_unit(actor: Actor, number: str, version: int, unit_name: str, asking: Asking) -> CaseFile:
    """Give a unit a part in a case; whoever led before is let go when another is made lead. A unit is one of the
    sub-district's list, or the one the category named. Raises NotFound, Forbidden, Stale or Refused."""
    with transaction() as session:
        case = _open_page(session, actor, number, version, Permission.ASSIGN_UNITS)
        if asking.part not in PARTS:
            raise Refused("choice_unknown", "part")
        unit = _unit(session, case, unit_name.strip())
        if asking.part == LEAD:
            _may_lead(session, case, unit)
        live = unit_queries.live_parts(session, case.id)
        mine = next((one for one in live if one.unit_id == unit.id), None)
        if mine is not None and mine.part in (asking.part, LEAD):
            raise Refused("unit_on_it", "unit")
        due_at = _due_at(case, asking.due_on)
        data: dict[str, Any] = {"unit": unit.id, "part": asking.part}
        changes: dict[str, Any] = {}
        if asking.part == LEAD:
            changes["lead_unit"] = unit.name
            data |= _let_former_lead_go(session, live)
        handling.apply(
            session, actor, case, "assign_unit", version=version, note=asking.words, data=data, **changes
        )
        part = mine or CaseUnit(case_id=case.id, unit_id=unit.id, asked="")
        part.part, part.asked, part.due_at = asking.part, asking.words.strip() or part.asked, due_at
        part.asked_at, part.asked_by, part.answered_at = clock.now(), actor.staff_id, None
        session.add(part)
        session.flush()
        posting.post(session, "unit_asked", str(part.id), key=f"unit_asked:{part.id}:{case.version}")
        return case


def release_unit(actor: Actor, number: str, version: int, unit_id: int | None, note: str = "") -> CaseFile:
    """Take a unit off a case; its part is nobody's any more. Raises NotFound, Forbidden, Stale or Refused."""
    with transaction() as session:
        case = _open_page(session, actor, number, version, Permission.ASSIGN_UNITS)
        live = unit_queries.live_parts(session, case.id)
        part = next((one for one in live if one.unit_id == unit_id), None)
        if part is None:
            raise Refused("unit_not_on_it", "unit")
        data = {"unit": part.unit_id, "part": part.part}
        handling.apply(
            session, actor, case, "release_unit", version=version, note=note, data=data, **_unled(part)
        )
        _end(session, part, RELEASED)
        posting.post(session, "unit_released", str(part.id))
        return case


def unit_answer(actor: Actor, number: str, version: int, words: str, proposed: str = "") -> CaseFile:
    """A unit's officer answers what it was asked: words for the desk, and, if they like, words for the residents that
    the desk may use. Raises NotFound, Forbidden, Stale or Refused."""
    with transaction() as session:
        case, part = _own_part(session, actor, number, version)
        proposal = _plain(proposed, "proposed")
        handling.apply(session, actor, case, "unit_answer", version=version, note=words, data=_about(part))
        part.answered_at, part.answer, part.proposed = clock.now(), words.strip(), proposal
        posting.post(session, "unit_answered", str(part.id), key=f"unit_answered:{part.id}:{case.version}")
        return case


def unit_done(actor: Actor, number: str, version: int, told: str) -> CaseFile:
    """The unit that leads says what was done, and the case is resolved; the residents read these words. Raises
    NotFound, Forbidden, Stale, or Refused for a supporting unit, and while another unit has not answered."""
    with transaction() as session:
        case, part = _own_part(session, actor, number, version)
        if part.part != LEAD:
            raise Refused("unit_only_supports", "action")
        waited_for = unit_queries.outstanding(session, case.id)
        if waited_for:
            names = units.names(session, {one.unit_id for one in waited_for})
            raise Refused("units_outstanding", "action", {"units": "、".join(sorted(names.values()))})
        handling.apply(
            session,
            actor,
            case,
            "unit_done",
            version=version,
            note=told,
            data=_about(part),
            due_marked_at=None,
        )
        posting.post(session, "unit_done", str(part.id))
        return case


def unit_returns(actor: Actor, number: str, version: int, reason: str) -> CaseFile:
    """Not ours: the part goes back to the dispatchers with the reason. Raises NotFound, Forbidden, Stale or Refused."""
    with transaction() as session:
        case, part = _own_part(session, actor, number, version)
        handling.apply(
            session,
            actor,
            case,
            "unit_returns",
            version=version,
            note=reason,
            data=_about(part),
            **_unled(part),
        )
        part.answer = reason.strip()
        _end(session, part, RETURNED)
        posting.post(session, "unit_returned", str(part.id))
        return case


def _open_page(session: Session, actor: Actor, number: str, version: int, permission: Permission) -> CaseFile:
    """The case, locked, for somebody who may do this and whose page is not stale."""
    case = handling.load(session, number=number, within=actor)
    scope.require_on(session, actor, permission, case)
    if version != case.version:
        raise Stale(case.number, version, case.version)
    return case


def _own_part(session: Session, actor: Actor, number: str, version: int) -> tuple[CaseFile, CaseUnit]:
    case = _open_page(session, actor, number, version, Permission.WORK_FOR_UNIT)
    part = scope.part_of(session, actor, case)
    if part is None:
        raise NotFound
    return case, part


def _unit(session: Session, case: CaseFile, name: str) -> Unit:
    """The unit of this name; the one the case was sorted to is put on the list if it was missing there."""
    code = session.get_one(SubDistrict, case.sub_district_id).code
    found = units.by_name(session, code, name)
    if found is not None:
        return found
    if not name or name != case.lead_unit:
        raise Refused("unit_unknown", "unit")
    return naming.find_or_make(session, code, name)


def _may_lead(session: Session, case: CaseFile, unit: Unit) -> None:
    category = categories.by_id(session, case.category_id)
    if unit.name == COMMUNITY and category is not None and not category.community_may_lead:
        raise Refused("community_only_assists", "unit")


def _let_former_lead_go(session: Session, live: Sequence[CaseUnit]) -> dict[str, Any]:
    former = next((one for one in live if one.part == LEAD), None)
    if former is None:
        return {}
    _end(session, former, RELEASED)
    posting.post(session, "unit_released", str(former.id))
    return {"instead": former.unit_id}


def _due_at(case: CaseFile, due_on: date | None) -> datetime:
    if due_on is None:
        return case.internal_due_at
    if due_on < calendar.today(clock.now()):
        raise Refused("unit_due_past", "due_on")
    if due_on > calendar.today(case.due_at):
        raise Refused("unit_due_late", "due_on")
    return calendar.utc(datetime.combine(due_on, DUE_TIME))


def _end(session: Session, part: CaseUnit, outcome: str) -> None:
    part.ended_at, part.outcome = clock.now(), outcome
    session.flush()  # before another lead comes: one at a time


def _unled(part: CaseUnit) -> dict[str, Any]:
    """Without its lead nobody's name is printed as such."""
    return {"lead_unit": ""} if part.part == LEAD else {}


def _about(part: CaseUnit) -> dict[str, Any]:
    return {"unit": part.unit_id, "part": part.part}


def _plain(written: str, field: str) -> str:
    words = written.strip()
    if len(words) > LONGEST_NOTE:
        raise Refused("field_too_long", field, {"longest": LONGEST_NOTE})
    if has_control_characters(words):
        raise Refused("control_characters", field)
    return words
