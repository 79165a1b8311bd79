"""Me too: a neighbour's tap counts once, lifts by one step at most, and can be taken back."""

from __future__ import annotations

from uuid import uuid4

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from app.access.actor import resident
from app.cases import handling, joining, merging, own_report, publishing, splitting, triage
from app.cases.intake import OtherWords
from app.cases.models import CaseEvent, CaseFile, Report, Support
from app.cases.sealing import unseal
from app.cases.steps import step_of
from app.cases.triage import Sorting
from app.db import db
from app.errors import ManyRefused, Refused
from tests.rooms.test_the_same_page_at_once import PRESSES, ROUNDS, _at_once
from tests.world import World


@pytest.fixture
def case(world: World) -> CaseFile:
    """A queued case at the first door, published to the community."""
    return published(world, world.queued())


def published(world: World, case: CaseFile, visibility: str = "community") -> CaseFile:
    """The same, shown to the neighbours."""
    return publishing.publish(
        world.actor("dispatcher"), case.number, case.version, "楼道灯不亮", visibility, about_no_person=True
    )


def join(world: World, case: CaseFile, network: str = "", **more: str) -> str:
    """A neighbour at the first door joins; by default from a network of their own."""
    key = more.pop("key", "") or str(uuid4())
    return joining.join(resident(), world.doors[0], case.number, key, network=network or str(uuid4()), **more)


def report_of(receipt: str) -> Report:
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(select(Report).where(Report.receipt == receipt)).one()


def supports(*where: object) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Support).where(*where)) or 0  # type: ignore[arg-type]


def counted(case: CaseFile) -> int:
    return supports(Support.case_id == case.id, Support.is_counted.is_(True), Support.undone_at.is_(None))


def test_one_tap_joins_with_a_receipt_of_its_own(world: World, case: CaseFile) -> None:
    receipt = join(world, case, note="五层也是", phone="13912345678")
    report = report_of(receipt)
    assert (report.case_id, report.text, report.doorway_id) == (
        case.id,
        "五层也是",
        world.doors[0].doorway_id,
    )
    assert report.phone_sealed is not None
    assert unseal(report.phone_sealed, column="phone", row=receipt) == "13912345678"
    assert report.support is not None
    assert report.support.is_counted
    assert len(report.support.network_day) == 64
    assert world.events(case)[-1].action == "join"
    assert world.events(case)[-1].report_id == report.id
    assert world.again(case).homes == 1


def test_the_network_is_kept_as_a_digest_only(world: World, case: CaseFile) -> None:
    report = report_of(join(world, case, network="10.1.2.3"))
    assert report.support is not None
    assert "10.1.2.3" not in report.support.network_day


def test_the_same_page_returns_the_same_receipt_and_may_join_others(world: World, case: CaseFile) -> None:
    other, key = published(world, world.queued(text="门坏了")), str(uuid4())
    first = join(world, case, key=key)
    assert join(world, case, key=key.upper()) == first
    assert join(world, other, key=key) != first
    assert world.report(submission_key=key) not in (first, "")
    assert (world.again(case).homes, world.again(other).homes) == (1, 1)


def test_the_same_page_with_another_note_swallows_nothing(world: World, case: CaseFile) -> None:
    key = str(uuid4())
    first = join(world, case, key=key, note="五层")
    assert join(world, case, key=key, note="") == first
    with pytest.raises(OtherWords) as other:
        join(world, case, key=key, note="六层")
    assert other.value.receipt == first


def test_one_network_counts_once_a_case_and_day(world: World, case: CaseFile, at: object) -> None:
    first = join(world, case, network="10.0.0.1")
    second = join(world, case, network="10.0.0.1")
    assert world.again(case).homes == 1
    report = report_of(second)
    assert report.support is not None
    assert not report.support.is_counted
    joining.undo(first)
    assert world.again(case).homes == 1, "whoever joined from there beside them counts now"
    joining.undo(second)
    assert world.again(case).homes == 0
    join(world, case, network="10.0.0.1")
    assert world.again(case).homes == 1
    at("2026-11-25T09:00")  # type: ignore[operator]
    join(world, case, network="10.0.0.1")
    assert world.again(case).homes == 2


def test_neighbours_lift_by_one_step_and_never_above_what_is_due_first(world: World, case: CaseFile) -> None:
    assert world.again(case).step == 3
    receipts = [join(world, case) for _ in range(4)]
    assert world.again(case).step == 2
    for receipt in receipts[:2]:
        joining.undo(receipt)
    assert world.again(case).step == 3
    cold = world.case(world.report(text="暖气不热", category="0101"))
    cold = published(world, triage.triage(world.actor("dispatcher"), cold.number, cold.version, Sorting()))
    for _ in range(4):
        join(world, cold)
    assert world.again(cold).step == 1


