"""What the worker makes of each change of a case: its number in the counts, its words in the index.

The index is not written by whoever reports: a report waits for nothing but itself, and is found within seconds.
Deleting is the exception: what was deleted is out of the index when the deletion is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import delete, func, insert, select, text
from sqlalchemy.orm import Session

from app.cases import grams, touching
from app.cases.models import Addition, CaseFile, Report
from app.cases.queue_models import CaseCount, CaseTouched, CaseWords
from app.db import db, table, transaction, upsert
from app.places.models import Building, Community, Doorway

AT_ONCE, PAGES_AT_ONCE = 200, 200
Orders = Callable[[Session, Sequence[int]], dict[int, list[str]]]
"""The numbers under which the hotline holds these cases; the room that knows them is above this one."""

_TAKE_OUT = text(
    "INSERT INTO case_search (case_search, rowid, grams, marks) VALUES ('delete', :id, :grams, :marks)"
)
_MERGE = text("INSERT INTO case_search (case_search, rank) VALUES ('merge', :pages)")
_CHANGED = text("SELECT total_changes()")
_PUT_IN = text("INSERT INTO case_search (rowid, grams, marks) VALUES (:id, :grams, :marks)")


def digest(orders: Orders, at_most: int = AT_ONCE) -> int:
    """Fold a batch of changes into the counts and the index; how many it were. A case that somebody is changing just
    now is left for the next round, so nobody waits for the index."""
    if not _anything_touched():
        return 0
    with transaction() as session:
        waiting = select(CaseTouched.id).order_by(CaseTouched.id).limit(at_most)
        ids = list(session.scalars(waiting.with_for_update(skip_locked=True)))
        gone = delete(table(CaseTouched)).where(table(CaseTouched).c.id.in_(ids))
        rows = session.execute(gone.returning(*table(CaseTouched).c)).all()
        _count(session, rows)
        places = {row.case_id: (row.sub_district_id, row.community_id) for row in rows}
        free = select(CaseFile.id).where(CaseFile.id.in_(places)).order_by(CaseFile.id)
        here = list(session.scalars(free.with_for_update(skip_locked=True)))
        index(session, here, orders(session, here))
        for case_id in places.keys() - set(here):
            touching.touch(session.connection(), case_id, places[case_id])
    return len(rows)


def forget(session: Session, case_ids: Sequence[int]) -> None:
    """Take these cases out of the index inside the caller's transaction; the worker puts back what may still be
    found of them."""
    _take_out(session, case_ids)
    for case in session.scalars(select(CaseFile).where(CaseFile.id.in_(case_ids))):
        touching.touch(session.connection(), case.id, (case.sub_district_id, case.community_id))


def forget_for_good() -> None:
    """Rewrite the index of SQLite, which else keeps what was taken out until it happens to be rewritten; a few pages
    at a time, so that writers wait for none of it. PostgreSQL's is cleaned by its vacuum."""
    pages, is_left = -PAGES_AT_ONCE, db.engine.dialect.name == "sqlite"
    while is_left:
        with transaction() as session:
            before = session.scalar(_CHANGED) or 0
            session.execute(_MERGE, {"pages": pages})
            is_left = (
                session.scalar(_CHANGED) or 0
            ) - before >= 2  # as FTS5 says that nothing was left to do
        pages = PAGES_AT_ONCE


def touch_all(session: Session) -> int:
    """Have the worker read every case's words anew, inside the caller's transaction."""
    columns = ("case_id", "sub_district_id", "community_id")
    every = select(CaseFile.id, CaseFile.sub_district_id, CaseFile.community_id).order_by(CaseFile.id)
    put_in = insert(table(CaseTouched)).from_select(columns, every)
    done: Any = session.execute(put_in, execution_options={"preserve_rowcount": True})
    return int(done.rowcount)


def unknown(session: Session) -> int:
    """How many cases the search does not know, and nothing waits to tell it of; 0 is what must come out."""
    known = select(CaseWords.case_id).where(CaseWords.case_id == CaseFile.id).exists()
    waiting = select(CaseTouched.id).where(CaseTouched.case_id == CaseFile.id).exists()
    return session.scalar(select(func.count()).select_from(CaseFile).where(~known, ~waiting)) or 0


def recount(session: Session) -> None:
    """Count every case anew, inside the caller's transaction: lines not folded in yet keep only what they say of
    words."""
    session.execute(table(CaseTouched).update().values(from_state=None, to_state=None))
    session.execute(delete(table(CaseCount)))
    place = (CaseFile.sub_district_id, CaseFile.community_id, CaseFile.state)
    counted = select(*place, text("count(*)")).group_by(*place)
    columns = ("sub_district_id", "community_id", "state", "cases")
    session.execute(insert(table(CaseCount)).from_select(columns, counted))


