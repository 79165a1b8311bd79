"""A ledger that 12345 exported, taken over in two steps: first it is read, matched to places and categories and laid
out to be looked through; then the lines somebody ticked become cases, each in a transaction of its own."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVarTuple
from uuid import UUID, uuid5

from sqlalchemy import Select, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app import clock
from app.access import audit
from app.access.actor import Actor
from app.access.permissions import Permission, require
from app.calendar import queries as calendar
from app.cases import hotline_answers, keying_in, queries, wording
from app.cases.channels import Channel
from app.cases.intake import Came
from app.cases.keying_in import Keyed
from app.cases.likeness import similar, traits
from app.cases.models import LedgerFile, LedgerImport, LedgerLine
from app.cases.sealing import phone_index, seal, unseal
from app.cases.wording import LONGEST_SPOT, Words
from app.categories import queries as categories
from app.db import db, table, transaction
from app.errors import ManyRefused, NotFound, Refused
from app.places import finding
from app.places.finding import Gazetteer, Place

if TYPE_CHECKING:
    from app.cases.orders import Order, Orders

LARGEST = 20 * 1024 * 1024
KEPT = timedelta(days=1)
SUFFIXES = (".xlsx", ".xls", ".csv")
AT_ONCE = 150  # lines taken by one press: a request is no place for more
JUST_NOW = timedelta(
    hours=24
)  # danger told longer ago than this has been dealt with, or nobody would be helped
SAID_BEFORE = timedelta(days=14)
OPEN, TAKEN, KNOWN, FAULTY = "open", "taken", "known", "faulty"
Row = TypeVarTuple("Row")
_SPACE = UUID("6f6b1f0e-6d5c-4c0b-9d43-0d6a8f1c2e11")  # of keys made of order numbers


@dataclass(frozen=True)
class Said:
    """What the sealed part of a line holds."""

    text: str = ""
    name: str = ""
    phone: str = ""
    address: str = ""
    community: str = ""
    kind: str = ""
    category: str = ""
    unit: str = ""
    received: str = ""
    heard: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Choice:
    """What somebody chose for a line: its place, and the open case it is one with, or neither."""

    place: str
    same: str = ""


def look_through(actor: Actor, path: Path, file_name: str) -> int:
    """Read a ledger and lay it out; returns the id of the import. Raises Forbidden; Refused at `ledger` when it cannot
    be read at all."""
    from app.cases.orders import read_orders

    require(actor, Permission.IMPORT_LEDGER)
    read = read_orders(path)
    if not read.orders:
        raise Refused("ledger_unreadable", "ledger", {"reason": read.broken})
    waiting = still_open(read)
    rows = Matching(db.session(), actor, waiting).rows()
    if read.broken:  # what came before it is not lost for that
        rows.append(broken_row(read))
    with transaction() as session:
        made = LedgerImport(
            sub_district_id=actor.sub_district_id,
            staff_id=actor.staff_id,
            file_name=wording.without_control_characters(file_name)[-120:],
            made_at=clock.now(),
            finished=len(read.orders) - len(waiting),
            lines=len(read.orders),
        )
        session.add(made)
        session.flush()
        lay_out(session, made.id, rows)
        keep_heard(session, made, read)
        audit.record(session, actor, "ledger_read", "ledger_import", made.id)
        return made.id


def still_open(read: Orders) -> list[Order]:
    """Orders that were not done when the ledger was written."""
    now = calendar.local(clock.now())
    return [one for one in read.orders if not (one.is_finished and one.finished and one.finished <= now)]


def lay_out(session: Session, import_id: int, rows: list[dict[str, Any]]) -> None:
    """Keep the rows of lines, with what is said in them sealed."""
    for row in rows:
        said = row.pop("said")
        row["sealed"] = _sealed(said, import_id, row["line"]) if said is not None else None
        row["ledger_import_id"] = import_id
    if rows:
        session.execute(insert(table(LedgerLine)), rows)


def keep_heard(session: Session, here: LedgerImport, read: Orders) -> None:
    """Keep what the hotline's follow-up heard about orders that are cases already, done or not."""
    heard = {one.number: one.heard for one in read.orders if one.number and one.heard}
    hotline_answers.keep(session, here.sub_district_id, heard)


def _sealed(said: Said, import_id: int, line: int) -> bytes:
    text = json.dumps(vars(said), ensure_ascii=False)
    return seal(text, column="ledger", row=f"{import_id}:{line}")


def said_in(line: LedgerLine) -> Said:
    """The sealed part of a line; nothing where it is gone."""
    if line.sealed is None:
        return Said()
    row = f"{line.ledger_import_id}:{line.line}"
    return Said(**json.loads(unseal(line.sealed, column="ledger", row=row)))


def broken_row(read: Orders) -> dict[str, Any]:
    """The row that says why nothing after the last line was read."""
    blank = dict(order_number="", phone_index=None, place="", category="", due_at=None, same="")
    return blank | dict(
        line=read.orders[-1].line + 1,
        outcome=FAULTY,
        faults=[["", read.broken]],
        case_number="",
        said=None,
    )


