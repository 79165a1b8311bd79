"""Reading ledgers: what they mean, and every fault with its line, column and reason."""

from __future__ import annotations

import zipfile
from datetime import date
from pathlib import Path

import pytest
from openpyxl import Workbook

from app.places.ledger import Fault, LedgerRow, display_name, read_ledger
from tests.places.ledgers import HEADER, Rows, comma_separated, xlsx

GOOD: Rows = (HEADER, ("甘露园社区居委会", "1号楼", "1单元", 24), ("甘露园社区", "1号楼", "2单元", "30户"))


def _faults(path: Path) -> list[tuple[int, str]]:
    return [(fault.line, fault.column) for fault in read_ledger(path).faults]


def _reason(path: Path) -> str:
    (fault,) = read_ledger(path).faults
    return fault.reason


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_encodings_people_save_in(tmp_path: Path, encoding: str) -> None:
    """The same rows, whichever the encoding."""
    ledger = read_ledger(comma_separated(tmp_path / "l.csv", GOOD, encoding))
    assert ledger.faults == []
    assert ledger.rows == [
        LedgerRow(2, "甘露园社区", "1号楼", "1单元", 24),
        LedgerRow(3, "甘露园社区", "1号楼", "2单元", 30),
    ]


def test_a_workbook_with_titles_blank_lines_and_numbers_for_names(tmp_path: Path) -> None:
    """Titles above the header do not count, and lines are numbered as the sheet numbers them."""
    rows = (
        ("台账",),
        (),
        *GOOD[:1],
        ("红庙", 3, 1, 12.0),
        (None, None),
        ("红庙", "４号楼", " 1　单元 ", None),
    )
    ledger = read_ledger(xlsx(tmp_path / "l.xlsx", rows))
    assert ledger.faults == []
    assert ledger.rows == [LedgerRow(4, "红庙", "3", "1", 12), LedgerRow(6, "红庙", "4号楼", "1 单元", None)]


@pytest.mark.parametrize(
    "header",
    [
        ("社区", "楼", "楼门", "户数"),
        ("小区", "楼号", "单元", "户数（户）"),
        ("* 社区名称", "楼 栋", "单元门", "住户数"),
        ("community", "building", "doorway", "households"),
        ("Community", "BUILDING", "Doorway", "Households"),
    ],
)
def test_headings_in_both_languages(tmp_path: Path, header: tuple[str, ...]) -> None:
    """Each way to name the columns means the same."""
    ledger = read_ledger(xlsx(tmp_path / "l.xlsx", (header, ("红庙", "1号楼", "1单元", 8))))
    assert ledger.rows == [LedgerRow(2, "红庙", "1号楼", "1单元", 8)]


def test_an_estate_beside_the_community_stands_before_the_building(tmp_path: Path) -> None:
    """小区 is the community only where no column is called 社区."""
    rows = (("社区", "小区", "楼", "楼门"), ("红庙社区", "阳光家园", "1号楼", "1单元"))
    (row,) = read_ledger(xlsx(tmp_path / "l.xlsx", rows)).rows
    assert (row.community, row.building) == ("红庙社区", "阳光家园1号楼")


