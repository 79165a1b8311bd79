"""Accounts: made with what is known, opened by the right password only, links that work once."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import select

from app import clock
from app.access.actor import Role
from app.db import db, transaction
from app.errors import NotFound, Refused
from app.staff import accounts, queries, sessions
from app.staff.models import PasswordLink, Staff
from tests.world import PASSWORD, World

GOOD = "a long enough one"


def _account(username: str) -> Staff:
    db.session.rollback()
    db.session.expire_all()
    found = queries.by_username(db.session(), username)
    assert found is not None
    return found


def test_a_worker_covers_the_communities_named(world: World) -> None:
    """By name or by code."""
    added = accounts.add_staff(
        "li", "worker", sub_district_code="110105015", communities=["红庙社区", "110105015002"], password=GOOD
    )
    actor = queries.actor_of(db.session(), _account("li"))
    assert added.link_token is None
    assert actor.role is Role.WORKER
    assert actor.community_ids == frozenset(world.communities)


def test_an_officers_unit_is_found_or_put_on_the_list(world: World) -> None:
    known = accounts.add_staff("o1", "officer", sub_district_code="110105015", unit="红庙物业", password=GOOD)
    fresh = accounts.add_staff(
        "o2", "officer", sub_district_code="110105015", unit="八里庄供电所", password=GOOD
    )
    first, second = (db.session().get_one(Staff, each.staff_id) for each in (known, fresh))
    assert first.unit_id == db.session().get_one(Staff, world.staff["officer"]).unit_id
    assert second.unit_id not in (None, first.unit_id)


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        ("username_wrong", {"username": "two words"}),
        ("username_wrong", {"username": "x"}),
        ("username_taken", {"username": "dispatcher"}),
        ("role_unknown", {"role": "mayor"}),
        ("sub_district_unknown", {"sub_district_code": "999"}),
        ("community_unknown", {"communities": ["火星社区"]}),
        ("community_unknown", {"communities": ["九龙社区"]}),  # of another sub-district
        ("community_missing", {"role": "worker"}),
        ("unit_missing", {"role": "officer"}),
        ("password_short", {"password": "123456789"}),
        ("password_long", {"password": "x" * 201}),
    ],
)
def test_what_cannot_be_an_account_is_refused_and_leaves_nothing(
    world: World, key: str, wrong: dict[str, object]
) -> None:
    before = len(db.session().scalars(select(Staff.id)).all())
    given = {
        "username": "fresh",
        "role": "dispatcher",
        "sub_district_code": "110105015",
        "password": GOOD,
    } | wrong
    with pytest.raises(Refused) as refused:
        accounts.add_staff(**given)  # type: ignore[arg-type]
    assert refused.value.key == key
    assert len(db.session().scalars(select(Staff.id)).all()) == before


def test_a_link_sets_the_password_once_and_ends_sessions(world: World) -> None:
    added = accounts.add_staff("wang", "dispatcher", sub_district_code="110105015")
    assert added.link_token
    assert accounts.link_is_good(added.link_token)
    assert accounts.check_password("wang", "") is None
    sessions.begin(added.staff_id)
    assert accounts.set_password(added.link_token, GOOD) == added.staff_id
    assert not sessions.running(added.staff_id)
    assert accounts.check_password("wang", GOOD) is not None
    with pytest.raises(Refused, match="link_ended"):
        accounts.set_password(added.link_token, "another long one")
    assert not accounts.link_is_good(added.link_token)
    assert accounts.check_password("wang", GOOD) is not None


def test_only_the_digest_of_a_token_is_kept(world: World) -> None:
    token = accounts.add_staff("wang", "dispatcher", sub_district_code="110105015").link_token
    assert token
    assert token not in db.session().scalars(select(PasswordLink.token_digest)).one()


def test_a_short_password_does_not_use_the_link_up(world: World) -> None:
    token = accounts.add_staff("wang", "dispatcher", sub_district_code="110105015").link_token
    assert token
    with pytest.raises(Refused, match="password_short"):
        accounts.set_password(token, "short")
    assert accounts.link_is_good(token)


def test_a_link_runs_out_after_three_real_days(world: World) -> None:
    token = accounts.add_staff("wang", "dispatcher", sub_district_code="110105015").link_token
    assert token
    clock.start_at(clock.real_now() + timedelta(days=40))  # business time decides nothing here
    assert accounts.link_is_good(token)
    with transaction() as session:
        link = session.scalars(select(PasswordLink)).one()
        assert timedelta(days=2, hours=23) < link.expires_at - clock.real_now() <= timedelta(days=3)
        link.expires_at = clock.real_now()
    assert not accounts.link_is_good(token)
    with pytest.raises(Refused, match="link_ended"):
        accounts.set_password(token, GOOD)


def test_a_fresh_link_ends_the_earlier_one(world: World) -> None:
    first = accounts.add_staff("wang", "dispatcher", sub_district_code="110105015").link_token
    second = accounts.new_link("wang")
    assert first
    assert not accounts.link_is_good(first)
    assert accounts.link_is_good(second)
    with pytest.raises(NotFound):
        accounts.new_link("nobody")


def test_the_right_password_opens_and_nothing_else_does(world: World) -> None:
    opened = accounts.check_password("dispatcher", PASSWORD)
    assert opened is not None
    assert opened.id == world.staff["dispatcher"]
    assert accounts.check_password("dispatcher", PASSWORD + "x") is None
    assert accounts.check_password("dispatcher", "") is None
    assert accounts.check_password("nobody", PASSWORD) is None
    with transaction() as session:
        session.get_one(Staff, opened.id).is_active = False
    assert accounts.check_password("dispatcher", PASSWORD) is None


def test_an_unknown_name_costs_as_much_work_as_a_known_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Time must not tell which names exist: one hash is computed whoever asks."""
    checked: list[str] = []
    honest = accounts._verify

    def counting(password: str, kept: str) -> tuple[bool, str | None]:
        checked.append(kept)
        return honest(password, kept)

    monkeypatch.setattr(accounts, "_verify", counting)
    accounts.check_password("dispatcher", "wrong password")
    accounts.check_password("nobody", "wrong password")
    known, unknown = checked
    assert known.split("$")[:4] == unknown.split("$")[:4]  # the same algorithm at the same strength
    started = time.perf_counter()
    accounts.check_password("nobody", "wrong password")
    assert time.perf_counter() - started > 0.005


def test_a_weaker_hash_is_renewed_on_the_way_in(world: World) -> None:
    weak = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8192),)).hash(PASSWORD)
    with transaction() as session:
        session.get_one(Staff, world.staff["leader"]).password_hash = weak
    assert accounts.check_password("leader", "wrong password") is None
    assert _account("leader").password_hash == weak
    assert accounts.check_password("leader", PASSWORD) is not None
    assert _account("leader").password_hash not in (None, weak)
    assert accounts.check_password("leader", PASSWORD) is not None
