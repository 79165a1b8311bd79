"""A report that was merged, split off and put back, one after the other: what is held of it is still all found, what
was asked of it can still be answered."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import pytest
from sqlalchemy import select

from app.case_days import deciding
from app.cases import asking, data_requests, merging, queries, splitting, triage
from app.cases.data_requests import MASKED
from app.cases.models import CaseFile, DataRequest, Report
from app.cases.questions import waiting_since
from app.cases.told import question_for, told_to
from app.cases.triage import Sorting
from app.db import db
from app.errors import Refused
from tests.linting.client import LintingClient
from tests.resident.test_receipts import sign
from tests.rooms.test_merging import merge
from tests.rooms.test_nothing_of_theirs_is_left import MARK, found
from tests.rooms.test_splitting import split
from tests.world import World


def report_of(receipt: str) -> Report:
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(select(Report).where(Report.receipt == receipt)).one()


def back(world: World, case: CaseFile, *, by: str) -> CaseFile:
    """Undo a merge or a split."""
    case = world.again(case)
    undo = {"unmerge": merging.unmerge, "unsplit": splitting.unsplit}[by]
    return undo(world.actor("dispatcher"), case.number, case.version)


@pytest.fixture
def moved(world: World) -> tuple[str, CaseFile, CaseFile, CaseFile]:
    """A receipt whose report was merged, split off, put back, and taken out again: it, the case it came with (and is
    in), the one it was merged into, the one that was split off for it."""
    mine = world.report(world.doors[1], text=f"{MARK}的门坏了")
    home, target = world.case(mine), world.queued(text="一单元灯坏了")
    merge(world, home, target)
    made = split(world, target, mine)
    back(world, made, by="unsplit")
    back(world, home, by="unmerge")
    return mine, world.again(home), world.again(target), world.again(made)


def test_deleting_reaches_a_case_it_was_split_off_into_for_a_while(
    world: World, moved: tuple[str, CaseFile, CaseFile, CaseFile]
) -> None:
    mine, home, target, made = moved
    assert world.case(mine).id == home.id
    data_requests.ask(mine, str(uuid4()), "delete")
    request = db.session.scalars(select(DataRequest)).one()
    data_requests.settle(world.actor("dispatcher"), request.id, "done", "都删了")
    assert found(MARK) == set()
    assert [world.again(one).title for one in (home, target, made)] == [MASKED, "一单元灯坏了", MASKED]


def ask(world: World, case: CaseFile) -> CaseFile:
    case = world.again(case)
    return asking.ask(world.actor("dispatcher"), case.number, case.version, "几层？")


def test_what_was_asked_where_a_report_stands_no_more_can_be_answered(
    client: LintingClient, world: World
) -> None:
    mine = world.report(world.doors[1], text="二单元门坏了")
    home, target = world.case(mine), world.queued()
    merge(world, home, target)
    ask(world, target)  # the earliest report of the two is asked
    back(world, home, by="unmerge")
    home = world.again(home)
    assert home.waiting_since is not None
    assert "几层？" in client.get(f"/r/{mine}").get_data(as_text=True)
    form = sign(client, mine)
    assert client.post(f"/r/{mine}/answer", data=form | {"text": "三层"}).status_code == 303
    assert world.again(home).waiting_since is None
    assert question_for(queries.histories_ever(db.session(), report_of(mine)), report_of(mine)) is None


def test_what_was_asked_in_a_case_that_was_put_back_can_be_answered(world: World) -> None:
    other, mine = world.report(), world.report(world.doors[1], text="二单元门坏了")
    target, home = world.case(other), world.case(mine)
    merge(world, home, target)
    made = split(world, target, mine)
    ask(world, made)
    back(world, made, by="unsplit")
    report = report_of(mine)
    assert waiting_since(db.session(), target.id) is not None
    question = question_for(queries.histories_ever(db.session(), report), report)
    assert question is not None
    asking.answer(mine, str(uuid4()), "三层")
    assert waiting_since(db.session(), target.id) is None


def test_what_was_told_in_a_case_that_was_put_back_stays_on_the_receipt(
    client: LintingClient, world: World
) -> None:
    other, mine = world.report(), world.report(world.doors[1], text="二单元门坏了")
    target, home = world.case(other), world.case(mine)
    merge(world, home, target)
    made = world.again(split(world, target, mine))
    who = world.actor("dispatcher")
    made = triage.triage(who, made.number, made.version, Sorting(category="0304"))
    deciding.decide(
        who, made.number, made.version, "in_hand", reason="锁芯到货就来换", next_day=date(2026, 12, 1)
    )
    assert "锁芯到货就来换" in client.get(f"/r/{mine}").get_data(as_text=True)
    back(world, made, by="unsplit")
    assert "锁芯到货就来换" in client.get(f"/r/{mine}").get_data(as_text=True)
    assert "锁芯到货就来换" not in client.get(f"/r/{other}").get_data(as_text=True)
    report = report_of(mine)
    ids = [told.event.id for told in told_to(queries.histories_of(db.session(), report), report)]
    assert ids == sorted(set(ids))


def test_no_case_comes_back_without_the_report_it_came_with(world: World) -> None:
    inner, middle, outer = (world.case(world.report(door)) for door in world.doors[:3])
    own, joined = middle.reports[0].receipt, inner.reports[0].receipt
    merge(world, inner, middle)
    merge(world, middle, outer)
    split(world, outer, own)
    middle = world.again(middle)
    with pytest.raises(Refused, match="split_since"):
        back(world, middle, by="unmerge")
    assert world.case(joined).id == outer.id
    made = world.again(split(world, outer, joined))  # and the other is not lost for that
    assert [one.receipt for one in made.reports] == [joined]
