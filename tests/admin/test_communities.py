"""Communities and the register: what may be changed, what may be taken away, whose it is."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest
from sqlalchemy import select

from app.db import transaction
from app.errors import Forbidden, NotFound, Refused
from app.places import keeping
from app.places.models import Building, Community
from tests.admin.conftest import fresh, nobody_else
from tests.desk.conftest import Desk
from tests.world import World


def far_community(world: World) -> Community:
    return fresh(Community, world.far_door.community_id)


def test_a_community_gets_another_name_and_number_and_keeps_its_code(world: World) -> None:
    one = fresh(Community, world.communities[0])
    code, mark = one.code, keeping.seen(one)
    done = keeping.change_community(world.actor("admin"), one.id, "红庙新社区", "010-65001234 转 8", mark)
    assert done == ["name", "phone"]
    one = fresh(Community, world.communities[0])
    assert (one.name, one.phone, one.code) == ("红庙新社区", "010-65001234 转 8", code)
    with pytest.raises(Refused, match="page_older"):
        keeping.change_community(world.actor("admin"), one.id, "又一个", "", mark)
    with pytest.raises(Refused, match="community_there"):
        keeping.change_community(world.actor("admin"), one.id, "八里庄北里社区", "", keeping.seen(one))


def test_only_who_administers_the_sub_district_may(world: World) -> None:
    one, far = fresh(Community, world.communities[0]), far_community(world)
    for name in nobody_else(world):
        with pytest.raises(Forbidden):
            keeping.change_community(world.actor(name), one.id, "x", "", keeping.seen(one))
    for unknown, mark in ((far.id, keeping.seen(far)), (999_999, "x")):
        with pytest.raises(NotFound):
            keeping.change_community(world.actor("admin"), unknown, "x", "", mark)
    assert far_community(world).name == "九龙社区"


def test_the_page_counts_doors_and_residents_read_the_new_number(admin: Desk, world: World) -> None:
    page = admin.page("/admin/communities")
    assert "8个楼门" in page
    assert "有码8，印了0，贴了0" in page
    assert "九龙社区" not in page
    one = fresh(Community, world.communities[0])
    sent = {"name": one.name, "phone": "010-65009999", "seen": keeping.seen(one)}
    assert admin.post(f"/admin/communities/{one.id}", **sent).status_code == 303
    form = admin.client.get(f"/d/{world.doors[0].code}")
    assert "010-65009999" in form.get_data(as_text=True)
    answer = admin.post(f"/admin/communities/{one.id}", **sent)
    assert answer.status_code == 409
    for unknown in (far_community(world).id, 2**31):
        assert admin.post(f"/admin/communities/{unknown}", **sent).status_code == 404


def test_the_register_can_be_taken_away_and_no_spreadsheet_runs_it(admin: Desk, world: World) -> None:
    with transaction() as session:
        building = session.scalars(
            select(Building).where(Building.community_id == world.communities[0])
        ).first()
        assert building is not None
        building.name = "=HYPERLINK(1)"
    answer = admin.get("/admin/places.csv")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="doorways-110105015.csv"'
    text = answer.get_data()
    assert text.startswith(b"\xef\xbb\xbf")
    lines = list(csv.DictReader(io.StringIO(text.decode("utf-8-sig"))))
    assert len(lines) == 12
    assert lines[0]["building"] == "'=HYPERLINK(1)"
    one = admin.get(f"/admin/places.csv?community={world.communities[1]}").get_data(as_text=True)
    assert one.count("八里庄北里社区") == 4
    assert "红庙社区" not in one


def test_the_printer_sees_codes_and_nobody_sees_anothers(desk: Callable[[str], Desk], world: World) -> None:
    printer = desk("printer")
    page = printer.page("/admin/codes")
    assert "flask codes print --sub-district 110105015 " in page
    assert "九龙" not in page
    assert "/admin/codes" in printer.page("/admin/")
    for unknown in (world.far_door.community_id, 999_999, "x", "9" * 5000, "%00"):
        for page in ("places", "places.csv"):
            assert printer.get(f"/admin/{page}?community={unknown}").status_code == 404
    for who in ("worker", "officer", "leader", "auditor"):
        for page in ("codes", "places", "places.csv"):
            assert desk(who).get(f"/admin/{page}").status_code == 403
    assert printer.get("/admin/communities").status_code == 403
