"""The queue: which cases are wanted, in which order, a page at a time; the same for a list that is taken away.

What cannot wait is on top while a case is being worked on; a list over all states, and whatever was searched, has the
newest on top. A place in a list is what its last row was ordered by, so that the next page goes on there also after
that row has moved."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, cached_property, lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    and_,
    bindparam,
    case,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from app import clock
from app.access.actor import Actor, Role
from app.calendar.queries import local, utc
from app.cases import grams, queries, scope, search
from app.cases.models import CaseFile, Report
from app.cases.queries import Query
from app.cases.queue_models import SavedFilter
from app.cases.search import Sought
from app.cases.workflow import OPEN, State
from app.categories.models import Category
from app.db import UtcDateTime
from app.places.models import Building, Community, DoorCode, Doorway, SubDistrict
from app.prepared import Looking
from app.staff.models import Staff, StaffCommunity
from app.units.models import Unit

PAGE = 25
MONTH = timedelta(days=30)
DUE = ("overdue", "today", "week")
EVERY_STATE = tuple(State)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STEP = timedelta(microseconds=1)


@dataclass(frozen=True)
class Wanted:
    """A filter of the queue; whatever is empty does not narrow. `since` and `until` are days of receipt, both
    included; `caller` the blind index of a telephone."""

    states: tuple[State, ...] = EVERY_STATE
    community: int | None = None
    building: int | None = None
    doorway: int | None = None
    level1: str = ""
    category: str = ""
    kind: str = ""
    lead_unit: str = ""
    handler: int | None = None
    due: str = ""
    case_day: date | None = None
    channel: str = ""
    waiting: bool = False
    phone: bool | None = None
    since: date | None = None
    until: date | None = None
    sought: Sought | None = None
    door_code: str = ""
    caller: str = ""

    @property
    def is_newest_first(self) -> bool:
        """Whether the newest is on top instead of what is due."""
        return len(self.states) > 1 or self.sought is not None

    @property
    def is_narrow(self) -> bool:
        """Whether few cases can be meant, wherever they are in the order."""
        where = (self.building, self.doorway, self.door_code, self.caller)
        return self.handler is not None or any(where)


@dataclass(frozen=True)
class Listed(queries.Row):
    """A row of the queue: with the words of its category, whose hands it is in, and how many reports its caller sent
    in the last thirty days (0 for one who left no telephone)."""

    category: str
    handler: str
    calls: int
    channel: str
    step: int


@dataclass(frozen=True)
class Page:
    """Some rows, and the place after the last of them if more follow."""

    rows: list[Listed]
    after: str | None = field(default=None)


def page(session: Session, actor: Actor, wanted: Wanted, *, after: str = "", size: int = PAGE) -> Page:
    """A page of what is wanted, within the actor's scope, in one statement. `after` is the place the page before
    ended at; what is none starts at the top."""
    since = {"month": clock.now() - MONTH, "place": actor.sub_district_id, **_counting(actor)}
    if _is_usual(actor, wanted):
        rows: Sequence[Any] = _usual_rows(session, actor, wanted, since, after, size + 1)
    else:
        ids = _found(session, actor, wanted, after, size + 1).subquery()
        rows = session.execute(_with_words(ids, wanted), since).all()
    listed = [_listed(row) for row in rows[:size]]
    return Page(listed, _place(listed[-1], wanted) if len(rows) > size else None)


def _is_usual(actor: Actor, wanted: Wanted) -> bool:
    """Whether it is a page that a desk looks at all day: a tab, of a community perhaps, of all the cases there are."""
    tab = Wanted(states=wanted.states, community=wanted.community)
    is_tab = wanted == tab and (len(wanted.states) == 1 or wanted.states == EVERY_STATE)
    return is_tab and actor.sub_district_id is not None and not actor.is_officer


def _usual_rows(
    session: Session, actor: Actor, wanted: Wanted, values: dict[str, Any], after: str, size: int
) -> list[tuple[Any, ...]]:
    place = _read_place(after, wanted)
    within = None if actor.community_ids is None else sorted(actor.community_ids)
    is_in = wanted.community is not None
    look = _usual(
        len(wanted.states) == 1, is_in, None if within is None else len(within), place is not None, size
    )
    given = {"state": wanted.states[0].value, "community": wanted.community}
    given |= {f"within{at}": one for at, one in enumerate(within or ())}
    if place is not None:
        values = values | {f"last{at}": getattr(value, "value", value) for at, value in enumerate(place)}
    return look.rows(session.connection(), given | values)


@lru_cache(maxsize=64)
def _usual(
    is_one_state: bool, is_in_community: bool, within: int | None, is_further: bool, size: int
) -> Looking:
    """Such a page, made once: putting it together costs more than asking it."""
    here = select(CaseFile.id).where(CaseFile.sub_district_id == bindparam("place", type_=Integer))
    if within is not None:
        theirs = (CaseFile.community_id == bindparam(f"within{at}", type_=Integer) for at in range(within))
        here = here.where(or_(false(), *theirs))
    if is_one_state:
        here = here.where(CaseFile.state == bindparam("state", type_=CaseFile.state.type))
    if is_in_community:
        here = here.where(CaseFile.community_id == bindparam("community", type_=Integer))
    wanted = Wanted(states=EVERY_STATE[:1] if is_one_state else EVERY_STATE)
    columns = _order(CaseFile, wanted)
    if is_further:
        last = [bindparam(f"last{at}", type_=column.type) for at, column in enumerate(columns)]
        these = tuple_(*columns)
        here = here.where(these < tuple_(*last) if wanted.is_newest_first else these > tuple_(*last))
    here = here.order_by(*_directed(columns, wanted)).limit(literal_column(str(int(size))))
    return Looking(_with_words(here.subquery(), wanted))


def is_place(written: str, wanted: Wanted) -> bool:
    """Whether a page of this list could have ended there."""
    return _read_place(written, wanted) is not None


def _found(session: Session, actor: Actor, wanted: Wanted, after: str, size: int) -> Query:
    """Ids in order alone: everything else is looked up for the rows of the page.

    Three ways lead to them: along an index in the order of the list; from a door, a hand or a telephone, which have
    few; from the index of words. On the last two the cases are asked one by one whether they fit: SQLite knows
    nothing of how many there are of anything and would start with the sub-district."""
    here = select(CaseFile.id).where(scope.clause(actor), *_conditions(wanted))
    place = _read_place(after, wanted)
    if wanted.sought is not None:
        here = here.where(*_few(CaseFile, wanted))
        query, newest = search.narrowed(here, session, wanted.sought, _marks(actor, wanted))
        query = query if place is None else query.where(newest < place[0])
        return query.order_by(newest.desc()).limit(size)
    of: Any = aliased(CaseFile) if wanted.is_narrow else CaseFile
    if wanted.is_narrow:
        fits = here.where(CaseFile.id == of.id).correlate(of).exists()
        here = select(of.id).where(*_few(of, wanted), fits)
    columns = _order(of, wanted)
    if place is not None:
        last, these = tuple_(*place), tuple_(*columns)
        here = here.where(these < last if wanted.is_newest_first else these > last)
    return here.order_by(*_directed(columns, wanted)).limit(size)


def _order(of: Any, wanted: Wanted) -> tuple[Any, ...]:
    if wanted.is_newest_first:
        return (of.received_at, of.id)
    return (of.step, of.internal_due_at, of.id)


def _directed(columns: tuple[Any, ...], wanted: Wanted) -> list[Any]:
    return [column.desc() for column in columns] if wanted.is_newest_first else list(columns)


def _place(last: Listed, wanted: Wanted) -> str:
    if wanted.sought is not None:
        return str(last.id)
    if wanted.is_newest_first:
        return f"{(last.received_at - _EPOCH) // _STEP}.{last.id}"
    return f"{last.step}.{(last.internal_due_at - _EPOCH) // _STEP}.{last.id}"


def _read_place(written: str, wanted: Wanted) -> tuple[Any, ...] | None:
    if not re.fullmatch(r"[0-9]{1,18}(\.[0-9]{1,18}){0,2}", written):
        return None
    parts: list[Any] = [int(part) for part in written.split(".")]
    expected = 1 if wanted.sought is not None else 2 if wanted.is_newest_first else 3
    if len(parts) != expected or parts[-1] >= 2**31 or (expected == 3 and parts[0] > 9):
        return None
    if expected > 1:
        try:
            moment = _EPOCH + parts[-2] * _STEP
        except OverflowError:
            return None
        parts[-2] = literal(moment, UtcDateTime())
    return tuple(parts)


# ---- what narrows ----------------------------------------------------------------------------------------


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if len(wanted.states) == 1:
        found.append(CaseFile.state == wanted.states[0].value)
    elif wanted.states != EVERY_STATE:
        found.append(CaseFile.state.in_([state.value for state in wanted.states]))
    if wanted.community is not None:
        found.append(CaseFile.community_id == wanted.community)
    return found + _of_matter(wanted) + _of_time(wanted) + _of_reports(wanted)


def _few(of: Any, wanted: Wanted) -> list[ColumnElement[bool]]:
    """What only few cases can fit; `of` is the cases' table under whichever name."""
    found: list[ColumnElement[bool]] = []
    if wanted.building is not None:
        here = select(Doorway.id).where(Doorway.building_id == wanted.building)
        found.append(of.doorway_id.in_(here))
    if wanted.doorway is not None:
        found.append(of.doorway_id == wanted.doorway)
    if wanted.door_code:
        coded = select(DoorCode.doorway_id).where(DoorCode.code == wanted.door_code)
        found.append(of.doorway_id.in_(coded))
    if wanted.handler is not None:
        found.append(of.handler_id == wanted.handler)
    if wanted.caller:
        found.append(of.id.in_(search.of_caller(wanted.caller)))
    return found


