"""Keeping a sub-district's list of units (承办单位). In this room, because a unit's name stands as text in the
catalogue and on cases, and a new name has to reach both in one transaction."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.access import audit
from app.access.actor import Actor
from app.access.freshness import mark_of, must_stand
from app.access.permissions import require_office
from app.cases import unit_list_queries as queries
from app.cases.models import CaseFile
from app.cases.triage import COMMUNITY
from app.categories.models import Category
from app.db import transaction
from app.errors import NotFound, Refused
from app.places import written
from app.places.models import SubDistrict
from app.units.models import Unit

LONGEST_NAME = 60


@dataclass(frozen=True)
class Renamed:
    """How many leaves and open cases were given the new name; `kept_for_others`: the catalogue still says the old
    one, because another sub-district's list has a unit of that name."""

    leaves: int = 0
    cases: int = 0
    kept_for_others: bool = False


def seen(unit: Unit) -> str:
    """What a page showed of a unit."""
    return mark_of(unit.name, unit.phone, unit.retired)


def add(actor: Actor, name: str, phone: str = "") -> int:
    """Put a unit on the own sub-district's list; returns its id. Raises Forbidden, NotFound, ManyRefused,
    Refused: unit_there."""
    with transaction() as session:
        home = _home(session, actor)
        kept, number = _read(name, phone)
        _free(session, home.code, kept)
        unit = Unit(sub_district_code=home.code, name=kept, phone=number, retired=False)
        session.add(unit)
        session.flush()
        audit.record(session, actor, "unit_added", "unit", unit.id, ("name", "phone"))
        return unit.id


def change(actor: Actor, unit_id: int, name: str, phone: str, as_seen: str) -> Renamed:
    """Give a unit another name or telephone. A new name reaches the catalogue and the open cases it leads; what is
    over keeps the name of its time. Raises Forbidden, NotFound, ManyRefused, Refused: unit_there, page_older."""
    with transaction() as session:
        home = _home(session, actor)
        unit = _theirs(session, home, unit_id)
        must_stand(as_seen, unit.name, unit.phone, unit.retired)
        kept, number = _read(name, phone)
        changed = [
            field for field, value in (("name", kept), ("phone", number)) if getattr(unit, field) != value
        ]
        before, unit.phone = unit.name, number
        renamed = Renamed()
        if kept != before:
            _free(session, home.code, kept)
            unit.name = kept
            renamed = _carry_through(session, home, before, kept)
        if changed:
            audit.record(session, actor, "unit_changed", "unit", unit.id, changed)
        return renamed


def retire(actor: Actor, unit_id: int, as_seen: str) -> None:
    """Offer a unit no longer; what it has stays with it. Raises Forbidden, NotFound, Refused: page_older,
    unit_leads_leaves (the catalogue would go on giving it new cases)."""
    with transaction() as session:
        home = _home(session, actor)
        unit = _theirs(session, home, unit_id)
        must_stand(as_seen, unit.name, unit.phone, unit.retired)
        leaves = queries.leaves_by_unit(session).get(unit.name, 0)
        if leaves and not queries.stands_elsewhere(session, home.code, unit.name):
            raise Refused("unit_leads_leaves", None, {"count": leaves})
        _set(session, actor, unit, retired=True)


def take_back(actor: Actor, unit_id: int, as_seen: str) -> None:
    """Offer a retired unit again. Raises Forbidden, NotFound, Refused: page_older."""
    with transaction() as session:
        unit = _theirs(session, _home(session, actor), unit_id)
        must_stand(as_seen, unit.name, unit.phone, unit.retired)
        _set(session, actor, unit, retired=False)


def _set(session: Session, actor: Actor, unit: Unit, *, retired: bool) -> None:
    if unit.retired is not retired:
        unit.retired = retired
        act = "unit_retired" if retired else "unit_taken_back"
        audit.record(session, actor, act, "unit", unit.id, ("retired",))


def _home(session: Session, actor: Actor) -> SubDistrict:
    require_office(actor, actor.sub_district_id)
    home = session.get(SubDistrict, actor.sub_district_id or 0)
    if home is None:
        raise NotFound
    return home


def _theirs(session: Session, home: SubDistrict, unit_id: int) -> Unit:
    unit = queries.by_id(session, unit_id)
    if unit is None or unit.sub_district_code != home.code:
        raise NotFound
    return unit


def _read(name: str, phone: str) -> tuple[str, str | None]:
    faults = written.Faults()
    kept = faults.read(written.name, "name", name, LONGEST_NAME)
    number = faults.read(written.phone, "phone", phone)
    faults.told()
    if kept == COMMUNITY:
        raise Refused("unit_is_the_community", "name")
    return kept or "", number


def _free(session: Session, code: str, name: str) -> None:
    if queries.by_name(session, code, name) is not None:
        raise Refused("unit_there", "name")


def _carry_through(session: Session, home: SubDistrict, before: str, after: str) -> Renamed:
    led = (
        update(CaseFile)
        .where(
            CaseFile.sub_district_id == home.id,
            CaseFile.lead_unit == before,
            CaseFile.state.in_(sorted(queries.STILL_LED)),
        )
        .values(lead_unit=after)
        .returning(CaseFile.id)
    )
    cases = len(session.scalars(led).all())
    if queries.stands_elsewhere(session, home.code, before):
        return Renamed(0, cases, kept_for_others=True)
    named = update(Category).where(Category.lead_unit == before).values(lead_unit=after)
    return Renamed(len(session.scalars(named.returning(Category.id)).all()), cases)
