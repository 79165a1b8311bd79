"""Every page of the administrator: who gets in, and what no browser sends."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from flask import Flask

from app.access.permissions import Permission
from app.categories import catalogue
from app.db import db, transaction
from app.places.models import Building, Community, Doorway
from app.units.models import Unit
from app.web.gates import GATES
from tests.admin.conftest import nobody_else
from tests.desk.conftest import Desk
from tests.world import World

VALUES = {"unit_id": "1", "community_id": "1", "shift_id": "1", "code": "0304"}
NASTY = ("\0", "\ud7ff\u202e", "9" * 5000, "-1", "1e999", "長" * 3000, "' OR 1=1 --", "=cmd|' /C calc'!A0")
FIELDS = (
    *(
        "name",
        "phone",
        "seen",
        "weekday",
        "cutoff_time",
        "contact_days",
        "limit-2h",
        "day",
        "word",
        "note",
        "code",
    ),
    *("level1", "level3", "limit", "lead_unit", "frame", "table", "username", "days", "from", "to"),
)


def routes(app: Flask, gate: Permission) -> Iterator[tuple[str, str]]:
    """Method and address of the administrator's routes behind this permission."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("admin.") and GATES[rule.endpoint] is gate:
            address = re.sub("<int[^:]*:", "<", rule.rule)
            for name in rule.arguments:
                address = address.replace(f"<{name}>", VALUES.get(name, "1"))
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                yield method, address


def test_nobody_else_gets_at_any_of_it(app: Flask, desk: Callable[[str], Desk], world: World) -> None:
    every = list(routes(app, Permission.ADMINISTER))
    assert len(every) >= 24
    for who in nobody_else(world):
        at_desk = desk(who)
        for method, address in every:
            answer = at_desk.client.open(address, method=method, data={"csrf_token": at_desk.token})
            assert answer.status_code == 403, f"{method} {address} as {who}"


@pytest.mark.parametrize("nasty", NASTY)
def test_no_form_is_a_defect(app: Flask, admin: Desk, nasty: str) -> None:
    for method, address in routes(app, Permission.ADMINISTER):
        if method != "POST":
            admin.get(f"{address}?q={'%00' if nasty == chr(0) else nasty[:50]}&community=9")
            continue
        for fields in (dict.fromkeys(FIELDS, nasty), {name: [nasty, "1", "2"] for name in FIELDS}, {}):
            answer = admin.post(address, **fields)
            assert answer.status_code in (303, 400, 404, 409, 422), f"{address}: {answer.status_code}"


def test_the_overview_leads_to_what_may_be_opened(desk: Callable[[str], Desk]) -> None:
    page = desk("admin").page("/admin/")
    for place in ("units", "communities", "categories", "duty", "settings", "codes", "places"):
        assert f'href="/admin/{place}"' in page
    assert page.count('href="/admin/"') == 1, "one entry in the rail, not two to the same page"
    assert 'href="/admin/units"' not in desk("worker").page("/admin/")
    assert 'href="/admin/codes"' in desk("printer").page("/admin/")


@pytest.mark.parametrize(
    "page", ["units", "communities", "categories", "settings", "duty", "codes", "places"]
)
def test_a_longer_list_asks_no_more_often(
    admin: Desk, world: World, page: str, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    def asked() -> int:
        db.session.rollback()
        with count_queries() as statements:
            admin.page(f"/admin/{page}")
        return len(statements)

    before = asked()
    with transaction() as session:
        catalogue.seed(session)
        for number in range(12):
            session.add(Unit(sub_district_code="110105015", name=f"单位{number}"))
            one = Community(sub_district_id=world.sub_district_id, code=f"x{number}", name=f"社区{number}")
            session.add(one)
            session.flush()
            house = Building(community_id=one.id, name="1号楼")
            session.add(house)
            session.flush()
            session.add(Doorway(building_id=house.id, name="1单元"))
    world.queued()
    assert asked() <= before
