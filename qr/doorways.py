"""Posters from a file of doorways, in the columns that `flask places export` writes."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from qr.errors import PrintRefused
from qr.poster import Poster

REQUIRED = ("community", "building", "doorway", "code", "url", "status")
ACTIVE = "active"
WITHOUT_CODE = ("none", "revoked")


@dataclass
class Register:
    """The doorways of one file. `skipped` counts, after reading, those without an active code."""

    file: Path
    sub_district: str
    printed_on: str
    base_url: str | None = None
    community_phone: str | None = None
    demo: bool = False
    skipped: int = field(default=0, init=False)

    def posters(self) -> Iterator[Poster]:
        """A poster for each doorway with an active code, in the file's order, read as they are taken. Raises
        PrintRefused naming line, column and reason; OSError if there is no such file."""
        seen: dict[str, int] = {}
        for line, row in self._rows():
            if row["status"] in WITHOUT_CODE:
                self.skipped += 1
                continue
            if row["status"] != ACTIVE:
                raise self._refused(line, f"status 列：{row['status']!r} 不是 active、none 或 revoked")
            code = self._value(row, "code", line)
            if code in seen:
                raise self._refused(line, f"code 列：{code} 和第{seen[code]}行重复")
            seen[code] = line
            yield Poster(
                url=f"{self.base_url.rstrip('/')}/d/{code}"
                if self.base_url
                else self._value(row, "url", line),
                code=code,
                community=self._value(row, "community", line),
                building=self._value(row, "building", line),
                doorway=self._value(row, "doorway", line),
                sub_district=self.sub_district,
                estate=None,
                community_phone=self.community_phone,
                printed=f"印次 {self.printed_on} · 第{len(seen)}张",
                demo=self.demo,
            )

    def _rows(self) -> Iterator[tuple[int, dict[str, str]]]:
        with self.file.open(encoding="utf-8-sig", newline="") as text:
            reader = csv.DictReader(text, restval="", strict=True)
            try:
                columns = reader.fieldnames or ()
                for column in REQUIRED:
                    if column not in columns:
                        raise self._refused(1, f"缺 {column} 列")
                for row in reader:
                    yield reader.line_num, {name: row[name].strip() for name in REQUIRED}
            except UnicodeDecodeError as error:
                raise self._refused(reader.line_num + 1, "不是 UTF-8 文字") from error
            except csv.Error as error:
                raise self._refused(reader.line_num, f"不是合格的 CSV：{error}") from error

    def _value(self, row: dict[str, str], column: str, line: int) -> str:
        if not row[column]:
            raise self._refused(line, f"{column} 列是空的")
        return row[column]

    def _refused(self, line: int, why: str) -> PrintRefused:
        return PrintRefused(f"{self.file} 第{line}行", why)
