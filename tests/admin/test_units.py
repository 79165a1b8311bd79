"""The list of units: what is on it, what a new name reaches, what retiring keeps."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from app.access.models import AuditEntry
from app.cases import handling, unit_list, unit_list_queries
from app.categories import queries as categories
from app.categories.models import Category
from app.db import db, transaction
from app.errors import Forbidden, ManyRefused, NotFound, Refused
from app.staff import queries as staff_queries
from app.units.models import Unit
from tests.admin.conftest import fresh, nobody_else
from tests.desk.conftest import Desk
from tests.world import World

HOME, FAR = "110105015", "110105016"


def unit_named(name: str, code: str = HOME) -> Unit:
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(select(Unit).where(Unit.name == name, Unit.sub_district_code == code)).one()


def far_unit(name: str = "双井房管所") -> int:
    with transaction() as session:
        unit = Unit(sub_district_code=FAR, name=name)
        session.add(unit)
        session.flush()
        return unit.id


def test_a_new_name_reaches_the_catalogue_and_the_open_cases_in_one_go(world: World) -> None:
    running, over = world.queued(), world.queued(world.doors[1])
    handling.act(world.actor("dispatcher"), over.number, "resolve", over.version, "换了灯")
    unit = unit_named("红庙物业")
    done = unit_list.change(world.actor("admin"), unit.id, "红庙新物业", "010-12345", unit_list.seen(unit))
    assert done == unit_list.Renamed(leaves=2, cases=1)
    assert {leaf.lead_unit for leaf in categories.in_use(db.session()) if leaf.code in ("0304", "0305")} == {
        "红庙新物业"
    }
    assert (world.again(running).lead_unit, world.again(over).lead_unit) == ("红庙新物业", "红庙物业")
    assert fresh(Unit, unit.id).phone == "010-12345"


def test_a_name_another_sub_district_uses_stays_in_the_catalogue(world: World) -> None:
    far_unit("红庙物业")
    unit = unit_named("红庙物业")
    done = unit_list.change(world.actor("admin"), unit.id, "红庙新物业", "", unit_list.seen(unit))
    assert done == unit_list.Renamed(0, 0, kept_for_others=True)
    assert db.session.scalar(select(Category.lead_unit).where(Category.code == "0304")) == "红庙物业"


def test_cases_of_another_sub_district_keep_their_lead(world: World) -> None:
    theirs = world.queued(world.far_door)
    unit = unit_named("红庙物业")
    unit_list.change(world.actor("admin"), unit.id, "红庙新物业", "", unit_list.seen(unit))
    assert world.again(theirs).lead_unit == "红庙物业"


def test_names_are_unique_in_a_sub_district_and_not_between_two(world: World) -> None:
    who = world.actor("admin")
    far_unit()
    assert unit_list.add(who, " 双井房管所 ")
    for name in ("双井房管所", "红庙物业"):
        with pytest.raises(Refused, match="unit_there"):
            unit_list.add(who, name)
    with pytest.raises(Refused, match="unit_is_the_community"):
        unit_list.add(who, "社区居委会")
    with pytest.raises(ManyRefused) as refused:
        unit_list.add(who, "长" * 61, "打给我")
    assert {one.field for one in refused.value.refusals} == {"name", "phone"}


def test_a_retired_unit_is_offered_no_more_and_keeps_its_cases(world: World) -> None:
    who, case = world.actor("admin"), world.queued()
    unit = unit_named("红庙物业")
    with pytest.raises(Refused, match="unit_leads_leaves"):
        unit_list.retire(who, unit.id, unit_list.seen(unit))
    with transaction() as session:
        for leaf in session.scalars(select(Category).where(Category.lead_unit == "红庙物业")):
            leaf.lead_unit = ""
    unit_list.retire(who, unit.id, unit_list.seen(unit_named("红庙物业")))
    assert "红庙物业" not in unit_list_queries.offered(db.session(), HOME)
    assert world.again(case).lead_unit == "红庙物业"
    assert staff_queries.unit_id(db.session(), HOME, "红庙物业") is None, "nobody new is put into it"
    unit_list.take_back(who, unit.id, unit_list.seen(unit_named("红庙物业")))
    assert "红庙物业" in unit_list_queries.offered(db.session(), HOME)


def test_a_page_older_than_the_last_change_changes_nothing(world: World) -> None:
    who, unit = world.actor("admin"), unit_named("红庙物业")
    mark = unit_list.seen(unit)
    unit_list.change(who, unit.id, "红庙物业", "010-11111", mark)
    with pytest.raises(Refused, match="page_older"):
        unit_list.change(who, unit.id, "红庙物业", "010-22222", mark)
    assert fresh(Unit, unit.id).phone == "010-11111"


def test_who_does_not_administer_and_whose_it_is_not_changes_nothing(world: World) -> None:
    unit, far = unit_named("红庙物业"), far_unit()
    mark = unit_list.seen(unit)
    for name in nobody_else(world):
        who = world.actor(name)
        with pytest.raises(Forbidden):
            unit_list.add(who, "新单位")
        with pytest.raises(Forbidden):
            unit_list.change(who, unit.id, "新名字", "", mark)
        with pytest.raises(Forbidden):
            unit_list.retire(who, unit.id, mark)
    admin = world.actor("admin")
    for verb in (unit_list.retire, unit_list.take_back):
        for unknown in (far, 999_999):
            with pytest.raises(NotFound):
                verb(admin, unknown, mark)
    with pytest.raises(NotFound):
        unit_list.change(admin, far, "新名字", "", mark)
    assert fresh(Unit, far).name == "双井房管所"


def test_the_log_names_fields_and_never_what_was_in_them(world: World) -> None:
    unit = unit_named("红庙物业")
    unit_list.change(world.actor("admin"), unit.id, "红庙新物业", "010-12345", unit_list.seen(unit))
    line = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "unit_changed")).one()
    assert (line.object_kind, line.object_id, line.fields) == ("unit", str(unit.id), "name,phone")
    assert line.staff_id == world.staff["admin"]


# ---- at the desk ---------------------------------------------------------------------------------------


def test_the_page_says_what_hangs_on_a_unit_and_how_many_places_were_renamed(
    admin: Desk, world: World
) -> None:
    world.queued()
    unit = unit_named("红庙物业")
    page = admin.page("/admin/units")
    for words in ("2个分类归它主责", "1位承办人", "手上1件", "八里庄供水所"):
        assert words in page
    sent = {"name": "红庙新物业", "phone": "", "seen": unit_list.seen(unit)}
    assert admin.post(f"/admin/units/{unit.id}", **sent).status_code == 303
    page = admin.page("/admin/units")
    assert "分类里改了2处，没办完的案件里改了1件" in page
    answer = admin.post(f"/admin/units/{unit.id}", **sent | {"name": "第三个名字"})
    assert answer.status_code == 409
    assert "第三个名字" in answer.get_data(as_text=True)
    assert fresh(Unit, unit.id).name == "红庙新物业"


def test_a_fault_stands_beside_its_field_and_what_was_typed_is_kept(admin: Desk) -> None:
    answer = admin.post("/admin/units", name="好单位", phone="打给我吧")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'value="好单位"' in page
    assert 'id="phone-add-bad"' in page
    assert db.session.scalar(select(func.count()).select_from(Unit)) == 1


def test_anothers_units_are_not_there(admin: Desk, world: World) -> None:
    far = far_unit()
    assert "双井房管所" not in admin.page("/admin/units")
    for unknown in (far, 999_999, 2**31, 10**40):
        for way in ("", "/retire", "/take-back"):
            assert admin.post(f"/admin/units/{unknown}{way}", name="x", seen="x").status_code == 404
    assert fresh(Unit, far).name == "双井房管所"
