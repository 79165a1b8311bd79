"""A ledger too long for a request: kept, read and taken by the worker in parts, whatever happens to it on the way."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import func, select, text, update

from app.cases import importing, ledger_work
from app.cases.models import CaseEvent, CaseFile, LedgerFile, LedgerImport, LedgerLine, Report
from app.commands import worker
from app.db import db, transaction
from app.outbox import leasing
from app.staff.models import Staff
from tests.desk.conftest import Desk
from tests.keying import hostile, ledgers
from tests.keying.ledgers import line, table
from tests.keying.test_importing_orders import count, lines
from tests.world import World

At = Callable[[str], Desk]


@pytest.fixture
def every_one_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few lines make a long ledger, and a part of it is short."""
    monkeypatch.setattr(ledger_work, "SMALL", 0)
    monkeypatch.setattr(ledger_work, "PART_READ", 7)
    monkeypatch.setattr(ledger_work, "PART_TAKEN", 5)
    monkeypatch.setattr(importing, "AT_ONCE", 6)


def handed_in(world: World, folder: Path, body: bytes, suffix: str = ".csv") -> int:
    path = folder / f"a{suffix}"
    path.write_bytes(body)
    return ledger_work.hand_in(world.actor("dispatcher"), path, f"台账{suffix}")


def drained() -> None:
    assert worker._drain(threading.Event())["failed"] == 0


def the(import_id: int) -> LedgerImport:
    db.session.rollback()
    db.session.expire_all()
    return db.session().get_one(LedgerImport, import_id)


def test_a_small_one_is_read_at_once(world: World, tmp_path: Path) -> None:
    made = handed_in(world, tmp_path, hostile.grown(300))
    assert (the(made).state, len(lines(made))) == ("ready", 300)
    assert world.outbox() == []


def test_a_long_one_is_kept_sealed_and_read_by_the_worker(world: World, tmp_path: Path) -> None:
    made = handed_in(world, tmp_path, hostile.grown(1500, 40))
    here = the(made)
    assert (here.state, here.lines, lines(made)) == ("waiting", 0, [])
    kept = db.session().execute(text("SELECT sealed FROM ledger_file")).scalar_one()
    assert "楼道灯坏了".encode() not in bytes(kept)
    assert [(one.kind, one.ref) for one in world.outbox()] == [("ledger_read", str(made))]
    drained()
    here = the(made)
    assert (here.state, here.lines, len(lines(made)), count(LedgerFile)) == ("ready", 1500, 1500, 0)
    assert ledger_work._orders_of.cache_info().currsize == 0, "no words are held when it is read"


def test_a_part_is_read_with_few_statements(
    world: World, tmp_path: Path, count_queries: Callable[[], object]
) -> None:
    handed_in(world, tmp_path, hostile.grown(3000, 15))
    with count_queries() as statements:  # type: ignore[attr-defined]
        while taken := leasing.take(60, [ledger_work.READ]):
            ledger_work.read_on(taken[0])
    assert count(LedgerLine) == 3000
    assert len(statements) <= 3 * 40, len(statements)


@pytest.mark.usefixtures("every_one_is_long")
def test_whenever_a_worker_dies_no_line_is_lost_and_none_is_doubled(world: World, tmp_path: Path) -> None:
    """Dies before, in and after the transaction of each part, and another begins where it was."""
    made = handed_in(world, tmp_path, hostile.grown(40))
    for turn in range(100):
        if the(made).state == "ready":
            break
        [item] = leasing.take(60, [ledger_work.READ])
        ledger_work._orders_of.cache_clear()
        if turn % 2:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(leasing, "kept" if turn == 3 else "further", die)
                try:
                    ledger_work.read_on(item)
                except KeyboardInterrupt:
                    db.session.rollback()
            let_lease_end()
        else:
            ledger_work.read_on(item)
    assert Counter(one.line for one in lines(made)) == Counter(range(2, 42))


def die(*_what: object) -> None:
    raise KeyboardInterrupt


def let_lease_end() -> None:
    with transaction() as session:
        session.execute(text("UPDATE outbox_item SET leased_until = NULL"))


@pytest.mark.usefixtures("every_one_is_long")
def test_who_has_lost_the_lease_writes_nothing(world: World, tmp_path: Path) -> None:
    made = handed_in(world, tmp_path, hostile.grown(20))
    [slow] = leasing.take(60, [ledger_work.READ])
    let_lease_end()
    [quick] = leasing.take(60, [ledger_work.READ])
    ledger_work.read_on(quick)
    ledger_work.read_on(slow)
    assert len(lines(made)) == 7


