"""Lines of a spreadsheet file, .xlsx, .xls or .csv, as plain text: what a cell shows, or why it cannot be read."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.errors import MashangError
from app.places.unpacking import Bounds, TooMuch, must_be_bounded, must_be_few, unpacked_size

if TYPE_CHECKING:
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet

LAST_LINE = 1_048_576
WIDEST = 60
LONGEST_RECORD = (
    400_000  # characters of one line of a .csv: sixty cells of what a cell may hold are far fewer
)
LARGEST_OLD = 64 * 1024 * 1024
MOST_SHEETS = 60
QUICK = 8 * 1024 * 1024  # bytes unpacked that are walked through in less than a second
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"
_ZIP = b"PK\x03\x04"
_FORMULA = "是公式，请改成文字或数字"


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A cell that shows something, but nothing to rely on."""

    reason: str


Cell = str | Unreadable
Line = tuple[int, list[Cell]]


@dataclass
class NotASpreadsheet(MashangError):
    """A file that cannot be read as a table from this line on."""

    line: int
    reason: str


@dataclass(frozen=True)
class Manner:
    """How a file is read: whether dates are wanted (written `2026-11-24 09:05`; a ledger of doorways has none), and how
    much an archive may unpack to."""

    dates: bool = False
    bounds: Bounds = field(default_factory=Bounds)


PLAINLY = Manner()


def read_sheets(path: Path, manner: Manner = PLAINLY) -> Iterator[Iterator[Line]]:
    """Each visible sheet as lines counted from 1; a .csv is one sheet. Read each before asking for the next.

    A .csv is yielded once for every way its bytes may be meant (UTF-8, then GB18030). Raises
    NotASpreadsheet, at the call or while lines are read; OSError."""
    kind = path.suffix.lower()
    with path.open("rb") as file:
        start = file.read(4)
    if kind == ".xls" and start in (_OLD_OFFICE, _ZIP):
        yield from _old_workbook(path) if start == _OLD_OFFICE else _workbook(path, manner)
        return
    if start == _OLD_OFFICE:
        raise NotASpreadsheet(1, "是旧格式（.xls）或者加了密码，请另存为不加密的 .xlsx")
    if kind == ".xlsx":
        if start != _ZIP:
            raise NotASpreadsheet(1, "不是电子表格，打不开")
        yield from _workbook(path, manner)
    elif kind in {".csv", ".txt"}:
        if start == _ZIP:
            raise NotASpreadsheet(1, "不是 CSV 文字，像是 .xlsx，请改回扩展名")
        yield from _texts(path)
    else:
        raise NotASpreadsheet(1, "只认 .xlsx、.xls 和 .csv")


def read_at_all(path: Path, manner: Manner = PLAINLY) -> None:
    """Look at a file from outside: by its first bytes and, of an archive, its directory and, where that does not take
    long, its parts. Raises NotASpreadsheet, OSError."""
    with path.open("rb") as file:
        start = file.read(4)
    kind = path.suffix.lower()
    if start == _ZIP and kind in {".xlsx", ".xls"}:
        _must_open(path, manner, must_be_few)
        if unpacked_size(path) <= QUICK:
            _must_open(path, manner, must_be_bounded)
    elif start == _ZIP or (start == _OLD_OFFICE and kind != ".xls") or kind not in {".csv", ".xls"}:
        raise NotASpreadsheet(1, "不是电子表格，打不开")


def _must_open(path: Path, manner: Manner, look: Callable[[Path, Bounds], None]) -> None:
    try:
        look(path, manner.bounds)
    except TooMuch as much:
        raise NotASpreadsheet(1, str(much)) from much
    except OSError:
        raise
    except Exception as broken:  # whatever a broken archive makes the reader raise, the answer is one
        raise NotASpreadsheet(1, "不是电子表格，打不开") from broken


def _old_workbook(path: Path) -> Iterator[Iterator[Line]]:
    """A workbook as Excel 97 wrote it; what its formulas came to is what it shows."""
    import xlrd

    if path.stat().st_size > LARGEST_OLD:
        raise NotASpreadsheet(1, f"超过{LARGEST_OLD // 1024 // 1024}MB，表格太大，请分成几份")
    try:
        book = xlrd.open_workbook(filename=str(path), on_demand=True, ragged_rows=True, logfile=io.StringIO())
        names = [name for at, name in enumerate(book.sheet_names()) if not _is_hidden(book, at)]
    except Exception as broken:  # whatever a broken file makes the reader raise, the answer is one
        raise NotASpreadsheet(1, "打不开：坏了，或者加了密码") from broken
    if len(names) > MOST_SHEETS:
        raise NotASpreadsheet(1, f"有{len(names)}张表，最多{MOST_SHEETS}张，请分成几份")
    with book:
        for name in names:
            yield _old_lines(book, name)


def _is_hidden(book: Any, at: int) -> bool:
    return bool(book._sheet_visibility[at])


def _old_lines(book: Any, name: str) -> Iterator[Line]:
    try:
        sheet = book.sheet_by_name(name)
    except Exception as broken:
        raise NotASpreadsheet(1, "打不开：坏了，或者加了密码") from broken
    for number in range(sheet.nrows):
        yield number + 1, [_old_shown(cell, book.datemode) for cell in sheet.row(number)[:WIDEST]]
    book.unload_sheet(name)


def _old_shown(cell: Any, datemode: int) -> Cell:
    import xlrd

    kind, value = cell.ctype, cell.value
    if kind in (xlrd.XL_CELL_TEXT, xlrd.XL_CELL_NUMBER):
        return _written(value)
    if kind == xlrd.XL_CELL_DATE:
        try:
            return _moment(xlrd.xldate_as_datetime(value, datemode))
        except (ValueError, OverflowError):
            return Unreadable("是表格里读不出来的日期")
    if kind == xlrd.XL_CELL_ERROR:
        return Unreadable("是表格的错误值")
    return Unreadable("是“真/假”，不是文字或数字") if kind == xlrd.XL_CELL_BOOLEAN else ""


