"""The catalogue by page: a leaf changed, added, retired; a table looked at and taken, all of it or nothing."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path

import openpyxl
import pytest
from flask import Flask, current_app
from sqlalchemy import func, select

from app.access.actor import SYSTEM, Actor
from app.categories import catalogue, keeping, limits, queries
from app.categories.models import Category
from app.categories.setting_up import set_up
from app.db import db, transaction
from app.errors import Forbidden, ManyRefused, Refused
from app.staff import accounts, editing
from app.staff import queries as queries_of_staff
from app.staff.models import Staff
from tests.admin.conftest import nobody_else
from tests.desk.conftest import Desk
from tests.world import World

HEAD = "代码,一级,二级,三级,时限,主责单位,不等周六,社区可主责,公布的分类,停用"
GOOD = f"{HEAD}\n990101,别的,小事,门牌掉了,7d,物业公司,否,否,010212,否\n0304,住房,公共设施,楼道灯,24h,红庙物业,是,否,,否\n"
FORM = {
    "level1": "住房", "level2": "公共设施", "level3": "楼道灯不亮", "limit": "24h", "lead_unit": "红庙物业",
    "due_first": "1", "frame": "010212",
}  # fmt: skip


def leaf(code: str) -> Category:
    db.session.rollback()
    db.session.expire_all()
    found = queries.by_code(db.session(), code)
    assert found is not None
    return found


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return unescape(found[1])


# ---- verbs ---------------------------------------------------------------------------------------------


def test_a_leaf_is_changed_for_cases_to_come(world: World) -> None:
    case, who = world.queued(), world.actor("admin")
    changed = keeping.change_leaf(who, "0304", FORM, keeping.seen(leaf("0304")))
    assert changed == ["level3", "limit", "due_first", "frame"]
    one = leaf("0304")
    assert (one.level3, one.limit_key, one.due_first, one.frame) == ("楼道灯不亮", "24h", True, "010212")
    assert world.again(case).due_at == case.due_at
    with pytest.raises(Refused, match="page_older"):
        keeping.change_leaf(who, "0304", FORM, "older")


def test_a_community_is_not_the_lead_to_begin_with_where_it_only_assists(world: World) -> None:
    form = FORM | {"lead_unit": catalogue.COMMUNITY}
    with pytest.raises(ManyRefused, match="community_only_assists"):
        keeping.change_leaf(world.actor("admin"), "0304", form, keeping.seen(leaf("0304")))
    keeping.change_leaf(
        world.actor("admin"), "0304", form | {"community_may_lead": "1"}, keeping.seen(leaf("0304"))
    )


def test_a_new_leaf_has_a_code_of_its_own(world: World) -> None:
    who = world.actor("admin")
    assert keeping.add_leaf(who, FORM | {"code": "990101"}) == "990101"
    with pytest.raises(Refused, match="category_there"):
        keeping.add_leaf(who, FORM | {"code": "990101"})
    with pytest.raises(ManyRefused) as refused:
        keeping.add_leaf(
            who,
            {"code": "a\0b", "level1": "", "level2": "长" * 41, "level3": "\0", "limit": "8d", "frame": "x"},
        )
    assert {one.field for one in refused.value.refusals} == {
        "code", "level1", "level2", "level3", "limit", "frame",
    }  # fmt: skip


def test_retired_and_taken_back(world: World) -> None:
    who = world.actor("admin")
    assert keeping.retire(who, "0304")
    assert "0304" not in {one.code for one in queries.in_use(db.session())}
    assert keeping.take_back(who, "0304")
    assert not keeping.take_back(who, "0304")
    assert "0304" in {one.code for one in queries.in_use(db.session())}


def test_only_who_administers(world: World, tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text(GOOD, encoding="utf-8")
    acts: tuple[Callable[..., object], ...] = (
        lambda who: keeping.retire(who, "0304"),
        lambda who: keeping.take_back(who, "0304"),
        lambda who: keeping.add_leaf(who, FORM | {"code": "1"}),
        lambda who: keeping.change_leaf(who, "0304", FORM, keeping.seen(leaf("0304"))),
        lambda who: keeping.import_catalogue(who, path),
    )
    for name in nobody_else(world):
        for act in acts:
            with pytest.raises(Forbidden):
                act(world.actor(name))


def test_what_is_taken_away_runs_in_no_spreadsheet_and_comes_in_unchanged(
    world: World, tmp_path: Path
) -> None:
    with transaction() as session:
        session.scalars(select(Category).where(Category.code == "0304")).one().level3 = "=1+1"
    table = keeping.export_catalogue(db.session())
    assert b",'=1+1," in table
    path = tmp_path / "out.csv"
    path.write_bytes(table)
    assert keeping.preview(db.session(), path).taken == keeping.Taken(0, 0, 5)


# ---- at the desk ---------------------------------------------------------------------------------------


def test_a_leaf_is_found_by_name_code_and_unit(admin: Desk) -> None:
    assert "一共5个" in admin.page("/admin/categories")
    for wanted, there, not_there in (
        ("照明", "0304", "0101"),
        ("09", "0902", "0304"),
        ("供水所", "0102", "0101"),
    ):
        page = admin.page(f"/admin/categories?q={wanted}")
        assert f"leaf/{there}" in page.split("map-h")[0]
        assert f"leaf/{not_there}" not in page.split("map-h")[0]
    assert "没有找到" in admin.page("/admin/categories?q=%00" + "x" * 3000)


def test_a_leaf_is_changed_added_and_retired_on_its_page(admin: Desk) -> None:
    page = admin.page("/admin/categories/leaf/0304")
    seen = hidden(page, "seen")
    answer = admin.post("/admin/categories/leaf/0304", **FORM | {"seen": seen, "level3": "长" * 61})
    assert answer.status_code == 422
    assert 'id="level3-bad"' in answer.get_data(as_text=True)
    assert "长" * 61 in answer.get_data(as_text=True)
    assert admin.post("/admin/categories/leaf/0304", **FORM | {"seen": seen}).status_code == 303
    answer = admin.post("/admin/categories/leaf/0304", **FORM | {"seen": seen, "level3": "第三个"})
    assert answer.status_code == 409
    assert "第三个" in answer.get_data(as_text=True)
    assert leaf("0304").level3 == "楼道灯不亮"
    assert admin.post("/admin/categories/new", **FORM | {"code": "990101"}).status_code == 303
    assert admin.post("/admin/categories/new", **FORM | {"code": "990101"}).status_code == 422
    assert admin.post("/admin/categories/leaf/990101/retire").status_code == 303
    assert "停用" in admin.page("/admin/categories/leaf/990101")
    assert admin.post("/admin/categories/leaf/990101/take-back").status_code == 303
    for code in ("none", "9" * 300, "%00", "a%0Ab"):
        assert admin.get(f"/admin/categories/leaf/{code}").status_code == 404
        assert admin.post(f"/admin/categories/leaf/{code}", seen="x").status_code == 404


def test_a_table_is_looked_at_first_and_taken_after_a_word(admin: Desk) -> None:
    answer = admin.post("/admin/categories/preview", table=(io.BytesIO(GOOD.encode()), "c.csv"))
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "新的1个，要改1个，一样的0个" in page
    assert "三级、时限、不等周六" in page
    assert db.session.scalar(select(func.count()).select_from(Category)) == 5
    sent = {"table": hidden(page, "table"), "seen": hidden(page, "seen")}
    assert admin.post("/admin/categories/import", **sent).status_code == 303
    assert (leaf("990101").level3, leaf("0304").level3) == ("门牌掉了", "楼道灯")
    assert admin.post("/admin/categories/import", **sent).status_code == 409, (
        "the catalogue has changed since"
    )


def test_a_workbook_is_looked_at_too(admin: Desk) -> None:
    book, body = openpyxl.Workbook(), io.BytesIO()
    assert book.active is not None
    for line in GOOD.splitlines():
        book.active.append(line.split(","))
    book.save(body)
    body.seek(0)
    answer = admin.post("/admin/categories/preview", table=(body, "目录.XLSX"))
    assert "新的1个，要改1个" in answer.get_data(as_text=True)


def test_faults_are_told_by_line_and_column_and_nothing_is_taken(admin: Desk) -> None:
    bad = GOOD + "990102,别的,小事,时限不对,8d,,,,,\n"
    answer = admin.post("/admin/categories/preview", table=(io.BytesIO(bad.encode()), "c.csv"))
    assert answer.status_code == 422
    assert "第4行" in answer.get_data(as_text=True)
    seen = hidden(
        admin.post("/admin/categories/preview", table=(io.BytesIO(GOOD.encode()), "c.csv")).get_data(
            as_text=True
        ),
        "seen",
    )
    assert admin.post("/admin/categories/import", table=bad, seen=seen).status_code == 422
    assert queries.by_code(db.session(), "990101") is None


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b"", "c.csv"), (b"\0\xff\xfe", "c.csv"), (b"PK\x03\x04broken", "c.xlsx"), (b"\xd0\xcf\x11\xe0", "c.xls"),
        ((GOOD + "\n" * 6000 + "x").encode(), "c.csv"), (GOOD.encode(), "c.exe"), (GOOD.encode(), "../../c"), (b"x" * (4 * 1024 * 1024 + 1), "c.csv"),
    ],
)  # fmt: skip
def test_odd_files_are_refused(admin: Desk, body: bytes, name: str) -> None:
    answer = admin.post("/admin/categories/preview", table=(io.BytesIO(body), name))
    assert answer.status_code == 422
    assert admin.post("/admin/categories/preview").status_code == 422
    assert admin.post("/admin/categories/import", table="\0", seen="x").status_code == 422
    assert admin.post("/admin/categories/import", table=GOOD).status_code == 400


# ---- shared by all sub-districts -------------------------------------------------------------------------


def apart(world: World) -> Actor:
    """The administrator, of whom the installation's shared tables are not."""
    accounts.let_keep_shared("admin", False)
    return world.actor("admin")