@pytest.mark.parametrize("urgency", ["", "gas"])
@pytest.mark.parametrize("due_first", [False, True])
@pytest.mark.parametrize("lift_at", [0, 1, 3])
def test_a_step_is_never_lifted_twice(urgency: str, due_first: bool, lift_at: int) -> None:
    alone = step_of(urgency, due_first, 0, lift_at)
    crowd = step_of(urgency, due_first, 10_000, lift_at)
    assert alone - 1 <= crowd <= alone
    assert (crowd < alone) == (alone == 3 and lift_at > 0)
    assert crowd >= 2 or crowd == alone


@pytest.mark.parametrize("number", ["", "2611-9999", "none", "2611-0001\0", "9" * 40])
def test_a_case_that_is_none_is_not_here(world: World, case: CaseFile, number: str) -> None:
    with pytest.raises(Refused, match="not_here"):
        joining.join(resident(), world.doors[0], number, str(uuid4()), network="n")


@pytest.mark.parametrize(
    ("door", "visibility", "is_shown"),
    [
        (0, "door", True),
        (1, "door", False),
        (1, "community", True),
        (4, "community", False),
        (-1, "community", False),
    ],
)
def test_only_this_door_and_building_may_join(
    world: World, door: int, visibility: str, is_shown: bool
) -> None:
    case = published(world, world.queued(), visibility)
    at_door = world.far_door if door < 0 else world.doors[door]
    if is_shown:
        joining.join(resident(), at_door, case.number, str(uuid4()), network="n")
    else:
        with pytest.raises(Refused, match="not_here"):
            joining.join(resident(), at_door, case.number, str(uuid4()), network="n")
    assert world.again(case).homes == int(is_shown)


def test_private_set_aside_merged_and_tip_offs_cannot_be_joined(world: World, case: CaseFile) -> None:
    private = world.queued()
    tipoff = published(world, world.case(world.report()))
    triage.triage(world.actor("dispatcher"), tipoff.number, tipoff.version, Sorting(kind="tipoff"))
    handling.act(world.actor("dispatcher"), case.number, "set_aside", case.version, "骂人")
    for one in (private, tipoff, case):
        with pytest.raises(Refused, match="not_here"):
            join(world, one)


def test_what_was_solved_meanwhile_says_so(world: World, case: CaseFile) -> None:
    handling.act(world.actor("dispatcher"), case.number, "resolve", case.version, "换了灯")
    with pytest.raises(Refused, match="done_already"):
        join(world, case)
    assert supports() == 0


def test_bad_notes_and_telephones_are_named_beside_their_fields(world: World, case: CaseFile) -> None:
    for fields, beside in (
        ({"note": "长" * 2001}, "note"),
        ({"note": "a\x01b"}, "note"),
        ({"phone": "12"}, "phone"),
    ):
        with pytest.raises(ManyRefused) as refused:
            join(world, case, **fields)
        assert [one.field for one in refused.value.refusals] == [beside]
    with pytest.raises(Refused, match="page_broken"):
        join(world, case, key="none")


def test_taking_it_back_twice_changes_nothing_and_one_may_join_again(world: World, case: CaseFile) -> None:
    key = str(uuid4())
    receipt = join(world, case, key=key)
    joining.undo(receipt)
    version = world.again(case).version
    joining.undo(receipt)
    after = world.again(case)
    assert (after.homes, after.version) == (0, version)
    assert report_of(receipt).withdrawn_at is not None
    assert join(world, case, key=key) == receipt, "the same page is the same tap"
    assert world.again(case).homes == 0
    join(world, case)
    assert world.again(case).homes == 1


def test_a_report_of_ones_own_is_not_undone(world: World, case: CaseFile) -> None:
    with pytest.raises(Refused, match="not_joined"):
        joining.undo(world.report())


def test_when_the_reporter_withdraws_the_case_goes_on_for_the_neighbours(
    world: World, case: CaseFile
) -> None:
    own = db.session.scalars(select(Report.receipt).where(Report.case_id == case.id)).one()
    receipt = join(world, case)
    own_report.withdraw(own)
    after = world.again(case)
    assert (after.state, after.public_words, after.homes) == ("queued", "楼道灯不亮", 1)
    joining.undo(receipt)
    assert world.again(case).state == "withdrawn", "nobody is left"


def test_only_real_reports_decide_on_the_consent(world: World) -> None:
    case = published(world, world.case(world.report(phone="13912345678", consent_forward=True)))
    join(world, case, phone="13987654321")
    case = world.again(case)
    sorted_in = triage.triage(world.actor("dispatcher"), case.number, case.version, Sorting())
    assert sorted_in.legal_basis == "consent"
    own = db.session.scalars(
        select(Report.receipt).where(Report.case_id == case.id, Report.consent_forward.is_(True))
    ).one()
    own_report.withdraw(own)
    assert world.again(case).legal_basis == "statutory", "the consent went with whoever gave it"


def test_danger_in_a_note_makes_the_case_urgent_and_is_told(world: World, case: CaseFile) -> None:
    join(world, case, note="楼道里着火了")
    join(world, case, note="楼道里着火了，快来")
    after = world.again(case)
    assert (after.urgency, after.step, after.homes) == ("fire", 0, 2)
    assert sum(1 for one in world.outbox() if one.kind == "urgent_report" and one.ref == case.number) == 2


