"""Giving a case to a colleague, or another unit the lead."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import update

from app.cases import assigning, handling, triage
from app.cases.triage import COMMUNITY, Sorting
from app.categories.models import Category
from app.commands import worker
from app.db import transaction
from app.errors import Forbidden, NotFound, Refused, Stale
from app.notices import queries as notices
from app.reading import reading
from app.staff.models import Staff
from tests.world import World


def deliver() -> None:
    """Keep every promise that is due, as the worker does."""
    worker._drain(threading.Event())


def told(world: World, who: str) -> list[tuple[str, str]]:
    reading().rollback()
    return [(one.kind, one.ref) for one in notices.unread(reading(), world.actor(who))]


def test_a_case_is_given_to_a_colleague_who_is_told(world: World) -> None:
    case = world.queued()
    seen = case.version
    after = assigning.assign(
        world.actor("dispatcher"), case.number, seen, world.staff["worker"], "街道城管科"
    )
    assert (after.state, after.handler_id, after.lead_unit) == ("queued", world.staff["worker"], "街道城管科")
    assert after.version == seen + 1
    last = world.events(case)[-1]
    assert (last.action, last.data) == ("assign", {"person": world.staff["worker"]})
    deliver()
    assert ("assigned", case.number) in told(world, "worker")
    assert ("assigned", case.number) not in told(world, "dispatcher")


def test_whoever_takes_a_case_is_not_told_so(world: World) -> None:
    case = world.queued()
    assigning.assign(world.actor("worker"), case.number, case.version, world.staff["worker"])
    assert [one.kind for one in world.outbox() if one.kind == "assigned"] == []


def test_a_case_reassigned_before_anybody_was_told_is_told_to_who_has_it_now(world: World) -> None:
    case = world.queued()
    for who in ("worker", "dispatcher"):
        version = world.again(case).version
        assigning.assign(world.actor("dispatcher"), case.number, version, world.staff[who])
    deliver()
    assert ("assigned", case.number) not in told(world, "worker")


def test_what_is_left_empty_stays(world: World) -> None:
    case = world.queued()
    at_desk = world.actor("dispatcher")
    case = assigning.assign(at_desk, case.number, case.version, world.staff["worker"])
    case = assigning.assign(at_desk, case.number, case.version, None, "街道城管科")
    assert (case.handler_id, case.lead_unit) == (world.staff["worker"], "街道城管科")
    with pytest.raises(Refused, match="nothing_assigned"):
        assigning.assign(at_desk, case.number, case.version, None, " ")


@pytest.mark.parametrize("who", ["other_worker", "leader", "officer", "far_dispatcher"])
def test_only_a_colleague_who_covers_the_place_and_handles_cases(world: World, who: str) -> None:
    case = world.queued()
    seen = case.version
    for person in (world.staff[who], 999_999):
        with pytest.raises(Refused, match="person_unknown"):
            assigning.assign(world.actor("dispatcher"), case.number, seen, person)
    assert world.again(case).version == seen


def test_nobody_who_has_left(world: World) -> None:
    case = world.queued()
    with transaction() as session:
        session.execute(update(Staff).where(Staff.id == world.staff["worker"]).values(is_active=False))
    with pytest.raises(Refused, match="person_unknown"):
        assigning.assign(world.actor("dispatcher"), case.number, case.version, world.staff["worker"])


def test_a_community_never_leads_what_it_only_assists(world: World) -> None:
    case = world.queued()
    at_desk = world.actor("dispatcher")
    with pytest.raises(Refused, match="community_only_assists"):
        assigning.assign(at_desk, case.number, case.version, None, COMMUNITY)
    with transaction() as session:
        session.execute(update(Category).values(community_may_lead=True))
    assert assigning.assign(at_desk, case.number, case.version, None, COMMUNITY).lead_unit == COMMUNITY


def test_who_may_and_from_where(world: World) -> None:
    case = world.queued()
    person = world.staff["worker"]
    with pytest.raises(Forbidden):
        assigning.assign(world.actor("leader"), case.number, case.version, person)
    for who in ("other_worker", "far_dispatcher"):
        with pytest.raises(NotFound):
            assigning.assign(world.actor(who), case.number, case.version, person)
    with pytest.raises(Stale):
        assigning.assign(world.actor("dispatcher"), case.number, 0, person)
    fresh = world.case(world.report())
    with pytest.raises(Refused, match="action_not_from_here"):
        assigning.assign(world.actor("dispatcher"), fresh.number, fresh.version, person)
    case = handling.act(world.actor("dispatcher"), case.number, "start", case.version)
    assert assigning.assign(world.actor("dispatcher"), case.number, case.version, person).state == (
        "in_progress"
    )


def test_sorting_alone_still_refuses_what_is_no_category(world: World) -> None:
    case = world.case(world.report())
    for sorting in (Sorting(kind="none"), Sorting(category="9999")):
        with pytest.raises(Refused, match="choice_unknown"):
            triage.triage(world.actor("dispatcher"), case.number, case.version, sorting)
