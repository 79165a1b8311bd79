"""是否联系、是否解决、满意度 of a ledger: kept as the hotline's, never as what the resident answered on the receipt."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from app.cases import data_requests, importing, ledger_work
from app.cases.models import FollowUp, HotlineFollowUp, Report
from app.cases.orders import read_orders
from app.commands import worker
from app.db import db
from tests.desk.conftest import Desk
from tests.keying import ledgers
from tests.keying.ledgers import HEADER, line, table
from tests.keying.test_importing_orders import count, lines, take
from tests.keying.test_long_ledgers import drained
from tests.world import World

At = Callable[[str], Desk]
ASKED = ("是否联系", "是否解决", "满意度")


def file(folder: Path, *rows: tuple[list[object], tuple[str, str, str]]) -> Path:
    """A ledger with the three columns at its end."""
    return ledgers.text(
        folder / "a.csv", table(*[[*row, *said] for row, said in rows], header=[*HEADER, *ASKED])
    )


def look(world: World, path: Path) -> int:
    return importing.look_through(world.actor("dispatcher"), path, "台账.csv")


def heard() -> dict[str, tuple[bool | None, bool | None, str | None]]:
    """What is kept, by the number of the order."""
    db.session.rollback()
    db.session.expire_all()
    query = select(Report.order_number, HotlineFollowUp).join(Report, Report.id == HotlineFollowUp.report_id)
    return {
        number: (one.contacted, one.solved, one.satisfaction) for number, one in db.session.execute(query)
    }


@pytest.mark.parametrize(
    ("written", "meant", "faults"),
    [
        (("是", "已解决", "满意"), {"contacted": "yes", "solved": "yes", "satisfied": "satisfied"}, []),
        (
            ("已联系", "否", "基本 满意"),
            {"contacted": "yes", "solved": "no", "satisfied": "basically_satisfied"},
            [],
        ),
        (
            ("未联系", "未解决", "不满意"),
            {"contacted": "no", "solved": "no", "satisfied": "dissatisfied"},
            [],
        ),
        (("", "-", "未评价"), {}, []),
        (("是", "部分解决", "一般"), {"contacted": "yes"}, ["是否解决", "满意度"]),
    ],
)
def test_words_are_read_as_they_are_meant(
    tmp_path: Path, written: tuple[str, str, str], meant: dict[str, str], faults: list[str]
) -> None:
    [order] = read_orders(file(tmp_path, (line("1", "灯坏了"), written))).orders
    assert order.heard == meant
    assert [one.column for one in order.faults] == faults
    assert not order.is_faulty


def test_it_comes_with_the_case_and_a_later_ledger_says_more(world: World, tmp_path: Path) -> None:
    rows = (line("1", "灯坏了"), ("是", "", "")), (line("2", "漏水", "红庙北里1号楼"), ("", "", ""))
    assert take(world, look(world, file(tmp_path, *rows))) == 2
    assert heard() == {"1": (True, None, None)}
    done = {"办结时间": "2026-11-23 10:00"}
    later = (
        (line("1", "灯坏了", **done), ("是", "是", "基本满意")),
        (line("2", "漏水", **done), ("是", "否", "不满意")),
        (line("3", "别处办完的", **done), ("是", "是", "满意")),
    )
    look(world, file(tmp_path, *later))
    assert heard() == {"1": (True, True, "basically_satisfied"), "2": (True, False, "dissatisfied")}
    assert count(FollowUp) == 0, "nobody answered on a receipt"


def test_the_case_says_whose_answers_they_are(desk: At, world: World, tmp_path: Path) -> None:
    made = look(world, file(tmp_path, (line("1", "灯坏了"), ("是", "否", "不满意"))))
    take(world, made)
    page = desk("dispatcher").page(f"/desk/cases/{lines(made)[0].case_number}")
    assert "12345回访，台账里写的 · 联系过 · 没解决 · 不满意" in page
    assert "居民评了" not in page


def test_who_asks_to_see_everything_held_sees_it_too(app: Flask, world: World, tmp_path: Path) -> None:
    take(world, look(world, file(tmp_path, (line("1", "灯坏了"), ("是", "", "不满意")))))
    receipt = db.session.scalars(select(Report.receipt)).one()
    data_requests.ask(receipt, str(uuid4()), "see")
    page = app.test_client().get(f"/r/{receipt}?held=1").get_data(as_text=True)
    held = page[page.index('id="held"') :]
    assert "您对12345说的，台账里写的" in held
    assert "有人联系过您吗？" in held
    assert "解决了吗？" not in held
    assert "不满意" in held


def test_a_long_ledger_says_it_too(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = file(tmp_path, (line("1", "灯坏了"), ("是", "是", "满意")))
    assert take(world, look(world, file(tmp_path, (line("1", "灯坏了"), ("", "", ""))))) == 1
    assert heard() == {}
    file(tmp_path, (line("1", "灯坏了"), ("是", "是", "满意")))
    monkeypatch.setattr(ledger_work, "SMALL", 0)
    ledger_work.hand_in(world.actor("dispatcher"), path, "台账.csv")
    drained()
    assert heard() == {"1": (True, True, "satisfied")}
    assert ledger_work.READ in worker.HANDLERS


def test_another_sub_districts_report_is_not_touched(world: World, tmp_path: Path) -> None:
    take(world, look(world, file(tmp_path, (line("1", "灯坏了"), ("", "", "")))))
    path = file(tmp_path, (line("1", "灯坏了", 办结时间="2026-11-23"), ("是", "是", "满意")))
    importing.look_through(world.actor("far_dispatcher"), path, "台账.csv")
    assert heard() == {}
