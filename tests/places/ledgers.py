"""Ledgers as people send them: little spreadsheets written for a test."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from openpyxl import Workbook

HEADER = ("社区", "楼", "楼门", "户数")
Rows = Sequence[Sequence[object]]


def xlsx(path: Path, rows: Rows) -> Path:
    """An .xlsx of one sheet."""
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    workbook.save(path)
    return path


def text(rows: Rows) -> str:
    """The same rows as CSV text."""
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


def comma_separated(path: Path, rows: Rows, encoding: str = "utf-8") -> Path:
    """A .csv in some encoding."""
    path.write_bytes(text(rows).encode(encoding))
    return path
