"""What is told after the report was sent: danger reaches whoever is on duty, and no words are lost."""

from __future__ import annotations

from uuid import uuid4

import pytest

from app.cases import own_report
from app.cases.picture_header import read_header
from app.errors import Refused
from tests.linting.client import LintingClient
from tests.resident.test_receipts import resolved, sign
from tests.world import World


def test_danger_in_words_added_later_alarms(world: World) -> None:
    receipt = world.report()
    own_report.add(receipt, str(uuid4()), "现在屋里一股煤气味，有人晕倒了")
    case = world.case(receipt)
    assert case.urgency == "gas"
    assert case.step == 0
    assert [item.ref for item in world.outbox() if item.kind == "urgent_report"] == [case.number]


def test_ordinary_words_added_later_do_not(world: World) -> None:
    receipt = world.report()
    own_report.add(receipt, str(uuid4()), "五层的灯也开始闪了")
    assert world.case(receipt).urgency == ""
    assert not [item for item in world.outbox() if item.kind == "urgent_report"]


def test_other_words_under_the_same_page_are_not_lost(world: World) -> None:
    receipt, key = world.report(), str(uuid4())
    assert own_report.add(receipt, key, "五层也是")
    assert not own_report.add(receipt, key, "五层也是")
    with pytest.raises(Refused, match="page_used"):
        own_report.add(receipt, key, "六层也是")


@pytest.mark.parametrize("solved", ["yes", "no"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_follow_up_that_tells_of_danger_leads_to_the_numbers(
    client: LintingClient, world: World, solved: str, lang: str
) -> None:
    receipt = resolved(world)
    answers = {"contacted": "yes", "solved": solved, "satisfaction": "dissatisfied", "note": "插座着火了"}
    answer = client.post(f"/r/{receipt}/follow-up", data=sign(client, receipt) | answers)
    assert answer.status_code == 303
    page = client.get(f"/r/{receipt}?lang={lang}").text
    assert 'class="alarm' in page
    assert page.index('href="tel:119"') < page.index('href="tel:110"')


def test_words_added_to_a_case_that_has_ended_lead_to_the_numbers(
    client: LintingClient, world: World
) -> None:
    receipt = resolved(world)
    assert 'class="alarm' not in client.get(f"/r/{receipt}").text
    own_report.add(receipt, str(uuid4()), "有人拿刀砍人")
    page = client.get(f"/r/{receipt}").text
    assert page.index('href="tel:110"') < page.index('href="tel:119"')


@pytest.mark.parametrize(
    "body",
    [
        b"\xff\xd8" + b"\xff" * 2_000_000,
        b"\xff\xd8\xff" + b"\xd0\xff" * 500_000,
        b"\x00\x00\x00\x18ftypheic" + b"\x00" * 12 + (b"\x00\x00\xff\xffiprp" * 1500),
    ],
)
def test_a_hostile_header_is_left_soon(body: bytes) -> None:
    assert read_header(body) is None


def test_a_page_fetched_with_a_file_leaves_no_trace_for_others(client: LintingClient, world: World) -> None:
    from io import BytesIO

    address = f"/d/{world.doors[0].code}"
    client.get(address, data={"photo1": (BytesIO(b"x"), "a.jpg")}, content_type="multipart/form-data")
    assert "照片请再选一次" not in client.get(address).text


def test_nested_or_long_typing_is_taken_for_nothing(client: LintingClient, world: World) -> None:
    address = f"/d/{world.doors[0].code}/while-typing"
    for body in ('{"text":' + "[" * 100_000, '{"text": "' + "长" * 70_000 + '"}', '{"text":' + "[" * 20_000):
        answer = client.post(address, data=body.encode(), content_type="application/json")
        assert answer.status_code == 200
        assert answer.get_json()["urgent"] is None