class Matching:
    """Orders against what the house knows: places, categories, cases made of them before, cases like them."""

    def __init__(self, session: Session, actor: Actor, orders: Sequence[Order]) -> None:
        self.session, self.actor, self.orders = session, actor, orders
        self.gazetteer = Gazetteer(session, actor)
        assert actor.sub_district_id is not None  # noqa: S101 - staff have one
        self.known = queries.orders_known(session, actor.sub_district_id, [one.number for one in orders])
        self.leaves = _Leaves(session)
        self.traits = cache(traits)

    def rows(self) -> list[dict[str, Any]]:
        """A row for each order, with what goes into its sealed part under `said`."""
        matched = [(one, self._place(one)) for one in self.orders]
        near = queries.open_words_at(
            self.session, self.actor, {place.row_id for _, place in matched if place and place.is_door}
        )
        indexes = {one.line: phone_index(one.phone) for one in self.orders if one.phone}
        by_phone = queries.said_by_phone(
            self.session, self.actor, set(indexes.values()), clock.now() - SAID_BEFORE
        )
        return [self._row(one, place, indexes.get(one.line), near, by_phone) for one, place in matched]

    def _place(self, order: Order) -> Place | None:
        return self.gazetteer.in_address(order.address or order.text[:200], order.community)

    def _row(
        self,
        order: Order,
        place: Place | None,
        index: str | None,
        near: Mapping[int, Sequence[tuple[str, str]]],
        by_phone: Mapping[str, Sequence[tuple[str, str]]],
    ) -> dict[str, Any]:
        outcome = KNOWN if order.number in self.known else FAULTY if order.is_faulty else OPEN
        candidates = [
            *by_phone.get(index or "", ()),
            *(near.get(place.row_id, ()) if place and place.is_door else ()),
        ]
        likest = (
            similar(order.text, [text for _number, text in candidates], most=1, read=self.traits)
            if outcome == OPEN
            else []
        )
        said = Said(
            text=order.text,
            name=order.name,
            phone=order.phone,
            address=order.address,
            community=order.community,
            kind=order.kind,
            category=order.category,
            unit=order.unit,
            received=order.received.isoformat() if order.received else "",
            heard=order.heard,
        )
        return dict(
            line=order.line,
            order_number=order.number,
            phone_index=None,
            place=place.ref if place else "",
            category=self.leaves.code_of(order.category),
            due_at=calendar.utc(order.due) if order.due else None,
            same=candidates[likest[0]][0] if likest else "",
            outcome=outcome,
            faults=[[one.column, one.reason] for one in order.faults],
            case_number=self.known.get(order.number, ""),
            said=said if outcome == OPEN else None,
        )


class _Leaves:
    """The catalogue by its three levels, and by the last one where that is the only one of its name."""

    def __init__(self, session: Session) -> None:
        leaves = categories.in_use(session)
        self.whole = {(one.level1, one.level2, one.level3): one.code for one in leaves}
        last: dict[str, list[str]] = {}
        for one in leaves:
            last.setdefault(one.level3, []).append(one.code)
        self.last = {name: codes[0] for name, codes in last.items() if len(codes) == 1}

    def code_of(self, written: str) -> str:
        """The code of the leaf a ledger names; empty for none of ours."""
        from app.cases.orders import levels_of

        levels = levels_of(written)
        if not levels:
            return ""
        whole = (levels[0], levels[1], levels[2]) if len(levels) == 3 else None
        return (self.whole.get(whole, "") if whole else "") or self.last.get(levels[-1], "")


# ---- taking ------------------------------------------------------------------------------------------------


def choose(actor: Actor, import_id: int, chosen: Mapping[int, Choice]) -> None:
    """Keep what somebody chose for lines that are still open, so that it is not lost. Raises Forbidden, NotFound."""
    with transaction() as session:
        here = the_import(session, actor, import_id)
        for line_id, choice in chosen.items():
            session.execute(
                update(LedgerLine)
                .where(
                    LedgerLine.id == line_id,
                    LedgerLine.ledger_import_id == here.id,
                    LedgerLine.outcome == OPEN,
                )
                .values(place=choice.place, same=choice.same)
            )


def take(actor: Actor, import_id: int, line_ids: Collection[int]) -> tuple[int, dict[int, Refused]]:
    """Make cases of these lines, with the choices kept before, at most AT_ONCE of them; how many were taken, and why
    others were not, by line. A line taken before is passed over; what one refuses stops no other. Raises Forbidden,
    NotFound."""
    the_import(db.session(), actor, import_id)
    taken, refused = 0, dict[int, Refused]()
    wanted = sorted(line_ids)[:AT_ONCE]
    places = _places_of_lines(actor, import_id, wanted)
    for line_id in wanted:
        try:
            taken += _take_one(actor, import_id, line_id, places.get(line_id))
        except Refused as why:
            refused[line_id] = why
        except ManyRefused as many:
            refused[line_id] = many.refusals[0]
    return taken, refused


