"""How many cases stand where, without counting them: a row for each community and state, and what changed since.

Whoever moves a case, or changes what it is found by, adds one line to `CaseTouched` (`cases/touching.py`) in the same transaction; nobody
updates a row that others want. The worker folds the lines into `CaseCount` (`cases/digesting.py`). A look adds both up
in one statement, so the sum is right at every moment, worker or none."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    CompoundSelect,
    Integer,
    Select,
    bindparam,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from app.access.actor import Actor, Role
from app.cases import scope
from app.cases.models import CaseFile
from app.cases.queue_models import CaseCount, CaseTouched
from app.cases.workflow import State
from app.places.models import Community
from app.prepared import Bundled, Looking, Question, answered


@dataclass(frozen=True)
class Standing:
    """How many cases of a community stand in a state; `state` None for a community without any."""

    community_id: int
    community: str
    state: State | None
    count: int


@dataclass(frozen=True, eq=False)
class Standings:
    """How many cases stand where. The same numbers are the very same object while they are kept, so that it stands for
    what is in it."""

    rows: tuple[Standing, ...]

    def count(self, state: State, community: int | None = None) -> int:
        """How many cases stand in this state, in one community or in all of them."""
        return self._counts.get((community, state), 0)

    @cached_property
    def communities(self) -> dict[int, str]:
        """Every community's name, in the order of names."""
        return {one.community_id: one.community for one in self.rows}

    @cached_property
    def _counts(self) -> Counter[tuple[int | None, State | None]]:
        found = Counter[tuple[int | None, State | None]]()
        for one in self.rows:
            found[one.community_id, one.state] += one.count
            found[None, one.state] += one.count
        return found


def standings(session: Session, actor: Actor) -> Standings:
    """Every community within the actor's scope with its cases by state: tabs, filter and rail in one look. An
    officer's scope is no place: their cases are counted one by one."""
    if actor.role is Role.OFFICER:
        return _made(session.execute(_officers(actor)).all())
    rows = answered(session, question(actor))
    return _within(rows[0][1], actor.community_ids)


def question(actor: Actor) -> Question:
    """What `standings` asks for whoever covers a place."""
    return Question(_kept(), {"place": actor.sub_district_id})


@lru_cache(maxsize=64)
def _within(bundle: str | None, communities: frozenset[int] | None) -> Standings:
    rows = json.loads(bundle or "[]")
    return _made(row for row in rows if communities is None or row[0] in communities)


def _made(rows: Iterable[Any]) -> Standings:
    found = (Standing(row[0], row[1], row[2] and State(row[2]), max(0, int(row[3] or 0))) for row in rows)
    return Standings(tuple(sorted(found, key=lambda one: (one.community, one.community_id))))


def _officers(actor: Actor) -> Select[*tuple[Any, ...]]:
    own = select(CaseFile.community_id, CaseFile.state, func.count().label("n"))
    parts = own.where(scope.clause(actor)).group_by(CaseFile.community_id, CaseFile.state).subquery()
    return _summed(parts, actor.sub_district_id)


@cache
def _kept() -> Looking:
    place: BindParameter[int] = bindparam("place", type_=Integer)
    return Looking(
        select(literal("standings"), Bundled(*_summed(_parts(place).subquery(), place).subquery().c))
    )


def _summed(parts: Any, place: Any) -> Select[*tuple[Any, ...]]:
    community, state, number = parts.c
    return (
        select(Community.id, Community.name, state, func.sum(number))
        .outerjoin(parts, community == Community.id)
        .where(Community.sub_district_id == place)
        .group_by(Community.id, Community.name, state)
    )


def counts_by_state(session: Session, actor: Actor) -> dict[State, int]:
    """How many cases stand in each state, within the actor's scope; absent means none."""
    found = standings(session, actor)
    return {state: number for state in State if (number := found.count(state))}


def _parts(sub_district_id: Any) -> CompoundSelect[int, str, int]:
    came = literal(1, Integer)
    touched = CaseTouched.sub_district_id == sub_district_id
    return union_all(
        select(CaseCount.community_id, CaseCount.state, CaseCount.cases.label("n")).where(
            CaseCount.sub_district_id == sub_district_id
        ),
        select(CaseTouched.community_id, CaseTouched.to_state, came).where(
            touched, CaseTouched.to_state.is_not(None)
        ),
        select(CaseTouched.community_id, CaseTouched.from_state, -came).where(
            touched, CaseTouched.from_state.is_not(None)
        ),
    )


def miscounted(session: Session, sub_district_id: int) -> int:
    """How many of the kept numbers differ from counting every case; 0 is what must come out."""
    kept = dict[tuple[int, str], int]()
    for community, state, number in session.execute(_parts(sub_district_id)):
        kept[community, state] = kept.get((community, state), 0) + number
    counted = select(CaseFile.community_id, CaseFile.state, func.count()).where(
        CaseFile.sub_district_id == sub_district_id
    )
    true = {
        (row[0], row[1]): row[2]
        for row in session.execute(counted.group_by(CaseFile.community_id, CaseFile.state))
    }
    return sum(kept.get(key, 0) != true.get(key, 0) for key in kept.keys() | true.keys())
