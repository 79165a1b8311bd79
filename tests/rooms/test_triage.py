"""Sorting a case into the queue, and what the queue shows to whom."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from app.cases import handling, queries, queue, tally, triage
from app.cases.queue import Wanted
from app.cases.triage import Sorting
from app.cases.workflow import State
from app.db import db, transaction
from app.errors import NotFound, Refused, Stale
from app.places.models import SubDistrict
from tests.world import World

QUEUE = (State.RECEIVED, State.QUEUED, State.IN_PROGRESS)


def test_triage_says_what_it_is_and_who_leads(world: World) -> None:
    case = world.case(world.report(kind="help"))
    sorted_case = triage.triage(
        world.actor("dispatcher"), case.number, case.version, Sorting("complaint", "0304")
    )
    assert (sorted_case.state, sorted_case.kind, sorted_case.lead_unit) == ("queued", "complaint", "红庙物业")
    assert sorted_case.triaged_at is not None
    assert [event.action for event in world.events(case)] == ["receive", "triage"]


def test_what_staff_leave_empty_stays_as_the_resident_chose(world: World) -> None:
    case = world.case(world.report(kind="complaint", category="0101"))
    after = triage.triage(world.actor("worker"), case.number, case.version, Sorting())
    assert (after.kind, after.lead_unit, after.due_first) == ("complaint", "八里庄热力服务站", True)


def test_another_category_moves_the_limits_from_the_day_of_receipt(
    world: World, at: Callable[[str], None]
) -> None:
    case = world.case(world.report())
    received = case.received_at
    at("2026-11-24T15:00")
    after = triage.triage(world.actor("dispatcher"), case.number, case.version, Sorting(category="0101"))
    assert (after.due_first, after.promised_on) == (True, date(2026, 11, 25))
    assert (after.due_at - received).total_seconds() == 24 * 3600


def test_a_promise_is_never_moved_into_the_past(world: World, at: Callable[[str], None]) -> None:
    case = world.case(world.report())
    at("2026-11-27T10:00")
    after = triage.triage(world.actor("dispatcher"), case.number, case.version, Sorting(category="0101"))
    assert after.promised_on == date(2026, 11, 27)


def test_a_date_that_no_longer_hangs_on_a_saturday_is_not_tentative(
    world: World, at: Callable[[str], None]
) -> None:
    at("2026-12-31T09:00")
    case = world.case(world.report())
    assert case.promise_tentative
    after = triage.triage(world.actor("dispatcher"), case.number, case.version, Sorting(category="0101"))
    assert (after.promised_on, after.promise_tentative) == (date(2027, 1, 1), False)


@pytest.mark.parametrize(
    ("consent", "statutory", "basis"),
    [
        (True, True, "consent"),
        (True, False, "consent"),
        (False, True, "statutory"),
        (False, False, None),
    ],
)
def test_the_legal_basis_is_recorded(world: World, consent: bool, statutory: bool, basis: str | None) -> None:
    with transaction() as session:
        session.get_one(SubDistrict, world.sub_district_id).statutory_basis = statutory
    case = world.case(world.report(consent_forward=consent))
    assert triage.triage(world.actor("dispatcher"), case.number, case.version, Sorting()).legal_basis == basis


def test_what_cannot_be_chosen_is_refused_and_a_stale_page_too(world: World) -> None:
    case = world.case(world.report())
    for sorting, field in ((Sorting(kind="gossip"), "kind"), (Sorting(category="9999"), "category")):
        with pytest.raises(Refused) as refused:
            triage.triage(world.actor("dispatcher"), case.number, case.version, sorting)
        assert (refused.value.key, refused.value.field) == ("choice_unknown", field)
    with pytest.raises(Stale):
        triage.triage(world.actor("dispatcher"), case.number, case.version + 1, Sorting())
    assert world.again(case).state == "received"


def test_the_queue_shows_what_is_in_scope_only(world: World) -> None:
    near, other, far = (
        world.case(world.report(door)) for door in (world.doors[0], world.doors[9], world.far_door)
    )
    seen = {
        who: {row.id for row in queue.page(db.session(), world.actor(who), Wanted(QUEUE)).rows}
        for who in world.staff
    }
    assert seen["worker"] == {near.id}
    assert seen["other_worker"] == {other.id}
    assert seen["dispatcher"] == {near.id, other.id}
    assert seen["far_dispatcher"] == {far.id}
    for who, case in (("worker", other), ("other_worker", near), ("dispatcher", far)):
        with pytest.raises(NotFound):
            queries.case_page(db.session(), world.actor(who), case.number)


def test_the_queue_is_paged_without_gap_or_double(world: World, at: Callable[[str], None]) -> None:
    for minute, category in enumerate(["", "0101", "0304", "0902", "0102", "", "0101"]):
        at(f"2026-11-24T10:{minute:02d}")
        world.report(world.doors[minute], category=category)
    actor, pages, after = world.actor("dispatcher"), [], ""
    while after is not None:
        page = queue.page(db.session(), actor, Wanted((State.RECEIVED,)), after=after, size=3)
        pages, after = pages + page.rows, page.after
    assert len({row.id for row in pages}) == len(pages) == 7
    keys = [(not row.due_first, row.internal_due_at, row.id) for row in pages]
    assert keys == sorted(keys)
    assert tally.counts_by_state(db.session(), actor) == {State.RECEIVED: 7}


def test_what_is_open_at_a_door(world: World) -> None:
    first, second = (world.queued(world.doors[3]) for _ in range(2))
    world.queued(world.doors[4])
    handling.act(world.actor("worker"), first.number, "resolve", first.version, "办好了")
    rows = queries.open_at_door(db.session(), world.actor("worker"), world.doors[3].doorway_id)
    assert [row.number for row in rows] == [second.number]