def test_coordinates_telephone_and_code(tmp_path: Path) -> None:
    """GCJ-02 unless the ledger says WGS-84."""
    header = (*HEADER, "经度", "纬度", "坐标系", "社区电话", "社区代码")
    rows = (
        header,
        ("红庙", "1号楼", "1单元", 8, 116.49, 39.91, None, "010-1234567", 110105015037),
        ("红庙", "1号楼", "2单元", 8, "116.5", "39.92", "wgs84", None, None),
    )
    first, second = read_ledger(xlsx(tmp_path / "l.xlsx", rows)).rows
    assert first == LedgerRow(
        2, "红庙", "1号楼", "1单元", 8, 116.49, 39.91, "GCJ-02", "010-1234567", "110105015037"
    )
    assert (second.lng, second.lat, second.datum) == (116.5, 39.92, "WGS-84")


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("甘露园社区居委会", "甘露园社区"),
        ("甘露园中里社区居民委员会", "甘露园中里社区"),
        ("甘露园社区", "甘露园社区"),
        ("居委会里社区", "居委会里社区"),
    ],
)
def test_a_community_is_shown_without_its_committee(written: str, shown: str) -> None:
    """Only at the end of the name."""
    assert display_name(written) == shown


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        (("", "1号楼", "1单元", 8), "社区", "空着"),
        (("居委会", "1号楼", "1单元", 8), "社区", "空着"),
        (("红庙", "1号楼", "1单元", "十户"), "户数", "整数"),
        (("红庙", "1号楼", "1单元", -3), "户数", "整数"),
        (("红庙", "1号楼", "1单元", 8.5), "户数", "整数"),
        (("红庙", "1号楼", "1单元", "=4+4"), "户数", "公式"),
        (("红庙", "1号楼", date(2026, 3, 1), 8), "楼门", "日期"),
        (("红庙", "1号楼", True, 8), "楼门", "真/假"),
        (("红庙", "楼" * 61, "1单元", 8), "楼", "最多60"),
        (("红庙", "1\u200b号楼", "1单元", 8), "楼", "U+200B"),
        (("红庙", "1号楼", "1\n单元", 8), "楼门", "U+000A"),
    ],
)
def test_a_bad_cell_is_named(tmp_path: Path, row: tuple[object, ...], column: str, reason: str) -> None:
    """Line, column and why."""
    path = xlsx(tmp_path / "l.xlsx", (HEADER, GOOD[1], row))
    assert _faults(path) == [(3, column)]
    assert reason in _reason(path)
    assert len(read_ledger(path).rows) == 1


@pytest.mark.parametrize(
    ("given", "column", "reason"),
    [
        ({"经度": 39.9, "纬度": 116.5}, "经度", "反"),
        ({"经度": 216.5, "纬度": 39.9}, "经度", "中国"),
        ({"经度": 116.5}, "纬度", "一起"),
        ({"经度": "东", "纬度": 39.9}, "经度", "数字"),
        ({"经度": "nan", "纬度": 39.9}, "经度", "数字"),
        ({"经度": 116.5, "纬度": 39.9, "坐标系": "BD-09"}, "坐标系", "GCJ-02"),
        ({"社区电话": "问老张"}, "社区电话", "电话"),
        ({"社区代码": "一号"}, "社区代码", "字母或数字"),
    ],
)
def test_a_bad_place_or_number_is_named(
    tmp_path: Path, given: dict[str, object], column: str, reason: str
) -> None:
    """Coordinates in pairs, in China, in a known datum."""
    rows = ((*HEADER, *given), ("红庙", "1号楼", "1单元", 8, *given.values()))
    path = xlsx(tmp_path / "l.xlsx", rows)
    assert _faults(path)[0] == (2, column)
    assert reason in read_ledger(path).faults[0].reason


def test_every_fault_is_told_and_none_hides_another(tmp_path: Path) -> None:
    """A doubled doorway names the line it doubles, whatever else is wrong."""
    rows = (
        HEADER,
        ("红庙", "1号楼", "1单元", "x"),
        ("红庙居委会", "1号楼", "1 单元", "y"),
        ("红庙", "1号楼", "1单元", 3),
    )
    assert read_ledger(comma_separated(tmp_path / "l.csv", rows)).faults == [
        Fault(2, "户数", "不是0到9999的整数：“x”"),
        Fault(3, "户数", "不是0到9999的整数：“y”"),
        Fault(4, "楼门", "和第2行是同一个楼门：红庙 1号楼 1单元"),
    ]


def test_a_community_says_one_thing(tmp_path: Path) -> None:
    """Two telephones, or one code for two communities, cannot both be right."""
    rows = (
        (*HEADER, "社区电话", "社区代码"),
        ("甲", "1", "1", 1, "010-1111111", "A1"),
        ("甲", "1", "2", 1, "010-2222222", "A1"),
        ("乙", "1", "1", 1, None, "A1"),
    )
    assert _faults(xlsx(tmp_path / "l.xlsx", rows)) == [(3, "社区电话"), (4, "社区代码")]


