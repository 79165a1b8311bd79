"""A ledger of 12345 taken over: looked through first, then line by line, and never sent back there by itself."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from app import clock
from app.cases import importing
from app.cases import queries as cases
from app.cases.models import CaseFile, LedgerImport, LedgerLine, Report
from app.cases.triage import Sorting, triage
from app.db import db
from app.errors import Forbidden, NotFound, Refused
from app.forwarding.eligibility import Facts, reasons_against, reasons_against_by_hand
from app.forwarding.handover import facts_of, forward_now
from tests.desk.conftest import Desk
from tests.keying import ledgers
from tests.keying.ledgers import line, table
from tests.world import World

At = Callable[[str], Desk]


def look(world: World, tmp_path: Path, *rows: ledgers.Cells, who: str = "dispatcher") -> int:
    """The import of a ledger of these lines."""
    return importing.look_through(
        world.actor(who), ledgers.text(tmp_path / "a.csv", table(*rows)), "台账.csv"
    )


def lines(import_id: int) -> list[LedgerLine]:
    db.session.rollback()
    db.session.expire_all()
    query = select(LedgerLine).where(LedgerLine.ledger_import_id == import_id).order_by(LedgerLine.line)
    return list(db.session().scalars(query))


def take(world: World, import_id: int) -> int:
    every = [one.id for one in lines(import_id)]
    return importing.take(world.actor("dispatcher"), import_id, every)[0]


def count(of: type) -> int:
    db.session.rollback()
    return db.session().scalar(select(func.count()).select_from(of)) or 0


def test_lines_are_matched_and_laid_out(world: World, tmp_path: Path) -> None:
    made = look(
        world,
        tmp_path,
        line("1", "楼道灯坏了"),
        line("2", "楼顶漏水", "红庙北里1号楼", 问题分类="不知道->什么"),
        line("3", "大门口堆垃圾", "红庙社区大门"),
        line("4", "不知哪里", "某处"),
        line("5", "办完了", 办结时间="2026-11-20 10:00"),
        line("", "没有编号"),
    )
    found = lines(made)
    assert [(one.order_number, one.place[:1], one.category, one.outcome) for one in found] == [
        ("1", "d", "0304", "open"),
        ("2", "b", "", "open"),
        ("3", "c", "0304", "open"),
        ("4", "", "0304", "open"),
        ("", "d", "0304", "faulty"),
    ]
    kept = db.session().get_one(LedgerImport, made)
    assert (kept.lines, kept.finished) == (6, 1)
    assert count(CaseFile) == 0


def test_what_is_ticked_becomes_cases_of_the_hotline(world: World, tmp_path: Path) -> None:
    made = look(world, tmp_path, line("20261124001", "楼道灯坏了"), line("2", "楼顶漏水", "红庙北里1号楼"))
    assert take(world, made) == 2
    first, second = lines(made)
    assert (first.outcome, first.sealed) == ("taken", None)
    case = db.session().scalars(select(CaseFile).where(CaseFile.number == first.case_number)).one()
    report = case.reports[0]
    assert (report.channel, report.order_number) == ("hotline", "20261124001")
    assert (report.text, report.spot) == ("楼道灯坏了", "红庙北里2号楼3单元")
    assert case.doorway_id == world.doors[6].doorway_id
    assert case.due_at == datetime(2026, 11, 27, 0, 10, tzinfo=UTC)
    assert case.internal_due_at == case.due_at - timedelta(days=1)
    assert report.phone_sealed is not None
    assert [one.kind for one in world.outbox()] == []
    event = world.events(case)[0]
    assert (event.staff_id, event.data["workorder_id"]) == (world.staff["dispatcher"], "20261124001")
    other = db.session().scalars(select(CaseFile).where(CaseFile.number == second.case_number)).one()
    assert other.doorway_id not in {one.doorway_id for one in world.doors}, "at the stand-in of its building"


def test_the_same_file_again_changes_nothing(world: World, tmp_path: Path) -> None:
    rows = (line("1", "楼道灯坏了"), line("2", "楼顶漏水"))
    assert take(world, look(world, tmp_path, *rows)) == 2
    before = (count(CaseFile), count(Report))
    again = look(world, tmp_path, *rows, line("3", "新的一件：单元门关不上"))
    assert [one.outcome for one in lines(again)] == ["known", "known", "open"]
    assert all(one.case_number for one in lines(again)[:2])
    assert take(world, again) == 1
    assert take(world, again) == 0
    assert (count(CaseFile), count(Report)) == (before[0] + 1, before[1] + 1)


def test_two_who_take_the_same_order_make_one(world: World, tmp_path: Path) -> None:
    first, second = look(world, tmp_path, line("1", "灯坏了")), look(world, tmp_path, line("1", "灯坏了"))
    assert take(world, first) == 1
    assert take(world, second) == 0
    assert lines(second)[0].case_number == lines(first)[0].case_number
    assert count(Report) == 1


def test_what_is_like_an_open_case_is_offered_and_joined(world: World, tmp_path: Path) -> None:
    door = world.doors[6]
    case = world.queued(door, text="楼道的灯不亮了")
    by_phone = world.queued(world.doors[0], text="对门老在楼道里堆杂物", phone="13900002222")
    made = look(
        world,
        tmp_path,
        line("1", "楼道灯坏了", 来电号码="13900009999"),
        line("2", "对门在楼道堆杂物没人管", "某处"),
        line("3", "电梯停了"),
    )
    assert [one.same for one in lines(made)] == [case.number, by_phone.number, ""]
    first = lines(made)[0]
    taken, refused = importing.take(world.actor("dispatcher"), made, [first.id])
    assert (taken, refused) == (1, {})
    assert len(world.again(case).reports) == 2
    assert world.events(case)[-1].data["workorder_id"] == "1"
    assert world.again(case).due_at == min(case.due_at, datetime(2026, 11, 27, 0, 10, tzinfo=UTC))


def test_a_line_without_a_place_says_so_and_stops_no_other(world: World, tmp_path: Path) -> None:
    made = look(world, tmp_path, line("1", "哪里不知道", "某处"), line("2", "灯坏了"))
    first, second = lines(made)
    taken, refused = importing.take(world.actor("dispatcher"), made, [first.id, second.id])
    assert taken == 1
    assert refused[first.id].key == "place_unknown"
    assert [one.outcome for one in lines(made)] == ["open", "taken"]


def test_what_the_hotline_sent_does_not_go_back_by_itself(world: World, tmp_path: Path) -> None:
    made = look(world, tmp_path, line("1", "楼道灯坏了"))
    take(world, made)
    number = lines(made)[0].case_number
    case = db.session().scalars(select(CaseFile).where(CaseFile.number == number)).one()
    triage(world.actor("dispatcher"), number, case.version, Sorting("help", "0304"))
    assert reasons_against(facts_of(world.again(case))) == ["from_hotline"]
    with pytest.raises(Refused, match="not_eligible_from_hotline"):
        forward_now(world.actor("dispatcher"), number, world.again(case).version)


def test_beside_a_residents_own_report_a_dispatcher_may_still_decide() -> None:
    facts = Facts(True, True, "help", "statutory", 0, has_hotline_report=True, is_all_from_hotline=False)
    assert reasons_against(facts) == ["from_hotline"]
    assert reasons_against_by_hand(facts) == []


def test_personal_data_is_sealed_at_rest_and_gone_after_a_day(
    world: World, tmp_path: Path, at: Callable[[str], None]
) -> None:
    made = look(world, tmp_path, line("1", "楼道里的秘密", 来电号码="13900002222"))
    rows = db.session().execute(text("SELECT * FROM ledger_line")).all()
    stored = b"".join(
        bytes(one) if isinstance(one, (bytes, memoryview)) else str(one).encode()
        for row in rows
        for one in row
    )
    for secret in ("13900002222", "王先生", "秘密"):
        assert secret.encode() not in stored
    assert importing.forget_old(world.sub_district_id) == 0
    at("2026-11-25T09:01")
    with pytest.raises(NotFound):
        importing.the_import(db.session(), world.actor("dispatcher"), made)
    assert importing.forget_old(world.sub_district_id) == 1
    assert (count(LedgerImport), count(LedgerLine)) == (0, 0)


def test_only_dispatchers_and_only_their_own(desk: At, world: World, tmp_path: Path) -> None:
    made = look(world, tmp_path, line("1", "灯坏了"))
    for who in ("worker", "leader", "officer"):
        with pytest.raises(Forbidden):
            look(world, tmp_path, line("1", "灯坏了"), who=who)
    far = desk("far_dispatcher")
    for path in (f"/desk/ledgers/{made}", f"/desk/ledgers/{made}/faults.csv", "/desk/ledgers/99999999999999"):
        assert far.get(path).status_code == 404
    assert far.post(f"/desk/ledgers/{made}", take_ready="1").status_code == 404
    assert "台账.csv" not in far.page("/desk/ledgers/")
    assert count(CaseFile) == 0


def test_danger_said_just_now_alarms_and_what_was_said_days_ago_does_not(
    world: World, tmp_path: Path
) -> None:
    made = look(
        world,
        tmp_path,
        line("1", "厨房漏煤气了，味道很大"),
        line("2", "电梯里困住人了", "红庙北里1号楼1单元", 受理时间="2026-11-20 08:00"),
    )
    take(world, made)
    assert [one.kind for one in world.outbox()] == ["urgent_report"]


# ---- on the page --------------------------------------------------------------------------------------------


def upload(at_desk: Desk, path: Path, name: str = "台账.xlsx") -> object:
    return at_desk.post("/desk/ledgers/", ledger=(BytesIO(path.read_bytes()), name))


def test_from_the_file_to_the_cases(desk: At, world: World, tmp_path: Path) -> None:
    at_desk = desk("dispatcher")
    rows = table(
        line("1", "楼道灯坏了"),
        line("2", "单元门关不上", "某处"),
        line("", "没有编号"),
        line("4", "漏水", "红庙北里1号楼"),
    )
    answer = upload(at_desk, ledgers.xls(tmp_path / "a.xls", rows), "台账.xls")
    assert answer.status_code == 303  # type: ignore[attr-defined]
    page_at = answer.headers["Location"]  # type: ignore[attr-defined]
    page = at_desk.page(page_at)
    assert "楼道灯坏了" in page
    assert "13900002222" not in page
    number = int(page_at.rsplit("/", 1)[1])
    first, second, _faulty, fourth = lines(number)
    looked = at_desk.post(
        page_at, find="1", **{f"where-{second.id}": "红庙 2号", "take": [first.id, second.id]}
    )
    text_ = looked.get_data(as_text=True)
    assert looked.status_code == 200
    assert text_.count(f'name="place-{second.id}"') == 5
    assert count(CaseFile) == 0
    given = {
        "take": [first.id, second.id],
        f"place-{second.id}": f"d{world.doors[4].doorway_id}",
        f"where-{second.id}": "红庙 2号",
    }
    assert at_desk.post(page_at, **given).status_code == 303
    assert count(CaseFile) == 2
    done = at_desk.page(f"{page_at}?show=done")
    assert lines(number)[1].case_number in done
    faults = at_desk.get(f"{page_at}/faults.csv")
    assert faults.get_data().startswith("\ufeff".encode())
    assert "没有编号认不出" in faults.get_data(as_text=True)
    assert at_desk.page(f"{page_at}?show=faulty")
    assert at_desk.post(page_at, take_ready="1").status_code == 303
    assert lines(number)[3].outcome == "taken"
    assert fourth.id
    unfound = look(world, tmp_path, line("9", "某事", "某处"))
    refused = at_desk.post(f"/desk/ledgers/{unfound}", take=[lines(unfound)[0].id])
    assert refused.status_code == 422
    assert "请写在哪儿" in refused.get_data(as_text=True)


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("a.xlsx", b"PK\x03\x04x"),
        ("a.xls", b"\xd0\xcf\x11\xe0"),
        ("a.csv", b"\0"),
        ("a.csv", b""),
        ("a.exe", b"MZ"),
        ("../../etc/passwd", b"x"),
        ("a\0.csv", "工单编号\n".encode()),
        ("长" * 300 + ".csv", b"x"),
        ("", b""),
    ],
)
def test_files_that_are_none_are_told_so(desk: At, world: World, name: str, body: bytes) -> None:
    answer = desk("dispatcher").post("/desk/ledgers/", ledger=(BytesIO(body), name))
    assert answer.status_code == 422


def test_a_file_too_big_is_not_read(desk: At, world: World) -> None:
    answer = desk("dispatcher").post(
        "/desk/ledgers/", ledger=(BytesIO(bytes(importing.LARGEST + 1)), "a.csv")
    )
    assert answer.status_code == 422
    assert "太大" in answer.get_data(as_text=True)


def test_odd_choices_do_no_harm(desk: At, world: World, tmp_path: Path) -> None:
    at_desk, made = desk("dispatcher"), look(world, tmp_path, line("1", "灯坏了"))
    [one] = lines(made)
    for odd in ("\0", "x", "-1", "9" * 30, "\ud7ff", "d99999", "' OR 1"):
        fields = {
            "take": odd,
            f"place-{one.id}": odd,
            f"where-{one.id}": odd,
            f"same-{one.id}": odd,
            "after": odd,
        }
        assert at_desk.post(f"/desk/ledgers/{made}", **fields).status_code in (303, 422)
        assert at_desk.post(f"/desk/ledgers/{made}", find="1", **fields).status_code == 200
        assert at_desk.get(f"/desk/ledgers/{made}?show={odd}&after={odd}").status_code == 200
    assert count(CaseFile) == 0


def test_faults_are_a_table_no_spreadsheet_runs(desk: At, world: World, tmp_path: Path) -> None:
    made = look(world, tmp_path, line("@SUM(1)", ""), line("+1", ""))
    answer = desk("dispatcher").get(f"/desk/ledgers/{made}/faults.csv").get_data(as_text=True)
    assert "'@SUM(1)" in answer
    assert not re.search(r"(^|,)[=+@-]", answer, re.MULTILINE)


def test_a_thousand_lines_are_laid_out_with_few_statements(
    world: World, tmp_path: Path, count_queries: Callable[[], object]
) -> None:
    rows = [line(str(number), f"第{number}件：灯坏了", 来电号码=f"139{number:08d}") for number in range(1000)]
    look(world, tmp_path, line("x", "灯坏了"))
    began = time.monotonic()
    with count_queries() as statements:  # type: ignore[attr-defined]
        look(world, tmp_path, *rows)
    print(f"1000 lines: {time.monotonic() - began:.2f} s, {len(statements)} statements")
    assert len(statements) <= 20


def test_a_page_of_lines_takes_few_statements(
    desk: At, world: World, tmp_path: Path, count_queries: Callable[[], object]
) -> None:
    made = look(world, tmp_path, *[line(str(number), f"第{number}件：灯坏了") for number in range(60)])
    at_desk = desk("dispatcher")
    with count_queries() as statements:  # type: ignore[attr-defined]
        page = at_desk.page(f"/desk/ledgers/{made}")
    assert page.count('name="take"') == 50
    assert len(statements) <= 15, len(statements)
    assert clock.now()
    assert cases.ledger_counts(db.session(), made) == {"open": 60}
