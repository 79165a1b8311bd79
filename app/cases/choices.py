"""What can be put into the queue's filter, and the filters that were saved."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, bindparam, case, literal, or_, select, union_all
from sqlalchemy.orm import Session

from app.access.actor import Actor, Role
from app.access.permissions import Permission, may
from app.cases.queue_models import SavedFilter
from app.categories.models import Category
from app.db import changes
from app.places.models import Building, Community, Doorway, SubDistrict
from app.prepared import Bundled, Looking, Question, answered
from app.staff.models import Staff
from app.units.models import Unit


@dataclass(frozen=True)
class Leaf:
    """A category in the filter: `level1` groups it."""

    code: str
    word: str
    level1: str


@dataclass(frozen=True)
class Saved:
    """A filter saved under a name, one's own or a colleague's who shares it."""

    id: int
    name: str
    query: str
    is_own: bool
    is_shared: bool


@dataclass(frozen=True, eq=False)
class Choices:
    """What can be put into the filter. The same rows make the very same object, so that it stands for its content;
    nobody changes one."""

    leaves: list[Leaf] = field(default_factory=list)
    units: list[str] = field(default_factory=list)
    people: dict[int, str] = field(default_factory=dict)
    buildings: dict[int, str] = field(default_factory=dict)
    doorways: dict[int, str] = field(default_factory=dict)

    @cached_property
    def level1(self) -> list[str]:
        """The catalogue's first level, in its order."""
        return list(dict.fromkeys(leaf.level1 for leaf in self.leaves))

    @cached_property
    def codes(self) -> frozenset[str]:
        """Codes of the leaves."""
        return frozenset(leaf.code for leaf in self.leaves)


Bundles = tuple[tuple[str, str | None], ...]
_KEPT_FOR = 1.0  # second: what another process changed is seen after that
_OFFERED = ("leaf", "unit", "person")
_lately: dict[int, tuple[int, float, Bundles]] = {}


@dataclass(frozen=True)
class Asking:
    """What is asked for a filter, and what need not be, because it was a moment ago: what the catalogue and the lists of
    units and people offer in the sub-district `place`."""

    question: Question
    place: int
    lately: Bundles | None
    changes: int
    at: float


def choices(session: Session, asking: Asking) -> tuple[Choices, tuple[Saved, ...]]:
    """What an account can choose from, and the filters it finds saved, in one look. Buildings of one community and
    doorways of one building; leaves in use, and those who lead them beside the units of the sub-district."""
    found = dict[str, str | None](answered(session, asking.question))
    saved = _saved(found.pop("saved"))
    offered = asking.lately
    if offered is None:
        offered = tuple((name, found.pop(name)) for name in _OFFERED)
        _lately[asking.place] = asking.changes, asking.at, offered
    return _offered(offered + tuple(found.items())), saved


def _kept(place: int) -> Bundles | None:
    when, at, bundles = _lately.get(place, (-1, 0.0, ()))
    return bundles if when == changes() and time.monotonic() - at < _KEPT_FOR else None


@lru_cache(maxsize=64)
def _saved(bundle: str | None) -> tuple[Saved, ...]:
    found = (Saved(abs(key), name, query, key > 0, extra == "1") for key, name, query, extra in _rows(bundle))
    return tuple(sorted(found, key=lambda one: (not one.is_own, one.name, one.id)))


@lru_cache(maxsize=64)
def _offered(bundles: tuple[tuple[str, str | None], ...]) -> Choices:
    rows = {part: _rows(bundle) for part, bundle in bundles}
    leaves = sorted((Leaf(*row[:3]) for row in rows["leaf"]), key=lambda leaf: leaf.code)
    units = {row[3] for row in rows["leaf"]} - {""} | {row[0] for row in rows["unit"]}
    people = sorted(((row[0], row[1]) for row in rows["person"]), key=lambda one: (one[1], one[0]))
    return Choices(
        leaves, sorted(units), dict(people), dict(rows.get("building", ())), dict(rows.get("doorway", ()))
    )


