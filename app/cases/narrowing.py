"""What a filter of the queue narrows by. Each condition stands in a table under the names of the values it binds:
the same names make the same statement, so it is made once and asked with other values (`app.prepared`)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Date, Integer, String, bindparam, literal, select

from app import clock
from app.calendar.queries import local, utc
from app.cases import steps
from app.cases.models import CaseFile, Report
from app.cases.queries import Query
from app.cases.search import Sought
from app.cases.workflow import OPEN, State
from app.categories.models import Category
from app.db import UtcDateTime
from app.places.models import DoorCode, Doorway

DUE = ("overdue", "today", "week")
EVERY_STATE = tuple(State)


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


def values(wanted: Wanted) -> dict[str, Any]:
    """What it narrows by: a value under each name of `CONDITIONS` and `FEW` that is meant."""
    found = {name: getattr(wanted, name) for name in _PLAIN if getattr(wanted, name) not in (None, "")}
    if wanted.states != EVERY_STATE:
        found |= {f"{_STATE}{at}": state.value for at, state in enumerate(wanted.states)}
    if wanted.category:
        found.pop("level1", None)
    if wanted.waiting:
        found["waiting"] = True
    if wanted.phone is not None:
        found["phone_left" if wanted.phone else "phone_missing"] = True
    return found | dict(_moments(wanted))


def _moments(wanted: Wanted) -> Iterator[tuple[str, Any]]:
    now = clock.now()
    today = local(now).date()
    if wanted.due == "overdue":
        yield "overdue", now
    elif wanted.due:
        days = 1 if wanted.due == "today" else 7 - today.weekday()
        yield "due_from", _midnight(today)
        yield "due_until", _midnight(today + timedelta(days=days))
    if wanted.since is not None:
        yield "came_from", _midnight(wanted.since)
    if wanted.until is not None:
        yield "came_until", _midnight(wanted.until + timedelta(days=1))


def _midnight(day: date) -> datetime:
    return utc(datetime.combine(day, time()))


def conditions(names: Collection[str]) -> list[ColumnElement[bool]]:
    """What these names ask of a case, but for what only few can fit."""
    states = [bindparam(name, type_=CaseFile.state.type) for name in names if name.startswith(_STATE)]
    found = [CaseFile.state.in_(states)] if len(states) > 1 else [CaseFile.state == one for one in states]
    if not _DUE_NAMES.isdisjoint(names):
        found.append(CaseFile.state.in_([literal(state.value) for state in sorted(OPEN)]))
        if len(states) == 1:  # every step there is: the index of the queue has it before the deadline
            found.append(CaseFile.step.in_([literal(step) for step in steps.ALL]))
    return found + [made() for name, made in CONDITIONS.items() if name in names]


def few(of: Any, names: Collection[str]) -> list[ColumnElement[bool]]:
    """What only few cases can fit; `of` is the cases' table under whichever name."""
    return [made(of) for name, made in FEW.items() if name in names]


def _number(name: str) -> Any:
    return bindparam(name, type_=Integer)


def _word(name: str) -> Any:
    return bindparam(name, type_=String)


def _moment(name: str) -> Any:
    return bindparam(name, type_=UtcDateTime())


def _with_report(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return select(Report.id).where(Report.case_id == CaseFile.id, *conditions).exists()


def _leaves(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return CaseFile.category_id.in_(select(Category.id).where(condition))


_STATE = "state_"
_DUE_NAMES = frozenset({"overdue", "due_from"})
_PLAIN = (
    *("community", "building", "doorway", "level1", "category", "kind", "lead_unit", "handler", "case_day"),
    *("channel", "door_code", "caller"),
)

CONDITIONS: dict[str, Callable[[], ColumnElement[bool]]] = {
    "community": lambda: CaseFile.community_id == _number("community"),
    "level1": lambda: _leaves(Category.level1 == _word("level1")),
    "category": lambda: _leaves(Category.code == _word("category")),
    "kind": lambda: CaseFile.kind == _word("kind"),
    "lead_unit": lambda: CaseFile.lead_unit == _word("lead_unit"),
    "overdue": lambda: CaseFile.internal_due_at < _moment("overdue"),
    "due_from": lambda: CaseFile.internal_due_at >= _moment("due_from"),
    "due_until": lambda: CaseFile.internal_due_at < _moment("due_until"),
    "case_day": lambda: CaseFile.case_day == bindparam("case_day", type_=Date),
    "came_from": lambda: CaseFile.received_at >= _moment("came_from"),
    "came_until": lambda: CaseFile.received_at < _moment("came_until"),
    "waiting": lambda: CaseFile.waiting_since.is_not(None),
    "channel": lambda: _with_report(Report.channel == _word("channel")),
    "phone_left": lambda: _with_report(Report.phone_index.is_not(None)),
    "phone_missing": lambda: ~_with_report(Report.phone_index.is_not(None)),
}


def _at_doors(of: Any, doors: Query) -> ColumnElement[bool]:
    found: ColumnElement[bool] = of.doorway_id.in_(doors)
    return found


FEW: dict[str, Callable[[Any], ColumnElement[bool]]] = {
    "building": lambda of: _at_doors(
        of, select(Doorway.id).where(Doorway.building_id == _number("building"))
    ),
    "doorway": lambda of: of.doorway_id == _number("doorway"),
    "door_code": lambda of: _at_doors(
        of, select(DoorCode.doorway_id).where(DoorCode.code == _word("door_code"))
    ),
    "handler": lambda of: of.handler_id == _number("handler"),
    "caller": lambda of: of.id.in_(select(Report.case_id).where(Report.phone_index == _word("caller"))),
}
