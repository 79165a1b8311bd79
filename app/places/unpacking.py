"""Whether a workbook may be unpacked at all: asked before any library does, in little memory. An .xlsx is an archive of
XML, and both grow: a kilobyte becomes a gigabyte, one row a million cells that are all held at once."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from xml.parsers import expat

from app.errors import MashangError

MOST_PARTS = 500
MOST_SHEETS = 60
MOST_CELLS_IN_ROW = 16_384  # as many as a sheet has columns
MOST_HELD = 100_000  # elements of one row, and of what stands around the rows
MOST_CHILDREN = 1_048_576  # as many as a sheet has rows
LONGEST_RUN = 1024 * 1024  # characters within one element: a cell shows 32 767
DEEPEST = 64
_STEP = 256 * 1024
_SNIFFED = 4096
_UNITS = frozenset({"row", "si"})
_SHEETS = "xl/worksheets/sheet"


@dataclass(frozen=True)
class Bounds:
    """What an archive may come to: bytes of all its parts, bytes of the words its cells share, elements of all."""

    unpacked: int = 600 * 1024 * 1024
    shared: int = 64 * 1024 * 1024
    elements: int = 40_000_000


class TooMuch(MashangError):
    """It would take more than a table needs; says what and where."""


def must_be_bounded(path: Path, bounds: Bounds) -> None:
    """Walk through an archive's directory, then through its XML, keeping nothing. Raises TooMuch, and
    whatever a broken archive makes its readers raise."""
    with zipfile.ZipFile(path) as packed:
        parts = packed.infolist()
        _must_fit(parts, bounds)
        walk = _Walk(bounds.elements)
        for part in parts:
            with packed.open(part) as stream:
                walk.through(part.filename, stream)


def must_be_few(path: Path, bounds: Bounds) -> None:
    """Look at an archive's directory alone. Raises as `must_be_bounded`."""
    with zipfile.ZipFile(path) as packed:
        _must_fit(packed.infolist(), bounds)


def unpacked_size(path: Path) -> int:
    """Bytes an archive says it unpacks to. Raises zipfile.BadZipFile, OSError."""
    with zipfile.ZipFile(path) as packed:
        return sum(part.file_size for part in packed.infolist())


def _must_fit(parts: list[zipfile.ZipInfo], bounds: Bounds) -> None:
    if len(parts) > MOST_PARTS:
        raise TooMuch(f"里面有{len(parts)}个文件，最多{MOST_PARTS}个，不像表格")
    if len({part.filename for part in parts}) < len(parts):
        raise TooMuch("里面有同名的文件，不像表格")
    if any(part.flag_bits & 1 for part in parts):
        raise TooMuch("加了密码，请另存为不加密的 .xlsx")
    sheets = sum(part.filename.lower().startswith(_SHEETS) for part in parts)
    if sheets > MOST_SHEETS:
        raise TooMuch(f"有{sheets}张表，最多{MOST_SHEETS}张，请分成几份")
    if sum(part.file_size for part in parts) > bounds.unpacked:
        raise TooMuch(f"解开以后超过{bounds.unpacked // 1024 // 1024}MB，表格太大，请分成几份")
    for part in parts:
        if part.filename.lower().endswith("sharedstrings.xml") and part.file_size > bounds.shared:
            raise TooMuch(f"单元格里的字超过{bounds.shared // 1024 // 1024}MB，表格太大，请分成几份")


def _is_xml(start: bytes) -> bool:
    """By what it says, for a part may go by any name. Raises TooMuch for what hides it behind blanks."""
    inside = start.lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n")
    if len(start) == _SNIFFED and not inside:
        raise TooMuch("里面有一个开头全是空白的文件，不像表格")
    return inside.startswith(b"<")


@dataclass
class _Walk:
    """One walk through every part: counts elements, and keeps nothing. A `row` of cells and an `si` of shared words
    are what a reader holds at once and then lets go; whatever stands outside of them it holds till the end."""

    left: int
    name: str = ""
    tags: list[str] = field(default_factory=list)
    children: list[int] = field(default_factory=list)
    row: int = 0
    run: int = 0
    held: int = 0
    outside: int = 0
    unit: int = 0  # depth of the row or si that it stands in

    def through(self, name: str, stream: IO[bytes]) -> None:
        self.name, self.tags, self.children = name, [""], [0]
        self.row = self.run = self.held = self.outside = self.unit = 0
        block = stream.read(_SNIFFED)
        if not _is_xml(block):
            return
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._begins
        parser.EndElementHandler = self._ends
        parser.CharacterDataHandler = self._says
        parser.StartDoctypeDeclHandler = self._declares
        parser.buffer_text = True
        parser.buffer_size = 65_536
        while block:
            parser.Parse(block, False)
            block = stream.read(_STEP)
        parser.Parse(b"", True)

    @property
    def where(self) -> str:
        """The part, and the row in it."""
        return f"{self.name[-60:]}" + (f" 第{self.row}行" if self.row else "")

    def _begins(self, tag: str, _attributes: dict[str, str]) -> None:
        tag = tag.rpartition(":")[2]
        inside = self.tags[-1]
        self.children[-1] += 1
        self.left -= 1
        self.run = 0
        if tag in _UNITS and not self.unit:
            self.unit, self.held = len(self.tags), 0
            self.row += tag == "row"
        elif self.unit:
            self.held += 1
        else:
            self.outside += 1
        self._must_fit(inside)
        self.tags.append(tag)
        self.children.append(0)

    def _must_fit(self, inside: str) -> None:
        if inside == "row" and self.children[-1] > MOST_CELLS_IN_ROW:
            raise TooMuch(f"{self.where}：一行超过{MOST_CELLS_IN_ROW}格")
        if self.held > MOST_HELD or self.outside > MOST_HELD or self.children[-1] > MOST_CHILDREN:
            raise TooMuch(f"{self.where}：东西太多，不像台账，请把数据另存为一份新的 .xlsx")
        if self.left < 0:
            raise TooMuch(f"{self.where}：单元格太多，请分成几份")
        if len(self.tags) > DEEPEST:
            raise TooMuch(f"{self.where}：套了太多层，不像表格")

    def _ends(self, _tag: str) -> None:
        self.tags.pop()
        self.children.pop()
        self.run = 0
        if self.unit == len(self.tags):
            self.unit = 0

    def _says(self, text: str) -> None:
        self.run += len(text)
        if self.run > LONGEST_RUN:
            raise TooMuch(f"{self.where}：一格里超过{LONGEST_RUN}个字")

    def _declares(self, *_what: object) -> None:
        raise TooMuch(f"{self.where}：里面有文档类型声明（DTD），表格里不该有，没有读")