def index(session: Session, case_ids: Sequence[int], orders: dict[int, list[str]]) -> None:
    """Write what these cases are found by as the database has it now, in the caller's transaction."""
    _take_out(session, case_ids)
    rows = [
        {"case_id": case_id, "words": words, "marks": marks}
        for case_id, words, marks in _read(session, case_ids, orders)
    ]
    if not rows:
        return
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    pairs = {row["case_id"]: grams.grams(str(row["words"])) for row in rows}
    if is_sqlite:
        values = [
            {"id": row["case_id"], "grams": pairs[row["case_id"]], "marks": row["marks"]} for row in rows
        ]
        session.connection().execute(_PUT_IN, values)
    else:  # one index holds both; what stands next to what is asked of the words themselves
        for row in rows:
            every = dict.fromkeys([*pairs[row["case_id"]].split(), *str(row["marks"]).split()])
            row["marks"] = " ".join(every)
    session.connection().execute(insert(table(CaseWords)), rows)


def _take_out(session: Session, case_ids: Sequence[int]) -> None:
    kept = table(CaseWords)
    gone = delete(kept).where(kept.c.case_id.in_(case_ids))
    old = session.execute(gone.returning(kept.c.case_id, kept.c.words, kept.c.marks)).all()
    if old and session.get_bind().dialect.name == "sqlite":
        values = [{"id": row[0], "grams": grams.grams(row[1]), "marks": row[2]} for row in old]
        session.connection().execute(_TAKE_OUT, values)


def _read(
    session: Session, case_ids: Sequence[int], orders: dict[int, list[str]]
) -> list[tuple[int, str, str]]:
    """Id, words and marks of each case."""
    texts: dict[int, list[str]] = {case_id: [] for case_id in case_ids}
    said = select(Report.case_id, Report.text, Report.spot).where(Report.case_id.in_(case_ids))
    for case_id, words, spot in session.execute(said.order_by(Report.id)):
        texts[case_id] += [words, spot]
    added = select(Report.case_id, Addition.text).join(Report, Report.id == Addition.report_id)
    for case_id, words in session.execute(added.where(Report.case_id.in_(case_ids)).order_by(Addition.id)):
        texts[case_id].append(words)
    query = (
        select(
            CaseFile.id, CaseFile.number, CaseFile.state, CaseFile.sub_district_id, CaseFile.community_id,
            CaseFile.title, CaseFile.public_words, Community.name, Building.name, Doorway.name,
        )
        .join(Doorway, Doorway.id == CaseFile.doorway_id)
        .join(Building, Building.id == Doorway.building_id)
        .join(Community, Community.id == Building.community_id)
        .where(CaseFile.id.in_(case_ids))
    )  # fmt: skip
    found = []
    for case_id, number, state, place, community, line, public, *names in session.execute(query):
        title = line.rstrip("…")
        own = [] if any(words.lstrip().startswith(title) for words in texts[case_id]) else [title]
        words = grams.words_of([*own, *texts[case_id], public, f"{names[1]}{names[2]}", names[0]])
        marks = [
            *marks_of(words, number, state, place, community),
            *(mark for order in orders.get(case_id, ()) for mark in grams.number_marks(number, [order])[2:]),
        ]
        found.append((case_id, words, " ".join(dict.fromkeys(marks))))
    return found


def marks_of(words: str, number: str, state: str, sub_district_id: int, community_id: int) -> list[str]:
    """What is indexed beside the words of a case."""
    return [
        *grams.characters(words),
        *grams.number_marks(number, ()),
        grams.fact("state", state),
        grams.fact("dist", sub_district_id),
        grams.fact("comm", community_id),
    ]


def _count(session: Session, rows: Sequence[Any]) -> None:
    more: Counter[tuple[int, int, str]] = Counter()
    for row in rows:
        for state, number in ((row.to_state, 1), (row.from_state, -1)):
            if state is not None:
                more[row.sub_district_id, row.community_id, state] += number
    counts = table(CaseCount).c
    for (place, community, state), number in sorted(more.items()):
        if not number:
            continue
        row = {"sub_district_id": place, "community_id": community, "state": state, "cases": number}
        session.execute(
            upsert(CaseCount, session.get_bind().dialect.name)
            .values(row)
            .on_conflict_do_update(
                index_elements=["sub_district_id", "community_id", "state"],
                set_={"cases": counts.cases + number},
            )
        )


def _anything_touched() -> bool:
    with db.engine.connect() as connection:
        return connection.scalar(select(CaseTouched.id).limit(1)) is not None
