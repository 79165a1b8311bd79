"""Every answer of the table, over a real socket, and what it does to forwarding, case and promises."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from app import clock
from app.db import db, transaction
from app.forwarding import channels, queries
from app.forwarding.models import Forwarding
from app.notices.models import Notice
from app.outbox.models import OutboxItem
from tests.forwarding.conftest import case_of, newest, send_on
from tests.forwarding.scripted import Scripted, ScriptedGateway
from tests.world import World

Forward = Callable[..., Forwarding]
Work = Callable[[], dict[str, int]]


def notices(kind: str) -> list[Notice]:
    db.session.rollback()
    return list(db.session.scalars(select(Notice).where(Notice.kind == kind).order_by(Notice.id)))


def promise(kind: str, ref: str) -> OutboxItem:
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(select(OutboxItem).where(OutboxItem.kind == kind, OutboxItem.ref == ref)).one()


def test_an_order_is_made_once_and_told_in_the_history(
    forward: Forward, work: Work, gateway: ScriptedGateway, world: World
) -> None:
    sent = forward()
    work()
    (order,) = gateway.of(sent.id)
    (request,) = gateway.sent("POST")
    assert request.headers["Idempotency-Key"] == request.body["external_id"] == sent.id
    delivered = newest(sent.case_id)
    assert (delivered.state, delivered.sequence) == ("delivered", 1)
    assert delivered.sent_at is not None
    assert queries.order_of(db.session(), sent.id).workorder_id == order["workorder_id"]  # type: ignore[union-attr]
    last = world.events(case_of(sent))[-1]
    assert (last.action, last.data) == ("order_made", {"workorder_id": order["workorder_id"]})
    work()
    assert len(gateway.sent("POST")) == 1
    assert promise("forwarding_deliver", sent.id).done_at is not None


def test_a_key_it_knows_is_answered_with_200_and_counts_as_delivered(
    forward: Forward, work: Work, gateway: ScriptedGateway
) -> None:
    sent = forward()
    gateway.posts.append(Scripted(200, {"workorder_id": "GD-known"}))
    work()
    assert newest(sent.case_id).state == "delivered"
    assert queries.order_of(db.session(), sent.id).workorder_id == "GD-known"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "answer",
    [
        Scripted(0),
        Scripted(500),
        Scripted(502),
        Scripted(503),
        Scripted(599),
        Scripted(408),
        Scripted(409),
        Scripted(425),
        Scripted(429),
        Scripted(201, raw=b"made!"),
        Scripted(201, {"workorder_id": ""}),
        Scripted(201, {"workorder_id": "x" * 81}),
        Scripted(200, []),
        Scripted(200, raw=b'{"workorder_id": "a\\u0000"}'),
        Scripted(422, raw=b"<html>"),
        Scripted(302, headers={"Location": "/workorders"}),
        Scripted(204, raw=b""),
        Scripted(418),
        Scripted(307, headers={"Location": "/workorders"}),
    ],
    ids=lambda answer: f"{answer.status}-{(answer.raw or b'').decode('ascii', 'replace')[:8]}",
)
@pytest.mark.parametrize("makes", [False, True], ids=["not-made", "made"])
def test_an_unknown_outcome_is_looked_up_before_anything_is_sent_again(
    makes: bool, answer: Scripted, forward: Forward, work: Work, gateway: ScriptedGateway
) -> None:
    sent = forward()
    gateway.posts.append(Scripted(answer.status, answer.body, answer.headers, makes=makes, raw=answer.raw))
    work()
    waiting = newest(sent.case_id)
    assert waiting.state == "waiting"
    assert case_of(sent).state == "forwarded"
    assert promise("forwarding_deliver", sent.id).fault
    work()
    kinds = [(asked.method, asked.path) for asked in gateway.asked]
    assert kinds[:2] == [("POST", "/workorders"), ("GET", "/workorders")]
    assert len(gateway.sent("POST")) == (1 if makes else 2)
    assert len(gateway.of(sent.id)) == 1
    assert newest(sent.case_id).state == "delivered"


@pytest.mark.parametrize(
    "answer",
    [Scripted(0), Scripted(500), Scripted(429), Scripted(200, raw=b"?"), Scripted(200, {"items": None}),
     Scripted(400), Scripted(302, headers={"Location": "/"})],
    ids=lambda answer: str(answer.status),
)  # fmt: skip
def test_while_the_look_up_fails_nothing_is_sent_again(
    answer: Scripted, forward: Forward, work: Work, gateway: ScriptedGateway
) -> None:
    sent = forward()
    gateway.posts.append(Scripted(0, makes=True))
    work()
    gateway.look_ups.extend([answer, answer])
    work()
    work()
    assert len(gateway.sent("POST")) == 1
    assert newest(sent.case_id).state == "waiting"
    work()
    assert (len(gateway.of(sent.id)), newest(sent.case_id).state) == (1, "delivered")


def test_a_look_up_that_shows_other_peoples_orders_is_not_believed(
    forward: Forward, work: Work, gateway: ScriptedGateway
) -> None:
    sent = forward()
    gateway.posts.append(Scripted(503))
    work()
    gateway.look_ups.append(Scripted(200, {"items": [{"workorder_id": "GD-9", "external_id": "another"}]}))
    work()
    assert len(gateway.of(sent.id)) == 1
    assert queries.order_of(db.session(), sent.id).workorder_id == "GD-1"  # type: ignore[union-attr]


def test_a_refusal_brings_the_case_back_with_its_reason_and_a_second_forwarding_is_another_order(
    forward: Forward, work: Work, gateway: ScriptedGateway, world: World
) -> None:
    sent = forward()
    gateway.posts.append(Scripted(422, {"reason": "不属于受理范围\x00\x1f" + "长" * 700}))
    work()
    case = case_of(sent)
    assert (case.state, case.returned_times, case.case_day.isoformat()) == ("queued", 1, "2026-11-28")
    ended = newest(sent.case_id)
    assert (ended.state, ended.ended_at is not None) == ("ended", True)
    back = world.events(case)[-1]
    assert (back.action, back.data["next_day"], back.note[:7]) == ("returned", "2026-11-28", "不属于受理范围")
    assert [notice.role for notice in notices("returned")] == ["dispatcher"]
    second = send_on(world, case)
    work()
    assert second.sequence == 2
    assert [asked.body["sequence"] for asked in gateway.sent("POST")] == [1, 2]
    assert len({asked.body["external_id"] for asked in gateway.sent("POST")}) == 2
    assert "returned" in [step["action"] for step in gateway.sent("POST")[1].body["handled"]]
    assert newest(sent.case_id).state == "delivered"


@pytest.mark.parametrize("status", [400, 413])
def test_what_the_gateway_cannot_take_is_held_for_a_person(
    status: int, forward: Forward, work: Work, gateway: ScriptedGateway, world: World
) -> None:
    sent = forward()
    gateway.posts.append(Scripted(status, {"reason": "no"}))
    work()
    work()
    held = newest(sent.case_id)
    assert (held.state, held.held_for) == ("held", f"http_{status}")
    assert len(gateway.sent("POST")) == 1
    (notice,) = notices("forwarding_held")
    assert (notice.role, notice.ref) == ("dispatcher", case_of(sent).number)


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_wrong_set_up_stops_the_channel_with_one_alert_and_loses_nothing(
    status: int, forward: Forward, work: Work, gateway: ScriptedGateway, world: World
) -> None:
    first, second = forward(), forward()
    gateway.posts.append(Scripted(status))
    work()
    work()
    assert len(gateway.asked) == 1, "a stopped channel is silent"
    assert channels.is_stopped("workorder")
    told = notices("channel_stopped")
    assert sorted({notice.role for notice in told}) == ["admin", "dispatcher"]
    assert len(told) == 4, "two roles in each of two sub-districts, once"
    channels.start_again(world.actor("dispatcher"), "workorder")
    work()
    assert [newest(sent.case_id).state for sent in (first, second)] == ["delivered", "delivered"]
    assert len(gateway.orders) == 2


def test_other_settings_start_a_stopped_channel_again(
    forward: Forward, work: Work, gateway: ScriptedGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    forward()
    gateway.posts.append(Scripted(403))
    work()
    channels.start_again_if_changed("workorder")
    assert channels.is_stopped("workorder"), "the same settings are as wrong as before"
    monkeypatch.setattr(channels, "_settings_mark", lambda: "another-mark")
    channels.start_again_if_changed("workorder")
    assert not channels.is_stopped("workorder")


@pytest.mark.parametrize("asked", ["7200", "date"])
def test_retry_after_is_honoured(
    asked: str, forward: Forward, work: Work, gateway: ScriptedGateway, world: World
) -> None:
    sent = forward()
    later = datetime.now(UTC) + timedelta(hours=2)
    header = later.strftime("%a, %d %b %Y %H:%M:%S GMT") if asked == "date" else asked
    gateway.posts.append(Scripted(503, headers={"Retry-After": header}))
    work()
    waits = promise("forwarding_deliver", sent.id).not_before
    assert waits is not None
    assert timedelta(minutes=119) < waits - clock.real_now() <= timedelta(hours=2)


def test_after_a_day_dispatchers_are_told_once_and_it_goes_on(
    forward: Forward, work: Work, gateway: ScriptedGateway, at: Callable[[str], None]
) -> None:
    sent = forward()
    gateway.posts.extend(Scripted(503) for _ in range(4))
    work()
    assert not notices("undelivered_24h")
    at("2026-11-25T09:01")
    work()
    work()
    assert [notice.role for notice in notices("undelivered_24h")] == ["dispatcher"]
    gateway.posts.clear()
    work()
    assert newest(sent.case_id).state == "delivered"


def test_a_day_counts_by_the_machines_clock_too(
    forward: Forward, work: Work, gateway: ScriptedGateway
) -> None:
    sent = forward()
    gateway.posts.extend([Scripted(503), Scripted(503)])
    work()
    with transaction() as session:
        yesterday = clock.real_now() - timedelta(hours=25)
        session.execute(update(OutboxItem).where(OutboxItem.ref == sent.id).values(first_tried_at=yesterday))
    work()
    assert len(notices("undelivered_24h")) == 1


def test_a_gateway_that_is_not_there_is_tried_again(
    forward: Forward, work: Work, gateway: ScriptedGateway
) -> None:
    sent = forward()
    gateway.stop()
    work()
    assert newest(sent.case_id).state == "waiting"
    assert promise("forwarding_deliver", sent.id).fault == "ConnectError"


def test_an_answer_without_end_is_cut_off(forward: Forward, work: Work, gateway: ScriptedGateway) -> None:
    sent = forward()
    gateway.posts.append(Scripted(201, raw=b'{"workorder_id": "' + b"x" * 2_000_000 + b'"}', makes=True))
    work()
    assert newest(sent.case_id).state == "waiting"
    work()
    assert (newest(sent.case_id).state, len(gateway.orders)) == ("delivered", 1)
