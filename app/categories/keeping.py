"""Keeping the catalogue (三级分类): out as a table, in again with every fault named by line and column, and leaves
retired. A leaf is never deleted, for cases stand under it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access import audit
from app.access.actor import Actor
from app.access.freshness import mark_of, must_stand
from app.access.permissions import require_shared_office
from app.categories import catalogue, queries
from app.categories.models import Category, TimeLimit
from app.db import transaction
from app.errors import MashangError, Refused
from app.places import written
from app.places.exporting import harmless
from app.places.spreadsheet import Line, Manner, NotASpreadsheet, Unreadable, read_sheets
from app.places.unpacking import Bounds

COLUMNS = {
    "code": "代码",
    "level1": "一级",
    "level2": "二级",
    "level3": "三级",
    "limit": "时限",
    "lead_unit": "主责单位",
    "due_first": "不等周六",
    "community_may_lead": "社区可主责",
    "frame": "公布的分类",
    "retired": "停用",
}
"""Columns of the table, and what they are called in Chinese; both are read."""
LONGEST = {"code": 12, "level1": 40, "level2": 40, "level3": 60, "lead_unit": 60}
YES_NO = {"yes": True, "no": False, "是": True, "否": False, "": False}
MOST_LINES = 5000
MANNER = Manner(bounds=Bounds(48 * 1024 * 1024, 8 * 1024 * 1024, 1_000_000))
HEADER_WITHIN = 10  # lines in which the header must stand; titles may come before it


@dataclass(frozen=True)
class Fault:
    """What cannot be taken in, and where."""

    line: int
    column: str
    reason: str


@dataclass
class CatalogueRefused(MashangError):
    """Nothing was taken in."""

    faults: list[Fault]


@dataclass(frozen=True)
class Taken:
    """How many leaves came in new, changed, and stood like that already."""

    added: int
    changed: int
    same: int


def export_catalogue(session: Session) -> bytes:
    """The whole catalogue as CSV with a BOM, retired leaves included."""
    return b"\xef\xbb\xbf" + _as_table(
        _as_row(leaf) for leaf in session.scalars(select(Category).order_by(Category.code))
    )


def _as_table(rows: Iterable[Row]) -> bytes:
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\r\n")
    table.writerow(COLUMNS)
    table.writerows([_written(row[name]) for name in COLUMNS] for row in rows)
    return text.getvalue().encode()


def import_catalogue(actor: Actor, path: Path, *, dry_run: bool = False, as_seen: str | None = None) -> Taken:
    """Take a table of leaves in, all or none: new codes are added, known ones changed, others left as they are.
    Raises CatalogueRefused with every fault, Forbidden, OSError; Refused: page_older when `as_seen` is given and the
    catalogue has changed since that preview."""
    require_shared_office(actor)
    rows = _read(path)
    if dry_run:
        with transaction() as session:
            taken = _take_in(session, rows)
            session.rollback()
        return taken
    with transaction() as session:
        if as_seen is not None:
            must_stand(as_seen, *_all_rows(session))
        taken = _take_in(session, rows)
        audit.record(session, actor, "catalogue_imported", "category", "all", tuple(COLUMNS))
        return taken


def retire(actor: Actor, code: str) -> bool:
    """Offer a leaf no longer; cases under it stay. False when it was retired before. Raises Refused, Forbidden."""
    require_shared_office(actor)
    with transaction() as session:
        leaf = _known(session, code)
        if leaf.retired:
            return False
        leaf.retired = True
        audit.record(session, actor, "category_retired", "category", leaf.id, ("retired",))
        return True


def take_back(actor: Actor, code: str) -> bool:
    """Offer a retired leaf again. False when it was in use. Raises Refused, Forbidden."""
    require_shared_office(actor)
    with transaction() as session:
        leaf = _known(session, code)
        if not leaf.retired:
            return False
        leaf.retired = False
        audit.record(session, actor, "category_taken_back", "category", leaf.id, ("retired",))
        return True


def _known(session: Session, code: str) -> Category:
    leaf = queries.by_code(session, code)
    if leaf is None:
        raise Refused("category_unknown", "code", {"code": code})
    return leaf


Row = dict[str, str | bool]


# ---- one leaf ------------------------------------------------------------------------------------------


def seen(leaf: Category) -> str:
    """What a page showed of a leaf."""
    return mark_of(*_as_row(leaf).items())


def change_leaf(actor: Actor, code: str, form: Mapping[str, str], as_seen: str) -> list[str]:
    """Take a leaf's names, limit, lead, rules and frame from a form; returns which changed. Cases sorted before keep
    what they have. Raises Forbidden, ManyRefused, Refused: category_unknown, page_older."""
    require_shared_office(actor)
    with transaction() as session:
        leaf = _known(session, code)
        must_stand(as_seen, *_as_row(leaf).items())
        row = _from_form(session, form) | {"code": leaf.code, "retired": leaf.retired}
        changed = [name for name, value in _as_row(leaf).items() if row[name] != value]
        for column, value in _columns(row).items():
            setattr(leaf, column, value)
        if changed:
            audit.record(session, actor, "category_changed", "category", leaf.id, changed)
        return changed


def add_leaf(actor: Actor, form: Mapping[str, str]) -> str:
    """Put a new leaf into the catalogue; returns its code. Raises Forbidden, ManyRefused, Refused: category_there."""
    require_shared_office(actor)
    with transaction() as session:
        faults = written.Faults()
        code = faults.read(_code, form.get("code", ""))
        row = faults.gather(_from_form, session, form)
        faults.told()
        if queries.by_code(session, code or "") is not None:
            raise Refused("category_there", "code")
        leaf = Category(**_columns((row or {}) | {"code": code or "", "retired": False}))
        session.add(leaf)
        session.flush()
        audit.record(session, actor, "category_added", "category", leaf.id, tuple(COLUMNS))
        return leaf.code


def _code(text: str) -> str:
    if not re.fullmatch("[0-9A-Za-z]{1,12}", text.strip()):
        raise Refused("category_code_wrong", "code")
    return text.strip()


def _from_form(session: Session, form: Mapping[str, str]) -> Row:
    faults = written.Faults()
    row: Row = {}
    for name in ("level1", "level2", "level3"):
        row[name] = faults.read(written.name, name, form.get(name, ""), LONGEST[name]) or ""
    lead = faults.read(
        written.name, "lead_unit", form.get("lead_unit", ""), LONGEST["lead_unit"], needed=False
    )
    may_lead = form.get("community_may_lead") == "1"
    row |= {"lead_unit": lead or "", "limit": form.get("limit", ""), "frame": form.get("frame", "").strip()}
    row |= {"due_first": form.get("due_first") == "1", "community_may_lead": may_lead}
    if session.get(TimeLimit, str(row["limit"]).replace("\0", "")) is None:
        faults.found.append(Refused("choice_unknown", "limit"))
    if row["frame"] and row["frame"] not in catalogue.frame():
        faults.found.append(Refused("frame_unknown", "frame"))
    if lead == catalogue.COMMUNITY and not may_lead:
        faults.found.append(Refused("community_only_assists", "lead_unit"))
    faults.told()
    return row


# ---- a table, looked at before it is taken -------------------------------------------------------------


@dataclass(frozen=True)
class Difference:
    """A leaf that a table would add or change, and the columns in which it differs."""

    code: str
    words: str
    is_new: bool
    columns: list[str]


@dataclass(frozen=True)
class Preview:
    """What taking a table in would do; `table` is the table again as plain CSV, for the page to hand back, and
    `seen` the catalogue it was compared with."""

    taken: Taken
    differences: list[Difference]
    table: str
    seen: str


def preview(session: Session, path: Path) -> Preview:
    """Look a table through and write nothing. Raises CatalogueRefused with every fault, OSError."""
    rows = _read(path)
    known = {leaf.code: _as_row(leaf) for leaf in session.scalars(select(Category))}
    found = [_difference(row, known.get(str(row["code"]))) for row in rows]
    changes = [one for one in found if one is not None]
    added = sum(one.is_new for one in changes)
    taken = Taken(added, len(changes) - added, len(rows) - len(changes))
    return Preview(taken, changes, _as_table(rows).decode(), mark_of(*_all_rows(session)))


def _difference(row: Row, known: Row | None) -> Difference | None:
    columns = [COLUMNS[name] for name, value in row.items() if known is None or known[name] != value]
    if known is not None and not columns:
        return None
    return Difference(str(row["code"]), str(row["level3"]), known is None, [] if known is None else columns)


def _all_rows(session: Session) -> list[tuple[tuple[str, str | bool], ...]]:
    leaves = session.scalars(select(Category).order_by(Category.code))
    return [tuple(_as_row(leaf).items()) for leaf in leaves]


def _take_in(session: Session, rows: list[Row]) -> Taken:
    known = {leaf.code: leaf for leaf in session.scalars(select(Category))}
    added = changed = 0
    for row in rows:
        leaf = known.get(str(row["code"]))
        if leaf is None:
            session.add(Category(**_columns(row)))
            added += 1
        elif _as_row(leaf) != row:
            for column, value in _columns(row).items():
                setattr(leaf, column, value)
            changed += 1
    session.flush()
    return Taken(added, changed, len(rows) - added - changed)


def _columns(row: Mapping[str, str | bool]) -> dict[str, str | bool]:
    return {"limit_key" if name == "limit" else name: value for name, value in row.items()}


def _as_row(leaf: Category) -> Row:
    return {name: getattr(leaf, "limit_key" if name == "limit" else name) for name in COLUMNS}


def _written(value: str | bool) -> str:
    return harmless(value) if isinstance(value, str) else "yes" if value else "no"


# ---- reading -------------------------------------------------------------------------------------------


def _read(path: Path) -> list[Row]:
    try:
        for sheet in read_sheets(path, MANNER):
            lines = list(islice(sheet, MOST_LINES + 1))
            if len(lines) > MOST_LINES:
                raise CatalogueRefused([Fault(MOST_LINES + 1, "", f"表格太大，最多{MOST_LINES}行")])
            header = next(filter(None, map(_header, lines[:HEADER_WITHIN])), None)
            if header is not None:
                return _rows(lines, header)
    except NotASpreadsheet as wrong:
        raise CatalogueRefused([Fault(wrong.line, "", wrong.reason)]) from wrong
    raise CatalogueRefused([Fault(1, "", f"没有表头，要有{'、'.join(COLUMNS.values())}")])


@dataclass(frozen=True)
class _Header:
    line: int
    places: dict[str, int]


def _header(line: Line) -> _Header | None:
    number, cells = line
    texts = [cell.strip() if isinstance(cell, str) else "" for cell in cells]
    places = {
        name: next((at for at, text in enumerate(texts) if text in (name, words)), -1)
        for name, words in COLUMNS.items()
    }
    needed = ("code", "level1", "level2", "level3", "limit")
    return _Header(number, places) if all(places[name] >= 0 for name in needed) else None


def _rows(lines: list[Line], header: _Header) -> list[Row]:
    rows: list[Row] = []
    faults: list[Fault] = []
    seen: dict[str, int] = {}
    for number, cells in lines:
        if number <= header.line or not any(cells):
            continue
        written = {name: cells[at] if 0 <= at < len(cells) else "" for name, at in header.places.items()}
        found = list(_faults(number, written, seen))
        faults += found
        if not found:
            row = _as_meant(written)
            rows.append({**row, **{name: YES_NO[row[name].lower()] for name in FLAGS}})
    if faults:
        raise CatalogueRefused(faults)
    return rows


FLAGS = ("due_first", "community_may_lead", "retired")


def _as_meant(written: Mapping[str, str | Unreadable]) -> dict[str, str]:
    """The cells as text, without the mark that kept a spreadsheet from running them."""
    row = {name: str(cell).strip() for name, cell in written.items()}
    return {name: text[1:] if text == harmless(text[1:]) else text for name, text in row.items()}


def _faults(number: int, written: Mapping[str, str | Unreadable], seen: dict[str, int]) -> Iterator[Fault]:
    for name, cell in written.items():
        if isinstance(cell, Unreadable):
            yield Fault(number, COLUMNS[name], cell.reason)
            return
    row = _as_meant(written)
    for name in ("code", "level1", "level2", "level3"):
        if not row[name]:
            yield Fault(number, COLUMNS[name], "不能空着")
    for name, longest in LONGEST.items():
        if len(row[name]) > longest or not row[name].isprintable():
            yield Fault(number, COLUMNS[name], f"最多{longest}个看得见的字")
    if row["code"] in seen:
        yield Fault(number, COLUMNS["code"], f"和第{seen[row['code']]}行重复")
    seen.setdefault(row["code"], number)
    if row["limit"] not in catalogue.LIMITS:
        yield Fault(number, COLUMNS["limit"], f"要是{'、'.join(catalogue.LIMITS)}里的一个")
    if row["frame"] and row["frame"] not in catalogue.frame():
        yield Fault(number, COLUMNS["frame"], f"没有“{row['frame']}”这个分类代码")
    for name in FLAGS:
        if row[name].lower() not in YES_NO:
            yield Fault(number, COLUMNS[name], "写 yes、no，或者是、否")
