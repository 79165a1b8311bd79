"""Keying in what somebody says on the telephone, at the counter, in a group, on patrol or by mail."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import uuid4

import pytest
import zxingcpp
from PIL import Image
from sqlalchemy import func, select

from app.cases import follow_up, handling, keying_in
from app.cases import queries as cases
from app.cases.channels import KEYED
from app.cases.follow_up import Answers
from app.cases.keying_in import Keyed
from app.cases.models import CaseEvent, CaseFile, Report
from app.cases.sealing import unseal
from app.cases.triage import Sorting
from app.cases.wording import Words
from app.db import db
from app.errors import Forbidden, ManyRefused, Refused
from app.places import finding, standing_in
from app.places.finding import DOOR
from app.places.models import Doorway
from tests.desk.conftest import Desk
from tests.keying.conftest import sent
from tests.world import World

At = Callable[[str], Desk]


def place(world: World, door: int = 0) -> str:
    return f"{DOOR}{world.doors[door].doorway_id}"


def keyed(world: World, who: str = "worker", **changes: object) -> str:
    """The receipt of what somebody keyed in."""
    words = Words(text=str(changes.pop("text", "楼道灯坏了，晚上看不见。")))
    given = {"place": place(world), "words": words, "channel": "phone"} | changes
    return keying_in.key_in(world.actor(who), str(uuid4()), Keyed(**given))  # type: ignore[arg-type]


def count(of: type) -> int:
    db.session.rollback()
    return db.session().scalar(select(func.count()).select_from(of)) or 0


@pytest.mark.parametrize("channel", list(KEYED))
def test_it_is_a_report_like_any_other(desk: At, world: World, channel: str) -> None:
    at_desk = desk("worker")
    answer = at_desk.post("/desk/new", **sent(at_desk, channel=channel, place=place(world)))
    assert answer.status_code == 303
    receipt = answer.headers["Location"].rsplit("/", 1)[1]
    case = world.case(receipt)
    assert (case.state, case.doorway_id) == ("received", world.doors[0].doorway_id)
    assert (case.reports[0].channel, case.reports[0].keyed_by_id) == (channel, world.staff["worker"])
    event = world.events(case)[0]
    assert (event.action, event.actor_kind, event.staff_id) == ("receive", "staff", world.staff["worker"])
    page = at_desk.page(answer.headers["Location"])
    assert f"<span>{receipt[:4]}</span> <span>{receipt[4:8]}</span> <span>{receipt[8:]}</span>" in page
    assert case.number in page
    assert receipt[:4] in at_desk.page(f"/desk/new/{receipt}/slip")
    assert at_desk.client.get(f"/r/{receipt}").status_code == 200
    assert "report_received" in {one.kind for one in world.outbox()}


def test_the_contact_is_sealed(desk: At, world: World) -> None:
    at_desk = desk("worker")
    given = sent(
        at_desk, place=place(world), name="王芳", phone="13900001111", call_back="1", consent_forward="1"
    )
    receipt = at_desk.post("/desk/new", **given).headers["Location"].rsplit("/", 1)[1]
    report = world.case(receipt).reports[0]
    assert report.phone_sealed is not None
    assert unseal(report.phone_sealed, column="phone", row=receipt) == "13900001111"
    assert report.call_back
    assert report.consent_forward
    assert "13900001111" not in at_desk.page(f"/desk/new/{receipt}")


def test_pressed_twice_it_is_one(desk: At, world: World) -> None:
    at_desk = desk("worker")
    given = sent(at_desk, place=place(world))
    first, second = at_desk.post("/desk/new", **given), at_desk.post("/desk/new", **given)
    assert first.headers["Location"] == second.headers["Location"]
    assert count(Report) == 1
    other = at_desk.post("/desk/new", **given | {"text": "门也坏了"})
    assert other.status_code == 422
    assert first.headers["Location"] in other.get_data(as_text=True)
    assert "门也坏了" in other.get_data(as_text=True)


@pytest.mark.parametrize(
    "changed", ["phone", "name", "email", "spot", "kind", "channel", "call_back", "place", "house", "same"]
)
def test_whoever_goes_back_and_changes_something_is_not_told_it_was_taken(
    desk: At, world: World, changed: str
) -> None:
    other = world.case(world.report(world.doors[1], text="别的事"))
    at_desk = desk("worker")
    given = sent(at_desk, place=place(world), phone="13900001111")
    first = at_desk.post("/desk/new", **given)
    assert at_desk.post("/desk/new", **given).headers["Location"] == first.headers["Location"]
    values = {
        "phone": "13900002222",
        "name": "王芳",
        "email": "a@example.org",
        "spot": "三层",
        "kind": "help",
        "channel": "walk_in",
        "call_back": "1",
        "place": place(world, 2),
        "house": f"b{finding.place_of(db.session(), world.actor('worker'), place(world)).building_id}",
        "same": other.number,
    }
    field = "place" if changed == "house" else changed
    again = at_desk.post("/desk/new", **given | {field: values[changed]})
    assert again.status_code == 422
    assert first.headers["Location"] in again.get_data(as_text=True)
    assert count(Report) == 2


def test_anothers_page_gives_no_receipt(world: World) -> None:
    key, given = str(uuid4()), Keyed(place(world), Words(text="灯坏了"), "phone")
    keying_in.key_in(world.actor("worker"), key, given)
    with pytest.raises(Refused, match="page_broken"):
        keying_in.key_in(world.actor("dispatcher"), key, given)


def test_a_place_typed_that_is_the_only_one_needs_no_choosing(desk: At, world: World) -> None:
    at_desk = desk("worker")
    assert at_desk.post("/desk/new", **sent(at_desk, where="红庙 2号 3单元")).status_code == 303


def test_without_script_a_button_lists_the_places(desk: At, world: World) -> None:
    at_desk = desk("worker")
    answer = at_desk.post("/desk/new", **sent(at_desk, where="红庙 2号", find="1", phone="12", text="记得"))
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert (
        page.count('type="radio" name="place"') == 5
    )  # four doors, and the house for who does not know which
    assert 'value="12"' in page
    assert "记得" in page
    several = at_desk.post("/desk/new", **sent(at_desk, where="红庙 2号"))
    assert several.status_code == 422
    assert "找到好几处" in several.get_data(as_text=True)
    chosen = at_desk.post("/desk/new", **sent(at_desk, where="红庙 2号", place=place(world, 5)))
    assert chosen.status_code == 303


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": " "},
        {"text": "长" * 2001},
        {"text": "a\0b"},
        {"phone": "12"},
        {"call_back": "1"},
        {"email": "none"},
        {"name": "长" * 41},
        {"kind": "none"},
        {"category": "9999"},
        {"category": "\0"},
        {"channel": "scan"},
        {"channel": "hotline"},
        {"channel": ""},
        {"place": "d999999999"},
        {"place": "d99999999999999999999"},
        {"place": "x\0"},
        {"where": "没有这个地方", "place": ""},
        {"same": "2611-9999"},
        {"same": "' OR 1"},
        {"submission_key": "none"},
        {"channel": "grid_patrol", "phone": "13900001111"},
        {"sort_now": "1", "lead_unit": "长" * 61},
        {"sort_now": "1", "category": "0902", "kind": "\ud7ff"},
    ],
)
def test_what_cannot_be_taken_comes_back_whole(desk: At, world: World, wrong: dict[str, str]) -> None:
    at_desk = desk("worker")
    given = sent(at_desk, place=place(world), spot="三层的拐角") | wrong
    answer = at_desk.post("/desk/new", **given)
    assert answer.status_code == 422
    assert "三层的拐角" in answer.get_data(as_text=True)
    assert count(Report) == 0


def test_a_worker_keys_in_at_doors_of_their_own_communities_alone(desk: At, world: World) -> None:
    at_desk = desk("worker")
    for elsewhere in (world.doors[9], world.far_door):
        answer = at_desk.post("/desk/new", **sent(at_desk, place=f"d{elsewhere.doorway_id}"))
        unknown = at_desk.post("/desk/new", **sent(at_desk, place="d99999"))
        assert answer.status_code == unknown.status_code == 422
        assert elsewhere.building not in answer.get_data(as_text=True)
        assert at_desk.post("/desk/new", **sent(at_desk, where=elsewhere.code)).status_code == 422
        assert at_desk.get(f"/desk/places?q={elsewhere.code}").json == {"places": []}
        assert elsewhere.building not in at_desk.page(f"/desk/new?place=d{elsewhere.doorway_id}")
    assert count(Report) == 0
    theirs = keyed(world, "dispatcher", place=place(world, 9))
    assert at_desk.get(f"/desk/new/{theirs}").status_code == 404
    assert at_desk.get(f"/desk/new/{theirs}/slip").status_code == 404
    resident = world.report()
    assert at_desk.get(f"/desk/new/{resident}").status_code == 404, "what residents sent is not opened here"
    assert at_desk.get("/desk/new/ABCDABCDABCD").status_code == 404


@pytest.mark.parametrize("who", ["leader", "officer", "printer", "auditor", "admin"])
def test_nobody_else_keys_in(world: World, who: str) -> None:
    with pytest.raises(Forbidden):
        keyed(world, who)


def test_the_same_matter_is_offered_and_joined(desk: At, world: World) -> None:
    case = world.queued(text="二层楼道灯不亮了")
    version, at_desk = case.version, desk("worker")
    given = sent(at_desk, place=place(world), phone="13900001111", text="楼道的灯坏了")
    offered = at_desk.post("/desk/new", **given)
    assert offered.status_code == 422
    assert f'name="same" value="{case.number}"' in offered.get_data(as_text=True)
    part = at_desk.post("/desk/new/alike", place=place(world), text="楼道的灯坏了").json["part"]
    assert case.number in part
    answer = at_desk.post("/desk/new", **given | {"same": case.number})
    receipt = answer.headers["Location"].rsplit("/", 1)[1]
    joined = world.case(receipt)
    assert joined.number == case.number
    assert count(CaseFile) == 1
    assert (len(joined.reports), joined.homes, joined.version) == (2, 1, version + 1)
    event = world.events(case)[-1]
    assert (event.action, event.report_id) == ("report_again", joined.reports[1].id)
    assert (
        at_desk.post("/desk/new", **given | {"same": case.number}).headers["Location"]
        == answer.headers["Location"]
    )
    assert count(Report) == 2
    told = at_desk.client.get(f"/r/{receipt}").get_data(as_text=True)
    assert "和已经在办的是一件" in told
    assert "和已经在办的是一件" not in at_desk.client.get(f"/r/{case.reports[0].receipt}").get_data(
        as_text=True
    )
    assert "并进了这一件" in at_desk.page(f"/desk/new/{receipt}")


def test_another_door_of_the_building_may_be_one_with_it(world: World) -> None:
    case = world.queued(text="电梯坏了，上不去")
    receipt = keyed(world, place=place(world, 1), same=case.number, text="电梯又停了")
    assert world.case(receipt).id == case.id


def test_a_case_elsewhere_or_over_is_joined_by_nobody(world: World) -> None:
    far, over = world.queued(world.doors[9]), world.queued()
    handling.act(world.actor("worker"), over.number, "resolve", over.version, "换好了")
    for number in (far.number, over.number, "2611-0999"):
        with pytest.raises(Refused) as refused:
            keyed(world, same=number)
        assert refused.value.field == "same"
    assert count(Report) == 2


def test_a_new_one_is_made_where_nobody_chose_the_old(desk: At, world: World) -> None:
    world.queued(text="二层楼道灯不亮了")
    at_desk = desk("worker")
    answer = at_desk.post("/desk/new", **sent(at_desk, place=place(world), text="楼道的灯坏了", same="new"))
    assert answer.status_code == 303
    assert count(CaseFile) == 2


def test_danger_is_passed_on_first_and_then_taken(desk: At, world: World) -> None:
    at_desk = desk("worker")
    given = sent(at_desk, place=place(world), text="厨房漏煤气了，味道很大", name="王芳")
    first = at_desk.post("/desk/new", **given)
    page = first.get_data(as_text=True)
    assert first.status_code == 200
    assert "先让居民打119" in page
    assert "王芳" in page
    assert count(Report) == 0
    receipt = at_desk.post("/desk/new", **given | {"urgent_seen": "1"}).headers["Location"].rsplit("/", 1)[1]
    assert world.case(receipt).urgency == "gas"
    assert [one.kind for one in world.outbox()] == ["urgent_report"]


def test_danger_in_a_second_report_makes_the_case_urgent(world: World) -> None:
    case = world.queued(text="电梯坏了")
    keyed(world, same=case.number, text="有人困在电梯里了")
    assert world.again(case).urgency == "lift"
    assert "urgent_report" in {one.kind for one in world.outbox()}


def test_it_may_be_sorted_at_once(world: World) -> None:
    receipt = keyed(world, "dispatcher", sorting=Sorting("complaint", "0304", ""))
    case = world.case(receipt)
    assert (case.state, case.kind, case.lead_unit) == ("queued", "complaint", "红庙物业")
    assert [one.action for one in world.events(case)] == ["receive", "triage"]


def test_what_cannot_be_sorted_is_not_kept_either(world: World) -> None:
    with pytest.raises((Refused, ManyRefused)):
        keyed(world, "dispatcher", sorting=Sorting("help", "0902", "社区居委会"))
    assert (count(CaseFile), count(Report), count(CaseEvent)) == (0, 0, 0)


def test_a_building_is_enough_and_its_stand_in_gets_no_code(desk: At, world: World) -> None:
    building = db.session().get_one(Doorway, world.doors[0].doorway_id).building_id
    receipt = keyed(world, place=f"b{building}")
    again = keyed(world, place=f"b{building}", text="门坏了")
    assert world.case(receipt).doorway_id == world.case(again).doorway_id
    stand_in = db.session().get_one(Doorway, world.case(receipt).doorway_id)
    assert (stand_in.name, stand_in.stands_in) == (standing_in.ANY_DOORWAY, True)
    at_desk = desk("dispatcher")
    for page in (f"/desk/new/{receipt}", f"/desk/cases/{world.case(receipt).number}", f"/r/{receipt}"):
        assert standing_in.ANY_DOORWAY in at_desk.page(page)
    from app.places import codes, queries

    assert stand_in.id not in queries.doorways_without_code(db.session(), world.sub_district_id)
    assert stand_in.id not in {
        one.doorway_id for one in queries.register(db.session(), world.sub_district_id)
    }
    assert codes  # the register is what codes are issued from
    whole = keyed(world, place=f"c{world.communities[0]}", text="小区大门口堆了垃圾")
    assert world.case(whole).community_id == world.communities[0]


def test_channels_are_counted_within_scope(desk: At, world: World) -> None:
    world.report()
    keyed(world)
    keyed(world, text="门坏了")
    keyed(world, "dispatcher", place=place(world, 9), channel="walk_in")
    page = desk("worker").page("/desk/new")
    assert "扫码" in page
    counts = cases.counts_by_channel(
        db.session(), world.actor("worker"), world.case(world.report()).received_at.replace(hour=0)
    )
    assert counts == {"scan": 2, "phone": 2}
    assert 'value="phone" checked' in page
    assert 'value="walk_in" checked' in desk("dispatcher").page("/desk/new")


def test_the_channel_stands_on_the_case(desk: At, world: World) -> None:
    case = world.case(keyed(world, channel="wechat_group"))
    page = desk("worker").page(f"/desk/cases/{case.number}")
    assert "微信群" in page
    assert "扫码收到" not in page
    assert "扫码" in desk("worker").page(f"/desk/cases/{world.case(world.report()).number}")


def test_patrol_is_no_residents_report(world: World) -> None:
    with pytest.raises(ManyRefused) as refused:
        keyed(world, channel="grid_patrol", words=Words(text="井盖歪了", phone="13900001111", call_back=True))
    assert refused.value.refusals[0].key == "patrol_has_no_contact"


def test_what_is_said_at_the_door_is_keyed_in_there(desk: At, world: World) -> None:
    at_desk, door = desk("worker"), world.doors[0]
    page = at_desk.page(f"/desk/doors/{door.code}")
    link = f"/desk/new?channel=walk_in&amp;place=d{door.doorway_id}"
    assert link in page
    form = at_desk.page(link.replace("&amp;", "&"))
    assert 'value="walk_in" checked' in form
    assert door.doorway in form
    assert "/desk/new" not in desk("leader").page(f"/desk/doors/{door.code}")


def test_the_symbol_on_the_slip_opens_the_receipt(desk: At, world: World) -> None:
    receipt = keyed(world)
    page = desk("worker").page(f"/desk/new/{receipt}/slip")
    side = int(re.search(r'viewBox="0 0 (\d+)', page[page.index('class="symbol"') :])[1])  # type: ignore[index]
    paper = Image.new("L", (side * 8, side * 8), 255)
    for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)v1", page):
        left, top = int(x) * 8, int(y) * 8
        paper.paste(0, (left, top, left + int(width) * 8, top + 8))
    [found] = zxingcpp.read_barcodes(paper)
    assert found.text.endswith(f"/r/{receipt}")
    assert found.text.startswith("http")


def test_nobody_judges_what_staff_saw_themselves(desk: At, world: World) -> None:
    case = world.case(
        receipt := keyed(world, "dispatcher", channel="grid_patrol", sorting=Sorting("help", "0304"))
    )
    handling.act(world.actor("worker"), case.number, "resolve", case.version, "换好了")
    assert "follow-up" not in desk("worker").client.get(f"/r/{receipt}").get_data(as_text=True)
    with pytest.raises(Refused, match="nothing_to_judge"):
        follow_up.answer(receipt, str(uuid4()), Answers("yes", "yes", "satisfied"))
    assert "等居民评" not in desk("worker").page(f"/desk/cases/{case.number}")
    said = world.case(other := keyed(world, "dispatcher", text="门坏了", sorting=Sorting("help", "0304")))
    handling.act(world.actor("worker"), said.number, "resolve", said.version, "修好了")
    follow_up.answer(other, str(uuid4()), Answers("yes", "yes", "satisfied"))
    assert world.again(said).state == "closed"


def test_a_lost_session_hands_the_words_back(desk: At, world: World) -> None:
    at_desk = desk("worker")
    with at_desk.client.session_transaction() as kept:
        kept.clear()
    answer = at_desk.post("/desk/new", **sent(at_desk, place=place(world), text="三楼一直漏水"))
    assert answer.status_code == 400
    assert "三楼一直漏水" in answer.get_data(as_text=True)


def test_few_statements_whatever_there_is(
    desk: At, world: World, count_queries: Callable[[], object]
) -> None:
    at_desk = desk("worker")

    def looks(path: str, **form: object) -> int:
        with count_queries() as statements:  # type: ignore[attr-defined]
            (at_desk.post if form else at_desk.get)(path, **form)
        return len(statements)

    counted = []
    world.queued()
    for _ in range(2):
        counted.append(
            (
                looks(f"/desk/new?place={place(world)}"),
                looks("/desk/new/alike", place=place(world), text="灯坏了"),
            )
        )
        for number in range(6):
            world.queued(text=f"楼道灯坏了{number}")
    assert counted[0] == counted[1]
    assert counted[0][0] <= 13, (
        counted
    )  # who it is, the frame, the place, what is alike, the day's count, the catalogue
    assert counted[0][1] <= 8, counted
