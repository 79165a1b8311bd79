"""What a ledger of doorways says: its columns, its rows, and every fault with line, column and reason."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import TypeVar

from app.places.spreadsheet import Cell, Line, NotASpreadsheet, Unreadable, read_sheets
from app.places.tidying import tidy

HEADER_WITHIN = 20
MOST_HOUSEHOLDS = 9999
LONGEST = {"community": 40, "building": 60, "doorway": 40}
REQUIRED = ("community", "building", "doorway")
# The first alias is the column's own name; where several stand in one header, the earlier wins.
ALIASES: dict[str, tuple[str, ...]] = {
    "community": ("社区", "community", "社区名称", "所属社区", "社区居委会", "居委会", "小区", "小区名称"),
    "building": (
        "楼",
        "building",
        "楼号",
        "楼栋",
        "楼栋号",
        "楼名",
        "楼宇",
        "楼房",
        "楼座",
        "栋",
        "栋号",
        "幢",
    ),
    "doorway": (
        "楼门",
        "doorway",
        "楼门号",
        "单元",
        "单元号",
        "单元门",
        "楼单元",
        "门",
        "门号",
        "门洞",
        "entrance",
        "unit",
    ),
    "households": ("户数", "households", "住户数", "居民户数", "总户数", "家庭户数"),
    "lng": ("经度", "lng", "longitude", "lon"),
    "lat": ("纬度", "lat", "latitude"),
    "datum": ("坐标系", "datum", "坐标系统", "坐标类型"),
    "community_phone": ("社区电话", "community_phone", "居委会电话", "联系电话", "电话", "phone"),
    "community_code": ("社区代码", "community_code", "社区编码", "社区编号"),
}
# A ledger that names both has the estate inside the community; it then stands in front of the building.
ESTATE = ("小区", "小区名称", "estate")
DATUMS = {"": "GCJ-02", "gcj02": "GCJ-02", "火星坐标": "GCJ-02", "wgs84": "WGS-84"}
_OFFICE = re.compile(r"(居民委员会|居委会)$")
_PHONE = re.compile(r"\+?[0-9][0-9 ()（）转\-]{1,28}")
_CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{1,15}")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, where: the line as the file counts them, the column by its own heading."""

    line: int
    column: str
    reason: str

    def __str__(self) -> str:
        return (
            f"第{self.line}行 {self.column}：{self.reason}"
            if self.column
            else f"第{self.line}行：{self.reason}"
        )


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One doorway. `community` is its display name; coordinates come in pairs, with their datum."""

    line: int
    community: str
    building: str
    doorway: str
    households: int | None = None
    lng: float | None = None
    lat: float | None = None
    datum: str | None = None
    community_phone: str | None = None
    community_code: str | None = None


@dataclass
class Ledger:
    """What could be read. `usable` is False where no row can be relied on (no table, no such columns);
    `columns` are the headings by meaning, to name later faults by."""

    rows: list[LedgerRow] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    usable: bool = True
    columns: Mapping[str, str] = field(default_factory=dict)

    def heading(self, column: str) -> str:
        """A column as this ledger names it."""
        return self.columns.get(column, ALIASES[column][0])


class _Wrong(Exception):
    """Why one cell cannot be taken."""


@dataclass(frozen=True)
class _Header:
    line: int
    places: dict[str, int]
    headings: dict[str, str]
    estate: int | None

    @property
    def lacking(self) -> list[str]:
        return [column for column in REQUIRED if column not in self.places]


def read_ledger(path: Path) -> Ledger:
    """Read a ledger whole; faults are collected, never raised. Raises OSError for a file that is not there."""
    best: _Header | None = None
    try:
        for sheet in read_sheets(path):
            head = list(islice(sheet, HEADER_WITHIN))
            header = _find_header(head)
            if header is None:
                continue
            if not header.lacking:
                rest = [line for line in head if line[0] > header.line]
                return _read_rows(header, chain(rest, sheet))
            if best is None or len(header.lacking) < len(best.lacking):
                best = header
    except NotASpreadsheet as broken:
        if best is None:
            return Ledger(faults=[Fault(broken.line, "", broken.reason)], usable=False)
    if best is None:
        wanted = "、".join(ALIASES[column][0] for column in REQUIRED)
        reason = f"前{HEADER_WITHIN}行里没有表头，要有这几列：{wanted}"
        return Ledger(faults=[Fault(1, "", reason)], usable=False)
    return Ledger(faults=[_lacking(best, column) for column in best.lacking], usable=False)


def display_name(community: str) -> str:
    """A community without its committee: 甘露园社区居委会 is 甘露园社区."""
    return _OFFICE.sub("", community).strip()


def strange_character(text: str) -> str | None:
    """The first control or invisible character as U+XXXX, if there is one."""
    if text.isprintable():
        return None
    return next(f"U+{ord(character):04X}" for character in text if not character.isprintable())


def _lacking(header: _Header, column: str) -> Fault:
    others = "、".join(ALIASES[column][1:])
    return Fault(header.line, ALIASES[column][0], f"缺这一列（也认：{others}）")


def _find_header(head: Sequence[Line]) -> _Header | None:
    found = [header for header in map(_as_header, head) if header is not None]
    return min(found, key=lambda header: (len(header.lacking), header.line), default=None)


def _as_header(line: Line) -> _Header | None:
    number, cells = line
    headings = [_heading(cell) for cell in cells]
    places: dict[str, int] = {}
    for column, aliases in ALIASES.items():
        here = next((headings.index(alias) for alias in aliases if alias in headings), None)
        if here is not None:
            places[column] = here
    if not any(column in places for column in REQUIRED):
        return None
    shown = {column: str(cells[at]).strip() for column, at in places.items()}
    taken = set(places.values())
    estate = next((headings.index(name) for name in ESTATE if name in headings), None)
    return _Header(number, places, shown, None if estate in taken else estate)


def _heading(cell: Cell) -> str:
    if isinstance(cell, Unreadable):
        return ""
    return re.sub(r"[\s*＊:：]|[(（\[【].*", "", cell).lower()


def _read_rows(header: _Header, lines: Iterator[Line]) -> Ledger:
    ledger = Ledger(columns=header.headings)
    reader = _Reader(header, ledger)
    try:
        for number, cells in lines:
            if any(cells):
                reader.take(number, cells)
    except NotASpreadsheet as broken:
        ledger.faults.append(Fault(broken.line, "", broken.reason))
        ledger.usable = False
    if not ledger.rows and not ledger.faults:
        ledger.faults.append(Fault(header.line + 1, "", "表头下面一个楼门也没有"))
        ledger.usable = False
    return ledger


class _Reader:
    """Reads line by line and remembers what earlier lines said, for what may stand only once."""

    def __init__(self, header: _Header, ledger: Ledger) -> None:
        self.header = header
        self.ledger = ledger
        self._doorways: dict[tuple[str, str, str], int] = {}
        self._said: dict[tuple[str, str], tuple[str, int]] = {}
        self._owners: dict[str, str] = {}

    def take(self, line: int, cells: list[Cell]) -> None:
        """Read one line: a row, or its faults."""
        before = len(self.ledger.faults)
        names = [self._read(line, cells, column, _name) or "" for column in REQUIRED]
        names[1] = self._with_estate(line, cells, names[1])
        households = self._read(line, cells, "households", _households)
        lng, lat, datum = self._coordinates(line, cells)
        phone = self._read(line, cells, "community_phone", _phone)
        code = self._read(line, cells, "community_code", _community_code)
        if all(names):
            self._once(line, (names[0], names[1], names[2]))
            self._same(line, names[0], "community_phone", phone)
            self._same(line, names[0], "community_code", code)
            self._own(line, names[0], code)
        if len(self.ledger.faults) == before:
            self.ledger.rows.append(
                LedgerRow(line, names[0], names[1], names[2], households, lng, lat, datum, phone, code)
            )

    def _fault(self, line: int, column: str, reason: str) -> None:
        self.ledger.faults.append(Fault(line, self.ledger.heading(column), reason))

    def _cell(self, cells: list[Cell], column: str) -> Cell:
        at = self.header.places.get(column)
        return cells[at] if at is not None and at < len(cells) else ""

    def _read(self, line: int, cells: list[Cell], column: str, rule: Callable[[str, str], T]) -> T | None:
        """What a cell means by its rule; None with a fault noted."""
        try:
            return rule(column, _readable(self._cell(cells, column)))
        except _Wrong as wrong:
            self._fault(line, column, str(wrong))
            return None

    def _with_estate(self, line: int, cells: list[Cell], building: str) -> str:
        at = self.header.estate
        estate = cells[at] if at is not None and at < len(cells) else ""
        if isinstance(estate, Unreadable) or not building or building.startswith(tidy(estate)):
            return building
        whole = f"{tidy(estate)}{building}"
        if strange_character(whole) or len(whole) > LONGEST["building"]:
            self._fault(line, "building", f"连小区名在内要在{LONGEST['building']}个字以内，不能有控制字符")
        return whole

    def _coordinates(self, line: int, cells: list[Cell]) -> tuple[float | None, float | None, str | None]:
        before = len(self.ledger.faults)
        lng = self._read(line, cells, "lng", _number)
        lat = self._read(line, cells, "lat", _number)
        datum = self._read(line, cells, "datum", _datum)
        if len(self.ledger.faults) > before or (lng is None and lat is None):
            return None, None, None
        if lng is None or lat is None:
            self._fault(line, "lat" if lat is None else "lng", "经度和纬度要一起写")
        elif _in_china(lat, lng) and not _in_china(lng, lat):
            self._fault(line, "lng", "经度和纬度写反了")
        elif not _in_china(lng, lat):
            self._fault(line, "lng", f"不在中国境内（{lng:g}，{lat:g}）")
        return lng, lat, datum

    def _once(self, line: int, doorway: tuple[str, str, str]) -> None:
        first = self._doorways.setdefault(doorway, line)
        if first != line:
            self._fault(line, "doorway", f"和第{first}行是同一个楼门：{' '.join(doorway)}")

    def _same(self, line: int, community: str, column: str, said: str | None) -> None:
        """What is written about a community must be the same wherever it is written."""
        if said is None:
            return
        earlier, first = self._said.setdefault((community, column), (said, line))
        if earlier != said:
            self._fault(line, column, f"{community}在第{first}行写的是 {earlier}")

    def _own(self, line: int, community: str, code: str | None) -> None:
        if code is not None and self._owners.setdefault(code, community) != community:
            self._fault(line, "community_code", f"{code} 已经是{self._owners[code]}的")


def _readable(cell: Cell) -> str:
    if isinstance(cell, Unreadable):
        raise _Wrong(cell.reason)
    text = tidy(cell)
    if strange := strange_character(text):
        raise _Wrong(f"里面有看不见的控制字符（{strange}）")
    return text


def _echo(text: str) -> str:
    return f"“{text[:24]}…”" if len(text) > 25 else f"“{text}”"


def _name(column: str, text: str) -> str:
    name = display_name(text) if column == "community" else text
    if not name:
        raise _Wrong("空着（合并的单元格请先拆开，每行都填）")
    if len(name) > LONGEST[column]:
        raise _Wrong(f"太长，最多{LONGEST[column]}个字：{_echo(name)}")
    return name


def _households(_column: str, text: str) -> int | None:
    digits = text.removesuffix("户").strip()
    if not digits:
        return None
    if not digits.isascii() or not digits.isdigit() or len(digits) > 6 or int(digits) > MOST_HOUSEHOLDS:
        raise _Wrong(f"不是0到{MOST_HOUSEHOLDS}的整数：{_echo(text)}")
    return int(digits)


def _number(_column: str, text: str) -> float | None:
    if not text:
        return None
    try:
        number = float(unicodedata.normalize("NFKC", text))
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise _Wrong(f"不是数字：{_echo(text)}")
    return number


def _datum(_column: str, text: str) -> str:
    datum = DATUMS.get(re.sub(r"[\s_-]", "", text).lower())
    if datum is None:
        raise _Wrong(f"只认 GCJ-02 和 WGS-84：{_echo(text)}")
    return datum


def _in_china(lng: float, lat: float) -> bool:
    return 73 <= lng <= 136 and 3 <= lat <= 54


def _phone(_column: str, text: str) -> str | None:
    if text and not _PHONE.fullmatch(text):
        raise _Wrong(f"不像电话：{_echo(text)}")
    return text or None


def _community_code(_column: str, text: str) -> str | None:
    if text and not _CODE.fullmatch(text):
        raise _Wrong(f"要2到16个字母或数字：{_echo(text)}")
    return text or None
