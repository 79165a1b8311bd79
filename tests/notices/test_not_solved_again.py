"""“Not solved” reopens once by itself; the second time a dispatcher decides and the handler's supervisor is told.
Silence is “not rated”."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock
from app.cases import follow_up, handling, own_report
from app.cases.follow_up import Answers
from app.cases.models import CaseFile, Report, Support
from app.cases.queries import rating_of, report_by_receipt
from app.cases.rating import Rating, rating
from app.cases.workflow import State
from app.db import db, transaction
from app.errors import NotFound, Refused
from app.notices.models import Notice
from app.staff import accounts
from app.staff.models import Staff
from tests.desk.conftest import Desk
from tests.world import World

Work = Callable[[], dict[str, int]]
At = Callable[[str], None]
YES = Answers("yes", "yes", "satisfied")
NO = Answers("yes", "no", "dissatisfied")


def resolved(world: World, receipt: str | None = None) -> str:
    """A case that is done, by its receipt."""
    receipt = receipt or world.report()
    case = world.case(receipt)
    if case.state == State.RECEIVED.value:
        case = handling.act(world.actor("dispatcher"), case.number, "triage", case.version)
    handling.act(world.actor("worker"), case.number, "resolve", world.again(case).version, "换好了")
    return receipt


def says(receipt: str, answers: Answers) -> None:
    follow_up.answer(receipt, str(uuid4()), answers)


def told(kind: str) -> list[tuple[str | None, int | None]]:
    db.session.rollback()
    query = select(Notice).where(Notice.kind == kind).order_by(Notice.id)
    return [(notice.role, notice.staff_id) for notice in db.session.scalars(query)]


def not_solved_twice(world: World) -> str:
    receipt = resolved(world)
    says(receipt, NO)
    resolved(world, receipt)
    says(receipt, NO)
    return receipt


def handled_by(world: World, receipt: str, who: str) -> None:
    with transaction() as session:
        handling.load(session, number=world.case(receipt).number).handler_id = world.staff[who]


# ---- who is told ---------------------------------------------------------------------------------------


def test_the_second_time_dispatchers_and_the_supervisor_of_who_handled_it_are_told(
    world: World, work: Work, desk: Callable[[str], Desk]
) -> None:
    accounts.set_supervisor("worker", "other_worker")
    receipt = resolved(world)
    handled_by(world, receipt, "worker")
    says(receipt, NO)
    work()
    assert told("not_solved") == [("dispatcher", None), ("leader", None)]
    resolved(world, receipt)
    says(receipt, NO)
    work()
    work()
    assert told("not_solved_again") == [("dispatcher", None), (None, world.staff["other_worker"])]
    assert len(told("not_solved")) == 2, "the first kind is not told again"
    assert "居民第二次说没解决" in desk("other_worker").page("/desk/")
    assert "居民第二次说没解决" not in desk("worker").page("/desk/")


@pytest.mark.parametrize("why", ["nobody handles it", "no supervisor", "supervisor left"])
def test_without_a_supervisor_the_leader_is_told(world: World, work: Work, why: str) -> None:
    receipt = resolved(world)
    if why != "nobody handles it":
        handled_by(world, receipt, "worker")
    if why == "supervisor left":
        accounts.set_supervisor("worker", "other_worker")
        with transaction() as session:
            session.get_one(Staff, world.staff["other_worker"]).is_active = False
    says(receipt, NO)
    resolved(world, receipt)
    says(receipt, NO)
    work()
    assert told("not_solved_again") == [("dispatcher", None), ("leader", None)]


@pytest.mark.parametrize("closed_by", ["silence", "rating"])
def test_it_reopens_once_by_itself_also_after_closing(
    world: World, work: Work, at: At, closed_by: str
) -> None:
    receipt = resolved(world)
    if closed_by == "silence":
        at("2026-12-01T09:30")
        work()
    else:
        says(receipt, YES)
    assert world.case(receipt).state == "closed"
    says(receipt, NO)
    assert (world.case(receipt).state, world.case(receipt).reopened_times) == ("queued", 1)
    resolved(world, receipt)
    if closed_by == "silence":
        at("2026-12-09T10:00")
        work()
        assert world.case(receipt).state == "closed"
    says(receipt, NO)
    case = world.case(receipt)
    assert case.state == ("closed" if closed_by == "silence" else "resolved"), "now a dispatcher decides"
    assert world.events(case)[-1].action == "not_solved_again"


# ---- rated, waited for, not rated ----------------------------------------------------------------------


def rated(receipt: str) -> Rating:
    db.session.rollback()
    db.session.expire_all()
    report = report_by_receipt(db.session(), receipt)
    assert report is not None
    return rating_of(db.session(), report)[0]


def test_silence_is_not_rated(world: World, work: Work, at: At, desk: Callable[[str], Desk]) -> None:
    receipt = world.report()
    assert rated(receipt) is Rating.NOT_ASKED
    resolved(world, receipt)
    number = world.case(receipt).number
    at_desk = desk("dispatcher")
    assert rated(receipt) is Rating.AWAITED
    assert "等居民评" in at_desk.page(f"/desk/cases/{number}")
    at("2026-12-01T09:30")
    work()
    assert rated(receipt) is Rating.NOT_RATED
    assert "居民没有评" in at_desk.page(f"/desk/cases/{number}")
    says(receipt, YES)
    assert rated(receipt) is Rating.RATED
    page = at_desk.page(f"/desk/cases/{number}")
    assert "居民没有评" not in page
    assert "居民评了" in page


def test_what_came_back_and_is_done_again_is_asked_about_again(world: World, work: Work, at: At) -> None:
    receipt = resolved(world)
    at("2026-11-25T09:00")
    says(receipt, NO)
    assert rated(receipt) is Rating.RATED
    at("2026-12-05T10:00")
    resolved(world, receipt)
    assert rated(receipt) is Rating.AWAITED
    at("2026-12-13T10:00")
    work()
    assert rated(receipt) is Rating.RATED, "the last answer counts"


@pytest.mark.parametrize(
    ("state", "taken_back", "answered", "since", "expected"),
    [
        (State.RESOLVED, False, False, False, Rating.AWAITED),
        (State.RESOLVED, False, True, False, Rating.AWAITED),
        (State.RESOLVED, False, True, True, Rating.RATED),
        (State.CLOSED, False, False, False, Rating.NOT_RATED),
        (State.CLOSED, False, True, False, Rating.RATED),
        (State.CLOSED, True, True, True, Rating.NOT_ASKED),
        (State.RESOLVED, True, False, False, Rating.NOT_ASKED),
        (State.DECLINED, False, False, False, Rating.NOT_ASKED),
        (State.QUEUED, False, True, True, Rating.RATED),
    ],
)
def test_the_rule_of_rating(
    state: State, *, taken_back: bool, answered: bool, since: bool, expected: Rating
) -> None:
    standing = rating(state, is_taken_back=taken_back, is_answered=answered, is_answered_since=since)
    assert standing is expected


def test_who_withdrew_or_undid_is_not_asked(world: World) -> None:
    """A neighbour's report stays in the case; one's own was taken back."""
    kept, withdrawn, undone = (world.report() for _ in range(3))
    case = world.case(kept)
    with transaction() as session:
        for receipt in (withdrawn, undone):
            report = session.scalars(select(Report).where(Report.receipt == receipt)).one()
            report.case_id = case.id
        session.add(
            Support(
                report_id=report.id,
                case_id=case.id,
                doorway_id=report.doorway_id,
                network_day="n",
                is_counted=True,
                joined_at=clock.now(),
                undone_at=clock.now(),
            )
        )
    own_report.withdraw(withdrawn)
    resolved(world, kept)
    for receipt in (withdrawn, undone):
        assert rated(receipt) is Rating.NOT_ASKED
        with pytest.raises(Refused, match="taken_back"):
            says(receipt, NO)
    assert rated(kept) is Rating.AWAITED
    says(kept, YES)
    assert db.session.get_one(CaseFile, case.id).state == "closed"


# ---- setting a supervisor ------------------------------------------------------------------------------


def test_a_supervisor_is_set_and_taken_away_by_command(app: Flask, world: World) -> None:
    def run(*arguments: str) -> tuple[int, str, str]:
        result = app.test_cli_runner().invoke(args=["staff", "supervisor", *arguments])
        return result.exit_code, result.stdout, result.stderr

    def supervisor() -> int | None:
        db.session.rollback()
        db.session.expire_all()
        return db.session.get_one(Staff, world.staff["worker"]).supervisor_id

    assert run("worker", "leader") == (0, "supervisors=1\n", "")
    assert supervisor() == world.staff["leader"]
    for wrong, words in (
        (("worker", "nobody"), "no active account nobody"),
        (("worker", "worker"), "nobody supervises themselves"),
        (("worker", "far_dispatcher"), "another sub-district"),
        (("worker", "printer"), "may not see cases"),
        (("nobody", "leader"), "no active account of this name"),
    ):
        code, said, complained = run(*wrong)
        assert (code, said) == (1, "")
        assert words in complained
    assert run("worker")[0] == run("worker", "leader", "--none")[0] == 2
    assert supervisor() == world.staff["leader"]
    assert run("worker", "--none") == (0, "supervisors=0\n", "")
    assert supervisor() is None
    with pytest.raises(NotFound):
        accounts.set_supervisor("nobody", None)