@pytest.mark.usefixtures("every_one_is_long")
def test_the_ready_ones_are_taken_by_the_worker(desk: At, world: World, tmp_path: Path) -> None:
    rows = [line(f"A{n}", f"第{n}件灯坏了", f"红庙北里1号楼{n % 4 + 1}单元") for n in range(20)]
    path = ledgers.text(tmp_path / "a.csv", table(*rows, line("X", "不知哪里", "某处")), "utf-8")
    made, at_desk = handed_in(world, tmp_path, path.read_bytes()), desk("dispatcher")
    url = f"/desk/ledgers/{made}"
    assert "后台在读" in at_desk.page(url)
    assert at_desk.get(f"{url}/progress").json["over"] is False
    drained()
    assert at_desk.get(f"{url}/progress").json == {"over": True}
    assert at_desk.post(url, take_ready="1").status_code == 303
    assert at_desk.post(url, take_ready="1").status_code == 303, "twice is once"
    assert count(CaseFile) == 0
    assert "后台在录" in at_desk.page(url)
    [item] = leasing.take(60, [ledger_work.TAKE])
    ledger_work.take_on(item)
    assert count(Report) == 5
    told = at_desk.get(f"{url}/progress").json
    assert (told["done"], told["of"]) == (5, 20)
    [item] = leasing.take(60, [ledger_work.TAKE])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(leasing, "renew", die)
        with pytest.raises(KeyboardInterrupt):
            ledger_work.take_on(item)
    db.session.rollback()
    let_lease_end()
    drained()
    assert (count(Report), the(made).taker_id) == (20, None)
    assert Counter(one.outcome for one in lines(made)) == {"taken": 20, "open": 1}
    numbers = db.session().scalars(select(Report.order_number)).all()
    assert sorted(numbers) == sorted(f"A{n}" for n in range(20))
    acted = db.session().scalars(select(CaseEvent.staff_id).distinct()).all()
    assert acted == [world.staff["dispatcher"]]


@pytest.mark.usefixtures("every_one_is_long")
def test_a_line_that_is_refused_stops_no_other_and_says_so(world: World, tmp_path: Path) -> None:
    made = handed_in(world, tmp_path, hostile.grown(12))
    drained()
    with transaction() as session:
        session.execute(update(LedgerLine).where(LedgerLine.line == 4).values(place="d999999"))
    ledger_work.ask_to_take(world.actor("dispatcher"), made)
    drained()
    left = [one for one in lines(made) if one.outcome == "open"]
    assert [(one.line, one.faults) for one in left] == [(4, [["", ledger_work.NOT_TAKEN]])]
    assert the(made).taker_id is None


@pytest.mark.usefixtures("every_one_is_long")
@pytest.mark.parametrize("what", ["body", "person", "tries"])
def test_what_cannot_be_read_is_told_and_let_go(desk: At, world: World, tmp_path: Path, what: str) -> None:
    if what == "body":
        made = handed_in(world, tmp_path, ledgers.no_ledger(tmp_path / "b.xls", 40), ".xls")
    else:
        made = handed_in(world, tmp_path, hostile.grown(20))
    if what == "person":
        with transaction() as session:
            session.execute(
                update(Staff).where(Staff.id == world.staff["dispatcher"]).values(is_active=False)
            )
    if what == "tries":
        for _ in range(ledger_work.TRIES):
            leasing.take(60, [ledger_work.READ])
            let_lease_end()
    drained()
    assert (the(made).state, count(LedgerFile), count(LedgerLine)) == ("broken", 0, 0)
    assert the(made).broken
    if what != "person":
        page = desk("dispatcher").page(f"/desk/ledgers/{made}")
        assert the(made).broken in re.sub("<[^>]+>", "", page)
        assert "没读成" in desk("dispatcher").page("/desk/ledgers/")


@pytest.mark.usefixtures("every_one_is_long")
def test_nobody_else_asks_how_far_it_is(desk: At, world: World, tmp_path: Path) -> None:
    made = handed_in(world, tmp_path, hostile.grown(20))
    assert desk("far_dispatcher").get(f"/desk/ledgers/{made}/progress").status_code == 404
    assert desk("dispatcher").get("/desk/ledgers/999999/progress").status_code == 404


def test_it_goes_with_its_import_after_a_day(world: World, tmp_path: Path, at: Callable[[str], None]) -> None:
    handed_in(world, tmp_path, hostile.grown(1500, 40))
    at("2026-11-25T09:01")
    assert importing.forget_old(world.sub_district_id) == 1
    drained()
    assert (count(LedgerFile), count(LedgerImport)) == (0, 0)


def test_handing_in_what_is_long_is_quick(
    desk: At, world: World, count_queries: Callable[[], object]
) -> None:
    body, at_desk = hostile.grown(20_000), desk("dispatcher")
    at_desk.page("/desk/ledgers/")
    with count_queries() as statements:  # type: ignore[attr-defined]
        answer = at_desk.post("/desk/ledgers/", ledger=(BytesIO(body), "台账.csv"))
    assert answer.status_code == 303
    assert len(statements) <= 12, len(statements)
    assert db.session().scalar(select(func.count()).select_from(LedgerLine)) == 0
