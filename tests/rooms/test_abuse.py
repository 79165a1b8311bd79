"""What is set aside for a person, and what is not, however angry."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cases import handling
from app.cases.abuse import REASONS, reason_to_set_aside
from app.web.desk import phrases
from tests.world import World


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("我要弄死你们全家", "threat"),
        ("再不来修灯，砍死你们", "threat"),
        ("你们都是一群废物", "insult"),
        ("傻 逼", "insult"),
        ("约炮加我", "filth"),
        ("低息贷款，当天到账，秒批", "advertising"),
        ("加微信领优惠", "advertising"),
        ("百家乐平台注册送彩金", "advertising"),
        ("出售冰毒", "illegal"),
    ],
)
def test_abuse_is_seen(text: str, reason: str) -> None:
    assert reason_to_set_aside(text) == reason


@pytest.mark.parametrize(
    "text",
    [
        "他妈的楼道灯三个月了",
        "垃圾满了",
        "物业这帮废物，电梯坏了一个星期没人管",
        "楼道里贴满了贷款小广告，日赚千元的那种",
        "举报有人出售冰毒",
        "",
        "😡😡",
    ],
)
def test_anger_about_a_real_matter_is_no_abuse(text: str) -> None:
    assert reason_to_set_aside(text) is None


@given(st.text(max_size=200))
def test_any_text_can_be_asked(text: str) -> None:
    assert reason_to_set_aside(text) in (None, *REASONS)


def test_every_reason_has_words_for_the_desk() -> None:
    assert set(phrases.ASIDE) == set(REASONS)


def test_abuse_is_received_set_aside_and_can_be_let_in_by_a_dispatcher(world: World) -> None:
    case = world.case(world.report(text="傻逼"))
    assert (case.state, case.version) == ("set_aside", 2)
    assert [(event.action, event.to_state, event.actor_kind) for event in case.events] == [
        ("receive", "received", "resident"),
        ("set_aside", "set_aside", "system"),
    ]
    assert [(item.kind, item.ref) for item in world.outbox()] == [("set_aside_by_rule", case.number)]
    handling.act(world.actor("dispatcher"), case.number, "release", case.version)
    assert world.again(case).state == "received"
