"""Who had everything deleted is nowhere in the database any more, whatever was merged in between."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

from sqlalchemy import JSON, LargeBinary, String, select

from app.access.actor import resident
from app.cases import asking, data_requests, follow_up, handling, importing, intake, merging, own_report
from app.cases.follow_up import Answers
from app.cases.models import DataRequest, LedgerLine, Report
from app.cases.wording import Words
from app.db import Base, db
from app.forwarding import models as forwarding
from app.notices import models as notices
from app.outbox import models as outbox
from tests.keying import ledgers
from tests.world import World

__all__ = ["forwarding", "notices", "outbox"]  # every table is to be looked through
MARK = "独一无二"


def found(mark: str) -> set[str]:
    """The columns of any table in which this stands."""
    db.session.rollback()
    places = set()
    for name, table in Base.metadata.tables.items():
        for row in db.session.execute(select(table)).mappings():
            places |= {f"{name}.{column}" for column, value in row.items() if mark in str(value)}
    return places


def report_of(receipt: str) -> Report:
    db.session.rollback()
    return db.session.scalars(select(Report).where(Report.receipt == receipt)).one()


def test_deleting_reaches_every_place_after_a_merge(world: World) -> None:
    who = world.actor("dispatcher")
    words = Words(
        text=f"{MARK}的灯", spot=f"{MARK}层", name=f"{MARK}周", phone="13912345678", email="a@example.org"
    )
    mine = intake.receive(resident(), world.doors[0], str(uuid4()), words)
    own_report.add(mine, str(uuid4()), f"{MARK}补充")
    source, target = world.case(mine), world.queued(text="邻居说的灯")
    merging.merge(who, source.number, source.version, target.number)
    case = world.again(target)
    asking.ask(who, case.number, case.version, "几层？")
    asking.answer(case.reports[0].receipt, str(uuid4()), "三层")
    case = world.again(target)
    handling.act(who, case.number, "resolve", case.version, "换了灯")
    follow_up.answer(mine, str(uuid4()), Answers("yes", "yes", "satisfied", f"{MARK}谢谢"))
    digest = str(report_of(mine).submission_digest)
    assert found(digest) == {"report.submission_digest"}
    assert found(MARK) >= {
        "report.text", "report.spot", "case_file.title", "addition.text", "follow_up.note",
    }  # fmt: skip
    data_requests.ask(mine, str(uuid4()), "delete")
    request = db.session.scalars(select(DataRequest)).one()
    data_requests.settle(who, request.id, "done", "都删了")
    assert found(MARK) == set()
    assert found(digest) == set()
    assert world.again(source).title == data_requests.MASKED
    assert world.again(target).title == "邻居说的灯"
    report = report_of(mine)
    assert (report.name_sealed, report.phone_sealed, report.email_sealed, report.phone_index) == (None,) * 4


def test_deleting_reaches_a_second_reading_of_the_ledger_it_came_from(world: World, tmp_path: Path) -> None:
    who = world.actor("dispatcher")
    rows = ledgers.table(
        ledgers.line("1", f"{MARK}的灯坏了"), ledgers.line("2", "楼顶漏水", "红庙北里1号楼3单元")
    )
    first, second = (
        importing.look_through(who, ledgers.text(tmp_path / "a.csv", rows), "台账.csv") for _ in range(2)
    )
    ids = list(db.session.scalars(select(LedgerLine.id).where(LedgerLine.ledger_import_id == first)))
    assert importing.take(who, first, ids)[0] == 2
    mine = db.session.scalars(select(Report.receipt).where(Report.order_number == "1")).one()
    data_requests.ask(mine, str(uuid4()), "delete")
    data_requests.settle(who, db.session.scalars(select(DataRequest.id)).one(), "done", "都删了")
    number = world.case(mine).number
    left = db.session.scalars(select(LedgerLine).where(LedgerLine.ledger_import_id == second)).all()
    assert [(one.outcome, one.sealed is None, one.case_number) for one in left] == [
        ("known", True, number),
        ("open", False, ""),
    ]


THEIRS = frozenset(
    [
        "case_file.title",
        "report.text",
        "report.spot",
        "report.submission_digest",
        "report.name_sealed",
        "report.phone_sealed",
        "report.phone_index",
        "report.email_sealed",
        "addition.text",
        "follow_up.note",
    ]
)
"""Columns that hold what a resident said or how to reach them, or what is made from it: deleting reaches each."""

NOT_THEIRS = frozenset(
    [
        "case_file.number",
        "case_file.state",
        "case_file.kind",
        "case_file.lead_unit",
        "case_file.legal_basis",
        "case_file.visibility",
        "case_file.public_words",
        "case_file.urgency",
        "report.receipt",
        "report.submission_key",
        "report.channel",
        "report.kind",
        "report.order_number",
        "support.network_day",
        "addition.submission_key",
        "photo.state",
        "photo.media_name",
        "photo.media_type",
        "photo.sha256",
        "case_event.action",
        "case_event.from_state",
        "case_event.to_state",
        "case_event.actor_kind",
        "case_event.note",
        "case_event.told",
        "case_event.data",
        "follow_up.submission_key",
        "follow_up.satisfaction",
        "hotline_follow_up.satisfaction",
        "data_request.submission_key",
        "data_request.kind",
        "data_request.outcome",
        "data_request.told",
    ]
)
"""Staff's own words, marks and keys. A photo's row is deleted whole, with its files."""


def test_every_column_about_a_report_is_known_to_hold_their_words_or_not() -> None:
    about = {
        f"{name}.{column.name}"
        for name, table in Base.metadata.tables.items()
        for column in table.columns
        if isinstance(column.type, (String, LargeBinary, JSON))
        and (
            name in ("report", "case_file")
            or any(key.column.table.name == "report" for key in table.foreign_keys)
        )
    }
    assert about == THEIRS | NOT_THEIRS
