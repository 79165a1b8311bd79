"""The administrator's pages of accounts: made, changed, closed; only of their own sub-district; written down."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from sqlalchemy import select

from app.access.models import AuditEntry
from app.db import db, transaction
from app.staff import queries, second_factor
from app.staff.models import Staff
from tests.desk.conftest import Desk
from tests.staff.telephone import Telephone
from tests.world import World

WORKER = {"display_name": "王敏", "role": "worker", "communities": "红庙社区"}


@pytest.fixture
def admin(desk: Callable[[str], Desk]) -> Desk:
    return desk("admin")


def _account(world: World, who: str) -> Staff:
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(Staff, world.staff[who])


def _acts() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(AuditEntry.act).order_by(AuditEntry.id)))


def test_the_list_shows_everybody_here_and_nobody_else(admin: Desk) -> None:
    page = admin.page("/admin/staff")
    assert "dispatcher" in page
    assert "far_dispatcher" not in page


def test_the_list_costs_as_many_looks_for_fifty_as_for_five(
    admin: Desk, world: World, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    admin.page("/admin/staff")
    with count_queries() as few:
        admin.page("/admin/staff")
    for number in range(45):
        admin.post("/admin/staff", **WORKER, username=f"worker-{number}")
    with count_queries() as many:
        admin.page("/admin/staff")
    assert len(many) == len(few)


def test_a_new_account_comes_with_a_link_that_works_once(admin: Desk, world: World) -> None:
    page = admin.post("/admin/staff", username="wang.min", **WORKER)
    assert page.status_code == 200
    link = re.search(r'value="[^"]*(/set-password/[^"]+)"', page.text)
    assert link
    token = re.search(r'name="csrf_token" value="([^"]+)"', admin.page(link[1]))
    assert token
    set_it = {"csrf_token": token[1], "password": "a long enough one"}
    assert admin.client.post(link[1], data=set_it).status_code == 302
    assert admin.get(link[1]).status_code == 410
    assert _acts()[-2:] == ["staff_added", "password_set"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"username": "two words"}, "username"),
        ({"username": "dispatcher"}, "username"),
        ({"username": "a\0b"}, "username"),
        ({"role": ""}, "role"),
        ({"role": "mayor"}, "role"),
        ({"communities": ""}, "communities"),
        ({"communities": "九龙社区"}, "communities"),
        ({"display_name": "长" * 41}, "display_name"),
        ({"display_name": "a\0b"}, "display_name"),
        ({"role": "officer", "unit": ""}, "unit"),
    ],
)
def test_what_is_wrong_is_said_beside_it_and_nothing_typed_is_lost(
    admin: Desk, wrong: dict[str, str], field: str
) -> None:
    sent = {"username": "wang.min"} | WORKER | wrong
    answer = admin.post("/admin/staff", **sent)
    assert answer.status_code == 422
    assert f'id="{field}-bad"' in answer.text
    if field != "display_name":
        assert 'value="王敏"' in answer.text
    assert "staff_added" not in _acts()


def test_who_changes_role_or_scope_logs_in_anew(
    admin: Desk, world: World, desk: Callable[[str], Desk]
) -> None:
    worker = desk("worker")
    url = f"/admin/staff/{world.staff['worker']}"
    assert admin.post(url, **WORKER).status_code == 303
    assert worker.get("/desk/").status_code == 200  # a name alone ends nothing
    assert admin.post(url, **WORKER | {"communities": "八里庄北里社区"}).status_code == 303
    assert worker.get("/desk/").status_code == 302
    changed = _account(world, "worker")
    assert changed.display_name == "王敏"
    assert queries.communities_of(db.session(), changed.id) == {world.communities[1]}
    assert admin.post(url, **WORKER | {"role": "leader", "supervisor": "dispatcher"}).status_code == 303
    assert _account(world, "worker").supervisor_id == world.staff["dispatcher"]
    assert "display_name,role,keeps_shared,community_ids,unit_id,supervisor_id" in [
        one.fields for one in db.session.scalars(select(AuditEntry))
    ]


@pytest.mark.parametrize(
    "wrong", [{"role": "x"}, {"display_name": ""}, {"supervisor": "worker"}, {"supervisor": "x"}]
)
def test_a_change_that_cannot_be_changes_nothing(admin: Desk, world: World, wrong: dict[str, str]) -> None:
    answer = admin.post(f"/admin/staff/{world.staff['worker']}", **WORKER | wrong)
    assert answer.status_code == 422
    assert _account(world, "worker").display_name != "王敏"


def test_a_closed_account_is_out_until_it_is_opened(
    admin: Desk, world: World, desk: Callable[[str], Desk]
) -> None:
    worker, url = desk("worker"), f"/admin/staff/{world.staff['worker']}"
    assert admin.post(f"{url}/close").status_code == 303
    assert worker.get("/desk/").status_code == 302
    admin.page(url)
    assert admin.post(f"{url}/link").status_code == 404
    assert admin.post(f"{url}/open").status_code == 303
    assert admin.post(f"{url}/link").status_code == 200
    assert admin.post(f"{url}/end-logins").status_code == 303
    assert admin.post(f"{url}/nothing").status_code == 404


def test_nobody_shuts_themselves_out_and_the_last_admin_stays(admin: Desk, world: World) -> None:
    own = f"/admin/staff/{world.staff['admin']}"
    assert admin.post(f"{own}/close").status_code == 422
    assert admin.post(f"{own}/reset-second-factor").status_code == 422
    assert admin.post(own, display_name="我", role="worker", communities="红庙社区").status_code == 422
    assert admin.post(own, display_name="我", role="admin").status_code == 303
    with transaction() as session:  # the only other administrator has gone
        session.get_one(Staff, world.staff["leader"]).role = "admin"
    other = f"/admin/staff/{world.staff['leader']}"
    assert admin.post(f"{other}/close").status_code == 303
    assert _account(world, "admin").is_active


def test_a_lost_telephone_is_taken_off(admin: Desk, world: World) -> None:
    staff_id = world.staff["dispatcher"]
    second_factor.confirm(staff_id, Telephone(second_factor.offer(staff_id)).code())
    assert admin.post(f"/admin/staff/{staff_id}/reset-second-factor").status_code == 303
    found = _account(world, "dispatcher")
    assert (found.totp_sealed, found.totp_since, found.totp_last) == (None, None, None)
    assert not queries.recovery_codes(db.session(), staff_id)


@pytest.mark.parametrize("act", ["", "/link", "/close", "/open", "/end-logins", "/reset-second-factor"])
def test_another_sub_districts_account_is_as_good_as_none(admin: Desk, world: World, act: str) -> None:
    answers = [
        admin.post(f"/admin/staff/{staff_id}{act}", **WORKER)
        for staff_id in (world.staff["far_dispatcher"], 99999, 2**31 - 1)
    ]
    assert {one.status_code for one in answers} == {404}
    assert answers[0].text == answers[1].text.replace("99999", str(world.staff["far_dispatcher"]))
    assert admin.get(f"/admin/staff/{world.staff['far_dispatcher']}").status_code == 404
    assert admin.get(f"/admin/staff/{10**12}").status_code == 404


@pytest.mark.parametrize("who", ["worker", "dispatcher", "leader", "officer", "printer", "auditor"])
def test_nobody_else_gets_there(desk: Callable[[str], Desk], world: World, who: str) -> None:
    at_desk = desk(who)
    assert at_desk.get("/admin/staff").status_code == 403
    assert at_desk.post("/admin/staff", username="wang.min", **WORKER).status_code == 403
