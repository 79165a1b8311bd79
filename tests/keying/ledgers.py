"""Invented ledgers as 12345 might export them. No library here writes .xls: what Excel 97 made of a table of words,
numbers and dates is little enough to be written by hand."""

from __future__ import annotations

import csv
import io
import struct
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import openpyxl

HEADER = (
    "序号",
    "工单编号",
    "来电人",
    "来电号码",
    "受理时间",
    "问题分类",
    "主要内容",
    "诉求地址",
    "承办单位",
    "处理时限",
    "办结时间",
)
TITLE = ("八里庄街道12345热线工单（演示）",)
Cells = Sequence[object]


def line(number: str, text: str, address: str = "红庙北里2号楼3单元", **changes: object) -> list[object]:
    """One work order, open, said this morning, due in three days."""
    row: dict[str, object] = dict(
        zip(HEADER, [1, number, "王先生", "13900002222", "2026-11-24 08:10"], strict=False)
    )
    row |= {"问题分类": "住房->公共设施->楼道照明", "主要内容": text, "诉求地址": address}
    row |= {"承办单位": "红庙物业", "处理时限": "2026-11-27 08:10", "办结时间": ""}
    return [(row | changes)[name] for name in HEADER]


def table(*rows: Cells, header: Cells = HEADER, titles: Sequence[Cells] = (TITLE, ())) -> list[Cells]:
    """A table with its title rows."""
    return [*titles, header, *rows]


def xlsx(path: Path, rows: Sequence[Cells]) -> Path:
    """The table as a workbook, its title merged over every column."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(HEADER))
    book.save(path)
    return path


def text(path: Path, rows: Sequence[Cells], encoding: str = "gb18030") -> Path:
    """The table as comma separated values."""
    written = io.StringIO(newline="")
    csv.writer(written).writerows(rows)
    path.write_bytes(written.getvalue().encode(encoding))
    return path


def xls(path: Path, rows: Sequence[Cells]) -> Path:
    """The table as Excel 97 wrote it."""
    path.write_bytes(_compound(_workbook(rows)))
    return path


def no_ledger(path: Path, rows: int) -> bytes:
    """A long workbook of Excel 97 that has no header."""
    return xls(path, [("某某", "某某")] * rows).read_bytes()


def _record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def _unicode(words: str, size: str) -> bytes:
    return struct.pack(f"<{size}B", len(words), 1) + words.encode("utf-16-le")


def _cell(row: int, column: int, value: object) -> bytes:
    if isinstance(value, datetime):
        days = (value - datetime(1899, 12, 30)).total_seconds() / 86400  # noqa: DTZ001
        return _record(0x0203, struct.pack("<HHHd", row, column, 1, days))
    if isinstance(value, int | float):
        return _record(0x0203, struct.pack("<HHHd", row, column, 0, value))
    return _record(0x0204, struct.pack("<HHH", row, column, 0) + _unicode(str(value), "H")) if value else b""


def _workbook(rows: Sequence[Cells]) -> bytes:
    """Globals (two formats of cells: plain, and a date), then one sheet."""
    begin = struct.pack("<HHHHII", 0x0600, 0x0005, 0, 1997, 0, 0)
    formats = b"".join(_record(0x00E0, struct.pack("<HH", 0, key) + bytes(16)) for key in (0, 22))
    head = _record(0x0809, begin) + _record(0x0042, struct.pack("<H", 1200)) + formats
    name = _unicode("工单", "B")
    start = len(head) + 4 + 6 + len(name) + 4
    head += _record(0x0085, struct.pack("<IH", start, 0) + name) + _record(0x000A, b"")
    sheet = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 1997, 0, 0))
    for number, row in enumerate(rows):
        sheet += b"".join(_cell(number, column, value) for column, value in enumerate(row))
    return head + sheet + _record(0x000A, b"")


def _compound(stream: bytes) -> bytes:
    """The stream in a compound file: sectors of 512 bytes, one table of sectors, one of what is inside."""
    stream = stream.ljust(4096, b"\0")
    stream += bytes(-len(stream) % 512)
    size = len(stream) // 512
    tables = -(-(size + 2) // 127)
    chain = [*range(1, size), 0xFFFFFFFE, 0xFFFFFFFE, *([0xFFFFFFFD] * tables)]
    chain += [0xFFFFFFFF] * (tables * 128 - len(chain))

    def entry(name: str, kind: int, child: int, first: int, length: int) -> bytes:
        words = (name + "\0").encode("utf-16-le") if name else b""
        body = words.ljust(64, b"\0") + struct.pack(
            "<HBBIII", len(words), kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child
        )
        return body + bytes(36) + struct.pack("<IQ", first, length)

    folder = entry("Root Entry", 5, 1, 0xFFFFFFFE, 0) + entry("Workbook", 2, 0xFFFFFFFF, 0, len(stream))
    folder += entry("", 0, 0xFFFFFFFF, 0, 0) * 2
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    head += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<IIIIIIIII", 0, tables, size, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    places = [size + 1 + at for at in range(tables)]
    head += struct.pack(f"<{tables}I", *places) + b"\xff" * (4 * (109 - tables))
    return head + stream + folder + struct.pack(f"<{len(chain)}I", *chain)