def test_no_administrator_changes_what_others_share_unless_given_it(world: World) -> None:
    who = apart(world)
    assert not who.keeps_shared
    for verb in (
        lambda: keeping.change_leaf(who, "0304", FORM, keeping.seen(leaf("0304"))),
        lambda: keeping.add_leaf(who, FORM | {"code": "990101"}),
        lambda: keeping.retire(who, "0304"),
        lambda: keeping.take_back(who, "0304"),
        lambda: keeping.import_catalogue(who, Path("none.csv")),
        lambda: limits.set_hours(who, limits.as_form(limits.rows(db.session())), ""),
    ):
        with pytest.raises(Forbidden):
            verb()
    accounts.let_keep_shared("admin", True)
    assert keeping.retire(world.actor("admin"), "0304")


def test_a_page_that_may_only_be_read_offers_nothing_to_send(admin: Desk, world: World) -> None:
    apart(world)
    tree, one, settings = (
        admin.page(f"/admin/{name}") for name in ("categories", "categories/leaf/0304", "settings")
    )
    for page in (tree, one, settings):
        assert "您的账号只能看" in page
    assert "/admin/categories/preview" not in tree
    assert "/admin/categories/new" not in tree
    assert '<fieldset class="plain" disabled>' in one
    assert "/retire" not in one
    assert '<fieldset class="plain" disabled>' in settings
    assert "存下时限" not in settings
    assert admin.get("/admin/categories/new").status_code == 303
    form = FORM | {"seen": keeping.seen(leaf("0304"))}
    assert admin.post("/admin/categories/leaf/0304", **form).status_code == 403
    assert leaf("0304").level3 != FORM["level3"]