# ---- at once ---------------------------------------------------------------------------------------------


def test_two_from_one_network_at_once_count_once(app: Flask, world: World, case: CaseFile) -> None:
    for number in range(1, ROUNDS + 1):
        network = f"10.0.0.{number}"
        assert _at_once(app, lambda network=network: join(world, case, network=network)) == []  # type: ignore[misc]
        assert counted(case) == world.again(case).homes == number
    assert supports() == ROUNDS * PRESSES


def test_one_page_pressed_at_once_joins_once(app: Flask, world: World, case: CaseFile) -> None:
    for number in range(1, ROUNDS + 1):
        key, found = str(uuid4()), set[str]()
        told = _at_once(app, lambda key=key, found=found: found.add(join(world, case, key=key)))  # type: ignore[misc]
        assert (told, len(found)) == ([], 1)
        assert supports() == world.again(case).homes == number
        joins = select(func.count()).select_from(CaseEvent).where(CaseEvent.action == "join")
        assert db.session.scalar(joins) == number


def test_taken_back_at_once_goes_down_once(app: Flask, world: World, case: CaseFile) -> None:
    join(world, case)
    for _ in range(ROUNDS):
        receipt = join(world, case)
        assert _at_once(app, lambda receipt=receipt: joining.undo(receipt)) == []  # type: ignore[misc]
        assert counted(case) == world.again(case).homes == 1


ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("join"), st.integers(0, 3), st.integers(0, 9)),
        st.tuples(st.just("undo"), st.integers(0, 9), st.just(0)),
    ),
    max_size=14,
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ACTS)
def test_homes_are_those_who_count_whatever_happens(world: World, acts: list[tuple[str, int, int]]) -> None:
    case, keys, receipts = published(world, world.queued()), [str(uuid4()) for _ in range(10)], []
    for act, one, page in acts:
        if act == "join":
            receipts.append(join(world, case, network=f"10.0.0.{one}", key=keys[page]))
        elif receipts:
            joining.undo(receipts[one % len(receipts)])
    after = world.again(case)
    assert after.homes == counted(case)
    standing = {
        one.network_day
        for one in db.session.scalars(
            select(Support).where(Support.case_id == case.id, Support.undone_at.is_(None))
        )
    }
    assert after.homes == len(standing), "each network that still stands behind it, once"
    assert after.step == (2 if after.homes >= 3 else 3)


NETWORKS = ("10.0.0.1", "10.0.0.2", "10.0.0.3")
STEP = st.one_of(
    st.tuples(st.just("join"), st.sampled_from([0, 1]), st.sampled_from(NETWORKS)),
    st.tuples(st.sampled_from(["undo", "withdraw"]), st.integers(0, 9), st.just("")),
    st.tuples(st.sampled_from(["merge", "unmerge", "split", "unsplit"]), st.just(0), st.just("")),
)


def reports_in_merged_cases() -> int:
    """Of all examples so far, in one question: to ask each report after its case was most of the time."""
    db.session.rollback()
    held = select(func.count()).select_from(Report).join(CaseFile, Report.case_id == CaseFile.id)
    return db.session.scalar(held.where(CaseFile.state == "merged")) or 0


def behind(case: CaseFile) -> int:
    """How many neighbours stand behind a case, counted from the reports themselves."""
    joined = {
        one.support.network_day for one in case.reports if one.support and one.support.undone_at is None
    }
    own = [one for one in case.reports if one.support is None and one.withdrawn_at is None]
    return len(joined) + max(len(own) - 1, 0)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEP, max_size=9))
def test_homes_are_always_the_neighbours_who_stand_behind(
    world: World, steps: list[tuple[str, int, str]]
) -> None:
    who = world.actor("dispatcher")
    cases = [published(world, world.queued()) for _ in range(2)]
    joined: list[str] = []
    own = [one.reports[0].receipt for one in map(world.again, cases)]
    for act, which, network in steps:
        try:
            if act == "join":
                joined.append(join(world, cases[which], network))
            elif act == "undo" and joined:
                joining.undo(joined[which % len(joined)])
            elif act == "withdraw":
                own_report.withdraw(own[which % 2])
            elif act == "merge":
                source = world.again(cases[0])
                merging.merge(who, source.number, source.version, cases[1].number)
            elif act == "unmerge":
                source = world.again(cases[0])
                merging.unmerge(who, source.number, source.version)
            elif act == "split":
                target = world.again(cases[1])
                last = target.reports[-1].id
                cases.append(splitting.split(who, target.number, target.version, [last]))
            elif act == "unsplit":
                made = world.again(cases[-1])
                splitting.unsplit(who, made.number, made.version)
        except Refused:
            pass  # not from here: nothing has happened
        assert reports_in_merged_cases() == 0, "every report is in one live case"
        for case in map(world.again, cases):
            assert case.homes == behind(case), (act, which, network)
            assert case.step == step_of(case.urgency, case.due_first, case.homes, 3)
