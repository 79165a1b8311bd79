"""Files that somebody means harm with, or that a broken program wrote: each small, and much more when unpacked."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.keying import ledgers

MEGABYTE = 1024 * 1024
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
HEADER = '<row r="1"><c r="A1" t="inlineStr"><is><t>工单编号</t></is></c><c r="B1" t="inlineStr"><is><t>主要内容</t></is></c></row>'
ROW = '<row r="2"><c r="A2" t="inlineStr"><is><t>1</t></is></c><c r="B2" t="inlineStr"><is><t>灯坏了</t></is></c></row>'


def workbook(path: Path, parts: dict[str, Iterable[bytes]], sheets: int = 1) -> Path:
    """A workbook written part by part, as no library would."""
    types = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType='
        '"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
        for n in range(1, sheets + 1)
    )
    names = "".join(f'<sheet name="s{n}" sheetId="{n}" r:id="rId{n}"/>' for n in range(1, sheets + 1))
    at = "".join(
        f'<Relationship Id="rId{n}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, sheets + 1)
    )
    main = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    whole: dict[str, Iterable[bytes]] = {
        "[Content_Types].xml": [
            f'<Types xmlns="{_TYPES}"><Default Extension="rels" ContentType="application/'
            'vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" '
            f'ContentType="{main}.sheet.main+xml"/><Override PartName="/xl/sharedStrings.xml" '
            f'ContentType="{main}.sharedStrings+xml"/><Override PartName="/xl/styles.xml" '
            f'ContentType="{main}.styles+xml"/>{types}</Types>'.encode()
        ],
        "_rels/.rels": [
            f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="r1" Type="{_OFFICE}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>'.encode()
        ],
        "xl/workbook.xml": [
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{names}</sheets></workbook>'.encode()
        ],
        "xl/_rels/workbook.xml.rels": [
            f'<Relationships xmlns="{_PACKAGE}">{at}<Relationship Id="rs" Type="{_OFFICE}/sharedStrings" '
            f'Target="sharedStrings.xml"/><Relationship Id="rt" Type="{_OFFICE}/styles" '
            'Target="styles.xml"/></Relationships>'.encode()
        ],
        "xl/sharedStrings.xml": [f'<sst xmlns="{_MAIN}"/>'.encode()],
        "xl/styles.xml": [f'<styleSheet xmlns="{_MAIN}"/>'.encode()],
        **{f"xl/worksheets/sheet{n}.xml": sheet([HEADER, ROW]) for n in range(1, sheets + 1)},
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
        for name, blocks in (whole | parts).items():
            with packed.open(name, "w", force_zip64=True) as part:
                for block in blocks:
                    part.write(block)
    return path


def sheet(rows: Iterable[str], around: str = "") -> Iterator[bytes]:
    """A sheet of these rows."""
    yield f'<worksheet xmlns="{_MAIN}"><sheetData>'.encode()
    for row in rows:
        yield row.encode()
    yield f"</sheetData>{around}</worksheet>".encode()


def zeros(path: Path) -> Path:
    """A gigabyte of nothing beside a good sheet."""
    return workbook(path, {"xl/media/x.bin": (bytes(MEGABYTE) for _ in range(1024))})


def wide(path: Path) -> Path:
    """A row of a million cells."""
    return workbook(
        path, {"xl/worksheets/sheet1.xml": sheet(["<row>", *(["<c/>" * 10_000] * 100), "</row>"])}
    )


def deep_cells(path: Path) -> Path:
    """A row of few cells, each of very much."""
    cell = "<c>" + "<v/>" * 1000 + "</c>"
    return workbook(path, {"xl/worksheets/sheet1.xml": sheet(["<row>", *([cell] * 1000), "</row>"])})


def shared(path: Path) -> Path:
    """Words that cells share: forty megabytes of them."""
    words = f'<sst xmlns="{_MAIN}">'.encode(), *([b"<si><t>" + b"x" * 500 + b"</t></si>"] * 80_000), b"</sst>"
    return workbook(path, {"xl/sharedStrings.xml": words})


def shared_empty(path: Path) -> Path:
    """Two million words that are none."""
    words = f'<sst xmlns="{_MAIN}">'.encode(), *([b"<si/>" * 10_000] * 200), b"</sst>"
    return workbook(path, {"xl/sharedStrings.xml": words})


def styled(path: Path) -> Path:
    """Three hundred thousand ways to look."""
    looks = b"<cellXfs>", *([b"<xf/>" * 10_000] * 30), b"</cellXfs></styleSheet>"
    return workbook(path, {"xl/styles.xml": (f'<styleSheet xmlns="{_MAIN}">'.encode(), *looks)})


def merged(path: Path) -> Path:
    """Two hundred thousand merged cells."""
    around = "<mergeCells>" + '<mergeCell ref="A1:B1"/>' * 200_000 + "</mergeCells>"
    return workbook(path, {"xl/worksheets/sheet1.xml": sheet([HEADER, ROW], around)})


def many_sheets(path: Path) -> Path:
    """Two hundred sheets that claim to be as long as a sheet can be."""
    far = '<row r="1048576"><c r="A1048576"><v>1</v></c></row>'
    return workbook(path, {f"xl/worksheets/sheet{n}.xml": sheet([far]) for n in range(1, 201)}, sheets=200)


def entities(path: Path) -> Path:
    """Entities in entities: a billion laughs."""
    names = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    laughs = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "lol">{names}]><worksheet xmlns="{_MAIN}">&l9;</worksheet>'
    return workbook(path, {"xl/worksheets/sheet1.xml": [laughs.encode()]})


def outside(path: Path) -> Path:
    """An entity that asks for a file of this machine."""
    asks = f'<!DOCTYPE x [<!ENTITY p SYSTEM "file:///etc/passwd">]><sst xmlns="{_MAIN}"><si><t>&p;</t></si></sst>'
    return workbook(path, {"xl/sharedStrings.xml": [asks.encode("utf-16")]})


def hidden_name(path: Path) -> Path:
    """A sheet by a name that is none of a sheet's, as wide as the others."""
    rels = (
        f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="rId1" Type="{_OFFICE}/worksheet" '
        'Target="media/x.png"/></Relationships>'
    )
    row = sheet(["<row>", *(["<c/>" * 10_000] * 100), "</row>"])
    return workbook(path, {"xl/_rels/workbook.xml.rels": [rels.encode()], "xl/media/x.png": row})


