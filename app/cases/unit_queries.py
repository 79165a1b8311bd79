"""Every SELECT on the parts units have in cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app import clock
from app.access.actor import Actor
from app.cases import scope
from app.cases.models import CaseFile, CaseUnit
from app.cases.scope import LEAD, SUPPORTING
from app.cases.workflow import State
from app.places.models import Building, Community, Doorway
from app.units.models import Unit

MOST_SHOWN = 100


def live_parts(session: Session, case_id: int) -> Sequence[CaseUnit]:
    """The parts units have in a case now, the lead's first."""
    query = select(CaseUnit).where(CaseUnit.case_id == case_id, CaseUnit.ended_at.is_(None))
    return session.scalars(query.order_by(CaseUnit.part != LEAD, CaseUnit.id)).all()


def leading(session: Session, case_id: int) -> str:
    """The name of the unit that leads a case and is at work on it; empty when none is."""
    query = select(Unit.name).join(CaseUnit, CaseUnit.unit_id == Unit.id)
    at_work = query.where(CaseUnit.case_id == case_id, CaseUnit.ended_at.is_(None), CaseUnit.part == LEAD)
    return session.scalar(at_work) or ""


def outstanding(session: Session, case_id: int) -> Sequence[CaseUnit]:
    """Supporting parts that wait for an answer."""
    return [one for one in live_parts(session, case_id) if one.part == SUPPORTING and one.answered_at is None]


@dataclass(frozen=True)
class PartOf:
    """A unit's part in a case, with the unit's name."""

    part: CaseUnit
    unit: str

    @property
    def is_live(self) -> bool:
        """Whether the unit has it now."""
        return self.part.ended_at is None


def parts_of_case(session: Session, case_id: int) -> list[PartOf]:
    """Every part a unit has or had in a case: those at work first, the lead before the others."""
    query = (
        select(CaseUnit, Unit.name)
        .join(Unit, Unit.id == CaseUnit.unit_id)
        .where(CaseUnit.case_id == case_id)
        .order_by(CaseUnit.ended_at.is_not(None), CaseUnit.part != LEAD, CaseUnit.id)
    )
    return [PartOf(*row) for row in session.execute(query)]


def lead_and_supporting(session: Session, case_id: int) -> tuple[str | None, list[str]]:
    """Names of the units at work on a case: who leads, and who supports."""
    live = [one for one in parts_of_case(session, case_id) if one.is_live]
    lead = next((one.unit for one in live if one.part.part == LEAD), None)
    return lead, [one.unit for one in live if one.part.part == SUPPORTING]


@dataclass(frozen=True)
class Asked:
    """One thing a unit was asked for: a card of its officers' page."""

    number: str
    title: str
    state: State
    urgency: str
    community: str
    building: str
    doorway: str
    part: str
    asked: str
    asked_at: datetime
    due_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    outcome: str | None


_ASKED = (
    CaseFile.number,
    CaseFile.title,
    CaseFile.state,
    CaseFile.urgency,
    Community.name,
    Building.name,
    Doorway.name,
    CaseUnit.part,
    CaseUnit.asked,
    CaseUnit.asked_at,
    CaseUnit.due_at,
    CaseUnit.answered_at,
    CaseUnit.ended_at,
    CaseUnit.outcome,
)


def asked_of(session: Session, actor: Actor) -> list[Asked]:
    """What this officer's unit has to do now, by when it is due."""
    return _asked(session, actor, CaseUnit.ended_at.is_(None), CaseUnit.due_at, CaseUnit.id)


def done_by(session: Session, actor: Actor) -> list[Asked]:
    """What this officer's unit had a part in and still may see, what ended last on top."""
    over = CaseUnit.outcome.in_(scope.STILL_SEEN) & (CaseUnit.ended_at >= clock.now() - scope.SEEN_AFTER)
    return _asked(session, actor, over, CaseUnit.ended_at.desc(), CaseUnit.id.desc())


def _asked(
    session: Session, actor: Actor, which: ColumnElement[bool], *order: ColumnElement[object] | object
) -> list[Asked]:
    query = (
        select(*_ASKED)
        .join(CaseFile, CaseFile.id == CaseUnit.case_id)
        .join(Doorway, Doorway.id == CaseFile.doorway_id)
        .join(Building, Building.id == Doorway.building_id)
        .join(Community, Community.id == Building.community_id)
        .where(scope.clause(actor), CaseUnit.unit_id == actor.unit_id, which)
        .order_by(*order)  # type: ignore[arg-type]
        .limit(MOST_SHOWN)
    )
    made = []
    for row in session.execute(query):
        values = list(row)
        values[2] = State(values[2])
        made.append(Asked(*values))
    return made


def count_asked(session: Session, actor: Actor) -> int:
    """How much this officer's unit has to do now."""
    query = (
        select(func.count())
        .select_from(CaseUnit)
        .join(CaseFile, CaseFile.id == CaseUnit.case_id)
        .where(scope.clause(actor), CaseUnit.unit_id == actor.unit_id, CaseUnit.ended_at.is_(None))
    )
    return session.scalar(query) or 0


def place_of_part(session: Session, part_id: int) -> list[tuple[str, int, int, int]]:
    """Number, sub-district and community of the case a part belongs to, and its unit."""
    query = (
        select(CaseFile.number, CaseFile.sub_district_id, CaseFile.community_id, CaseUnit.unit_id)
        .join(CaseUnit, CaseUnit.case_id == CaseFile.id)
        .where(CaseUnit.id == part_id)
    )
    return [(row[0], row[1], row[2], row[3]) for row in session.execute(query)]


def lead_of(session: Session, number: str) -> int | None:
    """Id of the unit that leads a case now."""
    query = select(CaseUnit.unit_id).join(CaseFile, CaseFile.id == CaseUnit.case_id)
    return session.scalar(
        query.where(CaseFile.number == number, CaseUnit.part == LEAD, CaseUnit.ended_at.is_(None))
    )
