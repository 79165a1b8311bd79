"""Limits hold those who knock too often, and nobody whom they could be turned against."""

from __future__ import annotations

import time

import pytest
from flask import Flask
from limits.storage import storage_from_string

from app.web import throttle
from app.web.counting import Counters, CountingInMemory, Limit, Limiter
from tests.world import World

STRANGER, AT_WORK = "203.0.113.7", "198.51.100.9"


def test_one_network_cannot_lock_every_door(app: Flask, world: World) -> None:
    limits = app.extensions["mashang-throttle"]
    for number in range(limits.network.amount):
        assert throttle.too_many_from(f"door-{number}", STRANGER, f"page-{number}") is None
        throttle.count_taken(f"door-{number}", STRANGER, f"page-{number}")
    for _ in range(limits.door.amount + 1):
        assert throttle.too_many_from("victim", STRANGER, "page") is not None
    assert throttle.too_many_from("victim", AT_WORK, "another page") is None


def test_one_network_cannot_lock_anybody_out_of_their_account(app: Flask, world: World) -> None:
    tries = [throttle.may_log_in(STRANGER, "dispatcher") for _ in range(30)]
    assert tries == [True] * 8 + [False] * 22
    assert throttle.may_log_in(AT_WORK, "dispatcher")


def test_many_networks_together_are_held_at_one_name(app: Flask, world: World) -> None:
    tries = [throttle.may_log_in(f"203.0.113.{number}", "Dispatcher ") for number in range(70)]
    assert tries == [True] * 60 + [False] * 10


def test_a_name_that_can_be_nobodys_is_simply_wrong(app: Flask, world: World) -> None:
    from app.staff import accounts

    assert accounts.check_password("disp\0atcher", "whatever it is") is None


def test_what_is_counted_by_is_small_however_long_it_was_sent(
    app: Flask, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[int] = []
    storage = app.extensions["mashang-throttle"].limiter.storage
    count = storage.incr

    def measured(key: str, expiry: float, amount: int = 1) -> int:
        counted.append(len(key))
        return int(count(key, expiry, amount))

    monkeypatch.setattr(storage, "incr", measured)
    for letter in "ab":
        throttle.too_many_from("door", STRANGER, letter * 900_000)
        throttle.count_taken("door", STRANGER, letter * 900_000)
        throttle.may_log_in(STRANGER, letter * 900_000)
    assert max(counted) < 200


def test_an_ipv4_address_is_itself_however_the_server_writes_it() -> None:
    assert throttle.network_of("::ffff:203.0.113.7") == "203.0.113.7"
    assert throttle.network_of("2001:db8::7") == "2001:db8::/64"


@pytest.mark.parametrize(
    "counters", [CountingInMemory(), storage_from_string("memory://")], ids=["own", "theirs"]
)
def test_a_window_is_counted_alike_here_and_by_the_library(counters: Counters) -> None:
    limiter, limit = Limiter(counters), Limit(3, 60)
    before = time.time()
    assert [limiter.hit(limit, "door", "a") for _ in range(4)] == [True, True, True, False]
    assert limiter.hit(limit, "door", "b")
    assert limiter.test(limit, "door", "b", cost=2)
    assert not limiter.test(limit, "door", "b", cost=3)
    assert not limiter.test(limit, "door", "a")
    assert before + 58 < limiter.window_ends(limit, "door", "a") < time.time() + 61
    assert time.time() - 1 < limiter.window_ends(limit, "door", "nobody") < time.time() + 1
    assert limiter.hit(Limit(4, 60), "door", "a")
