"""What a ledger of 12345 says, in whatever file, under whatever names, with whatever faults."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from app.cases import orders
from app.cases.orders import Order, levels_of, moment_of, read_orders, span_from
from tests.keying import ledgers
from tests.keying.ledgers import line, table

ROWS = table(line("20261124001", "楼道灯坏了"), line("20261124002", "有人堆了杂物"))


def wall(*parts: int) -> datetime:
    return datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001


def reads(path: Path) -> list[Order]:
    read = read_orders(path)
    assert not read.broken
    return read.orders


@pytest.mark.parametrize("kind", ["xlsx", "xls", "gb18030", "utf-8", "utf-8-sig"])
def test_every_kind_of_file_says_the_same(tmp_path: Path, kind: str) -> None:
    writers = {"xlsx": ledgers.xlsx, "xls": ledgers.xls}
    path = tmp_path / f"a.{kind if kind in writers else 'csv'}"
    writers[kind](path, ROWS) if kind in writers else ledgers.text(path, ROWS, kind)
    first, second = reads(path)
    assert (first.line, first.number, first.text) == (4, "20261124001", "楼道灯坏了")
    assert (first.name, first.phone, first.unit) == ("王先生", "13900002222", "红庙物业")
    assert first.received == wall(2026, 11, 24, 8, 10)
    assert first.due == wall(2026, 11, 27, 8, 10)
    assert not first.faults
    assert second.text == "有人堆了杂物"


@pytest.mark.parametrize("kind", ["xlsx", "xls"])
def test_dates_and_numbers_of_a_workbook_are_read(tmp_path: Path, kind: str) -> None:
    row = line("1", "灯坏了", 工单编号=20261124001, 来电号码=13900002222, 受理时间=wall(2026, 11, 24, 8, 10))
    path = getattr(ledgers, kind)(tmp_path / f"a.{kind}", table(row))
    [order] = reads(path)
    assert (order.number, order.phone) == ("20261124001", "13900002222")
    assert order.received == wall(2026, 11, 24, 8, 10)


def test_columns_go_by_other_names(tmp_path: Path) -> None:
    header = ("诉求编号", "反映人", "联系电话", "诉求内容（必填）", "诉求分类", "截止时间", "事发地址")
    row = (
        "A-1",
        "李女士",
        "13900003333",
        "电梯坏了",
        "住房－公共设施－电梯故障",
        "2026年11月30日18时",
        "红庙北里1号楼",
    )
    [order] = reads(ledgers.text(tmp_path / "a.csv", [header, row]))
    assert (order.number, order.name, order.text) == ("A-1", "李女士", "电梯坏了")
    assert order.due == wall(2026, 11, 30, 18)
    assert levels_of(order.category) == ("住房", "公共设施", "电梯故障")


def test_one_bad_line_stops_no_other(tmp_path: Path) -> None:
    rows = table(
        line("1", "灯坏了"),
        line("", "没有编号"),
        line("1", "编号重复"),
        line("2", ""),
        line("3", "长" * 2001),
        line("4", "电话不对", 来电号码="12"),
        line("5", "时间不对", 受理时间="前天", 处理时限="很快"),
        line("6", "=1+1"),
        line("7", "灯又坏了"),
        line("9" * 41, "编号太长"),
        header=ledgers.HEADER,
    )
    read = reads(ledgers.text(tmp_path / "a.csv", rows))
    assert [one.number for one in read if not one.is_faulty] == ["1", "4", "5", "7"]
    told = {one.line: [(fault.column, fault.stops) for fault in one.faults] for one in read if one.faults}
    assert told == {
        5: [("工单编号", True)],
        6: [("工单编号", True)],
        7: [("主要内容", True)],
        8: [("主要内容", True)],
        9: [("来电号码", False)],
        10: [("受理时间", False), ("处理时限", False)],
        11: [("主要内容", True), ("主要内容", True)],
        13: [("工单编号", True)],
    }


def test_finished_lines_are_known_as_such(tmp_path: Path) -> None:
    [order] = reads(ledgers.text(tmp_path / "a.csv", table(line("1", "灯坏了", 办结时间="2026-11-23 10:00"))))
    assert order.is_finished


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-11-24 08:10", wall(2026, 11, 24, 8, 10)),
        ("2026/11/4 8:05:30", wall(2026, 11, 4, 8, 5)),
        ("2026年11月24日 8时5分", wall(2026, 11, 24, 8, 5)),
        ("2026.11.24", wall(2026, 11, 24)),
        ("20261124", wall(2026, 11, 24)),
        ("202611240810", wall(2026, 11, 24, 8, 10)),
        ("46350.5", wall(2026, 11, 24, 12)),
        ("2026-13-40", None),
        ("", None),
        ("9" * 400, None),
    ],
)
def test_moments(written: str, moment: datetime | None) -> None:
    assert moment_of(written) == moment


def test_spans_run_from_when_it_was_said() -> None:
    start = wall(2026, 11, 27, 9)  # a Friday
    assert span_from(start, "24小时") == wall(2026, 11, 28, 9)
    assert span_from(start, "7天内") == wall(2026, 12, 4, 9)
    assert span_from(start, "2个工作日") == wall(2026, 12, 1, 9)
    assert span_from(None, "7天") is None
    assert span_from(start, "尽快") is None


@pytest.mark.parametrize(
    "parted", ["一->二->三", "一 → 二 → 三", "一/二/三", "一＞二＞三", "一>二>三", "一－二－三", "一|二|三"]
)
def test_categories_are_parted_in_any_way(parted: str) -> None:
    assert levels_of(parted) == ("一", "二", "三")


def test_files_that_are_none(tmp_path: Path) -> None:
    for name, body in (
        ("a.xlsx", b"PK\x03\x04nothing"),
        ("a.xls", b"\xd0\xcf\x11\xe0nothing"),
        ("a.xls", b"<html><table>"),
        ("a.csv", b""),
        ("a.csv", b"\0\0"),
        ("a.csv", "工单编号\n1\n".encode()),
        ("a.csv", "工单编号,主要内容\n".encode()),
        ("a.none", b"x"),
        ("a.xls", ledgers._compound(b"\x09\x08")),
    ):
        path = tmp_path / name
        path.write_bytes(body)
        assert read_orders(path).broken, (name, body)


def test_a_bomb_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from zipfile import ZIP_DEFLATED, ZipFile

    path = ledgers.xlsx(tmp_path / "a.xlsx", ROWS)
    with ZipFile(path, "a", ZIP_DEFLATED) as packed:
        packed.writestr("xl/bomb.xml", b"\0" * (130 * 1024 * 1024))
    assert "太大" in read_orders(path).broken


def test_too_many_lines_are_said_and_the_first_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orders, "MOST_LINES", 1)
    read = read_orders(ledgers.text(tmp_path / "a.csv", ROWS))
    assert len(read.orders) == 1
    assert "超过1行" in read.broken
