"""What the receipt of an urgent report promises: an hour at which somebody looks, the same wherever it is read."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import pytest
from icalendar import Calendar

from app.cases import own_report
from app.staff import duty
from tests.linting.client import LintingClient
from tests.world import World

GAS = "厨房漏煤气"
At = Callable[[str], None]


def said(client: LintingClient, receipt: str, view: str = "") -> str:
    """The words of a receipt's page, each run of blanks as one."""
    answer = client.get(f"/r/{receipt}{view}")
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", answer.text))


def in_calendar(client: LintingClient, receipt: str) -> date:
    (event,) = Calendar.from_ical(client.get(f"/r/{receipt}/promise.ics").get_data()).walk("VEVENT")
    day = event.decoded("dtstart")
    assert isinstance(day, date)
    return day


def test_while_somebody_reads_it_is_the_limit(client: LintingClient, world: World, at: At) -> None:
    duty.add("dispatcher", "mon-sun", "08:00", "20:00")
    at("2026-11-24T09:00")
    receipt = world.report(text=GAS)
    assert "收到了，最晚11月24日周二 11:00来看" in said(client, receipt)
    assert in_calendar(client, receipt) == world.case(receipt).promised_on == date(2026, 11, 24)


def test_somebody_who_comes_in_time_is_in_time(client: LintingClient, world: World, at: At) -> None:
    duty.add("dispatcher", "mon-sun", "08:00", "20:00")
    at("2026-11-24T07:00")
    assert "最晚11月24日周二 09:00来看" in said(client, world.report(text=GAS))


@pytest.mark.parametrize("view", ["", "?elder=1", "?lang=en", "?lang=en&elder=1"])
@pytest.mark.parametrize(
    ("told_at", "hour", "english", "day"),
    [
        ("2026-11-24T01:00", "11月24日周二 08:00以后来看", "after 08:00, Tue", date(2026, 11, 24)),
        ("2026-11-27T23:00", "11月30日周一 08:00以后来看", "after 08:00, Mon", date(2026, 11, 30)),
    ],
)
def test_at_an_hour_nobody_reads_it_is_from_when_somebody_does(
    client: LintingClient, world: World, at: At, view: str, told_at: str, hour: str, english: str, day: date
) -> None:
    duty.add("dispatcher", "mon-fri", "08:00", "20:00")
    at(told_at)
    receipt = world.report(text=GAS)
    page = said(client, receipt, view)
    assert (english if "en" in view.replace("elder", "") else hour) in page
    assert "最晚" not in page
    assert world.case(receipt).promised_on == day
    assert in_calendar(client, receipt) == day


def test_it_is_the_same_hour_when_that_has_come(client: LintingClient, world: World, at: At) -> None:
    duty.add("dispatcher", "mon-fri", "08:00", "20:00")
    at("2026-11-24T01:00")
    receipt = world.report(text=GAS)
    at("2026-11-24T09:00")
    assert "11月24日周二 08:00以后来看" in said(client, receipt)
    at("2026-11-25T09:00")
    assert "原来说11月24日周二 08:00以后来看，还没有写下结果" in said(client, receipt)


def test_an_hour_that_passed_is_not_shown_as_promised(client: LintingClient, world: World, at: At) -> None:
    duty.add("dispatcher", "mon-sun", "08:00", "20:00")
    at("2026-11-24T09:00")
    receipt = world.report(text=GAS)
    at("2026-11-24T11:30")
    page = said(client, receipt)
    assert "还没有办完" in page
    assert "原来说最晚11月24日周二 11:00来看，还没有写下结果" in page


def test_danger_added_at_night_is_promised_the_same_way(client: LintingClient, world: World, at: At) -> None:
    duty.add("dispatcher", "mon-fri", "08:00", "20:00")
    receipt = world.report(text="楼道灯不亮")
    at("2026-11-24T21:00")
    own_report.add(receipt, "11111111-1111-4111-8111-111111111111", GAS)
    assert "11月25日周三 08:00以后来看" in said(client, receipt)
    assert in_calendar(client, receipt) == date(2026, 11, 25)


def test_without_a_roster_the_limit_stands(client: LintingClient, world: World, at: At) -> None:
    at("2026-11-24T23:00")
    receipt = world.report(text=GAS)
    assert "最晚11月25日周三 01:00来看" in said(client, receipt)
    assert "这里没有人随时看着" in said(client, receipt)
