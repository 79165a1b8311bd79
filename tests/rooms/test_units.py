"""Units that work on a case: one leads, others support; each answers, only the lead ends it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.access.actor import Role
from app.cases import assigning, bulk, handling, merging, unit_queries, units_at_work
from app.cases.assigning import Assignment
from app.cases.bulk import Picked
from app.cases.models import CaseFile, CaseUnit
from app.cases.units_at_work import Asking
from app.commands import worker
from app.db import db, transaction
from app.errors import Forbidden, NotFound, Refused, Stale
from app.forwarding import dossier, handover
from app.forwarding.models import Forwarding
from app.notices import telling
from app.notices.models import Notice
from app.outbox import leasing
from app.staff import accounts
from app.units.models import Unit
from tests.world import PASSWORD, World

WATER = "八里庄供水所"
OURS = "红庙物业"


@pytest.fixture
def water(world: World) -> str:
    """An officer of another unit of the sub-district."""
    added = accounts.add_staff(
        "water", "officer", sub_district_code="110105015", unit=WATER, password=PASSWORD
    )
    world.staff["water"] = added.staff_id
    return "water"


def ask(world: World, case: CaseFile, unit: str = OURS, part: str = "lead", **more: object) -> CaseFile:
    """By the dispatcher, on the page as it is now."""
    now = world.again(case)
    asking = Asking(part, **more)  # type: ignore[arg-type]
    return units_at_work.assign_unit(world.actor("dispatcher"), now.number, now.version, unit, asking)


def parts(world: World, case: CaseFile) -> list[tuple[int, str, str | None]]:
    world.again(case)
    query = select(CaseUnit).where(CaseUnit.case_id == case.id).order_by(CaseUnit.id)
    return [(one.unit_id, one.part, one.outcome) for one in db.session.scalars(query)]


def unit_id(name: str) -> int:
    db.session.rollback()
    return db.session.scalars(select(Unit.id).where(Unit.name == name)).one()


def told(world: World) -> list[tuple[str, str | None, int | None]]:
    """Every notice about units there is once the worker has told: kind, role, person."""
    for item in leasing.take(60, list(telling.TOLD), at_most=50):
        worker.HANDLERS[item.kind](item)
    db.session.rollback()
    rows = db.session.scalars(select(Notice).where(Notice.kind.startswith("unit_")).order_by(Notice.id))
    return [(one.kind, one.role, one.staff_id) for one in rows]


# ---- asking and letting go -----------------------------------------------------------------------------


def test_a_unit_is_asked_and_its_officers_are_told(world: World) -> None:
    case = ask(world, world.queued(), words="请换灯")
    part = unit_queries.live_parts(db.session(), case.id)[0]
    assert (part.part, part.asked, part.due_at, part.asked_by) == (
        "lead", "请换灯", case.internal_due_at, world.staff["dispatcher"]
    )  # fmt: skip
    event = world.events(case)[-1]
    assert (event.action, event.note, event.data) == (
        "assign_unit", "请换灯", {"unit": part.unit_id, "part": "lead"}
    )  # fmt: skip
    assert world.again(case).lead_unit == OURS
    assert told(world) == [("unit_asked", None, world.staff["officer"])]


def test_one_leads_at_most_and_the_former_is_let_go(world: World, water: str) -> None:
    case = ask(world, world.queued())
    ask(world, case, WATER)
    assert parts(world, case) == [(unit_id(OURS), "lead", "released"), (unit_id(WATER), "lead", None)]
    assert world.again(case).lead_unit == WATER
    assert world.events(case)[-1].data["instead"] == unit_id(OURS)
    assert ("unit_released", None, world.staff["officer"]) in told(world)


def test_while_a_unit_leads_no_other_name_is_put_in_its_place(world: World, water: str) -> None:
    case = ask(world, world.queued())
    boss = world.actor("dispatcher")
    with pytest.raises(Refused, match="lead_at_work"):
        assigning.assign(boss, case.number, case.version, lead_unit=WATER)
    act = bulk.assign_many(boss, [Picked(case.number, case.version)], Assignment(lead_unit=WATER))
    assert [(one.number, one.why.key) for one in act.left] == [(case.number, "lead_at_work")]
    same = assigning.assign(boss, case.number, world.again(case).version, world.staff["worker"], OURS)
    assert (same.lead_unit, same.handler_id) == (OURS, world.staff["worker"])
    assert parts(world, case) == [(unit_id(OURS), "lead", None)]
    released = units_at_work.release_unit(boss, case.number, same.version, unit_id(OURS))
    assert assigning.assign(boss, case.number, released.version, lead_unit=WATER).lead_unit == WATER


def test_the_database_holds_one_lead_too(world: World, water: str) -> None:
    case = ask(world, world.queued())
    second = unit_id(WATER)

    def another_lead() -> None:
        with transaction() as session:
            first = session.scalars(select(CaseUnit)).one()
            columns = {name: getattr(first, name) for name in ("case_id", "asked_at", "due_at", "part")}
            session.add(CaseUnit(unit_id=second, **columns))

    with pytest.raises(IntegrityError):
        another_lead()
    assert len(parts(world, case)) == 1


def test_several_support_and_one_of_them_may_come_to_lead(world: World, water: str) -> None:
    case = ask(world, world.queued())
    ask(world, case, WATER, "supporting", due_on=date(2026, 11, 26))
    assert [one.part for one in unit_queries.live_parts(db.session(), case.id)] == ["lead", "supporting"]
    assert world.again(case).lead_unit == OURS
    ask(world, case, WATER)
    assert parts(world, case) == [(unit_id(OURS), "lead", "released"), (unit_id(WATER), "lead", None)]


@pytest.mark.parametrize(
    ("unit", "asking", "key", "field"),
    [
        ("没有的单位", Asking("lead"), "unit_unknown", "unit"),
        ("", Asking("lead"), "unit_unknown", "unit"),
        (OURS, Asking("boss"), "choice_unknown", "part"),
        (OURS, Asking("lead", due_on=date(2026, 11, 23)), "unit_due_past", "due_on"),
        (OURS, Asking("lead", due_on=date(2027, 11, 23)), "unit_due_late", "due_on"),
        (OURS, Asking("lead", "长" * 501), "field_too_long", "note"),
    ],
)
def test_what_cannot_be_asked(world: World, unit: str, asking: Asking, key: str, field: str) -> None:
    case = world.queued()
    with pytest.raises(Refused) as refused:
        units_at_work.assign_unit(world.actor("dispatcher"), case.number, case.version, unit, asking)
    assert (refused.value.key, refused.value.field) == (key, field)
    assert (parts(world, case), world.again(case).version) == ([], case.version)


def test_a_unit_is_not_asked_twice(world: World) -> None:
    case = ask(world, world.queued())
    for part in ("lead", "supporting"):
        with pytest.raises(Refused, match="unit_on_it"):
            ask(world, case, OURS, part)


def test_who_the_category_names_is_put_on_the_list(world: World) -> None:
    from app.cases import triage
    from app.cases.triage import Sorting

    case = world.case(world.report())
    who = world.actor("dispatcher")
    case = triage.triage(who, case.number, case.version, Sorting(category="0102"))
    assert case.lead_unit == WATER
    ask(world, case, WATER)
    assert db.session.scalars(select(Unit.name).order_by(Unit.id)).all() == [OURS, WATER]


@pytest.mark.parametrize("may_lead", [True, False])
def test_a_community_leads_only_what_it_may(world: World, may_lead: bool) -> None:
    from app.cases.triage import COMMUNITY
    from app.categories.models import Category

    with transaction() as session:
        session.add(Unit(sub_district_code="110105015", name=COMMUNITY))
        session.scalars(select(Category).where(Category.code == "0304")).one().community_may_lead = may_lead
    case = world.queued()
    ask(world, case, COMMUNITY, "supporting")
    if may_lead:
        assert ask(world, case, COMMUNITY).lead_unit == COMMUNITY
    else:
        with pytest.raises(Refused, match="community_only_assists"):
            ask(world, case, COMMUNITY)


@pytest.mark.parametrize("who", ["worker", "leader", "officer"])
def test_only_dispatchers_ask_and_let_go(world: World, who: str) -> None:
    case = ask(world, world.queued())
    with pytest.raises(Forbidden):
        units_at_work.assign_unit(world.actor(who), case.number, case.version, OURS, Asking("lead"))
    with pytest.raises(Forbidden):
        units_at_work.release_unit(world.actor(who), case.number, case.version, unit_id(OURS))


def test_another_sub_district_neither_asks_nor_is_asked(world: World) -> None:
    case = world.queued()
    far = world.actor("far_dispatcher")
    with pytest.raises(NotFound):
        units_at_work.assign_unit(far, case.number, case.version, OURS, Asking("lead"))
    theirs = world.queued(world.far_door)  # the world's unit is on the list of the first alone
    with transaction() as session:
        session.get_one(CaseFile, theirs.id).lead_unit = ""
    with pytest.raises(Refused, match="unit_unknown"):
        units_at_work.assign_unit(far, theirs.number, theirs.version, OURS, Asking("lead"))


def test_a_unit_let_go_is_told_and_leads_no_more(world: World) -> None:
    case = ask(world, world.queued())
    who, ours = world.actor("dispatcher"), unit_id(OURS)
    case = units_at_work.release_unit(who, case.number, world.again(case).version, ours, "改由街道办")
    assert parts(world, case) == [(ours, "lead", "released")]
    assert world.again(case).lead_unit == ""
    assert ("unit_released", None, world.staff["officer"]) in told(world)
    with pytest.raises(Refused, match="unit_not_on_it"):
        units_at_work.release_unit(who, case.number, case.version, ours)


# ---- what officers do ----------------------------------------------------------------------------------


def test_a_supporting_unit_answers_the_lead_and_ends_nothing(world: World, water: str) -> None:
    case = ask(world, world.queued())
    case = ask(world, case, WATER, "supporting")
    who = world.actor(water)
    with pytest.raises(Refused, match="unit_only_supports"):
        units_at_work.unit_done(who, case.number, case.version, "水没问题")
    units_at_work.unit_answer(who, case.number, case.version, "水压正常", "供水所看过了，水压正常。")
    part = unit_queries.live_parts(db.session(), case.id)[1]
    assert (part.answer, part.proposed, part.outcome) == ("水压正常", "供水所看过了，水压正常。", None)
    assert part.answered_at is not None
    assert world.again(case).state == "queued"
    kinds = told(world)
    assert ("unit_answered", Role.DISPATCHER.value, None) in kinds
    assert ("unit_answered", None, world.staff["officer"]) in kinds, "others answer to who leads"
    assert ("unit_answered", None, world.staff[water]) not in kinds


def test_the_lead_ends_it_once_the_others_have_answered(world: World, water: str) -> None:
    case = ask(world, world.queued())
    case = ask(world, case, WATER, "supporting")
    officer = world.actor("officer")
    with pytest.raises(Refused) as refused:
        units_at_work.unit_done(officer, case.number, case.version, "换了灯")
    assert (refused.value.key, refused.value.params) == ("units_outstanding", {"units": WATER})
    case = units_at_work.unit_answer(world.actor(water), case.number, case.version, "正常")
    units_at_work.unit_done(officer, case.number, case.version, "换了灯")
    now = world.again(case)
    assert (now.state, now.resolved_at is not None, now.lead_unit) == ("resolved", True, OURS)
    event = world.events(case)[-1]
    assert (event.action, event.told, event.note) == ("unit_done", "换了灯", "")
    assert [outcome for _, _, outcome in parts(world, case)] == ["done", "done"]
    assert ("unit_done", Role.DISPATCHER.value, None) in told(world)


def test_the_desk_can_waive_who_does_not_answer(world: World, water: str) -> None:
    case = ask(world, world.queued())
    case = ask(world, case, WATER, "supporting")
    who = world.actor("dispatcher")
    case = units_at_work.release_unit(who, case.number, case.version, unit_id(WATER))
    units_at_work.unit_done(world.actor("officer"), case.number, case.version, "换了灯")
    assert world.again(case).state == "resolved"


def test_not_ours_goes_back_to_the_dispatchers(world: World) -> None:
    case = ask(world, world.queued())
    units_at_work.unit_returns(world.actor("officer"), case.number, case.version, "灯归路灯中心管")
    now = world.again(case)
    assert (now.state, now.lead_unit) == ("queued", "")
    assert parts(world, case) == [(unit_id(OURS), "lead", "returned")]
    assert world.events(case)[-1].note == "灯归路灯中心管"
    assert ("unit_returned", Role.DISPATCHER.value, None) in told(world)
    with pytest.raises(NotFound):
        units_at_work.unit_answer(world.actor("officer"), case.number, now.version, "又想起来")
    ask(world, case)  # and may be asked again
    assert world.again(case).lead_unit == OURS


@pytest.mark.parametrize("act", ["unit_answer", "unit_done", "unit_returns"])
def test_words_are_needed_and_stale_pages_lose(world: World, act: str) -> None:
    case, officer = ask(world, world.queued()), world.actor("officer")
    verb: Callable[..., CaseFile] = getattr(units_at_work, act)
    with pytest.raises(Stale):
        verb(officer, case.number, case.version - 1, "好了")
    for words, key in (("", "note_needed"), ("长" * 501, "field_too_long"), ("a\x00", "control_characters")):
        with pytest.raises(Refused, match=key):
            verb(officer, case.number, case.version, words)
    assert world.again(case).version == case.version


@pytest.mark.parametrize("act", ["unit_answer", "unit_done", "unit_returns"])
def test_an_officer_of_another_unit_finds_nothing(world: World, water: str, act: str) -> None:
    case = ask(world, world.queued())
    with pytest.raises(NotFound):
        getattr(units_at_work, act)(world.actor(water), case.number, case.version, "好了")
    with pytest.raises(Forbidden):
        getattr(units_at_work, act)(world.actor("dispatcher"), case.number, case.version, "好了")


# ---- what becomes of parts -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "outcome"), [("resolve", "done"), ("decline", "over"), ("set_aside", "over")]
)
def test_parts_end_with_the_case(world: World, action: str, outcome: str) -> None:
    case = ask(world, world.queued())
    handling.act(world.actor("dispatcher"), case.number, action, case.version, "说明白了")
    assert parts(world, case) == [(unit_id(OURS), "lead", outcome)]


def test_parts_stay_while_the_hotline_has_it(world: World, water: str) -> None:
    """And the hotline is told who leads and who supports."""
    case = ask(world, world.queued())
    case = ask(world, case, WATER, "supporting")
    handover.forward_now(world.actor("dispatcher"), case.number, case.version)
    assert [outcome for _, _, outcome in parts(world, case)] == [None, None]
    body = dossier.build(db.session(), db.session.scalars(select(Forwarding)).one())
    assert (body["lead_unit"], body["supporting_units"]) == (OURS, [WATER])


def test_a_case_units_work_on_is_not_merged_away(world: World) -> None:
    case, other = ask(world, world.queued()), world.queued()
    who = world.actor("dispatcher")
    with pytest.raises(Refused, match="merge_units_at_work"):
        merging.merge(who, case.number, case.version, other.number)
    merging.merge(who, other.number, other.version, case.number)
    assert world.again(other).state == "merged"
