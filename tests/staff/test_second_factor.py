"""The second step: required where telephones of residents can be seen, each code once, nothing open before it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock, config
from app.access.actor import Role
from app.access.models import AuditEntry
from app.db import db, transaction
from app.errors import Refused
from app.notices import queries as notices
from app.notices import telling
from app.outbox import leasing
from app.staff import editing, second_factor, sessions
from app.staff.models import RecoveryCode, Staff
from app.staff.second_factor import Standing
from tests.desk.conftest import Desk
from tests.linting.client import LintingClient
from tests.staff.telephone import Telephone, letters_on, log_in, set_up, token_on
from tests.world import ROLES, World

PASSED = 1  # steps of half a minute: the code after the one that setting up has used


def _person(world: World, who: str) -> Staff:
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(Staff, world.staff[who])


def _equipped(world: World, who: str = "dispatcher") -> tuple[Telephone, list[str]]:
    """An account with a telephone; the recovery codes it was given."""
    staff_id = world.staff[who]
    telephone = Telephone(second_factor.offer(staff_id))
    return telephone, second_factor.confirm(staff_id, telephone.code())


@pytest.mark.parametrize(("who", "role"), list(ROLES.items()))
def test_who_needs_it(world: World, who: str, role: Role) -> None:
    needed = second_factor.standing(_person(world, who)) is Standing.SET_UP
    assert needed == (role in {Role.DISPATCHER, Role.LEADER, Role.ADMIN})


def test_a_demonstration_needs_none(world: World, environ: dict[str, str]) -> None:
    config.activate(config.load_settings(environ | {"MASHANG_ENV": "demo"}))
    assert second_factor.standing(_person(world, "admin")) is Standing.NOTHING


def test_the_first_login_sets_it_up_and_the_next_asks_for_it(app: Flask, world: World) -> None:
    first = app.test_client()
    assert isinstance(first, LintingClient)
    telephone, codes = set_up(first, log_in(first, "dispatcher", world.password))
    assert codes.text.count('<li class="num">') == second_factor.CODES
    assert first.get("/desk/").status_code == 200
    second = app.test_client()
    assert isinstance(second, LintingClient)
    step = log_in(second, "dispatcher", world.password)
    assert step.headers["Location"] == "/login/code"
    token = token_on(second.get("/login/code").text)
    wrong = second.post("/login/code", data={"csrf_token": token, "code": "000000"})
    assert wrong.status_code == 422
    sent = {"csrf_token": token_on(wrong.text), "code": telephone.code(steps=PASSED)}
    assert second.post("/login/code", data=sent).status_code == 302
    assert second.get("/desk/").status_code == 200


def test_half_a_login_opens_nothing(client: LintingClient, world: World) -> None:
    _equipped(world)
    log_in(client, "dispatcher", world.password)
    for url in ("/desk/", "/admin/", "/admin/logins", "/admin/second-factor", "/desk/case-days/"):
        answer = client.get(url)
        assert answer.status_code == 302, url
        assert "/login" in answer.headers["Location"]
    assert (
        client.get("/login/second-factor").headers["Location"] == "/login"
    )  # it has one: no second is given away


@pytest.mark.parametrize("page", ["/login/code", "/login/second-factor"])
def test_there_is_no_second_step_without_the_first(client: LintingClient, world: World, page: str) -> None:
    assert client.get(page).headers["Location"].startswith("/login")
    token = token_on(client.get("/login").text)
    assert client.post(page, data={"csrf_token": token, "code": "123456"}).headers["Location"] == "/login"


def test_a_first_step_grows_old_and_dies_with_the_password(client: LintingClient, world: World) -> None:
    telephone, _codes = _equipped(world)
    log_in(client, "dispatcher", world.password)
    with client.session_transaction() as kept:
        who, at, *rest = kept["half_login"]
        kept["half_login"] = [who, at - 601, *rest]
    assert client.get("/login/code").status_code == 302
    log_in(client, "dispatcher", world.password)
    with transaction() as session:
        session.get_one(Staff, world.staff["dispatcher"]).password_hash = "changed"
    assert client.get("/login/code").status_code == 302
    assert telephone


def test_a_code_works_once_and_an_older_one_no_more(world: World) -> None:
    telephone, _codes = _equipped(world)
    staff_id = world.staff["dispatcher"]
    assert not second_factor.check(staff_id, telephone.code())  # setting up has used it
    newest = telephone.code(steps=1)
    assert second_factor.check(staff_id, newest)
    assert not second_factor.check(staff_id, newest)
    assert not second_factor.check(staff_id, telephone.code())
    assert not second_factor.check(staff_id, telephone.code(steps=2))  # a minute from now


@pytest.mark.parametrize(
    "wrong", ["", "12345", "1234567", "abcdef", "１２３４５６", "٣٣٣٣٣٣", "\0", "0" * 10000]
)
def test_what_is_no_code_is_wrong(world: World, wrong: str) -> None:
    _equipped(world)
    assert not second_factor.check(world.staff["dispatcher"], wrong)


def test_a_recovery_code_works_once_however_it_is_written(world: World) -> None:
    _telephone, codes = _equipped(world)
    staff_id = world.staff["dispatcher"]
    assert len(set(codes)) == second_factor.CODES
    assert second_factor.check(staff_id, f" {codes[0].lower().replace('-', ' ')} ")
    assert not second_factor.check(staff_id, codes[0])
    assert not second_factor.check(world.staff["leader"], codes[1])
    kept = [one.code_digest for one in db.session.scalars(select(RecoveryCode))]
    assert not set(kept) & {code.replace("-", "") for code in codes}


@pytest.mark.parametrize("kind", ["recovery", "telephone"])
def test_of_two_who_use_one_code_at_once_one_gets_in(app: Flask, world: World, kind: str) -> None:
    telephone, codes = _equipped(world)
    code = codes[0] if kind == "recovery" else telephone.code(steps=PASSED)
    passed: list[bool] = []
    start = threading.Barrier(4)

    def try_it() -> None:
        with app.app_context():
            start.wait()
            passed.append(second_factor.check(world.staff["dispatcher"], code))

    threads = [threading.Thread(target=try_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(passed) == [False, False, False, True]


def test_fresh_recovery_codes_end_the_others(world: World) -> None:
    _telephone, codes = _equipped(world)
    actor = world.actor("dispatcher")
    fresh = second_factor.new_recovery_codes(actor)
    assert not second_factor.check(world.staff["dispatcher"], codes[0])
    assert second_factor.check(world.staff["dispatcher"], fresh[0])
    with pytest.raises(Refused, match="second_factor_missing"):
        second_factor.new_recovery_codes(world.actor("worker"))


def test_the_secret_is_sealed_and_is_not_shown_again(world: World) -> None:
    staff_id = world.staff["dispatcher"]
    secret = second_factor.offer(staff_id)
    assert second_factor.offer(staff_id) == secret
    sealed = _person(world, "dispatcher").totp_sealed
    assert sealed is not None
    assert secret.encode() not in sealed
    with pytest.raises(Refused, match="code_wrong"):
        second_factor.confirm(staff_id, "000000")
    second_factor.confirm(staff_id, Telephone(secret).code())
    for again in (lambda: second_factor.offer(staff_id), lambda: second_factor.confirm(staff_id, "000000")):
        with pytest.raises(Refused, match="second_factor_there"):
            again()


def test_guessing_ends_after_ten(client: LintingClient, world: World) -> None:
    telephone, _codes = _equipped(world)
    log_in(client, "dispatcher", world.password)
    token = token_on(client.get("/login/code").text)
    for _ in range(10):
        assert client.post("/login/code", data={"csrf_token": token, "code": "000000"}).status_code == 422
    right = {"csrf_token": token, "code": telephone.code(steps=PASSED)}
    client.environ_base["REMOTE_ADDR"] = "203.0.113.9"  # from another network too
    assert client.post("/login/code", data=right).status_code == 429


def test_slow_guessing_ends_for_a_day(
    client: LintingClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    telephone, codes = _equipped(world)
    staff_id, now = world.staff["dispatcher"], clock.real_now()
    for _ in range(second_factor.MOST_MISSES):
        assert not second_factor.check(staff_id, "not one")
    for right in (telephone.code(steps=PASSED), codes[0]):
        with pytest.raises(Refused, match="second_step_closed"):
            second_factor.check(staff_id, right)
    log_in(client, "dispatcher", world.password)
    page = client.get("/login/code").text
    told = client.post("/login/code", data={"csrf_token": token_on(page), "code": codes[0]})
    assert (told.status_code, "24小时后再来" in told.text) == (429, True)
    other, _codes = _equipped(world, "leader")
    assert second_factor.check(world.staff["leader"], other.code(steps=PASSED)), "nobody else's is closed"
    monkeypatch.setattr(clock, "real_now", lambda: now + timedelta(hours=24, minutes=1))
    assert second_factor.check(staff_id, codes[0])
    assert not second_factor.check(staff_id, "not one")
    assert _person(world, "dispatcher").code_misses == 1


def test_whose_second_step_was_closed_is_told_and_so_are_administrators(world: World) -> None:
    _equipped(world)
    staff_id = world.staff["dispatcher"]
    for _ in range(second_factor.MOST_MISSES):
        second_factor.check(staff_id, "not one")
    for item in leasing.take(60, list(telling.TOLD), at_most=50):
        telling.tell(item)
    for who in ("dispatcher", "admin"):
        kinds = [one.kind for one in notices.unread(db.session(), world.actor(who))]
        assert kinds.count("second_step_closed") == 1, who
    assert not list(notices.unread(db.session(), world.actor("worker")))
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "second_step_closed")).all()
    assert [one.object_id for one in entries] == [str(staff_id)]
    editing.reset_second_factor(world.actor("admin"), staff_id)
    assert _person(world, "dispatcher").code_misses == 0


def test_codes_go_by_real_time(world: World) -> None:
    telephone, _codes = _equipped(world)
    clock.start_at(clock.real_now() + timedelta(days=40))
    assert second_factor.check(world.staff["dispatcher"], telephone.code(steps=PASSED))


def test_everything_is_written_down_and_no_code_is(world: World) -> None:
    telephone, codes = _equipped(world)
    second_factor.check(world.staff["dispatcher"], codes[0])
    lines = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [one.act for one in lines][-2:] == ["second_factor_set", "recovery_code_used"]
    assert not [one for one in lines if any(code in f"{one.fields}{one.object_id}" for code in codes)]
    assert telephone


def test_a_worker_may_have_one_and_change_the_codes(
    desk: Callable[[str], Desk], world: World, app: Flask
) -> None:
    at_desk = desk("worker")
    page = at_desk.page("/admin/second-factor")
    telephone = Telephone(letters_on(page))
    assert at_desk.post("/admin/second-factor", code="000000").status_code == 422
    assert "恢复码" in at_desk.post("/admin/second-factor", code=telephone.code()).text
    assert at_desk.get("/admin/second-factor").status_code == 302
    assert at_desk.post("/admin/recovery-codes").status_code == 200
    assert sessions.running(world.staff["worker"])


def test_whoever_looked_before_its_owner_does_not_know_the_secret(app: Flask, world: World) -> None:
    """Somebody has the password before its owner ever logged in: what they are shown is never what the owner gets."""
    thief, owner = app.test_client(), app.test_client()
    assert isinstance(thief, LintingClient)
    assert isinstance(owner, LintingClient)
    seen = letters_on(thief.get(log_in(thief, "dispatcher", world.password).headers["Location"]).text)
    telephone, codes = set_up(owner, log_in(owner, "dispatcher", world.password))
    assert codes.status_code == 200
    step = log_in(thief, "dispatcher", world.password)
    token = token_on(thief.get(step.headers["Location"]).text)
    guess = {"csrf_token": token, "code": Telephone(seen).code(steps=PASSED)}
    assert thief.post("/login/code", data=guess).status_code == 422
    assert telephone.code(steps=PASSED) != guess["code"]
