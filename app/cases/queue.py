"""The queue: which cases are wanted, in which order, a page at a time; the same for a list that is taken away.

What cannot wait is on top while a case is being worked on; a list over all states, and whatever was searched, has the
newest on top. A place in a list is what its last row was ordered by, so that the next page goes on there also after
that row has moved."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, String, bindparam, func, literal_column, select, tuple_
from sqlalchemy.orm import Session, aliased

from app import clock
from app.access.actor import Actor
from app.cases import grams, narrowing, queries, scope, search
from app.cases.models import CaseFile, Report
from app.cases.narrowing import EVERY_STATE, Wanted
from app.cases.queries import Query
from app.cases.workflow import State
from app.categories.models import Category
from app.db import UtcDateTime
from app.prepared import Looking, bare
from app.staff.models import Staff

PAGE = 25
MONTH = timedelta(days=30)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STEP = timedelta(microseconds=1)


@dataclass(frozen=True)
class Listed(queries.Row):
    """A row of the queue: with the words of its category, whose hands it is in, and how many reports its caller sent
    in the last thirty days (0 for one who left no telephone). `channel` is empty where nobody asked for it."""

    category: str
    handler: str
    calls: int
    channel: str
    step: int

    def __hash__(self) -> int:  # a list asks for it again and again, and thirty values take their time
        return hash((self.id, self.version))


@dataclass(frozen=True)
class Page:
    """Some rows, and the place after the last of them if more follow."""

    rows: list[Listed]
    after: str | None = field(default=None)


def page(
    session: Session,
    actor: Actor,
    wanted: Wanted,
    *,
    after: str = "",
    size: int = PAGE,
    with_channel: bool = False,
) -> Page:
    """A page of what is wanted, within the actor's scope, in one statement. `after` is the place the page before
    ended at; what is none starts at the top. `with_channel` also says which way each case came."""
    connection = bare(session)
    given = scope.values(actor) | narrowing.values(wanted)
    if wanted.sought is not None:
        given |= search.values(wanted.sought, _marks(actor, wanted), connection.dialect.name)
    given |= {f"last_{at}": value for at, value in enumerate(_read_place(after, wanted) or ())}
    look = _look(tuple(given), wanted.is_newest_first, wanted.is_narrow, size + 1, with_channel)
    found = look.unmade(connection, given | {"month": clock.now() - MONTH})
    listed = [_listed(found.made, row) for row in found.rows[:size]]
    return Page(listed, _place(listed[-1], wanted) if len(found.rows) > size else None)


@lru_cache(maxsize=256)
def _look(
    names: tuple[str, ...], is_newest_first: bool, is_narrow: bool, size: int, with_channel: bool
) -> Looking:
    """Such a page, made once for the names of what narrows it: putting it together costs more than asking it."""
    found = _found(names, is_newest_first, is_narrow, int(size))
    rows = _row_query(names, with_channel).where(CaseFile.id.in_(select(found.subquery().c.id)))
    if _is_search(names):
        return Looking(rows.order_by(CaseFile.id.desc()))
    return Looking(rows.order_by(*_directed(_order(CaseFile, is_newest_first), is_newest_first)))


def _found(names: tuple[str, ...], is_newest_first: bool, is_narrow: bool, size: int) -> Query:
    """Ids in order alone: everything else is looked up for the rows of the page.

    Three ways lead to them: along an index in the order of the list; from a door, a hand or a telephone, which have
    few; from the index of words. On the last two the cases are asked one by one whether they fit: SQLite knows
    nothing of how many there are of anything and would start with the sub-district."""
    here = select(CaseFile.id).where(scope.condition(names), *narrowing.conditions(names))
    if _is_search(names):
        few = narrowing.few(CaseFile, names)
        return search.narrowed(here.where(*few), names, size, is_narrow=is_narrow)
    of: Any = aliased(CaseFile) if is_narrow else CaseFile
    if is_narrow:
        fits = here.where(CaseFile.id == of.id).correlate(of).exists()
        here = select(of.id).where(*narrowing.few(of, names), fits)
    columns = _order(of, is_newest_first)
    if search.LAST in names:
        place = tuple_(*(bindparam(f"last_{at}", type_=one.type) for at, one in enumerate(columns)))
        here = here.where(tuple_(*columns) < place if is_newest_first else tuple_(*columns) > place)
    return here.order_by(*_directed(columns, is_newest_first)).limit(literal_column(str(size)))


def _is_search(names: tuple[str, ...]) -> bool:
    return "match" in names or "pairs" in names


def _order(of: Any, is_newest_first: bool) -> tuple[Any, ...]:
    return (of.received_at, of.id) if is_newest_first else (of.step, of.internal_due_at, of.id)


def _directed(columns: tuple[Any, ...], is_newest_first: bool) -> list[Any]:
    return [column.desc() for column in columns] if is_newest_first else list(columns)


def is_place(written: str, wanted: Wanted) -> bool:
    """Whether a page of this list could have ended there."""
    return _read_place(written, wanted) is not None


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
        parts[-2] = moment
    return tuple(parts)


def _marks(actor: Actor, wanted: Wanted) -> list[list[str]]:
    """What the index knows of scope and filter."""
    groups = [[grams.fact("dist", actor.sub_district_id)]]
    communities = {wanted.community} if wanted.community is not None else actor.community_ids
    if communities:
        groups = [[grams.fact("comm", one) for one in sorted(communities)]]
    if wanted.states != EVERY_STATE:
        groups.append([grams.fact("state", state.value) for state in wanted.states])
    return groups


def _calls(names: tuple[str, ...]) -> ColumnElement[int]:
    """How many reports came since a moment from the telephone that a case's first caller left, within what the actor
    may see: more would tell a worker that somebody reports elsewhere."""
    again, caller, came = aliased(Report), aliased(Report), aliased(CaseFile)
    first = (
        select(caller.phone_index)
        .where(caller.case_id == CaseFile.id, caller.phone_index.is_not(None))
        .order_by(caller.id)
        .limit(1)
        .correlate(CaseFile)
        .scalar_subquery()
    )
    return (
        select(func.count())
        .select_from(again)
        .join(came, came.id == again.case_id)
        .where(
            again.phone_index == first,
            again.received_at >= bindparam("month", type_=UtcDateTime()),
            scope.condition(names, of=came),
        )
        .correlate(CaseFile)
        .scalar_subquery()
    )


def _row_query(names: tuple[str, ...], with_channel: bool) -> Query:
    """Rows with all they show, of any cases."""
    channel: Any = (
        select(Report.channel)
        .where(Report.case_id == CaseFile.id)
        .order_by(Report.id)
        .limit(1)
        .correlate(CaseFile)
        .scalar_subquery()
        if with_channel
        else literal_column("''", String)
    )
    rows = queries._rows().add_columns(
        Category.level3, Staff.display_name, _calls(names), channel, CaseFile.step
    )
    rows = rows.outerjoin(Category, Category.id == CaseFile.category_id)
    return rows.outerjoin(Staff, Staff.id == CaseFile.handler_id)


@lru_cache(maxsize=2000)
def _listed(made: Callable[[Any], tuple[Any, ...]], row: tuple[Any, ...]) -> Listed:
    """What a row of the driver says; the same rows come again and again."""
    values = list(made(row))
    values[4] = State(values[4])
    values[-5:-3] = [values[-5] or "", values[-4] or ""]
    return Listed(*values)
