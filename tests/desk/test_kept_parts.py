"""Parts of the queue are kept for everything they are made of: nobody gets what was drawn for another, and what changes
is there at once."""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlalchemy import select

from app.access.actor import Role
from app.cases.models import CaseFile
from app.categories.models import Category
from app.db import transaction
from app.places.models import Community
from app.staff.models import Staff
from app.units.models import Unit
from tests.desk.conftest import Desk
from tests.world import World

ROUND = ("dispatcher", "worker", "other_worker", "leader", "far_dispatcher", "dispatcher", "worker")
PAGE = "/desk/?state=all"


def test_nobody_gets_what_was_drawn_for_another(desk: Callable[[str], Desk], world: World) -> None:
    for door in (world.doors[1], world.doors[9]):
        world.queued(door, text="水管漏水")
    with transaction() as session:
        session.add(Unit(sub_district_code="110105015", name="八里庄独有的单位"))
    desks = {who: desk(who) for who in dict.fromkeys(ROUND)}
    first = {who: plain(desks[who].page(PAGE)) for who in reversed(ROUND)}
    for who in ROUND:
        again = desks[who].page(PAGE)
        assert plain(again) == first[who], who
        assert f"{who} 值班" in again
        tokens = re.findall(r'name="csrf_token" value="([^".]*)', again)  # what follows is the hour
        assert set(tokens) == {desks[who].token.partition(".")[0]}, who
        for other in set(ROUND) - {who, "worker", "other_worker", "dispatcher"}:
            assert f"{other} 值班" not in again, (who, other)
    assert 'id="bulk"' in first["dispatcher"]
    assert 'id="bulk"' not in first["leader"]
    assert 'class="tickbox"' not in first["leader"]
    own = "八里庄独有的单位"
    assert own in first["dispatcher"]
    assert own not in first["far_dispatcher"]
    assert first["worker"] != first["other_worker"]


def test_a_worker_is_offered_no_other_community(desk: Callable[[str], Desk], world: World) -> None:
    at_desk, far = desk("dispatcher"), world.communities[1]
    assert 'name="community"' in at_desk.page(f"{PAGE}&community={far}")
    theirs = desk("worker").page(f"{PAGE}&community={far}")
    assert 'name="community"' not in theirs
    assert 'name="building"' not in theirs


def test_each_language_has_its_own(desk: Callable[[str], Desk], world: World) -> None:
    world.queued(world.doors[1], text="水管漏水")
    at_desk = desk("dispatcher")
    chinese = at_desk.page(f"{PAGE}&lang=zh")
    english = at_desk.page(f"{PAGE}&lang=en")
    assert "更多条件" in chinese
    assert "更多条件" not in english
    assert plain(at_desk.page(f"{PAGE}&lang=zh")) == plain(chinese)


def test_what_is_typed_stands_in_nobody_elses_page(desk: Callable[[str], Desk], world: World) -> None:
    desk("dispatcher").page("/desk/?q=漏水甲")
    other = desk("worker").page("/desk/?q=漏水乙")
    assert 'value="漏水乙"' in other
    assert "漏水甲" not in other
    assert 'value="&lt;b&gt;x&#34;"' in desk("worker").page("/desk/?q=%3Cb%3Ex%22")


def test_what_changes_is_there_at_once(desk: Callable[[str], Desk], world: World) -> None:
    case = world.queued(world.doors[1], text="水管漏水")
    at_desk = desk("dispatcher")
    before = at_desk.page(PAGE)
    with transaction() as session:
        session.add(Unit(sub_district_code="110105015", name="新来的单位"))
        kind = session.scalars(select(Category).limit(1)).one()
        session.add(
            Category(code="9901", level1="新的", level2="新的", level3="新来的类别", limit_key=kind.limit_key)
        )
        person = session.get_one(Staff, world.staff["worker"])
        person.display_name = "新名字"
        assert person.role == Role.WORKER.value
        session.get_one(CaseFile, case.id).title = "标题改过了"
        session.get_one(Community, world.communities[0]).name = "改名社区"
    after = at_desk.page(PAGE)
    for word in ("新来的单位", "新来的类别", "新名字", "标题改过了", "改名社区"):
        assert word not in before, word
        assert word in after, word


def plain(page: str) -> str:
    """A page without what differs at every visit."""
    page = re.sub(r'name="csrf_token" value="[^"]*"', "", page)
    return re.sub(r"place=t\d+", "", page)
