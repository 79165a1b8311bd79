"""Reports that do not belong together are parted, and put together again."""

from __future__ import annotations

import pytest

from app.cases import extending, joining, merging, own_report, publishing, queries, splitting
from app.cases.models import CaseFile
from app.cases.told import came_with_it, told_to
from app.db import db, transaction
from app.errors import Forbidden, NotFound, Refused, Stale
from tests.rooms.test_joining import join
from tests.rooms.test_merging import merge
from tests.world import World

__all__ = ["joining", "publishing"]


@pytest.fixture
def both(world: World) -> tuple[CaseFile, str, str]:
    """A case of two reports from two doors: the case, the receipt it came with, the other's."""
    first, other = world.report(text="一单元灯坏了"), world.report(world.doors[1], text="二单元门坏了")
    case = world.case(first)
    merge(world, world.case(other), case)
    return world.again(case), first, other


def split(world: World, case: CaseFile, *receipts: str, who: str = "dispatcher") -> CaseFile:
    """Take the reports of these receipts out."""
    case = world.again(case)
    ids = [one.id for one in case.reports if one.receipt in receipts]
    return splitting.split(world.actor(who), case.number, case.version, ids)


def test_a_report_goes_to_a_new_case_at_its_own_door(world: World, both: tuple[CaseFile, str, str]) -> None:
    case, first, other = both
    made = world.again(split(world, case, other))
    case = world.again(case)
    assert [one.receipt for one in made.reports] == [other]
    assert [one.receipt for one in case.reports] == [first]
    assert (made.state, made.title, made.doorway_id) == (
        "received",
        "二单元门坏了",
        world.doors[1].doorway_id,
    )
    assert (made.promised_on, made.due_at) == (case.promised_on, case.due_at)
    assert (made.homes, case.homes) == (0, 0)
    assert world.events(case)[-1].data["into_number"] == made.number
    assert world.events(made)[-1].data["from_number"] == case.number


def test_the_receipt_follows_and_its_words_are_theirs(world: World, both: tuple[CaseFile, str, str]) -> None:
    case, _first, other = both
    made = split(world, case, other)
    report = queries.report_by_receipt(db.session(), other)
    assert report is not None
    assert report.case_id == made.id
    histories = queries.histories_of(db.session(), report)
    assert [one.event.action for one in told_to(histories, report)] == [
        "receive", "merge", "merged_in", "split", "split_from"
    ]  # fmt: skip
    assert came_with_it(histories, report)
    assert queries.cases_stood_in(db.session(), report) >= {made.id, case.id}


def test_a_split_is_undone(world: World, both: tuple[CaseFile, str, str]) -> None:
    case, first, other = both
    made = split(world, case, other)
    splitting.unsplit(world.actor("dispatcher"), made.number, made.version)
    made, case = world.again(made), world.again(case)
    assert (made.state, made.merged_into_id, made.reports) == ("merged", case.id, [])
    assert {one.receipt for one in case.reports} == {first, other}
    assert case.homes == 1
    merging.unmerge(world.actor("dispatcher"), made.number, made.version)
    assert [one.receipt for one in world.again(made).reports] == [other]


def test_what_was_split_off_does_not_come_back_by_an_unmerge(
    world: World, both: tuple[CaseFile, str, str]
) -> None:
    case, _first, other = both
    source = queries.histories_of(db.session(), world.again(case).reports[0])
    merged = next(world.events(case)[-1].data["from_number"] for _ in source)
    made = split(world, case, other)
    with pytest.raises(Refused, match="split_since"):
        merging.unmerge(world.actor("dispatcher"), merged, 2)
    assert len(world.again(made).reports) == 1


def test_who_joined_stays_with_the_report_they_joined(world: World) -> None:
    source, target = world.queued(world.doors[1]), world.queued()
    for case in (source, target):
        publishing.publish(world.actor("dispatcher"), case.number, case.version, "灯不亮", "community")
    with_source, with_target = join(world, source, "10.0.0.1"), join(world, target, "10.0.0.2")
    own = next(one.receipt for one in world.again(source).reports if one.support is None)
    merge(world, source, target)
    made = world.again(split(world, target, own))
    assert {one.receipt for one in made.reports} == {own, with_source}
    assert with_target in {one.receipt for one in world.again(target).reports}
    assert made.homes == 1


@pytest.mark.parametrize("which", ["none", "first", "elsewhere", "withdrawn"])
def test_what_cannot_be_taken_out(world: World, both: tuple[CaseFile, str, str], which: str) -> None:
    case, first, other = both
    key = {"none": "nothing", "first": "first_stays", "elsewhere": "not_here", "withdrawn": "withdrawn"}[
        which
    ]
    if which == "withdrawn":
        own_report.withdraw(other)
    case = world.again(case)
    ids = {one.receipt: one.id for one in case.reports}
    chosen = {"none": [], "first": [ids[first]], "elsewhere": [999], "withdrawn": [ids[other]]}[which]
    with pytest.raises(Refused, match=f"split_{key}"):
        splitting.split(world.actor("dispatcher"), case.number, case.version, chosen)
    assert len(world.again(case).reports) == 2


def test_who_may_and_stale_pages(world: World, both: tuple[CaseFile, str, str]) -> None:
    case, _first, other = both
    with pytest.raises(Forbidden):
        split(world, case, other, who="worker")
    with pytest.raises(NotFound):
        split(world, case, other, who="far_dispatcher")
    ids = [one.id for one in case.reports if one.receipt == other]
    with pytest.raises(Stale):
        splitting.split(world.actor("dispatcher"), case.number, case.version - 1, ids)
    with pytest.raises(NotFound):
        splitting.unsplit(world.actor("far_dispatcher"), case.number, case.version)
    with pytest.raises(Refused, match="not_split"):
        splitting.unsplit(world.actor("dispatcher"), case.number, case.version)


def test_a_split_does_not_begin_the_extensions_anew(world: World) -> None:
    other, mine = world.report(), world.report(world.doors[1], text="二单元门坏了")
    target, home = world.case(other), world.case(mine)
    merge(world, home, target)
    with transaction() as session:
        case = session.get_one(CaseFile, target.id)
        case.extended_times, case.carries = extending.MOST_EXTENSIONS, 1
    made = world.again(split(world, target, mine))
    assert (made.extended_times, made.carries) == (extending.MOST_EXTENSIONS, 1)