def test_missing_columns_are_all_named(tmp_path: Path) -> None:
    """At the line of the header that was recognised."""
    path = xlsx(tmp_path / "l.xlsx", (("台账",), ("社区", "户数"), ("红庙", 3)))
    assert _faults(path) == [(2, "楼"), (2, "楼门")]
    assert not read_ledger(path).usable


def _noise(path: Path) -> None:
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("hello.txt", "hello")


def _cut(path: Path) -> None:
    whole = path.with_name("whole.xlsx")
    xlsx(whole, GOOD * 50)
    path.write_bytes(whole.read_bytes()[:-400])


def _old(path: Path) -> None:
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))


def _utf16(path: Path) -> None:
    comma_separated(path, GOOD, "utf-16")


@pytest.mark.parametrize("name", ["l.xlsx", "l.csv", "l.pdf"])
@pytest.mark.parametrize("make", [_noise, _empty, _zip, _cut, _old, _utf16])
def test_no_spreadsheet_at_all(tmp_path: Path, name: str, make: object) -> None:
    """One fault, no exception, nothing to import."""
    path = tmp_path / name
    make(path)  # type: ignore[operator]
    ledger = read_ledger(path)
    assert ledger.rows == []
    assert len(ledger.faults) == 1
    assert not ledger.usable


def test_a_broken_byte_is_found_at_its_line(tmp_path: Path) -> None:
    """UTF-8 with one bad byte is not taken for GB18030."""
    path = tmp_path / "l.csv"
    raw = "community,building,doorway\n红庙,延静,单元\n红庙,延静,".encode() + b"\xb5\xa5\n"
    assert raw.decode("gb18030")  # to mojibake, without complaint
    path.write_bytes(raw)
    assert [fault.line for fault in read_ledger(path).faults] == [3]
    assert "编码" in _reason(path)


def test_a_csv_that_is_none_from_some_line_on(tmp_path: Path) -> None:
    """An open quotation mark would swallow the rest in silence."""
    path = tmp_path / "l.csv"
    path.write_text('社区,楼,楼门\n红庙,1号楼,1单元\n红庙,"1号楼,2单元\n红庙,1号楼,3单元\n', encoding="utf-8")
    ledger = read_ledger(path)
    assert [fault.line for fault in ledger.faults] == [3]
    assert not ledger.usable


def test_a_header_and_nothing_below(tmp_path: Path) -> None:
    """An empty ledger is a mistake, not a success."""
    assert not read_ledger(xlsx(tmp_path / "l.xlsx", (HEADER,))).usable


def test_the_sheet_with_the_header_is_the_ledger(tmp_path: Path) -> None:
    """Other sheets, and hidden ones, do not count."""
    workbook = Workbook()
    note, hidden, ledger = workbook.active, workbook.create_sheet("旧"), workbook.create_sheet("台账")
    assert note is not None
    note.append(["说明"])
    for sheet, building in ((hidden, "旧楼"), (ledger, "新楼")):
        sheet.append(list(HEADER))
        sheet.append(["红庙", building, "1单元", 1])
    hidden.sheet_state = "hidden"
    workbook.save(tmp_path / "l.xlsx")
    assert [row.building for row in read_ledger(tmp_path / "l.xlsx").rows] == ["新楼"]


def test_entities_in_a_workbook_are_refused(tmp_path: Path) -> None:
    """A sheet that declares entities is an attack, not a ledger."""
    whole, bad = xlsx(tmp_path / "whole.xlsx", GOOD), tmp_path / "l.xlsx"
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(bad, "w") as target:
        for part in source.namelist():
            data = source.read(part)
            if part == "xl/worksheets/sheet1.xml":
                data = b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + data
            target.writestr(part, data)
    ledger = read_ledger(bad)
    assert ledger.rows == []
    assert len(ledger.faults) == 1
