"""Where the wire to 12345 does not reach: what is held, the order number, the answer, the stopped channel."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select

from app import config
from app.cases.models import CaseFile
from app.db import db, transaction
from app.forwarding import channels, handover
from app.forwarding.models import Forwarding, HotlineChannel, WorkOrder
from tests.desk.conftest import Desk
from tests.world import World

URL = "/desk/forwardings/"
Sit = Callable[[str], Desk]
Hold = Callable[..., Forwarding]


@pytest.fixture
def hold(world: World) -> Hold:
    """A case handed over and held for a person, with an order where one is named."""

    def make(reason: str = "manual", order: str = "") -> Forwarding:
        case = world.queued()
        handover.forward_now(world.actor("dispatcher"), case.number, case.version)
        with transaction() as session:
            one = session.scalars(select(Forwarding).where(Forwarding.case_id == case.id)).one()
            one.state, one.held_for = "held", reason
            if order:
                session.add(
                    WorkOrder(
                        forwarding_id=one.id,
                        workorder_id=order,
                        status="accepted",
                        result="",
                        read_at=one.created_at,
                    )
                )
        return one

    return make


@pytest.fixture
def by_wire(app: object) -> None:
    """The same installation, connected to a city's gateway."""
    config.activate(replace(config.active(), hotline_channel="workorder", hotline_url="http://127.0.0.1:1"))


def _now(one: Forwarding) -> Forwarding:
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(Forwarding, one.id)


def _case(one: Forwarding) -> CaseFile:
    return db.session.get_one(CaseFile, _now(one).case_id)


def _forms(page: str) -> list[str]:
    return re.findall(r'action="/desk/forwardings/[^/"]+/(\w+)"', page)


def test_by_hand_from_the_held_case_to_the_last_word(desk: Sit, hold: Hold) -> None:
    one = hold()
    at_desk = desk("dispatcher")
    page = at_desk.page(URL)
    assert "等人处理的1件" in page
    assert "要人把材料交给12345" in page
    assert "打12345或在市里的系统里录，把工单号写在这里。" in page
    assert _forms(page) == ["order"], "nothing to try again where nothing goes by wire"
    assert f"#f-{one.id}" in at_desk.page(f"/desk/cases/{_case(one).number}")

    sent = at_desk.post(f"{URL}{one.id}/order", workorder_id=" 2026-JH-001 ", state="held")
    assert (sent.status_code, sent.headers["Location"]) == (303, f"{URL}?state=held")
    page = at_desk.page(URL)
    assert "工单号记下了。" in page
    assert "2026-JH-001" in page
    assert _forms(page) == ["answer"]
    assert _now(one).state == "delivered"

    told = {"status": "closed", "result": "修好了。\r\n换了灯。", "solved": "yes"}
    assert at_desk.post(f"{URL}{one.id}/answer", **told).status_code == 303
    assert (_now(one).state, _case(one).state) == ("ended", "resolved")
    page = at_desk.page(URL)
    assert "修好了。\n换了灯。" in page
    assert _forms(page) == []


def test_an_unsolved_answer_brings_the_case_back(desk: Sit, hold: Hold) -> None:
    one = hold(order="2026-JH-001")
    at_desk = desk("dispatcher")
    assert (
        at_desk.post(f"{URL}{one.id}/answer", status="closed", solved="no", result="没修").status_code == 303
    )
    assert (_now(one).state, _case(one).state) == ("ended", "queued")


def test_news_on_the_way_keep_it_with_12345(desk: Sit, hold: Hold) -> None:
    one = hold("order_unknown", order="2026-JH-001")
    assert desk("dispatcher").post(f"{URL}{one.id}/answer", status="in_progress").status_code == 303
    assert (_now(one).state, _now(one).held_for, _case(one).state) == ("delivered", None, "forwarded")


@pytest.mark.parametrize("typed", ["", "   ", "9" * 81])
def test_a_wrong_number_is_told_beside_its_field(desk: Sit, hold: Hold, typed: str) -> None:
    one, other = hold(), hold()
    answer = desk("dispatcher").post(f"{URL}{one.id}/order", workorder_id=typed)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert f'id="order-{one.id}-bad"' in page
    assert f'id="order-{other.id}-bad"' not in page
    assert page.count("请写12345给的工单号，最多80个字。") == 2
    assert f'name="workorder_id" type="text" value="{typed}"' in page
    assert _now(one).state == "held"


@pytest.mark.parametrize(
    ("told", "field", "words"),
    [
        ({"status": ""}, "status", "这一项请重新选。"),
        ({"status": "lost"}, "status", "这一项请重新选。"),
        ({"status": "closed"}, "solved", "请选一个。"),
        ({"status": "closed", "solved": "maybe"}, "solved", "请选一个。"),
        ({"status": "assigned", "result": "话" * 501}, "result", "这里最多500个字。"),
    ],
)
def test_an_answer_that_lacks_something_keeps_its_words(
    desk: Sit, hold: Hold, told: dict[str, str], field: str, words: str
) -> None:
    one = hold(order="2026-JH-001")
    answer = desk("dispatcher").post(f"{URL}{one.id}/answer", **{"result": "电话里说<周三>来"} | told)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert re.search(f'id="{field}-{one.id}-bad">{words}', page)
    assert ("电话里说&lt;周三&gt;来" in page) == ("result" not in told)
    assert '<details class="fold" open>' in page
    assert _now(one).state == "held"


