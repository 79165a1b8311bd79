"""A resident at the door and a dispatcher at the desk, two dispatchers, a merge and a worker: at the same second."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import pytest
from flask import Flask

from app.cases import merging
from app.cases.models import CaseFile
from app.db import db
from app.staff import accounts
from tests.desk.conftest import Desk
from tests.linting.client import LintingClient
from tests.resident.test_receipts import sign
from tests.world import PASSWORD, World

Press = Callable[[], int]


def at_once(app: Flask, *presses: Press) -> list[int]:
    """The statuses of posts that were sent at the same moment."""
    statuses, ready = [0] * len(presses), threading.Barrier(len(presses))

    def press(which: int) -> None:
        ready.wait()
        statuses[which] = presses[which]()
        with app.app_context():
            db.session.remove()

    threads = [threading.Thread(target=press, args=(which,)) for which in range(len(presses))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return statuses


def form(desk: Desk, case: CaseFile, action: str, **fields: object) -> Press:
    """A press of this button on the page of the case as it is now."""
    number, version = case.number, case.version
    return lambda: desk.post(f"/desk/cases/{number}/{action}", version=version, **fields).status_code


@pytest.fixture
def second(world: World) -> str:
    """Another dispatcher of the same sub-district."""
    added = accounts.add_staff("second", "dispatcher", sub_district_code="110105015", password=PASSWORD)
    world.staff["second"] = added.staff_id
    return "second"


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


PAIRS = {
    "both sort it": (("triage", {"category": "0304"}), ("triage", {"category": "0305"})),
    "one sorts, one declines": (
        ("triage", {"category": "0304"}),
        ("decline", {"ground": "secret", "note": "不归这里"}),
    ),
    "one notes, one sets aside": (("note", {"note": "打过电话"}), ("set_aside", {"note": "像广告"})),
}


@pytest.mark.parametrize("pair", PAIRS)
def test_of_two_dispatchers_on_one_case_one_is_told_so(
    app: Flask, desk: Callable[[str], Desk], world: World, second: str, pair: str
) -> None:
    case = world.case(world.report())
    desks = [desk("dispatcher"), desk(second)]
    presses = [
        form(one, case, action, **fields) for one, (action, fields) in zip(desks, PAIRS[pair], strict=True)
    ]
    seen = case.version
    assert sorted(at_once(app, *presses)) == [303, 409]
    now = world.again(case)
    assert (now.version, len(world.events(case))) == (seen + 1, 2), "one act, one line"
    assert world.events(case)[-1].to_state == now.state


def words_of(world: World, *cases: CaseFile) -> str:
    """Whatever staff wrote in these histories."""
    return "".join(event.note + event.told for case in cases for event in world.events(case))


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("resolve", {"note": "换了灯"}),
        ("note", {"note": "换了灯"}),
        ("in_hand", {"note": "换了灯", "next_day": "2026-12-02"}),
        ("start", {}),
    ],
)
def test_a_worker_writes_while_the_case_is_merged(
    app: Flask, desk: Callable[[str], Desk], world: World, action: str, fields: dict[str, str]
) -> None:
    """Their words are written down before, or they are told so and have them back: nothing is lost, nothing doubled."""
    mine, theirs = world.report(text="五层灯坏了"), world.report(text="六层灯不亮")
    source, target = (_sorted(world, receipt) for receipt in (mine, theirs))
    boss, worker = desk("dispatcher"), desk("worker")
    merge = form(boss, source, "merge", into_number=target.number)
    statuses = at_once(app, merge, form(worker, source, action, **fields))
    assert sorted(statuses) in ([303, 409], [409, 422]), statuses  # who came second was told so
    _whole(world, source, target, [mine, theirs])
    assert (world.again(source).state == "merged") == (statuses[0] == 303)
    assert ("换了灯" in words_of(world, source, target)) == (statuses[1] == 303 and "note" in fields)


def test_a_worker_writes_on_the_case_that_another_is_merged_into(
    app: Flask, desk: Callable[[str], Desk], world: World
) -> None:
    mine, theirs = world.report(text="五层灯坏了"), world.report(text="六层灯不亮")
    source, target = (_sorted(world, receipt) for receipt in (mine, theirs))
    merge = form(desk("dispatcher"), source, "merge", into_number=target.number)
    statuses = at_once(app, merge, form(desk("worker"), target, "resolve", note="换了灯"))
    # resolved first: nothing is merged into what is over; merged first: the worker's page is stale
    assert statuses in ([303, 409], [422, 303]), statuses
    _whole(world, source, target, [mine, theirs])


def test_what_a_stale_page_typed_comes_back(desk: Callable[[str], Desk], world: World) -> None:
    source, target = world.queued(), world.queued()
    seen = source.version
    merging.merge(world.actor("dispatcher"), source.number, seen, target.number)
    late = desk("worker").post(f"/desk/cases/{source.number}/resolve", version=seen, note="换了灯")
    assert late.status_code == 409
    assert "换了灯" in late.get_data(as_text=True)


def _sorted(world: World, receipt: str) -> CaseFile:
    from app.cases import handling

    case = world.case(receipt)
    return handling.act(world.actor("dispatcher"), case.number, "triage", case.version)


def _whole(world: World, source: CaseFile, target: CaseFile, receipts: Sequence[str]) -> None:
    """Every report is in one case that lives, and each history tells its state."""
    found = []
    for case in (source, target):
        now, events = world.again(case), world.events(case)
        state = None
        for event in events:
            assert event.from_state == state
            state = event.to_state
        assert state == now.state
        found += [(report.receipt, now.state) for report in now.reports]
    assert sorted(receipt for receipt, _ in found) == sorted(receipts)
    assert "merged" not in [state for _, state in found]
