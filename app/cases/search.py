"""What was typed into the search box, as the index of each database takes it.

Both know a case by pairs of characters and by marks (`cases/grams.py`); the marks hold its state and place too, so
that a common word in a small corner costs what the corner holds. What a mark says may be a second old: the case
itself is asked again by whoever builds the list."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Integer,
    Text,
    and_,
    cast,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy import table as named
from sqlalchemy.orm import Session

from app.access import audit
from app.access.actor import Actor
from app.access.permissions import Permission, require
from app.cases import grams
from app.cases.models import CaseFile, Report
from app.cases.queries import Query
from app.cases.queue_models import CaseWords
from app.cases.sealing import phone_index
from app.db import transaction

LONGEST = 60
_TELEPHONE = re.compile(r"(?:\+?86)?(1[3-9]\d{9}|0\d{9,11})")
_IN_SQLITE = named("case_search")
_ROWID = literal_column("case_search.rowid", Integer)


@dataclass(frozen=True)
class Sought:
    """Words to find: every one of `runs`, or the number they may be."""

    runs: tuple[str, ...]
    number: str | None

    @classmethod
    def read(cls, typed: str) -> Sought | None:
        """What was typed; None where there is nothing to find in it."""
        runs = tuple(dict.fromkeys(grams.runs(typed[:LONGEST])))[: grams.MOST_RUNS]
        whole = "".join(grams.runs(typed[:LONGEST]))
        is_number = whole.isascii() and len(whole) >= 3 and any(char.isdigit() for char in whole)
        return cls(runs, grams.fact("num", whole) if is_number else None) if runs else None


def telephone(typed: str) -> str | None:
    """The blind index of what was typed if that is one whole telephone number."""
    found = _TELEPHONE.fullmatch(re.sub(r"[\s\-()（）]", "", typed))
    return phone_index(found[1]) if found else None


def of_caller(index: str) -> Query:
    """Ids of the cases one of whose reports was left with the telephone of this blind index."""
    return select(Report.case_id).where(Report.phone_index == index)


def look_for_caller(actor: Actor) -> None:
    """Write down that somebody looks a telephone up, before they see what it finds. Raises Forbidden, also for an
    officer, who may see telephones of single cases and no list."""
    require(actor, Permission.SEE_CASES)
    require(actor, Permission.SEE_CONTACT)
    with transaction() as session:
        audit.record(session, actor, "find_by_phone", "sub_district", actor.sub_district_id or 0, ["phone"])


def narrowed(
    here: Query, session: Session, sought: Sought, marks: Sequence[Sequence[str]]
) -> tuple[Query, ColumnElement[int]]:
    """Ids of those cases of `here` in which this is found, and what they are ordered by, newest last. Of each group
    of `marks` the index has to hold one."""
    if session.get_bind().dialect.name == "sqlite":
        found = literal_column("case_search").op("MATCH")(_expression(sought, marks))
        fits = here.where(CaseFile.id == _ROWID).correlate(_IN_SQLITE).exists()
        return select(_ROWID.label("id")).select_from(_IN_SQLITE).where(found, fits), _ROWID
    query = here.join(CaseWords, CaseWords.case_id == CaseFile.id).where(_in_postgresql(sought, marks))
    return query, CaseWords.case_id.expression


def _expression(sought: Sought, marks: Sequence[Sequence[str]]) -> str:
    """For FTS5: runs as phrases of their pairs, one character as a mark."""
    words = " AND ".join(
        f'grams : "{" ".join(grams.pairs(run))}"' if len(run) > 1 else f'marks : "{run}"'
        for run in sought.runs
    )
    if sought.number:
        words = f'(({words}) OR marks : "{sought.number}")'
    groups = ["(" + " OR ".join(f'marks : "{mark}"' for mark in group) + ")" for group in marks]
    return " AND ".join([words, *groups])


def _in_postgresql(sought: Sought, marks: Sequence[Sequence[str]]) -> ColumnElement[bool]:
    """The same as sets: an index of sets does not know what follows what, so longer words are read as well."""
    kept = func.case_marks(CaseWords.marks, type_=ARRAY(Text))
    parts = [part for run in sought.runs for part in (grams.pairs(run) or [run])]
    longer = [CaseWords.words.contains(run) for run in sought.runs if len(run) > 2]
    words = and_(kept.op("@>")(_set(parts)), *longer)
    if sought.number:
        words = or_(words, kept.op("@>")(_set([sought.number])))
    return and_(words, *(kept.op("&&" if len(group) > 1 else "@>")(_set(group)) for group in marks))


def _set(values: Sequence[str]) -> ColumnElement[Sequence[str]]:
    return cast(list(dict.fromkeys(values)), ARRAY(Text))
