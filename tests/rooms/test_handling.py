"""Every act of the workflow, from every state, by everybody: what the table allows happens and leaves exactly
one line of history; everything else is refused and leaves none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.access.actor import HOTLINE, SYSTEM, Actor, resident
from app.access.permissions import may
from app.cases import handling
from app.cases.models import CaseEvent, CaseFile
from app.cases.workflow import WORKFLOW, Note, State
from app.db import transaction
from app.errors import Forbidden, MashangError, NotFound, Refused, Stale
from tests.world import ROLES, World

EVERYBODY = [*ROLES, "far_dispatcher", "resident", "clock", "hotline"]
OUT_OF_SCOPE = {"other_worker", "far_dispatcher", "officer"}  # of the first community, given to no unit


def _actor(world: World, who: str) -> Actor:
    nobody_of_staff = {"resident": resident(1), "clock": SYSTEM, "hotline": HOTLINE}
    return nobody_of_staff[who] if who in nobody_of_staff else world.actor(who)


@contextmanager
def _undone(session: Session) -> Iterator[None]:
    """What happens inside is rolled back, so that thousands of moves start from the same case."""
    savepoint = session.begin_nested()
    try:
        yield
    finally:
        savepoint.rollback()


def _lines(session: Session, case: CaseFile) -> int:
    return (
        session.scalar(select(func.count()).select_from(CaseEvent).where(CaseEvent.case_id == case.id)) or 0
    )


@pytest.mark.parametrize("who", EVERYBODY)
def test_the_table_alone_decides(world: World, who: str) -> None:
    case_id, actor = world.case(world.report()).id, _actor(world, who)
    allowed = tried = 0
    with transaction() as session:
        for state in State:
            case = handling.load(session, case_id=case_id)
            case.state = state.value
            session.flush()
            for action in WORKFLOW:
                with _undone(session):
                    allowed += _one_move(session, actor, case, action, who)
                tried += 1
        session.rollback()
    assert tried == len(State) * len(WORKFLOW)
    assert allowed == (0 if who in OUT_OF_SCOPE else _allowed_by_table(actor))


def _allowed_by_table(actor: Actor) -> int:
    return sum(len(move.sources) for move in WORKFLOW.values() if may(actor, move.permission))


def _one_move(session: Session, actor: Actor, case: CaseFile, action: str, who: str) -> int:
    move, before, version, lines = WORKFLOW[action], State(case.state), case.version, _lines(session, case)
    try:
        handling.apply(session, actor, case, action, version=version, note="说明一下")
    except (Forbidden, NotFound, Refused) as refusal:
        unchanged = (case.state, case.version, _lines(session, case)) == (before.value, version, lines)
        expected = isinstance(refusal, _expected_refusal(actor, action, who))
        return 0 if unchanged and expected else pytest.fail(f"{action} from {before}: {refusal!r}")
    after = (move.target or before).value
    risen = version + int(move.ages_pages)
    assert (case.state, case.version, _lines(session, case)) == (after, risen, lines + 1)
    event = session.scalars(
        select(CaseEvent).where(CaseEvent.case_id == case.id).order_by(CaseEvent.id.desc())
    ).first()
    assert event is not None
    assert (event.action, event.from_state, event.to_state) == (action, before.value, after)
    assert (event.actor_kind, event.staff_id) == (actor.kind.value, actor.staff_id)
    assert bool(event.told) == (move.note is Note.TOLD)
    return 1


def _expected_refusal(actor: Actor, action: str, who: str) -> type[MashangError]:
    if who in OUT_OF_SCOPE:
        return NotFound  # also where the role may not: a refusal would tell that there is such a case
    return Refused if may(actor, WORKFLOW[action].permission) else Forbidden


@pytest.mark.parametrize(
    ("who", "action", "sources", "target"),
    [
        ("dispatcher", "triage", "received", "queued"),
        ("worker", "start", "queued", "in_progress"),
        ("worker", "resolve", "queued in_progress", "resolved"),
        ("worker", "answer", "received queued", "resolved"),
        ("dispatcher", "in_hand", "queued in_progress", "in_progress"),
        ("worker", "carry_over", "queued in_progress", "queued"),
        ("dispatcher", "forward_now", "queued in_progress", "forwarded"),
        ("clock", "release_due", "queued in_progress", "forwarded"),
        ("hotline", "hotline_resolved", "forwarded", "resolved"),
        ("hotline", "returned", "forwarded", "queued"),
        ("hotline", "closed_unsolved", "forwarded", "queued"),
        ("resident", "not_solved", "resolved closed", "queued"),
        ("resident", "withdraw", "received queued in_progress", "withdrawn"),
        ("clock", "close", "resolved", "closed"),
        ("dispatcher", "set_aside", "received queued in_progress", "set_aside"),
        ("dispatcher", "release", "set_aside", "received"),
        ("dispatcher", "transfer", "received queued in_progress", "transferred"),
        ("dispatcher", "decline", "received queued in_progress", "declined"),
    ],
)
def test_the_life_of_a_case_is_as_it_was_drawn(
    world: World, who: str, action: str, sources: str, target: str
) -> None:
    """Against the drawing of the design, written here a second time on purpose."""
    case_id, actor = world.case(world.report()).id, _actor(world, who)
    reached = []
    with transaction() as session:
        case = handling.load(session, case_id=case_id)
        for state in State:
            case.state = state.value
            session.flush()
            with _undone(session):
                try:
                    handling.apply(session, actor, case, action, note="说明一下")
                except Refused:
                    continue
                reached.append(state.value)
                assert case.state == target
        session.rollback()
    assert set(reached) == set(sources.split())


@pytest.mark.parametrize("who", ["officer", "printer", "leader", "auditor", "admin"])
def test_who_only_looks_changes_nothing(world: World, who: str) -> None:
    case = world.queued()
    for action in ("resolve", "forward_now", "decline", "note", "start"):
        with pytest.raises((Forbidden, NotFound)):
            handling.act(world.actor(who), case.number, action, case.version, "说明一下")
    assert [event.action for event in world.events(case)] == ["receive", "triage"]


def test_a_stale_page_changes_nothing(world: World) -> None:
    case = world.queued()
    seen = case.version
    handling.act(world.actor("worker"), case.number, "start", seen)
    with pytest.raises(Stale) as stale:
        handling.act(world.actor("dispatcher"), case.number, "decline", seen, "不归我们管")
    assert (stale.value.case_number, stale.value.seen_version, stale.value.version) == (
        case.number,
        seen,
        seen + 1,
    )
    assert world.again(case).state == "in_progress"
    assert [event.action for event in world.events(case)] == ["receive", "triage", "start"]


@pytest.mark.parametrize(
    ("note", "key"),
    [
        ("", "note_needed"),
        ("  \n", "note_needed"),
        ("长" * 501, "field_too_long"),
        ("a\x00b", "control_characters"),
    ],
)
def test_words_that_must_be_told_are_checked(world: World, note: str, key: str) -> None:
    case = world.queued()
    with pytest.raises(Refused) as refused:
        handling.act(world.actor("worker"), case.number, "resolve", case.version, note)
    assert (refused.value.key, refused.value.field) == (key, "note")
    assert world.again(case).state == "queued"


def test_an_unknown_case_is_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        handling.act(world.actor("worker"), "2611-9999", "start", 1)


def test_resolving_notes_when(world: World) -> None:
    case = world.queued(world.far_door)
    done = handling.act(world.actor("far_dispatcher"), case.number, "resolve", case.version, "灯换好了")
    assert done.resolved_at is not None
    assert world.events(case)[-1].told == "灯换好了"
