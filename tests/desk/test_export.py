"""A list taken away as a file: what the filter shows, no more; nothing in it that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest
from openpyxl import load_workbook
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.access.models import AuditEntry
from app.cases import exporting
from app.db import db
from tests.desk.conftest import Desk
from tests.world import World

EVIL = ("=1+1", "+86", "-1", "@SUM(A1)", "＝1+1", " =cmd|' /C calc'!A0", '=HYPERLINK("http://x","y")')


def sheet(answer: TestResponse) -> list[list[object]]:
    """The lines of a file, whichever kind it is."""
    assert answer.status_code == 200
    assert "attachment" in answer.headers["Content-Disposition"]
    if "csv" in answer.headers["Content-Type"]:
        assert answer.data.startswith(b"\xef\xbb\xbf")
        return [list(line) for line in csv.reader(io.StringIO(answer.data.decode("utf-8-sig")))]
    book = load_workbook(io.BytesIO(answer.data))
    for cell in (cell for line in book.active.iter_rows() for cell in line):
        assert cell.data_type in ("s", "n")
        assert cell.hyperlink is None
    return [list(line) for line in book.active.iter_rows(values_only=True)]


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_the_list_is_what_the_filter_shows(desk: Callable[[str], Desk], world: World, form: str) -> None:
    one = world.queued(text="三层水管漏水", name="周某", phone="13912345678")
    world.queued(world.doors[9], text="别的")
    world.queued(world.far_door, text="远处的")
    query = f"state=queued&community={world.communities[0]}"
    lines = sheet(desk("dispatcher").post("/desk/export", query=query, **{"as": form}))
    assert len(lines) == 2
    assert lines[0][:4] == ["案件", "收到", "状态", "原话第一行"]
    assert lines[1][0] == one.number
    assert lines[1][1] == "2026-11-24 09:00"  # the sub-district's own time
    assert lines[1][3] == "三层水管漏水"
    for secret in ("周某", "13912345678", one.reports[0].receipt):
        assert secret not in str(lines)
    leader = sheet(desk("leader").post("/desk/export", query="state=queued", **{"as": form}))
    assert len(leader) == 3


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_nothing_in_it_is_run(desk: Callable[[str], Desk], world: World, form: str) -> None:
    for number, text in enumerate(EVIL):
        world.report(world.doors[number], text=text)
    lines = sheet(desk("dispatcher").post("/desk/export", query="", **{"as": form}))
    first = [str(line[3]) for line in lines[1:]]
    assert sorted(first) == sorted(f"'{text.strip()}" for text in EVIL)
    for line in lines:
        for cell in line:
            assert not str(cell).lstrip().startswith(("=", "+", "-", "@", "\t", "\r", "＝", "＋"))


def test_a_telephone_in_a_title_is_hidden(desk: Callable[[str], Desk], world: World) -> None:
    world.report(text="请打13912345678")
    lines = sheet(desk("dispatcher").post("/desk/export", query="", **{"as": "csv"}))
    assert "13912345678" not in str(lines)


def test_only_so_many_and_it_says_so(
    desk: Callable[[str], Desk], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(7):
        world.report(world.doors[number])
    monkeypatch.setattr(exporting, "MOST", 5)
    monkeypatch.setattr(exporting, "_AT_ONCE", 2)
    lines = sheet(desk("dispatcher").post("/desk/export", query="", **{"as": "csv"}))
    assert len({line[0] for line in lines[1:-1]}) == 5
    assert lines[-1] == ["只有前5件，请把条件再收窄一些。"]


def test_it_is_written_down_before_it_leaves(desk: Callable[[str], Desk], world: World) -> None:
    at_desk = desk("dispatcher")
    at_desk.post("/desk/export", query="state=all&q=水管", **{"as": "csv"})
    db.session.rollback()
    [entry] = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "export_queue"))
    assert (entry.staff_id, entry.object_kind, entry.object_id) == (world.staff["dispatcher"], "queue", "csv")
    assert entry.fields == "q,state"  # names, never what was looked for
    assert at_desk.post("/desk/export", query="", **{"as": "exe"}).status_code == 400


def test_who_may_not_gets_nothing(desk: Callable[[str], Desk], world: World) -> None:
    for who in ("worker", "officer", "printer", "auditor", "admin"):
        assert desk(who).post("/desk/export", query="", **{"as": "csv"}).status_code == 403
    assert "导出" not in desk("worker").page("/desk/?state=all")
