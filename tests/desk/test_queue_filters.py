"""The queue's filters live in its address: every one narrows, a link shares them, scope stays the reader's own."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select, update

from app.access.models import AuditEntry
from app.cases import asking, choices, digesting, search
from app.cases.models import CaseFile, Report
from app.cases.queue_models import SavedFilter
from app.categories import keeping
from app.categories.models import Category
from app.db import db, transaction
from app.forwarding import queries as forwarding
from app.places.models import Doorway
from app.staff import editing
from tests.desk.conftest import Desk
from tests.world import World

OFFERED = re.compile(r"array\(category\.code")
Counting = Callable[[], AbstractContextManager[list[str]]]
NARROWED = "/desk/?state=all&community={community}&building={building}&door={door}&category=0304&kind=help&unit=红庙物业&handler=mine&due=week&day=2026-11-28&channel=scan&waiting=1&phone=yes&since=2026-11-01&until=2026-11-30&q=水管"


def catch_up() -> None:
    while digesting.digest(forwarding.order_numbers):
        pass


def numbers(page: str) -> list[str]:
    """The cases of a page, top to bottom."""
    return re.findall(r'<tr data-case="([^"]+)"', page)


def places(world: World) -> dict[str, int]:
    door = world.doors[1]
    building = db.session.scalars(select(Doorway.building_id).where(Doorway.id == door.doorway_id)).one()
    return {"community": world.communities[0], "building": building, "door": door.doorway_id}


def change(case: CaseFile, **columns: object) -> None:
    with transaction() as session:
        found = session.get_one(CaseFile, case.id)
        for name, value in columns.items():
            setattr(found, name, value)


def test_keeping_a_filter_is_offered_where_there_is_one(desk: Callable[[str], Desk], world: World) -> None:
    world.report()
    at_desk, offered = desk("dispatcher"), "存下这些条件"
    for path in ("/desk/", "/desk/?state=all", "/desk/?category=nothing", "/desk/?lang=zh"):
        assert offered not in at_desk.page(path), path
    for path in ("/desk/?due=today", f"/desk/?community={world.communities[0]}", "/desk/?q=灯"):
        assert offered in at_desk.page(path), path
    at_desk.post("/desk/filters", name="今天的", query="due=today")
    page = at_desk.page("/desk/")
    assert offered not in page
    assert "改存下的条件" in page, "what one has kept can still be changed"


def test_every_filter_narrows(desk: Callable[[str], Desk], world: World) -> None:
    case = world.queued(world.doors[1], text="水管漏水", phone="13912345678")
    who = world.actor("dispatcher")
    case = asking.ask(who, case.number, case.version, "几层？")
    change(case, handler_id=who.staff_id, internal_due_at=case.received_at)
    world.queued(world.doors[5], text="别的")
    catch_up()
    at_desk, here = desk("dispatcher"), places(world)
    fits = NARROWED.format(**here)
    assert numbers(at_desk.page(fits)) == [case.number]
    narrow = [
        ("community", str(world.communities[1])), ("category", "0305"), ("category", "公共事业"), ("kind", "complaint"),
        ("unit", "八里庄供水所"), ("handler", str(world.staff["worker"])), ("day", "2026-12-05"), ("channel", "phone"),
        ("phone", "no"), ("since", "2026-11-25"), ("until", "2026-11-23"), ("q", "电梯"),
    ]  # fmt: skip
    for name, value in narrow:
        page = at_desk.page(f"/desk/?state=all&{name}={value}")
        assert case.number not in numbers(page), name
        assert "没看懂" not in page, name
    for name in ("waiting", "handler", "q", "phone"):
        value = {"waiting": "1", "handler": "mine", "q": "水管", "phone": "yes"}[name]
        assert numbers(at_desk.page(f"/desk/?state=all&{name}={value}")) == [case.number]
    assert numbers(at_desk.page("/desk/?state=all&category=住房")) == numbers(
        at_desk.page("/desk/?state=all")
    )


def test_what_is_due(desk: Callable[[str], Desk], world: World, at: Callable[[str], None]) -> None:
    late, soon = world.queued(text="晚了的"), world.queued(text="今天的")
    change(late, internal_due_at=late.received_at)
    at("2026-11-24T15:00")
    at_desk = desk("dispatcher")
    assert numbers(at_desk.page("/desk/?state=queued&due=overdue")) == [late.number]
    assert numbers(at_desk.page("/desk/?state=queued&due=today")) == [late.number]
    assert soon.number not in numbers(at_desk.page("/desk/?state=queued&due=week"))
    at("2026-11-25T15:00")
    assert numbers(at_desk.page("/desk/?state=queued&due=today")) == []


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("building=1&door=x", "楼 · 楼门"), ("category=none", "类别"), ("kind=x", "种类"), ("unit=none", "主责"),
        ("handler=99999999999", "经办"), ("due=never", "期限"), ("day=2026-13-01", "办件日"), ("since=x", "收到，从"),
        ("caller=1", "按电话找"), ("channel=%00", "渠道"), ("state=none", "状态"), ("phone=maybe", "电话"),
        ("q=%EF%BC%8C", "找"),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_left_out_and_said(
    desk: Callable[[str], Desk], world: World, query: str, told: str
) -> None:
    number = world.case(world.report()).number
    page = desk("dispatcher").page(f"/desk/?{query}")
    if query != "channel=%00":
        assert f"没看懂这几项，先不管：{told}" in page
    assert number in page


def test_a_link_shows_no_more_than_the_readers_scope(desk: Callable[[str], Desk], world: World) -> None:
    near, other = world.queued(text="水管"), world.queued(world.doors[9], text="水管")
    catch_up()
    for query in (
        "state=queued",
        "q=水管",
        f"state=all&community={world.communities[0]}",
        "state=all&handler=1",
    ):
        page = desk("other_worker").page(f"/desk/?{query}")
        assert near.number not in page
        far = desk("far_dispatcher").page(f"/desk/?{query}")
        assert not {near.number, other.number} & set(numbers(far))


def test_the_cost_is_the_same_with_every_filter(
    desk: Callable[[str], Desk], world: World, count_queries: Counting
) -> None:
    at_desk, here = desk("dispatcher"), places(world)
    addresses = [
        "/desk/", "/desk/?state=all", "/desk/?q=水管", NARROWED.format(**here), "/desk/?q=2611-0001",
        "/desk/?q=7K2M9003", f"/desk/?state=queued&handler=mine&community={here['community']}",
    ]  # fmt: skip
    costs: list[list[int]] = []
    for many in (50, 450):
        for place in range(many):
            world.report(world.doors[place % 12], text=f"水管{place}", phone=f"139{place:08d}")
        catch_up()
        found = []
        for address in addresses:
            with count_queries() as statements:
                at_desk.page(address)
            found.append(len([one for one in statements if not one.upper().startswith(("BEGIN", "PRAGMA"))]))
        costs.append(found)
    assert costs[0] == costs[1]
    assert max(costs[0]) <= 8, costs


def test_how_often_this_caller(desk: Callable[[str], Desk], world: World, at: Callable[[str], None]) -> None:
    world.report(phone="13912345678")
    at("2026-12-20T09:00")
    world.report(phone="139 1234 5678")
    last = world.case(world.report(phone="13912345678"))
    anonymous = world.case(world.report())
    page = desk("worker").page("/desk/?state=all")
    row = {one: page.split(f'data-case="{one}"')[1].split("</tr>")[0] for one in numbers(page)}
    assert "本月第3次" in row[last.number]
    assert "本月第" not in row[anonymous.number]
    at("2026-12-27T09:00")
    assert "本月第2次" in desk("worker").page("/desk/?state=all")


def test_a_caller_is_counted_within_what_one_may_see(desk: Callable[[str], Desk], world: World) -> None:
    case = world.case(world.report(phone="13912345678"))
    world.report(world.doors[8], phone="13912345678")  # the other community
    usual, narrowed = "/desk/?state=all", f"/desk/?state=all&community={world.communities[0]}&phone=yes"
    for address in (usual, narrowed):
        assert case.number in numbers(desk("worker").page(address))
        assert "本月第" not in desk("worker").page(address)
        assert "本月第2次" in desk("dispatcher").page(address)
    assert "本月第" not in desk("other_worker").page(usual)


def test_the_row_says_what_there_is_to_know(
    desk: Callable[[str], Desk], world: World, at: Callable[[str], None]
) -> None:
    case = world.queued(text="楼道灯坏了")
    change(case, handler_id=world.staff["worker"])
    at("2026-11-24T11:05")
    page = desk("dispatcher").page("/desk/?state=queued")
    for words in ("楼道照明", "红庙物业", "worker 值班", "2小时前", "对外", case.number):
        assert words in page


def test_a_telephone_never_gets_into_an_address(desk: Callable[[str], Desk], world: World) -> None:
    case = world.case(world.report(phone="13912345678"))
    world.report(text="别的")
    answer = desk("worker").post("/desk/find", q="139 1234 5678", state="")
    assert answer.status_code == 303
    to = answer.headers["Location"]
    assert "139" not in to
    assert parse_qs(urlsplit(to).query)["caller"] == [search.telephone("13912345678")]
    assert numbers(desk("worker").page(to)) == [case.number]
    db.session.rollback()
    looked = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "find_by_phone")).all()
    assert [entry.staff_id for entry in looked] == [world.staff["worker"]]
    refused = desk("leader").post("/desk/find", q="13912345678").headers["Location"]
    assert "caller" not in refused
    assert "139" not in refused
    assert "按电话找" in desk("leader").page(to)  # a link of somebody who may is not understood


def test_the_form_leads_to_an_address(desk: Callable[[str], Desk], world: World) -> None:
    answer = desk("dispatcher").post("/desk/find", q=" 水管 ", state="queued", kind="", due="week", csrf="x")
    assert parse_qs(urlsplit(answer.headers["Location"]).query) == {
        "q": ["水管"], "state": ["queued"], "due": ["week"],
    }  # fmt: skip


def test_a_door_code_finds_its_door(desk: Callable[[str], Desk], world: World) -> None:
    here = world.case(world.report(world.doors[2]))
    world.report(world.doors[3])
    assert numbers(desk("dispatcher").page(f"/desk/?q={world.doors[2].code}")) == [here.number]


def test_pages_of_every_order_show_each_once(desk: Callable[[str], Desk], world: World) -> None:
    made = {world.case(world.report(world.doors[place % 12], text="水管")).number for place in range(60)}
    catch_up()
    for url in ("/desk/", "/desk/?state=all", "/desk/?q=水管"):
        at_desk, here, seen = desk("dispatcher"), url, list[str]()
        for _page in range(4):
            page = at_desk.page(here)
            seen += numbers(page)
            assert ("回到最上面" in page) == (here != url)
            following = re.search(r'href="(/desk/[^"]*after=[^"]*)">往下看', page)
            if following is None:
                break
            here = following.group(1).replace("&amp;", "&")
        assert len(seen) == 60
        assert set(seen) == made


def test_a_filter_is_kept_shared_renamed_and_deleted(desk: Callable[[str], Desk], world: World) -> None:
    at_desk, colleague = desk("dispatcher"), desk("worker")
    saved = at_desk.post("/desk/filters", name=" 过期 的 ", query="due=overdue&state=queued&junk=1&kind=none")
    assert saved.status_code == 303
    db.session.rollback()
    kept = db.session.scalars(select(SavedFilter)).one()
    assert (kept.name, kept.query, kept.is_shared) == ("过期 的", "state=queued&due=overdue", False)
    link = 'href="/desk/?state=queued&amp;due=overdue"'
    assert link in at_desk.page("/desk/")
    assert link not in colleague.page("/desk/")
    url = f"/desk/filters/{kept.id}"
    assert at_desk.post(url, do="share").status_code == 303
    assert link in colleague.page("/desk/")
    assert link not in desk("far_dispatcher").page("/desk/")
    for do in ("rename", "delete", "unshare"):
        assert colleague.post(url, do=do, name="我的").status_code == 404
    assert at_desk.post(url, do="rename", name="晚了的").status_code == 303
    assert "晚了的" in colleague.page("/desk/")
    assert at_desk.post(url, do="none").status_code == 404
    assert at_desk.post(url, do="delete").status_code == 303
    assert link not in colleague.page("/desk/")


def test_what_somebody_shared_and_left_behind_is_kept_by_who_dispatches(
    desk: Callable[[str], Desk], world: World
) -> None:
    gone, at_desk, worker, far = (desk(who) for who in ("leader", "dispatcher", "worker", "far_dispatcher"))
    gone.post("/desk/filters", name="书记的", query="due=overdue", shared="1")
    gone.post("/desk/filters", name="自己的", query="due=week")
    db.session.rollback()
    shared, private = db.session.scalars(select(SavedFilter.id).order_by(SavedFilter.id)).all()
    change = f'action="/desk/filters/{shared}"'
    assert change not in at_desk.page("/desk/")
    assert at_desk.post(f"/desk/filters/{shared}", do="delete").status_code == 404
    editing.let_go(world.actor("admin"), world.staff["leader"])
    assert change in at_desk.page("/desk/")
    assert change not in worker.page("/desk/")
    for who, which in ((worker, shared), (far, shared), (at_desk, private)):
        assert who.post(f"/desk/filters/{which}", do="delete").status_code == 404
    assert at_desk.post(f"/desk/filters/{shared}", do="rename", name="自己的").status_code == 422
    assert at_desk.post(f"/desk/filters/{shared}", do="rename", name="大家的").status_code == 303
    assert "大家的" in worker.page("/desk/")
    assert at_desk.post(f"/desk/filters/{shared}", do="delete").status_code == 303
    assert "大家的" not in worker.page("/desk/")


def test_a_name_that_cannot_be_is_said_beside_it(desk: Callable[[str], Desk], world: World) -> None:
    at_desk = desk("dispatcher")
    for name in ("", "长" * 41, "a\x01"):
        answer = at_desk.post("/desk/filters", name=name, query="state=all")
        page = answer.get_data(as_text=True)
        assert answer.status_code == 422
        assert 'id="name-bad"' in page
        assert '<a href="/desk/?state=all" aria-current="page">' in page
    assert at_desk.post("/desk/filters", name="一", query="").status_code == 303
    assert at_desk.post("/desk/filters", name="二", query="").status_code == 303
    db.session.rollback()
    second = db.session.scalars(select(SavedFilter.id).where(SavedFilter.name == "二")).one()
    again = at_desk.post(f"/desk/filters/{second}", do="rename", name="一")
    assert again.status_code == 422
    assert f'id="name-{second}-bad"' in again.get_data(as_text=True)


def test_a_saved_filter_never_holds_a_telephone(desk: Callable[[str], Desk], world: World) -> None:
    index = search.telephone("13912345678")
    desk("dispatcher").post("/desk/filters", name="她", query=f"caller={index}&state=all")
    db.session.rollback()
    assert db.session.scalars(select(SavedFilter.query)).one() == "state=all"
    assert db.session.scalars(select(Report)).all() == []


def test_what_is_offered_is_asked_once_a_moment(
    desk: Callable[[str], Desk], count_queries: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choices, "_KEPT_FOR", 3600.0)
    at_desk = desk("dispatcher")
    seen = [at_desk.page("/desk/")]
    for _again in range(2):
        with count_queries() as statements:
            seen.append(at_desk.page("/desk/"))
        assert not [one for one in statements if OFFERED.search(one)]
    assert all("楼道照明" in page for page in seen)
    monkeypatch.setattr(choices, "_KEPT_FOR", 0.0)
    with count_queries() as statements:
        at_desk.page("/desk/")
    assert [one for one in statements if OFFERED.search(one)]


def test_what_this_process_changes_is_offered_at_once(
    desk: Callable[[str], Desk], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choices, "_KEPT_FOR", 3600.0)
    at_desk = desk("dispatcher")
    assert "楼道照明" in at_desk.page("/desk/")
    keeping.retire(world.actor("admin"), "0304")
    assert "楼道照明" not in at_desk.page("/desk/")
    keeping.take_back(world.actor("admin"), "0304")
    assert "楼道照明" in at_desk.page("/desk/?community=" + str(world.communities[0]))


def test_what_another_process_changes_is_offered_a_second_later(
    desk: Callable[[str], Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choices, "_KEPT_FOR", 3600.0)
    at_desk = desk("dispatcher")
    assert "楼道照明" in at_desk.page("/desk/")
    with db.engine.begin() as connection:
        connection.execute(update(Category).where(Category.code == "0304").values(level3="楼里的灯"))
    assert "楼里的灯" not in at_desk.page("/desk/")
    monkeypatch.setattr(choices, "_KEPT_FOR", 0.0)
    assert "楼里的灯" in at_desk.page("/desk/")
