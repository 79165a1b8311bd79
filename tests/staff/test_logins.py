"""A login is a row: it can be listed, ended, and runs out; a copied cookie is worth no more than the login."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from app import clock
from app.access.models import AuditEntry
from app.db import db, transaction
from app.staff import accounts, sessions
from app.staff.models import Staff, StaffSession
from tests.desk.conftest import Desk
from tests.linting.client import LintingClient
from tests.staff.telephone import log_in
from tests.world import World

PHONE = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36"


def _cookie(client: LintingClient) -> str:
    cookie = client.get_cookie("session")
    assert cookie
    return cookie.value


def _with(app: Flask, cookie: str) -> LintingClient:
    client = app.test_client()
    assert isinstance(client, LintingClient)
    client.set_cookie("session", cookie)
    return client


def _rows() -> list[StaffSession]:
    db.session.rollback()
    db.session.expire_all()
    return list(db.session.scalars(select(StaffSession).order_by(StaffSession.id)))


def _age(**columns: object) -> None:
    with transaction() as session:
        session.execute(update(StaffSession).values(**columns))


def test_a_copy_of_the_cookie_dies_with_logging_out(app: Flask, desk: Callable[[str], Desk]) -> None:
    at_desk = desk("worker")
    thief = _with(app, _cookie(at_desk.client))
    assert thief.get("/desk/").status_code == 200
    assert at_desk.post("/logout").status_code == 302
    assert thief.get("/desk/").status_code == 302


def test_nothing_of_an_earlier_session_lives_on_after_a_login(client: LintingClient, world: World) -> None:
    with client.session_transaction() as kept:
        kept["planted"] = "by somebody else"
        kept["lang"] = "en"
    log_in(client, "worker", world.password)
    with client.session_transaction() as kept:
        assert "planted" not in kept
        assert kept["lang"] == "en"


def test_only_a_digest_is_kept(client: LintingClient, world: World) -> None:
    log_in(client, "worker", world.password)
    with client.session_transaction() as kept:
        token = kept["_user_id"]
    (row,) = _rows()
    assert token not in (row.token_digest, str(row.id))
    assert sessions.digest(token) == row.token_digest


@pytest.mark.parametrize(
    "column", [{"seen_at": sessions.IDLE}, {"begun_at": sessions.LONGEST}, {"ended_at": timedelta()}]
)
def test_a_login_runs_out(desk: Callable[[str], Desk], column: dict[str, timedelta]) -> None:
    at_desk = desk("worker")
    ((name, ago),) = column.items()
    if ago:
        _age(**{name: clock.real_now() - ago + timedelta(minutes=1)})
    assert at_desk.get("/desk/").status_code == 200
    _age(**{name: clock.real_now() - ago - timedelta(seconds=1)})
    assert at_desk.get("/desk/").status_code == 302


def test_being_there_keeps_it_and_is_noted_now_and_then(desk: Callable[[str], Desk]) -> None:
    at_desk = desk("worker")
    before = clock.real_now() - sessions.SEEN_EVERY - timedelta(minutes=1)
    _age(seen_at=before)
    at_desk.page("/desk/")
    (row,) = _rows()
    assert row.seen_at > before
    noted = row.seen_at
    at_desk.page("/desk/")
    assert _rows()[0].seen_at == noted


def test_a_page_that_asks_by_itself_keeps_nobody_in(desk: Callable[[str], Desk]) -> None:
    at_desk = desk("worker")
    before = clock.real_now() - sessions.IDLE + timedelta(minutes=1)
    _age(seen_at=before)
    assert at_desk.get("/desk/news").status_code in (200, 204)
    assert _rows()[0].seen_at == before


def test_who_it_is_costs_one_look(
    desk: Callable[[str], Desk], count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    at_desk = desk("worker")
    at_desk.page("/admin/logins")
    with count_queries() as counted:
        at_desk.page("/admin/logins")
    looks = [one for one in counted if "staff_session" in one and "JOIN staff" in one]
    assert len(looks) == 1
    assert not [one for one in counted if one.startswith(("UPDATE", "INSERT"))]


def test_my_logins_are_listed_and_ended_one_by_one(
    app: Flask, world: World, desk: Callable[[str], Desk]
) -> None:
    here, there = desk("worker"), app.test_client()
    assert isinstance(there, LintingClient)
    there.environ_base["HTTP_USER_AGENT"] = PHONE
    there.environ_base["REMOTE_ADDR"] = "198.51.100.23"
    log_in(there, "worker", world.password)
    page = here.page("/admin/logins")
    assert "Chrome · Android" in page
    assert "198.51.100.*" in page
    assert "198.51.100.23" not in page
    other = _rows()[-1]
    assert here.post(f"/admin/logins/{other.id}/end").status_code == 303
    assert there.get("/desk/").status_code == 302
    assert here.get("/desk/").status_code == 200


def test_nobody_ends_the_login_of_another(desk: Callable[[str], Desk]) -> None:
    mine, theirs = desk("worker"), desk("dispatcher")
    row = _rows()[-1]
    for login_id in (row.id, 99999, 2**31 - 1, 2**31, 10**30):
        assert mine.post(f"/admin/logins/{login_id}/end").status_code == 404
    assert theirs.get("/desk/").status_code == 200


def test_all_but_this_one_end_at_once(desk: Callable[[str], Desk]) -> None:
    here, there, elsewhere = desk("worker"), desk("worker"), desk("dispatcher")
    assert here.post("/admin/logins/end-others").status_code == 303
    assert here.get("/desk/").status_code == 200
    assert there.get("/desk/").status_code == 302
    assert elsewhere.get("/desk/").status_code == 200
    lines = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "sessions_ended")).all()
    assert [one.fields for one in lines] == ["ended_at"]


def test_a_new_password_and_a_closed_account_end_every_login(
    world: World, desk: Callable[[str], Desk]
) -> None:
    at_desk = desk("worker")
    accounts.set_password(accounts.new_link("worker"), "a long enough one")
    assert at_desk.get("/desk/").status_code == 302
    again = desk("worker")
    with transaction() as session:
        session.get_one(Staff, world.staff["worker"]).is_active = False
    assert again.get("/desk/").status_code == 302


@pytest.mark.parametrize("cookie", ["", "x", "1:0", "a" * 5000, "\ud800"])
def test_a_made_up_login_is_nobodys(client: LintingClient, world: World, cookie: str) -> None:
    with client.session_transaction() as kept:
        kept["_user_id"] = cookie
    assert client.get("/desk/").status_code == 302
