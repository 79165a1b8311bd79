"""A report moves to another case while somebody waits to do something with it: what they do is done to the case it is
in by then."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock
from app.cases import (
    data_requests,
    follow_up,
    handling,
    joining,
    merging,
    own_contact,
    own_report,
    publishing,
    triage,
)
from app.cases.follow_up import Answers
from app.cases.models import CaseFile, DataRequest, Report
from app.cases.triage import Sorting
from app.db import db
from app.errors import Refused, Stale
from tests.rooms.test_joining import join
from tests.world import World


@pytest.fixture
def while_merging(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Merge one case into another, and begin an act when both are locked and the reports are on their way."""

    def both(source: CaseFile, target: CaseFile, act: Callable[[], object]) -> None:
        faults: list[BaseException] = []
        move, waiting = merging.move, list[threading.Thread]()

        def do() -> None:
            with app.app_context():
                try:
                    act()
                except BaseException as fault:
                    faults.append(fault)
                finally:
                    db.session.remove()

        def move_slowly(*args: object) -> None:
            thread = threading.Thread(target=do)
            waiting.append(thread)
            thread.start()
            thread.join(0.7)  # it waits for the case that is locked here
            move(*args)  # type: ignore[arg-type]

        monkeypatch.setattr(merging, "move", move_slowly)
        source = world.again(source)
        merging.merge(world.actor("dispatcher"), source.number, source.version, target.number)
        waiting[0].join(30)
        monkeypatch.setattr(merging, "move", move)
        assert faults == []

    return both


def test_deleting_takes_back_the_report_in_the_case_it_is_in(
    world: World, while_merging: Callable[..., None]
) -> None:
    mine = world.report(text="二单元门坏了")
    source, target = world.case(mine), world.queued()
    data_requests.ask(mine, str(uuid4()), "delete")
    request, who = db.session.scalars(select(DataRequest.id)).one(), world.actor("dispatcher")
    while_merging(source, target, lambda: data_requests.settle(who, request, "done", "都删了"))
    target = world.again(target)
    assert target.homes == 0
    report = db.session.scalars(select(Report).where(Report.receipt == mine)).one()
    assert (report.case_id, report.text) == (target.id, data_requests.MASKED)
    assert report.withdrawn_at is not None
    assert [event.action for event in world.events(target)][-2:] == ["settle_data_request", "withdraw_one"]


