"""The promised day as a calendar file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from icalendar import Calendar, Event

from app.case_days import deciding
from app.cases import handling, merging, own_report
from tests.linting.client import LintingClient
from tests.world import World

PRIVATE = "我是601的老周，厨房漏水"


def event_of(client: LintingClient, receipt: str, lang: str = "zh") -> Event:
    """The one event of the file, as a calendar reads it."""
    answer = client.get(f"/r/{receipt}/promise.ics?lang={lang}")
    assert (answer.status_code, answer.mimetype) == (200, "text/calendar")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers
    (event,) = Calendar.from_ical(answer.get_data()).walk("VEVENT")
    assert isinstance(event, Event)
    return event


def test_it_is_a_whole_day_that_tells_nothing(client: LintingClient, world: World) -> None:
    receipt = world.report(text=PRIVATE, phone="13912345678")
    event = event_of(client, receipt)
    assert (event.decoded("dtstart"), event.decoded("dtend")) == (date(2026, 11, 28), date(2026, 11, 29))
    written = event.to_ical().decode()
    for private in (
        "601",
        "漏水",
        receipt,
        world.doors[0].building,
        "13912345678",
        world.case(receipt).number,
    ):
        assert private not in written
    assert event["summary"] == "码上：约好的日子"
    assert event_of(client, receipt, "en")["summary"] == "Mashang: the day we agreed"


def test_a_new_date_moves_the_same_event(
    client: LintingClient, world: World, at: Callable[[str], None]
) -> None:
    case = world.queued()
    receipt = world.again(case).reports[0].receipt
    before = event_of(client, receipt)
    at("2026-11-28T10:00")
    deciding.decide(
        world.actor("dispatcher"), case.number, case.version, "carry_over", reason="等配件",
        person_id=world.staff["worker"],
    )  # fmt: skip
    after = event_of(client, receipt)
    assert after["uid"] == before["uid"]
    assert after["sequence"] > before["sequence"]
    assert after.decoded("dtstart") == date(2026, 12, 5)
    assert event_of(client, world.report())["uid"] != after["uid"]


def test_it_rises_also_when_the_report_moves_to_a_younger_case(
    client: LintingClient, world: World, at: Callable[[str], None]
) -> None:
    receipt = world.report()
    at("2026-11-24T10:00")
    own_report.add(receipt, "11111111-1111-4111-8111-111111111111", "还有")
    before, mine = event_of(client, receipt), world.case(receipt)
    at("2026-11-24T10:05")
    other = world.case(world.report())
    at("2026-11-24T10:06")
    merging.merge(world.actor("dispatcher"), mine.number, mine.version, other.number)
    assert event_of(client, receipt)["sequence"] > before["sequence"]


def test_where_nothing_is_promised_any_more_there_is_a_page(client: LintingClient, world: World) -> None:
    gone, done = world.report(), world.report()
    own_report.withdraw(gone)
    case = world.case(done)
    case = handling.act(world.actor("dispatcher"), case.number, "triage", case.version)
    handling.act(world.actor("worker"), case.number, "resolve", case.version, "好了")
    for receipt in (gone, done):
        answer = client.get(f"/r/{receipt}/promise.ics")
        assert answer.status_code == 404
        assert "现在没有约好的日子" in answer.text
        assert f"/r/{receipt}" in answer.text
    assert client.get("/r/ABCDABCDABCD/promise.ics").status_code == 404


def test_a_day_not_yet_settled_is_tentative(
    client: LintingClient, world: World, at: Callable[[str], None]
) -> None:
    assert event_of(client, world.report())["status"] == "CONFIRMED"
    at("2028-01-05T09:00")  # the holidays of that year are not published
    assert event_of(client, world.report())["status"] == "TENTATIVE"


def test_a_day_that_is_over_is_promised_no_more(
    client: LintingClient, world: World, at: Callable[[str | datetime], None]
) -> None:
    receipt = world.report()
    assert client.get(f"/r/{receipt}/promise.ics").status_code == 200
    at("2026-11-30T09:00")
    assert client.get(f"/r/{receipt}/promise.ics").status_code == 404