def _rows(bundle: str | None) -> list[Any]:
    found: list[Any] = json.loads(bundle or "[]")
    return found


def asking(actor: Actor, community: int | None, building: int | None) -> Asking:
    """What to ask for the filter of an account, narrowed to a community and a building of it."""
    within, place = actor.community_ids, actor.sub_district_id or 0
    narrowed = None if community is None or (within is not None and community not in within) else community
    before, lately = changes(), _kept(place)
    look = _choices(lately is None, narrowed is not None, narrowed is not None and building is not None)
    asked = {
        "place": actor.sub_district_id,
        "me": actor.staff_id,
        "heir": int(may(actor, Permission.UNDO_OF_OTHERS)),
        "community": narrowed,
        "building": building,
    }
    values = {name: value for name, value in asked.items() if value is not None}
    return Asking(Question(look, values), place, lately, before, time.monotonic())


@cache
def _choices(with_offered: bool, with_buildings: bool, with_doorways: bool) -> Looking:
    place = bindparam("place", type_=Integer)
    code = select(SubDistrict.code).where(SubDistrict.id == place).scalar_subquery()
    own = SavedFilter.staff_id == bindparam("me", type_=Integer)
    shared = and_(SavedFilter.sub_district_id == place, SavedFilter.is_shared.is_(True))
    here = and_(Community.sub_district_id == place, Community.id == bindparam("community", type_=Integer))
    kept = or_(own, and_(bindparam("heir", type_=Integer) == 1, _left_behind(place)))
    sign, digit = case((kept, 1), else_=-1), case((SavedFilter.is_shared.is_(True), "1"), else_="0")
    of_desk = or_(Staff.role == Role.WORKER.value, Staff.role == Role.DISPATCHER.value)
    parts = [
        _part("saved", SavedFilter.id * sign, SavedFilter.name, SavedFilter.query, digit).where(
            or_(own, shared)
        )
    ]
    if with_offered:
        parts += [
            _part("leaf", Category.code, Category.level3, Category.level1, Category.lead_unit).where(
                Category.retired.is_(False)
            ),
            _part("unit", Unit.name).where(Unit.sub_district_code == code),
            _part("person", Staff.id, Staff.display_name).where(
                Staff.sub_district_id == place, Staff.is_active.is_(True), of_desk
            ),
        ]
    if with_buildings:
        parts.append(
            _part("building", Building.id, Building.name)
            .join(Community, Community.id == Building.community_id)
            .where(here)
        )
    if with_doorways:
        parts.append(
            _part("doorway", Doorway.id, Doorway.name)
            .join(Building, Building.id == Doorway.building_id)
            .join(Community, Community.id == Building.community_id)
            .where(here, Building.id == bindparam("building", type_=Integer))
        )
    return Looking(union_all(*parts))


def _part(name: str, *columns: Any) -> Select[*tuple[Any, ...]]:
    return select(literal(name), Bundled(*columns))


def _left_behind(place: Any) -> ColumnElement[bool]:
    """Shared by somebody of this sub-district whose account was closed since."""
    gone = select(Staff.id).where(Staff.sub_district_id == place, Staff.is_active.is_(False))
    return and_(
        SavedFilter.sub_district_id == place,
        SavedFilter.is_shared.is_(True),
        SavedFilter.staff_id.in_(gone),
    )


def saved_of(session: Session, actor: Actor, filter_id: int) -> SavedFilter | None:
    """A filter this account saved; for who dispatches also one that a colleague shared and left behind."""
    theirs = SavedFilter.staff_id == actor.staff_id
    if may(actor, Permission.UNDO_OF_OTHERS):
        theirs = or_(theirs, _left_behind(actor.sub_district_id))
    return session.scalars(select(SavedFilter).where(SavedFilter.id == filter_id, theirs)).one_or_none()
