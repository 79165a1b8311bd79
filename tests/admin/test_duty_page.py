"""The duty roster by page: put on, taken off, by and of the own sub-district alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from app.db import db
from app.errors import Forbidden, NotFound
from app.staff import duty, queries
from app.staff.models import DutyShift
from tests.admin.conftest import nobody_else
from tests.desk.conftest import Desk
from tests.world import World

NIGHT = {"username": "worker", "days": ["sat", "sun"], "from": "20:00", "to": "08:00"}


def shifts(world: World) -> int:
    db.session.rollback()
    return len(queries.roster(db.session(), world.sub_district_id))


def test_a_night_is_put_on_and_a_shift_taken_off(admin: Desk, world: World) -> None:
    assert admin.post("/admin/duty", **NIGHT).status_code == 303
    assert shifts(world) == 4
    page = admin.page("/admin/duty")
    assert page.count("20:00–24:00") == 2
    first = queries.roster(db.session(), world.sub_district_id)[0].id
    assert admin.post(f"/admin/duty/{first}/remove").status_code == 303
    assert shifts(world) == 3
    assert admin.post(f"/admin/duty/{first}/remove").status_code == 404


def test_what_is_wrong_is_told_and_what_was_typed_is_kept(admin: Desk, world: World) -> None:
    for wrong, field in (
        ({"username": ""}, "username"), ({"username": "far_dispatcher"}, "username"),
        ({"username": "printer"}, "username"), ({"username": "a\0b"}, "username"),
        ({"days": []}, "days"), ({"days": ["none"]}, "days"), ({"from": "25:00"}, "from"),
        ({"to": "9" * 5000}, "to"), ({"from": "\0"}, "from"),
    ):  # fmt: skip
        answer = admin.post("/admin/duty", **NIGHT | wrong)
        assert answer.status_code == 422, wrong
        page = answer.get_data(as_text=True)
        assert f'id="{field}-bad"' in page, wrong
        assert field in ("to",) or 'value="08:00"' in page
    assert shifts(world) == 0


def test_anothers_shifts_are_not_there(admin: Desk, world: World) -> None:
    duty.add("far_dispatcher", "mon", "08:00", "20:00")
    theirs = db.session.scalars(select(DutyShift.id)).one()
    assert "08:00–20:00" not in admin.page("/admin/duty")
    for unknown in (theirs, 999_999, 2**31, 10**40):
        assert admin.post(f"/admin/duty/{unknown}/remove").status_code == 404
    with pytest.raises(NotFound):
        duty.remove(theirs, actor=world.actor("admin"))
    with pytest.raises(NotFound):
        duty.add("far_dispatcher", "tue", "08:00", "20:00", actor=world.actor("admin"))
    assert db.session.scalar(select(func.count()).select_from(DutyShift)) == 1


def test_only_who_administers(desk: Callable[[str], Desk], world: World) -> None:
    duty.add("worker", "mon", "08:00", "20:00")
    shift = db.session.scalars(select(DutyShift.id)).one()
    for name in nobody_else(world):
        with pytest.raises(Forbidden):
            duty.add("worker", "tue", "08:00", "20:00", actor=world.actor(name))
        with pytest.raises(Forbidden):
            duty.remove(shift, actor=world.actor(name))
    assert shifts(world) == 1
