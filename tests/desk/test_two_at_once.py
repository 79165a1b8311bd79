"""A resident at the door and a dispatcher at the desk, or two at the desk, at the same second."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.cases.models import CaseFile
from app.db import transaction
from app.staff.models import Staff
from app.web.desk import phrases
from tests.desk.conftest import Desk
from tests.linting.client import LintingClient
from tests.resident.test_receipts import sign
from tests.world import World

ROUNDS = 4


def test_added_words_do_not_stop_the_desk_but_danger_does(
    client: LintingClient, desk: Callable[[str], Desk], world: World
) -> None:
    receipt = world.report()
    at_desk, case = desk("dispatcher"), world.case(receipt)
    url, seen = f"/desk/cases/{case.number}", case.version
    form = sign(client, receipt)
    assert client.post(f"/r/{receipt}/add", data=form | {"text": "五层也暗"}).status_code == 303
    assert at_desk.post(f"{url}/triage", version=seen, category="0304").status_code == 303
    seen = world.again(case).version
    for words in ("六层也暗", "楼道里着火了"):
        form = sign(client, receipt)
        assert client.post(f"/r/{receipt}/add", data=form | {"text": words}).status_code in (303, 200)
    late = at_desk.post(f"{url}/start", version=seen)
    assert late.status_code == 409
    assert "刚才有人改过这件" in late.get_data(as_text=True)
    assert world.again(case).state == "queued"


# ---- two of the staff ------------------------------------------------------------------------------------


@pytest.fixture
def other_desk(app: Flask, world: World) -> Desk:
    """A second dispatcher of the same sub-district, in a browser of their own."""
    with transaction() as session:
        first = session.get_one(Staff, world.staff["dispatcher"])
        second = Staff(
            username="second_dispatcher",
            display_name="第二位 值班",
            role=first.role,
            sub_district_id=first.sub_district_id,
            password_hash=first.password_hash,
            created_at=first.created_at,
        )
        session.add(second)
        session.flush()
        world.staff["second_dispatcher"] = second.id
    client = app.test_client()
    assert isinstance(client, LintingClient)
    return Desk(client, world.staff["second_dispatcher"])


def at_once(*presses: Callable[[], TestResponse]) -> list[TestResponse]:
    """All at the same moment, each in a thread of its own; the answers in the order given."""
    ready = threading.Barrier(len(presses))

    def press(one: Callable[[], TestResponse]) -> TestResponse:
        ready.wait(30)
        return one()

    with ThreadPoolExecutor(len(presses)) as threads:
        return [one.result(60) for one in [threads.submit(press, one) for one in presses]]


def test_the_second_of_two_dispatchers_is_told_and_loses_no_word(
    desk: Callable[[str], Desk], other_desk: Desk, world: World
) -> None:
    case = world.queued()
    url, at_desk = f"/desk/cases/{case.number}", desk("dispatcher")
    for one in (at_desk, other_desk):
        one.page(url)
    assert at_desk.post(f"{url}/start", version=case.version).status_code == 303
    words = "这是隔壁街道的路灯，已告诉来电人"
    late = other_desk.post(
        f"{url}/decline", version=case.version, note=words, ground=next(iter(phrases.GROUNDS))
    )
    assert late.status_code == 409
    assert words in late.get_data(as_text=True)
    assert world.again(case).state == "in_progress"
    assert [event.action for event in world.events(case)] == ["receive", "triage", "start"]


def test_of_two_who_press_at_the_same_moment_one_wins(
    desk: Callable[[str], Desk], other_desk: Desk, world: World
) -> None:
    at_desk = desk("dispatcher")
    for _ in range(ROUNDS):
        case = world.queued()
        url, seen = f"/desk/cases/{case.number}", case.version
        answers = at_once(
            partial(at_desk.post, f"{url}/start", version=seen),
            partial(other_desk.post, f"{url}/set_aside", version=seen, note="重复"),
        )
        assert sorted(answer.status_code for answer in answers) == [303, 409]
        won = "start" if answers[0].status_code == 303 else "set_aside"
        assert [event.action for event in world.events(case)] == ["receive", "triage", won]
        assert world.again(case).version == seen + 1


@pytest.mark.parametrize(("action", "words"), [("note", "灯罩也碎了"), ("resolve", "换了灯泡")])
def test_what_a_worker_writes_while_it_is_merged_is_kept_or_told(
    desk: Callable[[str], Desk], world: World, action: str, words: str
) -> None:
    """Upon either of the two cases: what was taken stands in the history, what was not is still in the form."""
    at_desk, at_door = desk("dispatcher"), desk("worker")
    for turn in range(ROUNDS):
        source, target = world.queued(), world.queued()
        case = (source, target)[turn % 2]
        merged, written = at_once(
            partial(
                at_desk.post,
                f"/desk/cases/{source.number}/merge",
                version=source.version,
                into_number=target.number,
            ),
            partial(at_door.post, f"/desk/cases/{case.number}/{action}", version=case.version, note=words),
        )
        assert merged.status_code in (303, 409, 422)
        assert written.status_code in (303, 409)
        assert 303 in (merged.status_code, written.status_code)
        lines = [event for event in world.events(case) if words in (event.note, event.told)]
        assert len(lines) == (written.status_code == 303)
        if written.status_code == 409:
            assert words in written.get_data(as_text=True)
        _hold_together(world, source, target, is_merged=merged.status_code == 303)


def test_what_a_resident_adds_while_it_is_merged_is_never_lost(
    app: Flask, desk: Callable[[str], Desk], world: World
) -> None:
    at_desk = desk("dispatcher")
    for _ in range(ROUNDS):
        receipt = world.report()
        source, target = world.case(receipt), world.queued()
        client = app.test_client()
        assert isinstance(client, LintingClient)
        form = sign(client, receipt) | {"text": "五层也暗"}
        merged, added = at_once(
            partial(
                at_desk.post,
                f"/desk/cases/{source.number}/merge",
                version=source.version,
                into_number=target.number,
            ),
            partial(client.post, f"/r/{receipt}/add", data=form),
        )
        assert (merged.status_code, added.status_code) == (303, 303)
        _hold_together(world, source, target, is_merged=True)
        held = next(one for one in world.again(target).reports if one.receipt == receipt)
        assert [one.text for one in held.additions] == ["五层也暗"]
        told = [event for case in (source, target) for event in world.events(case) if event.action == "add"]
        assert [event.report_id for event in told] == [held.id]


def _hold_together(world: World, source: CaseFile, target: CaseFile, *, is_merged: bool) -> None:
    """Both reports stand in a live case, and only one of the two took anything in."""
    source, target = world.again(source), world.again(target)
    assert (source.state == "merged", target.state == "merged") == (is_merged, False)
    assert (len(source.reports), len(target.reports)) == ((0, 2) if is_merged else (1, 1))
    for case in (source, target):
        assert world.events(case)[-1].to_state == case.state