def test_nobody_comes_to_it_by_the_password_of_who_has_it(world: World) -> None:
    """Another administrator could else make a link for that account, or take its second step off."""
    accounts.add_staff("second", "admin", sub_district_code="110105015", password="long enough, this one")
    second = queries_of_staff.by_username(db.session(), "second")
    assert second is not None
    assert not second.keeps_shared
    who = queries_of_staff.actor_of(db.session(), second)
    for verb in (
        lambda: accounts.new_link("admin", actor=who),
        lambda: editing.reset_second_factor(who, world.staff["admin"]),
        lambda: editing.change(who, world.staff["admin"], editing.Changed("x", "admin")),
    ):
        with pytest.raises(Forbidden):
            verb()


def test_the_page_of_an_account_out_of_reach_offers_nothing(
    desk: Callable[[str], Desk], world: World
) -> None:
    accounts.add_staff("second", "admin", sub_district_code="110105015", password="long enough, this one")
    with transaction() as session:
        world.staff["second"] = session.scalars(select(Staff.id).where(Staff.username == "second")).one()
    second = desk("second")
    theirs = f"/admin/staff/{world.staff['admin']}"
    page = second.page(theirs)
    assert "所以也动不了它" in page
    assert f"{theirs}/link" not in page
    assert ">改好<" not in page
    assert second.post(f"{theirs}/link").status_code == 403
    assert second.post(f"{theirs}/close").status_code == 403


def test_the_command_line_says_who_has_it_and_sets_a_limit(world: World) -> None:
    run = current_app.test_cli_runner().invoke
    assert run(args=["staff", "shared", "admin", "--take-away"]).output == "shared=0\n"
    assert not world.actor("admin").keeps_shared
    assert run(args=["staff", "shared", "dispatcher"]).exit_code == 1
    assert run(args=["staff", "shared", "nobody"]).exit_code == 1
    assert run(args=["categories", "limit", "24h", "20"]).output == "changed=1\n"
    db.session.rollback()
    assert limits.as_form(limits.rows(db.session()))["limit-24h"] == "20"
    for wrong in (["99h", "20"], ["24h", "0"], ["24h", "x"]):
        assert run(args=["categories", "limit", *wrong]).exit_code != 0
    assert run(args=["categories", "retire", "0304"]).output == "retired=1\n"
    assert run(args=["categories", "take-back", "0304"]).output == "taken_back=1\n"


def test_the_only_sub_district_keeps_it_but_nobody_gives_what_they_have_not(
    app: Flask,
) -> None:
    set_up(SYSTEM, "110105015", "八里庄街道", "朝阳区")

    def keeps(name: str, actor: Actor) -> bool:
        accounts.add_staff(name, "admin", sub_district_code="110105015", password="long enough", actor=actor)
        return named(name).keeps_shared

    def named(name: str) -> Actor:
        db.session.rollback()
        db.session.expire_all()
        person = queries_of_staff.by_username(db.session(), name)
        assert person is not None
        return queries_of_staff.actor_of(db.session(), person)

    assert keeps("first", SYSTEM)
    assert keeps("second", named("first"))
    accounts.let_keep_shared("second", False)
    assert not keeps("third", named("second"))
    accounts.add_staff("reader", "auditor", sub_district_code="110105015", password="long enough")
    reader = named("reader").staff_id or 0
    editing.change(named("second"), reader, editing.Changed("r", "admin"))
    assert not named("reader").keeps_shared
    set_up(SYSTEM, "110105016", "双井街道", "朝阳区")
    assert not keeps("fourth", SYSTEM)
