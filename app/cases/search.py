"""What was typed into the search box, as the index of each database takes it.

Both know a case by pairs of characters and by marks (`cases/grams.py`); the marks hold its state and place too, so
that a common word in a small corner costs what the corner holds. What a mark says may be a second old: the case
itself is asked again by whoever builds the list."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Integer,
    String,
    Subquery,
    Text,
    and_,
    bindparam,
    cast,
    func,
    literal_column,
    or_,
    select,
    union_all,
)
from sqlalchemy import table as named

from app.access import audit
from app.access.actor import Actor
from app.access.permissions import Permission, require
from app.cases import grams
from app.cases.models import CaseFile
from app.cases.queries import Query
from app.cases.queue_models import CaseWords
from app.cases.sealing import phone_index
from app.db import transaction

LONGEST = 60
_TELEPHONE = re.compile(r"(?:\+?86)?(1[3-9]\d{9}|0\d{9,11})")
_LONGER, _SHORT, _MARKS = "longer_", "short_", "marks_"
LAST = "last_0"
_NEAR = 500  # cases; what one in twenty of them says fills a page
_IN_SQLITE = named("case_search")
_ROWID = literal_column("case_search.rowid", Integer)
_NONE = literal_column("0", Integer)


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


def look_for_caller(actor: Actor) -> None:
    """Write down that somebody looks a telephone up, before they see what it finds. Raises Forbidden, also for an
    officer, who may see telephones of single cases and no list."""
    require(actor, Permission.SEE_CASES)
    require(actor, Permission.SEE_CONTACT)
    with transaction() as session:
        audit.record(session, actor, "find_by_phone", "sub_district", actor.sub_district_id or 0, ["phone"])


def values(sought: Sought, marks: Sequence[Sequence[str]], dialect: str) -> dict[str, Any]:
    """What a search binds, by name, for the index of this dialect. Of each group of `marks` it has to hold one."""
    if dialect == "sqlite":
        return {"match": _expression(sought, marks)}
    pairs = [part for run in sought.runs for part in (grams.pairs(run) or [run])]
    found: dict[str, Any] = {"pairs": list(dict.fromkeys(pairs))}
    found |= {f"{_LONGER}{at}": run for at, run in enumerate(run for run in sought.runs if len(run) > 2)}
    if sought.number:
        found["numbered"] = [sought.number]
    else:
        found |= {f"{_SHORT}{at}": run for at, run in enumerate(run for run in sought.runs if len(run) < 3)}
    found |= {f"{_MARKS}{at}": list(dict.fromkeys(group)) for at, group in enumerate(marks)}
    return found


def narrowed(here: Query, names: Collection[str], size: int, *, is_narrow: bool) -> Query:
    """Ids of `size` cases of `here` in which it is found, the newest; `names` are those of `values`, and `LAST` is the
    case a page before ended at. `is_narrow` says that `here` has few of its own."""
    if "match" in names:
        found = literal_column("case_search").op("MATCH")(bindparam("match", type_=String))
        fits = here.where(CaseFile.id == _ROWID).correlate(_IN_SQLITE).exists()
        query = select(_ROWID.label("id")).select_from(_IN_SQLITE).where(found, fits)
        return _newest(query, _ROWID, names).limit(literal_column(str(size)))
    if is_narrow:
        joined = here.join(CaseWords, CaseWords.case_id == CaseFile.id).where(_in_postgresql(names))
        return _newest(joined, CaseWords.case_id.expression, names).limit(literal_column(str(size)))
    return _common_or_rare(here, names, size)


def _newest(query: Query, case_id: ColumnElement[int], names: Collection[str]) -> Query:
    before = (case_id < bindparam(LAST, type_=Integer),) if LAST in names else ()
    return query.where(*before).order_by(case_id.desc())


def _common_or_rare(here: Query, names: Collection[str], size: int) -> Query:
    """What is common fills a page with a few of the newest cases, which are read first; only what does not is looked up
    in the index, which gives every find before the newest is known. PostgreSQL cannot tell one from the other: it takes
    the pairs of a word for strangers to each other, and expects a hundredth of what is there.

    OFFSET 0 is its way to be told that what is inside comes first: a case is asked for when its turn comes."""
    case_id = CaseWords.case_id.expression
    enough: ColumnElement[int] = literal_column(str(size))
    everywhere = _newest(select(case_id).where(_in_postgresql(names)), case_id, names)
    found = _that_fit(here, everywhere.offset(_NONE).subquery()).limit(enough)
    if (
        "numbered" in names
    ):  # a case's own number may be no word of it, so all marks of the newest had to be read
        return found
    of_newest = select(CaseWords.case_id, CaseWords.words, CaseWords.marks)
    newest = _newest(of_newest, case_id, names).limit(literal_column(str(_NEAR))).subquery()
    read = [
        newest.c.words.contains(bindparam(name, type_=String)) for name in names if name.startswith(_SHORT)
    ]
    near = _that_fit(here, newest).where(*read, _in_postgresql(names, newest.c)).limit(enough).cte("near")
    far = found.subquery()
    is_short = select(func.count()).select_from(near).scalar_subquery() < enough
    either = union_all(select(near.c.id), select(far.c.id).where(is_short)).subquery()
    return select(either.c.id)


def _that_fit(here: Query, found: Subquery) -> Query:
    fits = here.where(CaseFile.id == found.c.case_id).correlate(found).offset(_NONE).exists()
    return select(found.c.case_id.label("id")).where(fits)


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


def _in_postgresql(names: Collection[str], of: Any = CaseWords) -> ColumnElement[bool]:
    """The same as sets: an index of sets does not know what follows what, so longer words are read as well."""
    kept = func.case_marks(of.marks, type_=ARRAY(Text))
    longer = [of.words.contains(bindparam(name, type_=String)) for name in names if name.startswith(_LONGER)]
    words = and_(kept.op("@>")(_set("pairs")), *longer)
    if "numbered" in names:
        words = or_(words, kept.op("@>")(_set("numbered")))
    return and_(words, *(kept.op("&&")(_set(name)) for name in names if name.startswith(_MARKS)))


def _set(name: str) -> ColumnElement[Any]:
    return cast(bindparam(name, type_=ARRAY(Text)), ARRAY(Text))
