"""The hotline's push at its door: who is believed, and that nothing it may send is a defect."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Iterator

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.db import db
from app.forwarding import handover
from app.forwarding.models import Forwarding, HotlinePush
from tests.forwarding.conftest import SECRET, newest
from tests.pages.visitors import House

DOOR = "/hooks/hotline"


@pytest.fixture
def order(house: House) -> dict[str, object]:
    """The hotline's order of a case that was forwarded and delivered."""
    case = house.world.queued()
    handover.forward_now(house.world.actor("dispatcher"), case.number, case.version)
    house.work()
    return dict(house.gateway.of(newest(case.id).id)[0])


def push(
    house: House, body: bytes | dict[str, object], *, secret: str = SECRET, age: float = 0
) -> TestResponse:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    moment = str(int(time.time() - age))
    signature = hmac.new(secret.encode(), moment.encode() + b"." + raw, hashlib.sha256).hexdigest()
    headers = {"X-Mashang-Timestamp": moment, "X-Mashang-Signature": f"sha256={signature}"}
    return house.app.test_client().post(DOOR, data=raw, headers=headers, content_type="application/json")


def kept() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(HotlinePush.outcome).order_by(HotlinePush.id)))


def state_of(order: dict[str, object]) -> str:
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(Forwarding, order["external_id"]).state


def test_whoever_cannot_prove_to_be_the_hotline_is_not_believed(
    house: House, order: dict[str, object]
) -> None:
    closed = order | {"status": "closed", "solved": True, "updated_at": "2026-11-24T12:00:00+08:00"}
    assert push(house, closed, secret="another").status_code == 401
    assert push(house, closed, age=301).status_code == 401
    assert push(house, closed, age=-301).status_code == 401
    client = house.app.test_client()
    assert client.post(DOOR, json=closed).status_code == 401
    for moment, signature in (
        ("", ""),
        ("now", "sha256="),
        ("9" * 400, "none"),
        ("١٢٣", "sha256=ü"),
        ("-1", "x" * 9000),
    ):
        headers = {"X-Mashang-Timestamp": moment, "X-Mashang-Signature": signature}
        assert client.post(DOOR, json=closed, headers=headers).status_code == 401, moment[:9]
    good = json.dumps(closed).encode()
    moment = str(int(time.time()))
    signed = hmac.new(SECRET.encode(), moment.encode() + b"." + good, hashlib.sha256).hexdigest()
    headers = {"X-Mashang-Timestamp": moment, "X-Mashang-Signature": f"sha256={signed}"}
    assert client.post(DOOR, data=good + b" ", headers=headers).status_code == 401
    assert kept() == []
    assert state_of(order) == "delivered"


def test_what_comes_twice_late_or_about_nothing_is_taken_and_changes_nothing(
    house: House, order: dict[str, object]
) -> None:
    newer = order | {"status": "in_progress", "updated_at": "2026-11-24T12:00:00+08:00"}
    older = order | {"status": "assigned", "updated_at": "2026-11-24T11:00:00+08:00"}
    unknown = order | {"external_id": "nobody", "workorder_id": "GD-none"}
    for body in (newer, newer, older, unknown):
        answer = push(house, body)
        assert (answer.status_code, answer.get_json()) == (200, {"status": "kept"})
    assert kept() == ["applied", "repeated", "out_of_order", "unknown"]
    assert state_of(order) == "delivered"


def test_too_much_is_not_read(house: House) -> None:
    assert push(house, b" " * (1024 * 1024 + 1)).status_code == 413
    assert kept() == []


def odd_bodies(order: dict[str, object]) -> Iterator[bytes | dict[str, object]]:
    """What a broken bridge could sign and send."""
    yield from (b"", b"null", b"[]", b"{", b"\xff\xfe", b"[" * 100_000, b'{"status": NaN}', b"1" * 5000)
    nasty = ("", "a\0b", "长" * 5000, "\ud800", 5, None, [], {}, -1, "9" * 400)
    for name in (*order, "another"):
        for value in nasty:
            yield order | {name: value}
    for moment in (
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "2026-11-24T12:00:00",
        "9999-99-99",
    ):
        yield order | {"updated_at": moment}
        yield order | {"due_at": moment, "status": "assigned", "updated_at": "2026-11-25T12:00:00+08:00"}
    for outcome in ("returned", "closed"):
        yield order | {"status": outcome, "result": "长" * 4000, "updated_at": "2026-11-26T12:00:00+08:00"}


def test_nothing_it_may_sign_is_a_defect(house: House, order: dict[str, object]) -> None:
    sent = 0
    for body in odd_bodies(order):
        answer = push(house, body)
        assert answer.status_code == 200, f"{str(body)[:200]}: {answer.status_code}"
        sent += 1
    assert len(kept()) == sent