def ready_lines(session: Session, import_id: int, *, after: int = 0, most: int = AT_ONCE) -> dict[int, int]:
    """The open lines that need no look, by id: their place is known, and nothing open is like them."""
    query = _ready(select(LedgerLine.id, LedgerLine.line), import_id).where(LedgerLine.line > after)
    rows = session.execute(query.order_by(LedgerLine.line).limit(most))
    return {row.id: row.line for row in rows}


def count_ready(session: Session, import_id: int, *, after: int = 0) -> int:
    """How many lines need no look."""
    return session.scalar(_ready(select(func.count()), import_id).where(LedgerLine.line > after)) or 0


def _ready(query: Select[*Row], import_id: int) -> Select[*Row]:
    return query.where(
        LedgerLine.ledger_import_id == import_id,
        LedgerLine.outcome == OPEN,
        LedgerLine.place != "",
        LedgerLine.place.not_like(f"{finding.COMMUNITY}%"),
        LedgerLine.same == "",
    )


def _take_one(actor: Actor, import_id: int, line_id: int, place: Place | None) -> bool:
    key = ""
    try:
        with transaction() as session:
            line = _locked(session, import_id, line_id)
            if line is None or line.outcome != OPEN:
                return False
            if place is None:
                raise Refused("place_unknown", "where")
            key = str(uuid5(_SPACE, f"{actor.sub_district_id}:{line.order_number}"))
            known = queries.report_by_key(session, key)
            if known is None:
                said = said_in(line)
                keyed = Keyed(place.ref, _words(said, line), Channel.HOTLINE.value, same=line.same)
                came = Came(Channel.HOTLINE.value, actor, line.order_number, line.due_at)
                receipt = keying_in.apply(session, place, key, keyed, came, is_calm=_is_old(said))
                known = queries.report_by_receipt(session, receipt)
                line.outcome = TAKEN
                if known is not None:
                    hotline_answers.keep_one(session, known.id, said.heard)
            else:
                line.outcome = KNOWN
            line.case_number, line.sealed = known.case.number if known else "", None
            return line.outcome == TAKEN
    except IntegrityError:  # somebody else took the same order just now
        if not key or queries.report_by_key(db.session(), key) is None:
            raise
        return _take_one(actor, import_id, line_id, place)


def _places_of_lines(actor: Actor, import_id: int, line_ids: Sequence[int]) -> dict[int, Place]:
    query = select(LedgerLine.id, LedgerLine.place).where(
        LedgerLine.id.in_(line_ids), LedgerLine.ledger_import_id == import_id
    )
    refs = {row.id: row.place for row in db.session().execute(query)}
    known = finding.places_of(db.session(), actor, set(refs.values()))
    return {line_id: known[ref] for line_id, ref in refs.items() if ref in known}


def _locked(session: Session, import_id: int, line_id: int) -> LedgerLine | None:
    query = select(LedgerLine).where(LedgerLine.id == line_id, LedgerLine.ledger_import_id == import_id)
    return session.scalars(query.with_for_update().execution_options(populate_existing=True)).one_or_none()


def _words(said: Said, line: LedgerLine) -> Words:
    return Words(
        text=said.text,
        kind=said.kind,
        category=line.category,
        name=said.name,
        phone=said.phone,
        spot=said.address[-LONGEST_SPOT:],
    )


def _is_old(said: Said) -> bool:
    """Whether it was said too long ago for an alarm to help anybody; without a time it was just now."""
    if not said.received:
        return False
    return calendar.utc(datetime.fromisoformat(said.received)) < clock.now() - JUST_NOW


# ---- looking -------------------------------------------------------------------------------------------------


def the_import(session: Session, actor: Actor, import_id: int) -> LedgerImport:
    """An import of this sub-district that is not over a day old; somebody else's only for whoever covers all that
    may stand in it. Raises Forbidden, NotFound."""
    require(actor, Permission.IMPORT_LEDGER)
    found = session.get(LedgerImport, import_id)
    if found is None or found.sub_district_id != actor.sub_district_id or found.made_at < clock.now() - KEPT:
        raise NotFound
    if actor.community_ids is not None and found.staff_id != actor.staff_id:
        raise NotFound
    return found


def forget_old(sub_district_id: int) -> int:
    """Delete ledgers that were looked through over a day ago; returns how many."""
    with transaction() as session:
        old = select(LedgerImport.id).where(
            LedgerImport.sub_district_id == sub_district_id, LedgerImport.made_at < clock.now() - KEPT
        )
        ids = list(session.scalars(old))
        if ids:
            session.execute(delete(LedgerFile).where(LedgerFile.ledger_import_id.in_(ids)))
            session.execute(delete(LedgerLine).where(LedgerLine.ledger_import_id.in_(ids)))
            session.execute(delete(LedgerImport).where(LedgerImport.id.in_(ids)))
        return len(ids)