def long_cell(path: Path) -> Path:
    """One cell of fifty megabytes."""
    cell = ["<row><c t='inlineStr'><is><t>", *(["字" * 100_000] * 160), "</t></is></c></row>"]
    return workbook(path, {"xl/worksheets/sheet1.xml": sheet(cell)})


def many_parts(path: Path) -> Path:
    """A thousand files in one."""
    return workbook(path, {f"xl/x{n}.xml": [b"<x/>"] for n in range(1000)})


WORKBOOKS = {
    one.__name__: one
    for one in (
        zeros,
        wide,
        deep_cells,
        shared,
        shared_empty,
        styled,
        merged,
        many_sheets,
        entities,
        outside,
        hidden_name,
        long_cell,
        many_parts,
    )
}
HEAD = "工单编号,主要内容\n".encode()
TEXTS: dict[str, bytes] = {
    "one line of nineteen megabytes": HEAD + b"x," * (19 * MEGABYTE // 2),
    "one line of many lines": HEAD + b'"a\n",' * (18 * MEGABYTE // 5),
    "a cell that does not end": HEAD + b'1,"' + b"x" * 200_000,
    "nothing but NUL": bytes(1000),
    "NUL in a line": HEAD + b"1,a\0b\n",
    "UTF-16": "工单编号,主要内容\n1,灯\n".encode("utf-16"),
    "two encodings": HEAD * 20 + "2,灯坏了\n".encode("gb18030"),
}
OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def old_workbooks(path: Path) -> dict[str, bytes]:
    """Workbooks of Excel 97 that say too much about themselves."""
    good = ledgers.xls(path, ledgers.table(ledgers.line("1", "灯坏了"))).read_bytes()

    def changed(at: int, value: int) -> bytes:
        return good[:at] + struct.pack("<I", value) + good[at + 4 :]

    sst = struct.pack("<HHII", 0x00FC, 8, 0xFFFFFFFF, 0xFFFFFFFF)
    return {
        "nothing but its first bytes": OLD,
        "zeros after its first bytes": OLD + bytes(4096),
        "a table of sectors it has not": changed(0x2C, 0x7FFFFFFF),
        "a folder that begins nowhere": changed(0x30, 0x0FFFFFFF),
        "more of the table than there is": changed(0x48, 0x7FFFFFFF),
        "a short stream of two gigabytes": _round_and_round(good),
        "cut in the middle": good[: len(good) // 2],
        "four billion words": good.replace(struct.pack("<HH", 0x0042, 2) + struct.pack("<H", 1200), sst[:6]),
    }


def _round_and_round(good: bytes) -> bytes:
    """A workbook whose stream is called short, and is one sector of 64 bytes after itself, for ever."""
    table = struct.unpack_from("<I", good, 0x4C)[0]
    sectors = (len(good) - 512) // 512
    entry = good.index("Workbook".encode("utf-16-le"))
    root = good.index("Root Entry".encode("utf-16-le"))
    made = bytearray(good + struct.pack("<128I", *([0] * 128)))
    struct.pack_into("<I", made, 512 + table * 512 + sectors * 4, 0xFFFFFFFE)  # the small table: one sector
    struct.pack_into("<III", made, 0x38, 0x7FFFFFFF, sectors, 1)
    struct.pack_into("<IQ", made, entry + 116, 0, 0x7FFFFF00)
    struct.pack_into("<IQ", made, root + 116, 0, 4096)
    return bytes(made)


def grown(rows: int, times: int = 1) -> bytes:
    """A .csv of this many orders, whose words are said so many times."""
    written = io.StringIO()
    written.write("工单编号,主要内容,诉求地址\n")
    for number in range(rows):
        words, door = "楼道灯坏了" * times, f"红庙北里{number % 2 + 1}号楼{number % 4 + 1}单元"
        written.write(f"N{number:06d},第{number}件：{words},{door}\n")
    return written.getvalue().encode()