def test_what_somebody_else_dealt_with_is_said_and_the_number_kept(desk: Sit, hold: Hold) -> None:
    one = hold()
    first, second = desk("dispatcher"), desk("dispatcher")
    assert first.post(f"{URL}{one.id}/order", workorder_id="2026-JH-001").status_code == 303
    late = second.post(f"{URL}{one.id}/order", workorder_id="2026-JH-002")
    page = late.get_data(as_text=True)
    assert late.status_code == 422
    assert "这一次转12345已经有人处理了" in page
    assert "2026-JH-002" in page
    assert second.post(f"{URL}{one.id}/try_again").status_code == 422
    assert [order.workorder_id for order in db.session.scalars(select(WorkOrder))] == ["2026-JH-001"]


def test_an_answer_without_an_order_is_refused(desk: Sit, hold: Hold) -> None:
    answer = desk("dispatcher").post(f"{URL}{hold().id}/answer", status="assigned", result="派给物业")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "还没有工单号" in page
    assert "派给物业" in page


@pytest.mark.parametrize("reason", ["channel_not_ready", "http_400", "http_413"])
def test_by_wire_it_can_be_tried_again(
    by_wire: None, desk: Sit, hold: Hold, world: World, reason: str
) -> None:
    one = hold(reason)
    at_desk = desk("dispatcher")
    assert _forms(at_desk.page(f"{URL}?state=held")) == ["order", "try_again"]
    before = len([item for item in world.outbox() if item.ref == one.id])
    assert at_desk.post(f"{URL}{one.id}/try_again").status_code == 303
    assert (_now(one).state, _now(one).held_for) == ("waiting", None)
    promised = [item for item in world.outbox() if item.ref == one.id]
    assert {item.kind for item in promised} == {"forwarding_deliver"}
    assert len(promised) >= before
    assert "好，再试一次。" in at_desk.page(URL)


def test_an_order_the_hotline_does_not_know_is_asked_after_again(
    by_wire: None, desk: Sit, hold: Hold
) -> None:
    one = hold("order_unknown", order="2026-JH-001")
    at_desk = desk("dispatcher")
    page = at_desk.page(URL)
    assert "打12345问一问这张工单" in page
    assert _forms(page) == ["answer", "try_again"]
    assert at_desk.post(f"{URL}{one.id}/try_again").status_code == 303
    assert _now(one).state == "delivered"


def test_a_leader_sees_and_does_not_act(desk: Sit, hold: Hold) -> None:
    one = hold()
    stop()
    leader = desk("leader")
    page = leader.page(URL)
    assert "要人把材料交给12345" in page
    assert "<form" not in page.split("<main", 1)[1]
    for act in ("order", "answer", "try_again"):
        assert leader.post(f"{URL}{one.id}/{act}", workorder_id="1").status_code == 403
    assert leader.post(f"{URL}start-channel").status_code == 403
    assert desk("worker").post(f"{URL}{one.id}/order", workorder_id="1").status_code == 403
    assert _now(one).state == "held"


def test_another_sub_districts_dispatcher_finds_nothing(desk: Sit, hold: Hold) -> None:
    one = hold()
    far = desk("far_dispatcher")
    assert one.id not in far.page(URL)
    assert far.post(f"{URL}{one.id}/order", workorder_id="2026-JH-001").status_code == 404
    assert _now(one).state == "held"


@pytest.mark.parametrize(
    "address", ["none/order", "%00/order", "{id}/forget", "{id}/try_again/x", f"{'0' * 36}/order"]
)
def test_what_is_not_there_is_not_found(desk: Sit, hold: Hold, address: str) -> None:
    assert desk("dispatcher").post(URL + address.format(id=hold().id), workorder_id="1").status_code == 404


@pytest.mark.parametrize("typed", ["a\x00b", "a\tb", "\u202e21"])
def test_a_number_no_page_can_carry_is_refused(desk: Sit, hold: Hold, typed: str) -> None:
    one = hold()
    assert desk("dispatcher").post(f"{URL}{one.id}/order", workorder_id=typed).status_code == 422
    assert _now(one).state == "held"


def stop(fault: str = "http_401") -> None:
    """The channel this installation uses stops, as the worker stops it."""
    with transaction() as session:
        channels.stop(session, config.active().hotline_channel, fault)


@pytest.mark.parametrize(
    ("fault", "why"),
    [("http_401", "12345不认我们的口令"), ("look_up_404", "12345的地址不对"), ("settings", "没有设对")],
)
def test_a_stopped_channel_is_told_and_started_again(
    by_wire: None, desk: Sit, fault: str, why: str, at: Callable[[str], None]
) -> None:
    at_desk = desk("dispatcher")
    assert "和12345的连接停了" not in at_desk.page(URL)
    at("2026-11-25T08:30")
    stop(fault)
    page = at_desk.page(URL)
    assert "从11月25日 08:30起：" in page
    assert why in page
    assert at_desk.post(f"{URL}start-channel").status_code == 303
    page = at_desk.page(URL)
    assert "接上了" in page
    assert "和12345的连接停了" not in page
    db.session.rollback()
    assert db.session.get_one(HotlineChannel, "workorder").stopped_at is None


def test_every_word_of_the_page_can_be_translated(desk: Sit, hold: Hold, pseudo_locale: None) -> None:
    reasons = ("manual", "channel_not_ready", "http_400", "http_413")
    one, *_others = [hold(reason) for reason in reasons]
    known = hold("order_unknown", order="2026-JH-001")
    stop()
    at_desk = desk("dispatcher")
    at_desk.page(URL)
    assert at_desk.post(f"{URL}{one.id}/order", workorder_id="").status_code == 422
    assert at_desk.post(f"{URL}{known.id}/answer", status="closed").status_code == 422
    assert at_desk.post(f"{URL}{one.id}/order", workorder_id="2026-JH-002").status_code == 303
    at_desk.page(f"{URL}?state=delivered")
    assert at_desk.post(f"{URL}start-channel").status_code == 303
    at_desk.page(URL)
