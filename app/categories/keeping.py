"""Keeping the catalogue (三级分类): out as a table, in again with every fault named by line and column, and leaves
retired. A leaf is never deleted, for cases stand under it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access import audit
from app.access.actor import Actor
from app.categories import catalogue, queries
from app.categories.models import Category
from app.db import transaction
from app.errors import MashangError, Refused
from app.places.spreadsheet import Line, NotASpreadsheet, Unreadable, read_sheets

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
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\r\n")
    rows.writerow(COLUMNS)
    for leaf in session.scalars(select(Category).order_by(Category.code)):
        rows.writerow([_written(value) for value in _as_row(leaf).values()])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def import_catalogue(actor: Actor, path: Path, *, dry_run: bool = False) -> Taken:
    """Take a table of leaves in, all or none: new codes are added, known ones changed, others left as they are.
    Raises CatalogueRefused with every fault, OSError."""
    rows = _read(path)
    if dry_run:
        with transaction() as session:
            taken = _take_in(session, rows)
            session.rollback()
        return taken
    with transaction() as session:
        taken = _take_in(session, rows)
        audit.record(session, actor, "catalogue_imported", "category", "all", tuple(COLUMNS))
        return taken


def retire(actor: Actor, code: str) -> bool:
    """Offer a leaf no longer; cases under it stay. False when it was retired before. Raises Refused."""
    with transaction() as session:
        leaf = queries.by_code(session, code)
        if leaf is None:
            raise Refused("category_unknown", "code", {"code": code})
        if leaf.retired:
            return False
        leaf.retired = True
        audit.record(session, actor, "category_retired", "category", leaf.id, ("retired",))
        return True


Row = dict[str, str | bool]


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
    return value if isinstance(value, str) else "yes" if value else "no"


# ---- reading -------------------------------------------------------------------------------------------


def _read(path: Path) -> list[Row]:
    try:
        for sheet in read_sheets(path):
            lines = list(sheet)
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
            row = {name: str(cell).strip() for name, cell in written.items()}
            rows.append({**row, **{name: YES_NO[row[name].lower()] for name in FLAGS}})
    if faults:
        raise CatalogueRefused(faults)
    return rows


FLAGS = ("due_first", "community_may_lead", "retired")


def _faults(number: int, written: Mapping[str, str | Unreadable], seen: dict[str, int]) -> Iterator[Fault]:
    for name, cell in written.items():
        if isinstance(cell, Unreadable):
            yield Fault(number, COLUMNS[name], cell.reason)
            return
    row = {name: str(cell).strip() for name, cell in written.items()}
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
