"""Dangerous acts ask for the password once more when it was not given lately, and lose nothing typed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select, update

from app import clock
from app.cases import data_requests
from app.cases.data_requests import MASKED
from app.cases.models import DataRequest, Report
from app.db import db, transaction
from app.staff import queries, second_factor, sessions
from app.staff.models import StaffSession
from app.web.gates import FRESH, GATES
from tests.desk.conftest import Desk
from tests.desk.test_going_on_after_login import hidden_on
from tests.staff.telephone import Telephone
from tests.world import World

NEW = {"username": "wang.min", "display_name": "王敏", "role": "worker", "communities": "红庙社区"}


@pytest.fixture
def stale(desk: Callable[[str], Desk]) -> Desk:
    """An administrator who gave the password a while ago."""
    at_desk = desk("admin")
    _let_it_age()
    return at_desk


def _let_it_age() -> None:
    with transaction() as session:
        ago = clock.real_now() - sessions.FRESH_FOR - timedelta(seconds=1)
        session.execute(update(StaffSession).values(authenticated_at=ago))


def _words(receipt: str) -> str:
    db.session.rollback()
    return db.session.scalars(select(Report.text).where(Report.receipt == receipt)).one()


def _account(username: str) -> object:
    db.session.rollback()
    return queries.by_username(db.session(), username)


def test_the_table_names_routes_there_are(app: Flask) -> None:
    assert set(GATES) >= FRESH


def test_a_dangerous_act_asks_and_then_does_what_was_typed(stale: Desk, world: World) -> None:
    asked = stale.post("/admin/staff", **NEW)
    assert asked.status_code == 401
    assert _account("wang.min") is None
    fields = hidden_on(asked.text)
    wrong = stale.client.post("/admin/staff", data=fields | {"confirm_password": "wrong"})
    assert wrong.status_code == 422
    assert hidden_on(wrong.text)["display_name"] == "王敏"
    done = stale.client.post(
        "/admin/staff", data=hidden_on(wrong.text) | {"confirm_password": world.password}
    )
    assert done.status_code == 200
    assert "/set-password/" in done.text
    assert _account("wang.min") is not None
    assert stale.post("/admin/staff", **NEW | {"username": "other"}).status_code == 200  # not asked again


def test_deleting_what_a_resident_asks_for_is_asked_again(desk: Callable[[str], Desk], world: World) -> None:
    receipt = world.report()
    data_requests.ask(receipt, str(uuid4()), "delete")
    asked_for = db.session.scalars(select(DataRequest.id)).one()
    at_desk = desk("dispatcher")
    _let_it_age()
    asked = at_desk.post(f"/desk/data-requests/{asked_for}", outcome="done", note="都删了")
    assert asked.status_code == 401
    assert _words(receipt) != MASKED
    fields = hidden_on(asked.text)
    assert fields["note"] == "都删了"
    done = at_desk.client.post(
        f"/desk/data-requests/{asked_for}", data=fields | {"confirm_password": world.password}
    )
    assert done.status_code == 303
    assert _words(receipt) == MASKED


def test_a_dangerous_page_is_led_to_by_the_password(stale: Desk, world: World) -> None:
    answer = stale.get("/admin/second-factor")
    assert answer.headers["Location"] == "/confirm?next=/admin/second-factor"
    assert stale.post("/confirm?next=/admin/second-factor", confirm_password="wrong").status_code == 422
    led = stale.post("/confirm?next=/admin/second-factor", confirm_password=world.password)
    assert led.headers["Location"] == "/admin/second-factor"
    assert stale.get("/admin/second-factor").status_code == 200
    stale.page("/confirm")


def test_whoever_has_a_second_factor_gives_its_code_too(stale: Desk, world: World) -> None:
    staff_id = world.staff["admin"]
    telephone = Telephone(second_factor.offer(staff_id))
    second_factor.confirm(staff_id, telephone.code())
    given = {"confirm_password": world.password}
    assert stale.post("/admin/staff", **NEW, **given).status_code == 422
    assert (
        stale.post("/admin/staff", **NEW, **given, confirm_code=telephone.code()).status_code == 422
    )  # used
    sent = stale.post("/admin/staff", **NEW, **given, confirm_code=telephone.code(steps=1))
    assert sent.status_code == 200


def test_the_days_work_is_not_asked_for_it(stale: Desk) -> None:
    for url in ("/admin/", "/admin/staff", "/admin/logins"):
        stale.page(url)


def test_guessing_the_password_ends_here_too(stale: Desk, world: World) -> None:
    for _ in range(10):
        assert stale.post("/admin/staff", **NEW, confirm_password="wrong").status_code == 422
    assert stale.post("/admin/staff", **NEW, confirm_password=world.password).status_code == 422
    assert _account("wang.min") is None