def _moment(value: datetime) -> str:
    return value.isoformat(" ", "minutes")


def _workbook(path: Path, manner: Manner) -> Iterator[Iterator[Line]]:
    import openpyxl  # only who reads a workbook pays for it
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet

    if not openpyxl.DEFUSEDXML:
        raise RuntimeError("openpyxl reads without defusedxml")
    _must_open(path, manner, must_be_bounded)
    try:
        workbook = openpyxl.load_workbook(path, read_only=True, data_only=False, keep_links=False)
    except Exception as broken:  # whatever a broken archive makes the reader raise, the answer is one
        raise NotASpreadsheet(1, "不是电子表格，打不开") from broken
    try:
        for sheet in workbook.worksheets:
            if isinstance(sheet, ReadOnlyWorksheet) and sheet.sheet_state == "visible":
                yield _sheet_lines(sheet, dates=manner.dates)
    finally:
        workbook.close()


def _sheet_lines(sheet: ReadOnlyWorksheet, *, dates: bool) -> Iterator[Line]:
    number = 0
    sheet.reset_dimensions()  # what a file claims about its size is often wrong
    rows: Iterator[tuple[object, ...]] = sheet.iter_rows(max_col=WIDEST)  # type: ignore[misc]
    while True:
        number += 1
        try:
            row = next(rows)
        except StopIteration:
            return
        except Exception as broken:
            raise NotASpreadsheet(number, "表格从这一行起读不出来") from broken
        if number > LAST_LINE:
            raise NotASpreadsheet(number, "行太多")
        yield number, [_shown(cell, dates=dates) for cell in row]


def _shown(cell: object, *, dates: bool = False) -> Cell:
    value = getattr(cell, "value", None)
    if value is None:
        return ""
    kind = getattr(cell, "data_type", "")
    if kind == "f":
        return Unreadable(_FORMULA)
    if kind == "e":
        return Unreadable(f"是表格的错误值 {str(value)[:12]}")
    if isinstance(value, bool):
        return Unreadable("是“真/假”，不是文字或数字")
    return _written(value) if isinstance(value, str | int | float) else _day(value, dates=dates)


def _day(value: object, *, dates: bool) -> Cell:
    if dates and isinstance(value, date):
        return _moment(value if isinstance(value, datetime) else datetime.combine(value, time()))
    return Unreadable("被表格当成了日期，请先把这一格设成文本再写")


def _written(value: str | float) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value).strip()


def _texts(path: Path) -> Iterator[Iterator[Line]]:
    raw = path.read_bytes()
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise NotASpreadsheet(1, "编码是 UTF-16，请另存为 UTF-8 的 CSV")
    if b"\0" in raw:
        raise NotASpreadsheet(raw.count(b"\n", 0, raw.index(b"\0")) + 1, "不是 CSV 文字")
    try:
        yield _csv_lines(raw.decode("utf-8-sig"))
        return
    except UnicodeDecodeError as not_utf8:
        line = raw.count(b"\n", 0, not_utf8.start) + 1
        fault = NotASpreadsheet(line, "编码不对：不是 UTF-8，也不像 GB18030，请另存为 UTF-8 的 CSV")
    if _mostly_utf8(raw):
        raise fault
    try:
        text = raw.decode("gb18030")
    except UnicodeDecodeError:
        raise fault from None
    yield _csv_lines(text)
    # whoever asks for more found no header in it: the bytes decode, but mean something else
    raise fault


def _mostly_utf8(raw: bytes) -> bool:
    """Whether only some bytes are broken; GB18030 read as UTF-8 is broken nearly everywhere."""
    text = raw.decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    return raw.startswith(b"\xef\xbb\xbf") or len(text) - len(text.encode("ascii", "ignore")) > 3 * broken


def _csv_lines(text: str) -> Iterator[Line]:
    delimiter = max(",\t;", key=text[:4000].count)
    pieces = _Pieces(text)
    reader = csv.reader(pieces, delimiter=delimiter, strict=True)
    while True:
        number = pieces.begin()
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as wrong:
            raise NotASpreadsheet(number, _why_no_csv(wrong)) from wrong
        if number > LAST_LINE:
            raise NotASpreadsheet(number, "行太多")
        yield number, [_plain(cell.strip()) for cell in row[:WIDEST]]


class _Pieces:
    """Lines of a text for a reader of records, which may each hold several; says when a record grows too long to be
    one, before it is taken apart."""

    def __init__(self, text: str) -> None:
        self._lines = io.StringIO(text, newline="")
        self._number = self._first = self._length = 0

    def begin(self) -> int:
        """The line the next record begins at."""
        self._first, self._length = self._number + 1, 0
        return self._first

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._lines.readline(LONGEST_RECORD + 1)
        if not line:
            raise StopIteration
        self._number += 1
        self._length += len(line)
        if self._length > LONGEST_RECORD:
            raise NotASpreadsheet(self._first, f"这一行超过{LONGEST_RECORD}个字，是不是少了换行或引号？")
        return line


def _why_no_csv(wrong: csv.Error) -> str:
    if "field larger" in str(wrong):
        return f"有一格超过{csv.field_size_limit()}个字，是不是少了引号？"
    return f"不是合格的 CSV（{wrong}）"


def _plain(text: str) -> Cell:
    return Unreadable(_FORMULA) if text.startswith("=") else text
