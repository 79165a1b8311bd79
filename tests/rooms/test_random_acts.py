"""Random acts by random people on fresh and on stale pages, through the verbs that the doors call: whatever happens, a
history tells exactly what became of its case, and no report is lost or doubled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from uuid import uuid4

from flask import Flask, current_app
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from app import clock
from app.access.actor import SYSTEM, Actor, Role, resident
from app.case_days import running
from app.cases import (
    asking,
    bulk,
    contact,
    data_requests,
    follow_up,
    handling,
    joining,
    keying_in,
    own_contact,
    own_report,
    photos,
    staff_photos,
)
from app.cases.follow_up import Answers
from app.cases.keying_in import Keyed
from app.cases.models import BulkAct, CaseEvent, CaseFile, DataRequest, Report
from app.cases.staff_photos import Shots
from app.cases.wording import Words
from app.cases.workflow import WORKFLOW, Note, State, has_aged_pages
from app.db import db, transaction
from app.errors import MashangError
from app.forwarding import answers, handover
from app.forwarding.gateway import News
from app.forwarding.models import Forwarding
from app.staff import accounts
from app.units.models import Unit
from app.web.desk import acting
from tests.databases import DatabaseMaker, PostgresMaker
from tests.pages.tours import picture
from tests.world import PASSWORD, ROLES, World

WATER = "八里庄供水所"
PEOPLE = [*ROLES, "far_dispatcher", "water"]
WORDS = ("看过了", "", "长" * 501, "着火了")


@dataclass(frozen=True)
class Step:
    """One act: by whom, on which of the cases, on a page how many versions old, with which choice of words."""

    action: str
    who: str
    on: int
    other: int
    age: int
    choice: int


@dataclass
class Play:
    """A few cases, and everybody who may touch them."""

    world: World
    cases: list[int]
    actors: dict[str, Actor] = field(default_factory=dict)

    def case(self, which: int) -> CaseFile:
        """One of the cases, as the database has it."""
        session = db.session()
        session.rollback()
        session.expire_all()
        return session.get_one(CaseFile, self.cases[which % len(self.cases)])

    def receipt(self, step: Step) -> str:
        """The receipt of one of the reports that stand in the case; of any, where none does."""
        case = self.case(step.on)
        there = [report.receipt for report in case.reports] or [
            report.receipt for which in range(len(self.cases)) for report in self.case(which).reports
        ]
        return there[step.other % len(there)]

    def forwarding(self, case: CaseFile) -> Forwarding | None:
        """The newest hand-over of a case."""
        query = select(Forwarding).where(Forwarding.case_id == case.id).order_by(Forwarding.sequence.desc())
        return db.session.scalars(query).first()


Driver = Callable[[Play, Step], None]


# ---- how each act is done ------------------------------------------------------------------------------


def _at_the_desk(play: Play, step: Step) -> None:
    """As the page of a case does it, with a form that has something in every field."""
    case, other = play.case(step.on), play.case(step.other)
    form = {
        "note": WORDS[step.choice % len(WORDS)],
        "category": ("0304", "0101", "")[step.choice % 3],
        "kind": ("help", "inquiry", "complaint")[step.other % 3],
        "ground": "secret",
        "called": "119",
        "next_day": "2026-12-05",
        "person": str(play.world.staff[("worker", "dispatcher", "officer")[step.other % 3]]),
        "into_number": other.number,
        "public_words": "楼道的灯不亮",
        "visibility": "door",
        "about_no_person": "1",
        "unit": ("红庙物业", WATER)[step.other % 2],
        "part": ("lead", "supporting")[step.choice % 2],
        "unit_id": str(step.other % 2 + 1),
        "proposed": "",
        "undo": "1",
    }
    reports = [str(report.id) for report in case.reports][
        step.other % 2 : step.other % 2 + 1 + step.choice % 2
    ]
    sent = MultiDict([*form.items(), *(("reports", one) for one in reports)])
    version = case.version - step.age
    with current_app.test_request_context():  # where the line of what can be taken back is kept
        acting.VERBS[step.action](play.actors[step.who], case.number, step.action, version, sent)


def _again(play: Play, step: Step) -> None:
    """Somebody says the same on the telephone."""
    case = play.case(step.on)
    words = Words(text=f"第{uuid4()}回说：灯还是坏的")
    said = Keyed(f"d{case.doorway_id}", words, ("phone", "walk_in")[step.choice % 2], same=case.number)
    keying_in.key_in(play.actors[step.who], str(uuid4()), said)


def _take_back(play: Play, step: Step) -> None:
    """What was sorted or given out last is taken back."""
    act = step.action.removeprefix("undo_")
    last = select(BulkAct.id).where(BulkAct.act == act).order_by(BulkAct.id.desc()).limit(1)
    bulk.undo(play.actors[step.who], db.session.scalars(last).first() or 0)


def _visit(play: Play, step: Step) -> None:
    case, outcome = play.case(step.on), list(running.VisitOutcome)[step.choice % len(running.VisitOutcome)]
    who = play.actors[step.who]
    running.visit(who, case.number, case.version - step.age, outcome.value, WORDS[step.other % len(WORDS)])


def _add_photo(play: Play, step: Step) -> None:
    case, taken = play.case(step.on), photos.take_in(picture(), "photo1")
    staff_photos.add(play.actors[step.who], case.number, case.version - step.age, Shots([taken]))


def _see_phone(play: Play, step: Step) -> None:
    case = play.case(step.on)
    contact.reveal(play.actors[step.who], case.number, None, WORDS[step.choice % len(WORDS)])


def _assign(play: Play, step: Step) -> None:
    if "assign" in acting.VERBS:
        _at_the_desk(play, step)
        return
    case = play.case(step.on)
    handling.act(play.actors[step.who], case.number, "assign", case.version - step.age, handler_id=1)


def _settle(play: Play, step: Step) -> None:
    request = db.session.scalars(select(DataRequest).where(DataRequest.settled_at.is_(None))).first()
    data_requests.settle(play.actors[step.who], request.id if request else 0, "refused", "说明白了")


def _add(play: Play, step: Step) -> None:
    own_report.add(play.receipt(step), str(uuid4()), ("还有一句", "着火了", "")[step.choice % 3])


def _judge(play: Play, step: Step) -> None:
    solved = "yes" if step.action == "rate" else "no"
    follow_up.answer(play.receipt(step), str(uuid4()), Answers("yes", solved, "satisfied", ""))


def _withdraw(play: Play, step: Step) -> None:
    own_report.withdraw(play.receipt(step))


def _join(play: Play, step: Step) -> None:
    door, number = play.world.doors[0], play.case(step.on).number
    joining.join(resident(), door, number, str(uuid4()), network=f"10.0.0.{step.choice}")


def _undo_join(play: Play, step: Step) -> None:
    joining.undo(play.receipt(step))


def _answered(play: Play, step: Step) -> None:
    asking.answer(play.receipt(step), str(uuid4()), ("三层的", "")[step.choice % 2])


def _call_me(play: Play, step: Step) -> None:
    own_contact.call_me(play.receipt(step), str(uuid4()), ("13912345678", "12", "")[step.choice % 3])


def _leave_phone(play: Play, step: Step) -> None:
    own_contact.leave_phone(play.receipt(step), "13912345678", wants_call=False)


def _forget_phone(play: Play, step: Step) -> None:
    own_contact.forget_phone(play.receipt(step), str(uuid4()))


def _data_request(play: Play, step: Step) -> None:
    data_requests.ask(play.receipt(step), str(uuid4()), ("see", "delete")[step.choice % 2])


def _by_the_clock(play: Play, step: Step) -> None:
    with transaction() as session:
        case = handling.load(session, case_id=play.cases[step.on % len(play.cases)])
        day = date(2026, 12, 5)
        data = {"roll_over": {"next_day": day}, "extend_by_clock": {"until": day}}.get(step.action, {})
        handling.apply(session, SYSTEM, case, step.action, data=data)


def _release_due(play: Play, step: Step) -> None:
    with transaction() as session:
        case = handling.load(session, case_id=play.cases[step.on % len(play.cases)])
        handover.forward(session, SYSTEM, case, "release_due", case_day=case.case_day)


def _news(play: Play, step: Step) -> None:
    sent = play.forwarding(play.case(step.on))
    if sent is None:
        return
    status, solved = {
        "order_made": ("accepted", None),
        "order_news": ("in_progress", None),
        "returned": ("returned", None),
        "hotline_resolved": ("closed", True),
        "closed_unsolved": ("closed", False),
    }[step.action]
    news = News(
        workorder_id=f"W-{sent.id[:8]}", status=status, solved=solved, updated_at=clock.now()
    )  # fmt: skip
    with transaction() as session:
        found = answers.locked(session, sent.id)
        assert found is not None
        answers.apply_news(session, *found, news)


DRIVERS: dict[str, Driver] = dict.fromkeys(acting.VERBS, _at_the_desk) | {
    "visit": _visit,
    "add_photo": _add_photo,
    "see_phone": _see_phone,
    "assign": _assign,
    "settle_data_request": _settle,
    "add": _add,
    "rate": _judge,
    "not_solved": _judge,
    "withdraw": _withdraw,
    "join": _join,
    "undo_join": _undo_join,
    "answered": _answered,
    "call_me": _call_me,
    "leave_phone": _leave_phone,
    "forget_phone": _forget_phone,
    "data_request": _data_request,
    "report_again": _again,
    "undo_triage": _take_back,
    "undo_assign": _take_back,
    "extend_by_clock": _by_the_clock,
    "close": _by_the_clock,
    "lapse_due": _by_the_clock,
    "roll_over": _by_the_clock,
    "forget_contact": _by_the_clock,
    "release_due": _release_due,
    **dict.fromkeys(("order_made", "order_news", "returned", "hotline_resolved", "closed_unsolved"), _news),
}
"""Action → how it is done here. A new action of the workflow needs its line, or one below."""

COMES_WITH = {
    "merged_in": "merge",
    "unmerged_out": "unmerge",
    "not_solved_again": "not_solved",
    "withdraw_one": "withdraw",
    "alarm": "not_solved",
    "split_from": "split",
}
"""Actions that nobody presses: the other half of another."""

STEP = st.builds(
    Step,
    st.sampled_from(sorted(DRIVERS)),
    st.sampled_from(PEOPLE),
    st.integers(0, 2),
    st.integers(0, 5),
    st.sampled_from((0, 0, 0, 0, 1)),
    st.integers(0, 5),
)


def test_every_action_of_the_workflow_is_tried() -> None:
    assert set(DRIVERS) | set(COMES_WITH) == set(WORKFLOW)
    assert set(COMES_WITH.values()) <= set(DRIVERS)


# ---- what holds whatever happens -------------------------------------------------------------------------


@dataclass(frozen=True)
class Seen:
    """A case and its history at a moment."""

    state: str
    version: int
    lines: tuple[int, ...]


def look(play: Play) -> dict[int, Seen]:
    """All cases at once; what is told of them on the way is checked."""
    session = db.session()
    session.rollback()
    session.expire_all()
    seen = {}
    parted = select(CaseEvent.data).where(CaseEvent.action == "split", CaseEvent.case_id.in_(play.cases))
    play.cases += [
        into for into in (one["into"] for one in session.scalars(parted)) if into not in play.cases
    ]
    for case_id in play.cases:
        case = session.get_one(CaseFile, case_id)
        query = select(CaseEvent).where(CaseEvent.case_id == case_id).order_by(CaseEvent.id)
        events = session.scalars(query).all()
        _history_tells_the_state(case, events)
        seen[case_id] = Seen(case.state, case.version, tuple(event.id for event in events))
    _every_report_has_one_live_case(play)
    return seen


def _history_tells_the_state(case: CaseFile, events: object) -> None:
    state = None
    for event in events:  # type: ignore[attr-defined]
        if state is None and event.action == "split_from":
            state = event.from_state  # it begins as one that came in
        assert event.from_state == state, (
            f"{case.number}: {event.action} leaves {event.from_state}, it was {state}"
        )
        if event.action != "receive":
            move = WORKFLOW[event.action]
            assert State(event.from_state) in move.sources, event.action
            assert event.to_state == (move.target or State(event.from_state)).value, event.action
            assert not (move.note in (Note.TOLD,) and not event.told), event.action
        state = event.to_state
    assert state == case.state


def _every_report_has_one_live_case(play: Play) -> None:
    reports = db.session.scalars(select(Report).where(Report.case_id.in_(play.cases))).all()
    for report in reports:
        assert report.case.state != State.MERGED.value, report.case.number
        assert report.support is None or report.support.case_id == report.case_id


def one_step(play: Play, step: Step, before: dict[int, Seen]) -> tuple[str, dict[int, Seen]]:
    """Do it, and compare; returns what came of it, and how things stand then."""
    try:
        DRIVERS[step.action](play, step)
    except MashangError as refusal:
        assert look(play) == before, f"{step}: refused, and yet something changed"
        return type(refusal).__name__, before
    after = look(play)
    for case_id, was in before.items():
        now = after[case_id]
        fresh = now.lines[len(was.lines) :]
        assert now.lines[: len(was.lines)] == was.lines, "nothing of a history is lost"
        assert now.state == was.state or fresh, "a state changes with a line of history"
        events = db.session.scalars(select(CaseEvent).where(CaseEvent.id.in_(fresh))).all()
        loud = sum(has_aged_pages(event.action, event.data) for event in events)
        assert now.version == was.version + loud, f"{step}: {was.version} → {now.version}, {loud} lines"
    return "done", after


def _play(world: World) -> Play:
    cases = [world.case(world.report(phone="13912345678", text=f"第{uuid4()}盏灯坏了")).id, world.queued().id]
    cases.append(world.queued(world.doors[1]).id)
    actors = {who: world.actor(who) for who in PEOPLE}
    return Play(world, cases, actors)


def _with_water(world: World) -> None:
    if "water" in world.staff:
        return
    with transaction() as session:
        session.add(Unit(sub_district_code="110105015", name=WATER))
    added = accounts.add_staff(
        "water", "officer", sub_district_code="110105015", unit=WATER, password=PASSWORD
    )
    world.staff["water"] = added.staff_id


def test_random_acts_by_random_people(app: Flask, world: World, maker: DatabaseMaker) -> None:
    _with_water(world)
    came: set[tuple[str, str]] = set()
    examples = 6 if isinstance(maker, PostgresMaker) else 25

    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(STEP, min_size=5, max_size=25))
    def acts(steps: list[Step]) -> None:
        play = _play(world)
        now = look(play)
        for step in steps:
            outcome, now = one_step(play, step, now)
            came.add((step.action, outcome))

    acts()
    assert {outcome for _, outcome in came} >= {"done", "Refused", "Forbidden", "NotFound", "Stale"}


def test_the_right_people_in_the_right_order(world: World) -> None:
    """The same invariants along paths that chance seldom takes."""
    _with_water(world)
    play = _play(world)
    path = (
        ("merge", "dispatcher", 1, 2), ("unmerge", "dispatcher", 1, 0), ("triage", "dispatcher", 1, 0),
        ("publish", "dispatcher", 1, 0), ("join", "dispatcher", 1, 0), ("assign_unit", "dispatcher", 1, 0),
        ("unit_answer", "officer", 1, 0), ("unit_done", "officer", 1, 0), ("not_solved", "worker", 1, 0),
        ("forward_now", "dispatcher", 1, 0), ("order_made", "worker", 1, 0), ("returned", "worker", 1, 0),
        ("assign_unit", "dispatcher", 1, 1), ("unit_returns", "water", 1, 0), ("resolve", "dispatcher", 1, 0),
        ("rate", "worker", 1, 0), ("reopen", "dispatcher", 1, 0), ("decline", "dispatcher", 1, 0),
        ("triage", "dispatcher", 0, 0), ("undo_triage", "dispatcher", 0, 0), ("triage", "worker", 0, 0),
        ("assign", "dispatcher", 0, 0), ("undo_assign", "dispatcher", 0, 0), ("report_again", "worker", 0, 0),
        ("split", "dispatcher", 0, 1), ("unsplit", "dispatcher", 3, 0), ("extend", "worker", 0, 0),
    )  # fmt: skip
    came, now = list[tuple[str, str]](), look(play)
    for action, who, on, other in path:
        outcome, now = one_step(play, Step(action, who, on, other, 0, 0), now)
        came.append((action, outcome))
    assert [one for one in came if one[1] != "done"] == []


def test_every_role_acts() -> None:
    assert {ROLES[who] for who in PEOPLE if who in ROLES} == set(Role)
