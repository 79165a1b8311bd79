"""Taking reports in: once for each page, promised a date, and nothing half-saved."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from app import clock
from app.access.actor import resident
from app.cases import intake
from app.cases.intake import OtherWords
from app.cases.models import CaseEvent, CaseFile, CaseNumber, Photo, Report
from app.cases.photos import TakenIn
from app.cases.sealing import phone_index, unseal
from app.cases.wording import CROCKFORD, Words, read_receipt, title_of
from app.db import db
from app.errors import Forbidden, ManyRefused, Refused
from app.outbox.models import OutboxItem
from tests.world import World

BOOKS = (CaseFile, Report, CaseEvent, OutboxItem, Photo, CaseNumber)


def books() -> list[int]:
    """How many rows each book holds."""
    db.session.rollback()
    return [db.session().scalar(select(func.count()).select_from(book)) or 0 for book in BOOKS]


def test_a_report_becomes_a_case_with_history_and_a_promise_to_tell(world: World) -> None:
    receipt = world.report(world.doors[5], "  \n电梯又停了\n已经三天了", kind="complaint", spot="三层")
    case = world.case(receipt)
    assert books() == [1, 1, 1, 1, 0, 1]
    assert (case.number, case.state, case.version, case.title) == ("2611-0001", "received", 1, "电梯又停了")
    assert (case.doorway_id, case.kind, case.visibility) == (
        world.doors[5].doorway_id,
        "complaint",
        "private",
    )
    assert case.reports[0].text == "  \n电梯又停了\n已经三天了"  # the resident's own words, as sent
    [event] = world.events(case)
    assert (event.action, event.from_state, event.to_state, event.actor_kind) == (
        "receive",
        None,
        "received",
        "resident",
    )
    [item] = world.outbox()
    assert (item.kind, item.ref) == ("report_received", case.number)


def test_receipts_cannot_be_guessed_and_forgive_how_they_are_typed(world: World) -> None:
    receipts = {world.report(text=f"第{number}件") for number in range(20)}
    assert len(receipts) == 20
    assert all(len(receipt) == 12 and set(receipt) <= set(CROCKFORD) for receipt in receipts)
    receipt = receipts.pop()
    typed = f"{receipt[:4]}-{receipt[4:8]} {receipt[8:]}".lower().replace("0", "o").replace("1", "l")
    assert read_receipt(typed) == receipt
    assert read_receipt(receipt[:-1]) is None
    assert read_receipt("收据收据收据收据收据收据") is None


def test_the_same_page_sent_again_is_the_same_report(world: World) -> None:
    key = str(uuid4())
    first = world.report(submission_key=key)
    assert world.report(submission_key=key) == first
    assert world.report(submission_key=key.upper()) == first
    assert books()[:4] == [1, 1, 1, 1]


def test_the_same_page_with_other_words_swallows_nothing_and_saves_nothing(world: World) -> None:
    key = str(uuid4())
    first = world.report(text="楼道灯坏了", submission_key=key)
    before = books()
    with pytest.raises(OtherWords) as other:
        world.report(text="暖气也不热", submission_key=key)
    assert other.value.receipt == first
    assert books() == before


def test_numbers_are_counted_by_month_of_the_wall_clock(world: World, at: Callable[[str], None]) -> None:
    at("2026-11-30T23:59:50")
    assert world.case(world.report()).number == "2611-0001"
    assert world.case(world.report()).number == "2611-0002"
    at("2026-12-01T00:00:01")  # still November in UTC
    assert world.case(world.report()).number == "2612-0001"


@pytest.mark.parametrize(
    ("words", "faults"),
    [
        (Words(), [("text_missing", "text")]),
        (Words(text=" \n\t　"), [("text_missing", "text")]),
        (Words(text="长" * 2001), [("text_too_long", "text")]),
        (Words(text="长" * 10_000), [("text_too_long", "text")]),
        (Words(text="灯\x00坏了"), [("control_characters", "text")]),
        (Words(text="灯\x1b[31m"), [("control_characters", "text")]),
        (Words(text="半个字\ud83d"), [("control_characters", "text")]),
        (
            Words(text="灯", name="名" * 41, spot="处" * 61),
            [("field_too_long", "name"), ("field_too_long", "spot")],
        ),
        (Words(text="灯", spot="三层\x07"), [("control_characters", "spot")]),
        (Words(text="灯", kind="gossip"), [("choice_unknown", "kind")]),
        (Words(text="灯", phone="请打电话"), [("phone_wrong", "phone")]),
        (Words(text="灯", phone="12345"), [("phone_wrong", "phone")]),
        (Words(text="灯", phone="1" * 30), [("phone_wrong", "phone")]),
        (Words(text="灯", call_back=True), [("phone_needed", "phone")]),
        (Words(text="灯", email="not an address"), [("email_wrong", "email")]),
        (
            Words(text="", kind="x", phone="y"),
            [("text_missing", "text"), ("choice_unknown", "kind"), ("phone_wrong", "phone")],
        ),
    ],
)
def test_words_that_cannot_be_taken_are_named_all_at_once(
    world: World, words: Words, faults: list[tuple[str, str]]
) -> None:
    with pytest.raises(ManyRefused) as refused:
        intake.receive(resident(), world.doors[0], str(uuid4()), words)
    assert [(each.key, each.field) for each in refused.value.refusals] == faults
    assert books() == [0] * 6


@pytest.mark.parametrize(
    "words",
    [
        Words(text="长" * 2000),
        Words(text="第一行\r\n第二行\t缩进"),
        Words(text="👨‍👩‍👧 家里 𠮷 字"),
        Words(text="灯", phone="138 0000-0000", call_back=True),
        Words(text="灯", phone="+86 (010) 8500 0000"),
        Words(text="", photos=1),
    ],
)
def test_words_that_are_only_unusual_are_kept_as_sent(world: World, words: Words) -> None:
    receipt = intake.receive(resident(), world.doors[0], str(uuid4()), words)
    assert world.case(receipt).reports[0].text == words.text


@pytest.mark.parametrize(
    "key",
    [
        "",
        "1",
        "x" * 36,
        "12345678-1234-1234-1234-12345678901",
        "{1f0e7a52-6f0c-4a53-9a51-0d3f5d0c7b11}",
        "1f0e7a526f0c4a539a510d3f5d0c7b11",
    ],
)
def test_a_broken_page_key_is_refused(world: World, key: str) -> None:
    with pytest.raises(Refused, match="page_broken"):
        intake.receive(resident(), world.doors[0], key, Words(text="灯"))
    assert books() == [0] * 6


def test_an_unknown_category_leaves_nothing_half_saved(world: World) -> None:
    with pytest.raises(Refused) as refused:
        world.report(category="9999")
    assert (refused.value.key, refused.value.field) == ("choice_unknown", "category")
    assert books() == [0] * 6


def test_staff_do_not_report_as_residents(world: World) -> None:
    with pytest.raises(Forbidden):
        intake.receive(world.actor("dispatcher"), world.doors[0], str(uuid4()), Words(text="灯"))


def test_photos_are_rows_with_a_promise_each(world: World) -> None:
    taken_in = [TakenIn(f"{number:032x}", "image/jpeg", 1000, 40, 30) for number in range(3)]
    receipt = intake.receive(resident(), world.doors[0], str(uuid4()), Words(photos=3), taken_in)
    photos = world.case(receipt).reports[0].photos
    assert [photo.state for photo in photos] == ["quarantined"] * 3
    assert sorted(item.ref for item in world.outbox() if item.kind == "photo") == [
        each.media_name for each in taken_in
    ]


def test_name_phone_and_mail_are_never_in_the_clear(world: World) -> None:
    receipt = world.report(name="测试居民", phone="138 9988 7766", email="a@mashang.test", call_back=True)
    report = world.case(receipt).reports[0]
    assert report.name_sealed
    assert report.phone_sealed
    assert report.email_sealed
    assert unseal(report.name_sealed, column="name", row=receipt) == "测试居民"
    assert unseal(report.phone_sealed, column="phone", row=receipt) == "138 9988 7766"
    assert unseal(report.email_sealed, column="email", row=receipt) == "a@mashang.test"
    assert report.phone_index == phone_index("13899887766")
    everything = [
        value
        for book in BOOKS
        for row in db.session().execute(select(*book.__table__.columns))
        for value in row
    ]
    clear = b" ".join(value if isinstance(value, bytes) else str(value).encode() for value in everything)
    assert receipt.encode() in clear
    for secret in ("测试居民", "9988 7766", "99887766", "mashang.test"):
        assert secret.encode() not in clear


@pytest.mark.parametrize(
    ("moment", "category", "promised"),
    [
        ("2026-11-24T09:00", "", ("2026-11-28", "2026-11-28")),
        ("2026-11-24T09:00", "0304", ("2026-11-28", "2026-11-28")),
        (
            "2026-11-24T09:00",
            "0101",
            ("2026-11-28", "2026-11-25"),
        ),  # no heat: within the day, not on Saturday
        ("2026-11-27T17:59", "0304", ("2026-11-28", "2026-11-28")),
        ("2026-11-27T18:00", "0304", ("2026-12-05", "2026-12-03")),  # too late for Saturday: six days at most
        ("2026-11-27T18:00", "0902", ("2026-12-05", "2026-12-05")),
        ("2026-09-24T09:00", "0304", ("2026-10-10", "2026-09-30")),  # two holiday Saturdays ahead
    ],
)
def test_a_date_is_promised(
    world: World, at: Callable[[str], None], moment: str, category: str, promised: tuple[str, str]
) -> None:
    at(moment)
    case = world.case(world.report(category=category))
    assert (case.case_day.isoformat(), case.promised_on.isoformat()) == promised
    assert not case.promise_tentative
    assert case.due_first == (category == "0101")


def test_the_limits_stand_on_the_case(world: World) -> None:
    before = clock.now()
    lighting, heat = (world.case(world.report(category=code)) for code in ("0304", "0101"))
    assert lighting.due_at - lighting.received_at == timedelta(days=7)
    assert lighting.due_at - lighting.internal_due_at == timedelta(days=1)
    assert heat.due_at - heat.received_at == timedelta(hours=24)
    assert heat.due_at == heat.internal_due_at  # a day's limit leaves no day to spare
    assert timedelta(0) <= lighting.received_at - before < timedelta(seconds=30)
    assert isinstance(lighting.received_at, datetime)


def test_before_the_holidays_are_published_the_promise_says_so(
    world: World, at: Callable[[str], None]
) -> None:
    at("2026-12-31T09:00")
    case = world.case(world.report())
    assert (case.promised_on, case.promise_tentative) == (date(2027, 1, 2), True)
    urgent = world.case(world.report(category="0101"))
    assert (urgent.promised_on, urgent.promise_tentative) == (date(2027, 1, 1), False)


def test_a_title_is_the_first_line_short_enough_for_a_list() -> None:
    assert title_of("\n\n  灯坏了 \n二") == "灯坏了"
    assert title_of("长" * 60) == "长" * 39 + "…"
    assert title_of("") == ""