def test_the_clock_forgets_nobody_whose_case_begins_anew_just_now(
    app: Flask, world: World, at: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = world.report(phone="13912345678")
    case = triage.triage(world.actor("dispatcher"), world.case(mine).number, 1, Sorting(category="0304"))
    case = handling.act(world.actor("worker"), case.number, "resolve", case.version, "换了灯")
    follow_up.answer(mine, str(uuid4()), Answers("yes", "yes", "satisfied"))
    at(clock.now() + timedelta(days=400))
    forgotten, thread, take_effect = list[int](), list[threading.Thread](), follow_up._take_effect

    def forget() -> None:
        with app.app_context():
            forgotten.append(own_contact.forget_what_is_over(case.sub_district_id))
            db.session.remove()

    def slowly(*args: object, **more: object) -> None:
        thread.append(threading.Thread(target=forget))
        thread[0].start()
        thread[0].join(0.7)
        take_effect(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(follow_up, "_take_effect", slowly)
    follow_up.answer(mine, str(uuid4()), Answers("yes", "no", "dissatisfied"))
    thread[0].join(30)
    assert world.case(mine).state == "queued"
    assert forgotten == [0]
    assert world.case(mine).reports[0].phone_sealed is not None


def test_taking_a_me_too_back_is_counted_where_it_is(
    world: World, while_merging: Callable[..., None]
) -> None:
    source, target = world.queued(world.doors[1]), world.queued()
    publishing.publish(world.actor("dispatcher"), source.number, source.version, "灯不亮", "community")
    joined = join(world, source, "10.0.0.1")
    while_merging(source, target, lambda: joining.undo(joined))
    target = world.again(target)
    assert target.homes == 1  # the merged report itself
    assert [event.action for event in world.events(target)][-1] == "undo_join"


def test_a_merge_and_its_undo_at_once_do_not_wait_for_each_other(
    app: Flask, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, source = (
        world.queued(),
        world.queued(world.doors[1]),
    )  # the later one goes into the earlier, as ever
    who = world.actor("dispatcher")
    merging.merge(who, source.number, source.version, target.number)
    source = world.again(source)
    load, faults = handling.load, list[BaseException]()

    def slowly(*args: Any, **wanted: Any) -> CaseFile:
        found = load(*args, **wanted)
        time.sleep(0.4)  # the other has locked its first by now
        return found

    def press(act: Callable[[], object]) -> None:
        with app.app_context():
            try:
                act()
            except (Refused, Stale):
                pass
            except BaseException as fault:
                faults.append(fault)
            finally:
                db.session.remove()

    monkeypatch.setattr(handling, "load", slowly)
    number, version, into = source.number, source.version, target.number
    db.session.rollback()
    threads = [
        threading.Thread(target=press, args=(lambda: merging.merge(who, number, version, into),)),
        threading.Thread(target=press, args=(lambda: merging.unmerge(who, number, version),)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert faults == []
    assert world.again(source).state in ("received", "merged")


def test_who_waited_for_a_case_keeps_none_that_the_report_has_left(
    app: Flask, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, mine = world.queued(), world.report(world.doors[1])
    source, who, faults = world.case(mine), world.actor("dispatcher"), list[BaseException]()
    into, number, version = target.number, source.number, source.version
    load, move, threads = handling.load, merging.move, list[threading.Thread]()

    def press(act: Callable[[], object]) -> None:
        def do() -> None:
            with app.app_context():
                try:
                    act()
                except BaseException as fault:
                    faults.append(fault)
                finally:
                    db.session.remove()

        threads.append(threading.Thread(target=do))
        threads[-1].start()

    def move_while_the_resident_adds(*args: Any) -> None:
        press(lambda: own_report.add(mine, str(uuid4()), "还有一句"))
        threads[0].join(0.7)
        monkeypatch.setattr(handling, "load", slowly)
        monkeypatch.setattr(merging, "move", move)
        move(*args)

    def slowly(*args: Any, **wanted: Any) -> CaseFile:
        found = load(*args, **wanted)
        time.sleep(0.4)
        return found

    monkeypatch.setattr(merging, "move", move_while_the_resident_adds)
    db.session.rollback()
    merging.merge(who, number, version, into)
    press(lambda: merging.unmerge(who, number, version + 1))
    for thread in threads:
        thread.join(30)
    assert faults == []
    assert [one.text for one in world.case(mine).reports[0].additions] == ["还有一句"]


def test_deleting_and_the_undo_of_a_merge_do_not_wait_for_each_other(
    app: Flask, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = world.report(text="二单元门坏了")
    source, target = world.case(mine), world.queued(world.doors[1])  # the earlier one goes into the later
    who, load, faults = world.actor("dispatcher"), handling.load, list[BaseException]()
    merging.merge(who, source.number, source.version, target.number)
    data_requests.ask(mine, str(uuid4()), "delete")
    request, source = db.session.scalars(select(DataRequest.id)).one(), world.again(source)
    number, version = source.number, source.version

    def slowly(*args: Any, **wanted: Any) -> CaseFile:
        found = load(*args, **wanted)
        time.sleep(0.4)
        return found

    def press(act: Callable[[], object]) -> None:
        with app.app_context():
            try:
                act()
            except BaseException as fault:
                faults.append(fault)
            finally:
                db.session.remove()

    monkeypatch.setattr(handling, "load", slowly)
    db.session.rollback()
    acts: list[Callable[[], object]] = [
        lambda: merging.unmerge(who, number, version),
        lambda: data_requests.settle(who, request, "done", "都删了"),
    ]
    threads = [threading.Thread(target=press, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
        time.sleep(0.1)
    for thread in threads:
        thread.join(30)
    assert [repr(one) for one in faults if not isinstance(one, Stale)] == []
    assert world.again(source).title == data_requests.MASKED
