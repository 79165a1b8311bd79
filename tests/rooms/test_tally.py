"""The kept counts are what counting would give, whatever happened, whether the worker came by or not."""

from __future__ import annotations

from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.cases import digesting, follow_up, handling, merging, own_report, tally
from app.cases.follow_up import Answers
from app.cases.models import CaseFile
from app.cases.workflow import State
from app.db import db, transaction
from app.errors import MashangError
from app.forwarding import queries as forwarding
from tests.world import World

ACTS = ("triage", "start", "resolve", "decline", "set_aside", "release", "reopen", "forward_now", "note", "digest",
        "report", "abuse", "withdraw", "merge", "unmerge", "rate")  # fmt: skip


def miscounted(world: World) -> int:
    db.session.rollback()
    return sum(
        tally.miscounted(db.session(), one) for one in (world.sub_district_id, world.far_sub_district_id)
    )


def _do(world: World, act: str, cases: list[str], pick: int) -> None:
    if act in ("report", "abuse"):
        text = "灯坏了" if act == "report" else "傻逼"
        cases.append(world.report(world.doors[pick % 12], text=text))
    elif act == "digest":
        digesting.digest(forwarding.order_numbers, at_most=3)
    elif cases:
        receipt = cases[pick % len(cases)]
        case, who = world.case(receipt), world.actor("dispatcher")
        if act == "withdraw":
            own_report.withdraw(receipt)
        elif act == "merge":
            other = world.case(cases[(pick + 1) % len(cases)])
            merging.merge(who, case.number, case.version, other.number)
        elif act == "unmerge":
            merging.unmerge(who, case.number, case.version)
        elif act == "rate":
            follow_up.answer(receipt, str(uuid4()), Answers("yes", "no", "satisfied", ""))
        else:
            handling.act(who, case.number, act, case.version, "写一句")


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(acts=st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 50)), min_size=8, max_size=25))
def test_they_are_right_after_whatever_happened(world: World, acts: list[tuple[str, int]]) -> None:
    cases = [world.report(), world.queued().reports[0].receipt]
    for act, pick in acts:
        try:
            _do(world, act, cases, pick)
        except MashangError:
            db.session.rollback()
        assert miscounted(world) == 0, act
    while digesting.digest(forwarding.order_numbers):
        pass
    assert miscounted(world) == 0


def test_a_wrong_count_is_seen_and_put_right(world: World) -> None:
    case = world.queued()
    while digesting.digest(forwarding.order_numbers):
        pass
    with transaction() as session:
        session.get_one(CaseFile, case.id).state = State.RESOLVED.value  # past the one writer
    assert miscounted(world) == 2
    with transaction() as session:
        digesting.recount(session)
    assert miscounted(world) == 0
    counts = tally.counts_by_state(db.session(), world.actor("dispatcher"))
    assert counts == {State.RESOLVED: 1}


def test_each_sees_the_counts_of_their_scope(world: World) -> None:
    world.report()
    world.report(world.doors[9])
    world.report(world.far_door)
    expected = {"worker": 1, "other_worker": 1, "dispatcher": 2, "leader": 2, "far_dispatcher": 1}
    for digested in (False, True):
        for who, number in expected.items():
            counts = tally.counts_by_state(db.session(), world.actor(who))
            assert counts == {State.RECEIVED: number}, (who, digested)
        while digesting.digest(forwarding.order_numbers):
            pass