def _of_matter(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.level1 or wanted.category:
        chosen = Category.code == wanted.category if wanted.category else Category.level1 == wanted.level1
        found.append(CaseFile.category_id.in_(select(Category.id).where(chosen)))
    if wanted.kind:
        found.append(CaseFile.kind == wanted.kind)
    if wanted.lead_unit:
        found.append(CaseFile.lead_unit == wanted.lead_unit)
    return found


def _of_time(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    now = clock.now()
    morning = _midnight(local(now).date())
    if wanted.due:
        found.append(CaseFile.state.in_([state.value for state in OPEN]))
    if wanted.due == "overdue":
        found.append(CaseFile.internal_due_at < now)
    elif wanted.due:
        days = 1 if wanted.due == "today" else 7 - local(now).weekday()
        end = _midnight(local(now).date() + timedelta(days=days))
        found += [CaseFile.internal_due_at >= morning, CaseFile.internal_due_at < end]
    if wanted.case_day is not None:
        found.append(CaseFile.case_day == wanted.case_day)
    if wanted.since is not None:
        found.append(CaseFile.received_at >= _midnight(wanted.since))
    if wanted.until is not None:
        found.append(CaseFile.received_at < _midnight(wanted.until + timedelta(days=1)))
    if wanted.waiting:
        found.append(CaseFile.waiting_since.is_not(None))
    return found


def _of_reports(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.channel:
        came = select(Report.id).where(Report.case_id == CaseFile.id, Report.channel == wanted.channel)
        found.append(came.exists())
    if wanted.phone is not None:
        left = (
            select(Report.id).where(Report.case_id == CaseFile.id, Report.phone_index.is_not(None)).exists()
        )
        found.append(left if wanted.phone else ~left)
    return found


def _midnight(day: date) -> datetime:
    return utc(datetime.combine(day, time()))


def _marks(actor: Actor, wanted: Wanted) -> list[list[str]]:
    """What the index knows of scope and filter."""
    groups = [[grams.fact("dist", actor.sub_district_id)]]
    communities = {wanted.community} if wanted.community is not None else actor.community_ids
    if communities:
        groups = [[grams.fact("comm", one) for one in sorted(communities)]]
    if wanted.states != EVERY_STATE:
        groups.append([grams.fact("state", state.value) for state in wanted.states])
    return groups


# ---- what a row shows ------------------------------------------------------------------------------------


def _counting(actor: Actor) -> dict[str, Any]:
    """Whose calls `_calls` may count: what this actor may see, and nothing that came from elsewhere."""
    return {"whole": int(actor.community_ids is None and not actor.is_officer), "covering": actor.staff_id}


@cache
def _calls() -> ColumnElement[int]:
    """How many reports came since a moment from the telephone that a case's first caller left, within what the actor
    may see (`_counting`)."""
    again, caller, came = aliased(Report), aliased(Report), aliased(CaseFile)
    first = (
        select(caller.phone_index)
        .where(caller.case_id == CaseFile.id, caller.phone_index.is_not(None))
        .order_by(caller.id)
        .limit(1)
        .correlate(CaseFile)
        .scalar_subquery()
    )
    covered = select(StaffCommunity.community_id).where(
        StaffCommunity.staff_id == bindparam("covering", type_=Integer)
    )
    return (
        select(func.count())
        .select_from(again)
        .join(came, came.id == again.case_id)
        .where(
            again.phone_index == first,
            again.received_at >= bindparam("month", type_=UtcDateTime()),
            came.sub_district_id == bindparam("place", type_=Integer),
            or_(bindparam("whole", type_=Integer) == 1, came.community_id.in_(covered)),
        )
        .correlate(CaseFile)
        .scalar_subquery()
    )


@cache
def _row_query() -> Query:
    """Rows with all they show, of any cases: building it costs more than running it."""
    channel = (
        select(Report.channel)
        .where(Report.case_id == CaseFile.id)
        .order_by(Report.id)
        .limit(1)
        .correlate(CaseFile)
        .scalar_subquery()
    )
    rows = queries._rows().add_columns(Category.level3, Staff.display_name, _calls(), channel, CaseFile.step)
    rows = rows.outerjoin(Category, Category.id == CaseFile.category_id)
    return rows.outerjoin(Staff, Staff.id == CaseFile.handler_id)


def _with_words(ids: Any, wanted: Wanted) -> Query:
    rows = _row_query().where(CaseFile.id.in_(select(ids.c.id)))
    if wanted.sought is not None:
        return rows.order_by(CaseFile.id.desc())
    return rows.order_by(*_directed(_order(CaseFile, wanted), wanted))


def _listed(row: Any) -> Listed:
    values = list(row)
    values[4] = State(values[4])
    values[-5:-3] = [values[-5] or "", values[-4] or ""]
    return Listed(*values)


# ---- what may be chosen ----------------------------------------------------------------------------------


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


def choices(
    session: Session, actor: Actor, community: int | None, building: int | None
) -> tuple[Choices, list[Saved]]:
    """What this account can choose from, and the filters it finds saved, in one look. Buildings of one community and
    doorways of one building; leaves in use, and those who lead them beside the units of the sub-district."""
    rows = _chosen_from(session, actor, community, building)
    saved = [
        Saved(abs(number), word, more, number > 0, extra == "1")
        for part, number, word, more, extra in rows
        if part == "saved"
    ]
    saved.sort(key=lambda one: (not one.is_own, one.name, one.id))
    return _offered(tuple(row for row in rows if row[0] != "saved")), saved


@lru_cache(maxsize=64)
def _offered(rows: tuple[tuple[Any, ...], ...]) -> Choices:
    found = Choices()
    units = set[str]()
    for part, number, word, more, extra in rows:
        if part == "leaf":
            code, level1 = more.split("\n", 1)
            found.leaves.append(Leaf(code, word, level1))
            units |= {extra} - {""}
        elif part == "unit":
            units.add(word)
        else:
            {"person": found.people, "building": found.buildings, "doorway": found.doorways}[part][number] = (
                word
            )
    found.leaves.sort(key=lambda leaf: leaf.code)
    found.units.extend(sorted(units))
    by_name = sorted(found.people.items(), key=lambda one: (one[1], one[0]))
    return replace(found, people=dict(by_name))


def _chosen_from(
    session: Session, actor: Actor, community: int | None, building: int | None
) -> list[tuple[Any, ...]]:
    scope = actor.community_ids
    narrowed = None if community is None or (scope is not None and community not in scope) else community
    query = _choices(narrowed is not None, narrowed is not None and building is not None)
    asked = {
        "place": actor.sub_district_id,
        "me": actor.staff_id,
        "community": narrowed,
        "building": building,
    }
    return query.rows(
        session.connection(), {name: value for name, value in asked.items() if value is not None}
    )


@cache
def _choices(with_buildings: bool, with_doorways: bool) -> Looking:
    nothing, place = literal(""), bindparam("place", type_=Integer)
    code = select(SubDistrict.code).where(SubDistrict.id == place).scalar_subquery()
    own = SavedFilter.staff_id == bindparam("me", type_=Integer)
    shared = and_(SavedFilter.sub_district_id == place, SavedFilter.is_shared.is_(True))
    here = and_(Community.sub_district_id == place, Community.id == bindparam("community", type_=Integer))
    parts = [
        select(
            literal("leaf"), Category.id, Category.level3, Category.code + literal("\n") + Category.level1,
            Category.lead_unit,
        ).where(Category.retired.is_(False)),
        select(literal("unit"), Unit.id, Unit.name, nothing, nothing).where(Unit.sub_district_code == code),
        select(literal("person"), Staff.id, Staff.display_name, nothing, nothing).where(
            Staff.sub_district_id == place,
            Staff.is_active.is_(True),
            or_(Staff.role == Role.WORKER.value, Staff.role == Role.DISPATCHER.value),
        ),
        select(
            literal("saved"),
            SavedFilter.id * _sign(own),
            SavedFilter.name,
            SavedFilter.query,
            _digit(SavedFilter.is_shared.is_(True)),
        ).where(or_(own, shared)),
    ]  # fmt: skip
    if with_buildings:
        parts.append(
            select(literal("building"), Building.id, Building.name, nothing, nothing)
            .join(Community, Community.id == Building.community_id)
            .where(here)
        )
    if with_doorways:
        parts.append(
            select(literal("doorway"), Doorway.id, Doorway.name, nothing, nothing)
            .join(Building, Building.id == Doorway.building_id)
            .join(Community, Community.id == Building.community_id)
            .where(here, Building.id == bindparam("building", type_=Integer))
        )
    return Looking(union_all(*parts))


def _sign(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return case((condition, 1), else_=-1)


def _digit(condition: ColumnElement[bool]) -> ColumnElement[str]:
    return case((condition, "1"), else_="0")


def saved_of(session: Session, actor: Actor, filter_id: int) -> SavedFilter | None:
    """A filter this account saved."""
    query = select(SavedFilter).where(SavedFilter.id == filter_id, SavedFilter.staff_id == actor.staff_id)
    return session.scalars(query).one_or_none()
