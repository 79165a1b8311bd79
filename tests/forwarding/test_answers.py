"""What the hotline says, polled or pushed, late, twice or out of order."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from app import clock
from app.db import db
from app.forwarding import push, queries
from app.forwarding.models import Forwarding, HotlinePush, WorkOrder
from app.notices.models import Notice
from tests.forwarding.conftest import SECRET, case_of, newest
from tests.forwarding.scripted import Scripted, ScriptedGateway
from tests.world import World

Forward = Callable[..., Forwarding]
Work = Callable[[], dict[str, int]]


def order_of(sent: Forwarding) -> WorkOrder:
    db.session.rollback()
    db.session.expire_all()
    found = queries.order_of(db.session(), sent.id)
    assert found is not None
    return found


def actions(world: World, sent: Forwarding) -> list[str]:
    return [event.action for event in world.events(case_of(sent))]


def pushed(order: dict[str, Any], **changed: Any) -> bytes:
    return json.dumps(order | changed).encode()


@pytest.fixture
def delivered(forward: Forward, work: Work) -> Forwarding:
    sent = forward()
    work()
    return sent


def test_each_step_is_told_once(
    delivered: Forwarding, work: Work, gateway: ScriptedGateway, world: World
) -> None:
    work()
    work()
    assert "order_news" not in actions(world, delivered), "nothing has happened yet"
    gateway.say(delivered.id, status="assigned", lead_unit="朝阳区住建委")
    work()
    work()
    assert actions(world, delivered).count("order_news") == 1
    assert world.events(case_of(delivered))[-1].data == {
        "workorder_id": "GD-1",
        "status": "assigned",
        "lead_unit": "朝阳区住建委",
    }
    assert (order_of(delivered).status, order_of(delivered).lead_unit) == ("assigned", "朝阳区住建委")
    assert case_of(delivered).state == "forwarded"


def test_every_delivered_order_is_asked_after_once_in_a_run(
    forward: Forward, work: Work, gateway: ScriptedGateway
) -> None:
    for _ in range(3):
        forward()
    work()
    before = len(gateway.sent("GET"))
    work()
    asked = [request.path for request in gateway.sent("GET")[before:]]
    assert sorted(asked) == ["/workorders/GD-1", "/workorders/GD-2", "/workorders/GD-3"]


def test_closed_and_solved_resolves_the_case(
    delivered: Forwarding, work: Work, gateway: ScriptedGateway, world: World
) -> None:
    gateway.say(delivered.id, status="closed", solved=True, result="灯已更换", satisfaction="satisfied")
    work()
    case = case_of(delivered)
    assert (case.state, case.resolved_at is not None) == ("resolved", True)
    assert newest(delivered.case_id).state == "ended"
    assert (order_of(delivered).result, order_of(delivered).satisfaction) == ("灯已更换", "satisfied")
    polls = len(gateway.sent("GET"))
    work()
    assert len(gateway.sent("GET")) == polls, "an ended order is not asked after"
    assert actions(world, delivered).count("hotline_resolved") == 1


@pytest.mark.parametrize("solved", [False, None])
def test_closed_but_not_solved_is_a_dispatchers_task_again(
    solved: bool | None, delivered: Forwarding, work: Work, gateway: ScriptedGateway, world: World
) -> None:
    gateway.say(delivered.id, status="closed", solved=solved, result="条件不具备")
    work()
    case = case_of(delivered)
    assert (case.state, case.returned_times, case.case_day.isoformat()) == ("queued", 1, "2026-11-28")
    assert case.promised_on.isoformat() == "2026-11-28"
    back = world.events(case)[-1]
    assert (back.action, back.data["next_day"], back.note) == ("closed_unsolved", "2026-11-28", "条件不具备")
    assert [
        notice.role for notice in db.session.scalars(select(Notice).where(Notice.kind == "closed_unsolved"))
    ] == ["dispatcher"]


def test_a_returned_order_comes_back_with_its_reason(
    delivered: Forwarding, work: Work, gateway: ScriptedGateway, world: World, at: Callable[[str], None]
) -> None:
    at("2026-11-27T18:30")
    gateway.say(delivered.id, status="returned", result="请先由社区核实")
    work()
    case = case_of(delivered)
    assert (case.state, case.returned_times) == ("queued", 1)
    assert case.case_day.isoformat() == "2026-12-05", "Friday's cut-off has passed"
    assert world.events(case)[-1].note == "请先由社区核实"


def test_an_order_nobody_knows_any_more_goes_to_a_person_and_can_come_back(
    delivered: Forwarding, work: Work, gateway: ScriptedGateway, world: World
) -> None:
    gateway.readings.append(Scripted(404))
    work()
    held = newest(delivered.case_id)
    assert (held.state, held.held_for) == ("held", "order_unknown")
    asked = len(gateway.asked)
    work()
    assert len(gateway.asked) == asked
    order = gateway.say(delivered.id, status="assigned")
    assert push.take(pushed(order)) == "applied"
    assert newest(delivered.case_id).state == "delivered"
    work()
    assert len(gateway.asked) == asked + 1, "it is asked after again"


@pytest.mark.parametrize(
    "answer",
    [
        Scripted(500),
        Scripted(429),
        Scripted(0),
        Scripted(200, raw=b"{"),
        Scripted(200, {"status": "lost"}),
        Scripted(301),
    ],
    ids=lambda answer: str(answer.status),
)
def test_a_poll_that_fails_changes_nothing_and_comes_again(
    answer: Scripted, delivered: Forwarding, work: Work, gateway: ScriptedGateway, world: World
) -> None:
    gateway.say(delivered.id, status="assigned")
    gateway.readings.append(answer)
    work()
    assert order_of(delivered).status == "accepted"
    work()
    assert order_of(delivered).status == "assigned"


# ---- pushes --------------------------------------------------------------------------------------------


def test_pushes_repeated_late_or_about_nothing_have_no_second_effect(
    delivered: Forwarding, work: Work, gateway: ScriptedGateway, world: World
) -> None:
    order = dict(gateway.of(delivered.id)[0])
    newer = pushed(order, status="in_progress", updated_at="2026-11-24T11:00:00+08:00")
    older = pushed(order, status="assigned", updated_at="2026-11-24T10:00:00+08:00")
    same_tick = pushed(order, status="assigned", updated_at="2026-11-24T11:00:00+08:00")
    assert push.take(newer) == "applied"
    assert push.take(newer) == "repeated"
    assert push.take(older) == "out_of_order"
    assert push.take(same_tick) == "out_of_order"
    assert push.take(pushed(order, external_id="nobody", workorder_id="GD-99")) == "unknown"
    assert push.take(pushed(order, workorder_id="GD-99")) == "another_order"
    assert push.take(b"not json") == "unreadable"
    assert order_of(delivered).status == "in_progress"
    assert actions(world, delivered).count("order_news") == 1
    done = pushed(order, status="closed", solved=True, updated_at="2026-11-24T12:00:00+08:00")
    assert push.take(done) == "applied"
    assert push.take(done) == "ended"
    assert push.take(newer) == "ended"
    assert actions(world, delivered).count("hotline_resolved") == 1
    kept = db.session.scalars(select(HotlinePush.outcome).order_by(HotlinePush.id)).all()
    assert len(kept) == 10, "every push is kept"


def test_a_push_that_overtakes_the_answer_counts_as_the_delivery(
    forward: Forward, work: Work, gateway: ScriptedGateway, world: World
) -> None:
    sent = forward()
    gateway.posts.append(Scripted(0, makes=True))
    work()
    assert push.take(pushed(gateway.of(sent.id)[0], status="assigned")) == "applied"
    assert newest(sent.case_id).state == "delivered"
    work()
    assert len(gateway.sent("POST")) == 1
    assert actions(world, sent).count("order_made") == 1


def test_a_push_without_our_id_is_known_by_its_order(
    delivered: Forwarding, gateway: ScriptedGateway, world: World
) -> None:
    order = {name: value for name, value in gateway.of(delivered.id)[0].items() if name != "external_id"}
    assert push.take(pushed(order, status="assigned", updated_at="2026-11-24T11:00:00+08:00")) == "applied"
    assert order_of(delivered).status == "assigned"


def signature(stamp: str, body: bytes, secret: str = SECRET) -> str:
    return "sha256=" + hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()


@pytest.mark.parametrize(
    ("late", "good"), [(0, True), (-299, True), (299, True), (-302, False), (302, False)]
)
def test_a_signature_holds_five_minutes_of_real_time(late: int, good: bool, world: World) -> None:
    stamp = str(int(clock.real_now().timestamp()) + late)
    assert push.verify(stamp, signature(stamp, b"{}"), b"{}") is good


def test_a_wrong_signature_is_not_believed(world: World) -> None:
    stamp = str(int(clock.real_now().timestamp()))
    right = signature(stamp, b"{}")
    assert not push.verify(stamp, right, b"{} ")
    assert not push.verify(stamp, signature(stamp, b"{}", "another secret"), b"{}")
    assert not push.verify(stamp, right.removeprefix("sha256="), b"{}")
    assert not push.verify(stamp + "0", right, b"{}")
    assert not push.verify("", right, b"{}")
    assert not push.verify("１７００００００００", right, b"{}")
    assert not push.verify(None, None, b"{}")
    assert not push.verify(stamp, "sha256=é", b"{}")
