"""A resident's telephone: to be called, deleted at once, and by the clock when it is no longer needed."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest

from app.access.actor import Role
from app.access.models import AuditEntry
from app.cases import contact, handling, merging, own_contact, own_report
from app.cases.models import CaseFile, Report
from app.cases.own_contact import holds_contact
from app.commands import worker
from app.db import db
from app.errors import Refused
from app.notices import telling
from tests.world import World

PHONE, OTHER = "13912345678", "13887654321"


def _key() -> str:
    return str(uuid4())


def _report(world: World, receipt: str) -> Report:
    return next(one for one in world.case(receipt).reports if one.receipt == receipt)


# ---- call me ---------------------------------------------------------------------------------------------


def test_one_tap_is_enough_where_a_number_is_held(world: World) -> None:
    receipt = world.report(phone=PHONE)
    for _ in range(2):
        own_contact.call_me(receipt, _key())
    assert _report(world, receipt).call_back
    assert [event.action for event in world.events(world.case(receipt))] == ["receive", "call_me"]
    assert [item.kind for item in world.outbox()].count("call_wanted") == 1
    assert telling.TOLD["call_wanted"][1] == (Role.WORKER, Role.DISPATCHER)


def test_without_a_number_it_is_asked_for_and_kept_sealed(world: World) -> None:
    receipt = world.report()
    with pytest.raises(Refused, match="phone_needed"):
        own_contact.call_me(receipt, _key())
    for wrong in ("12", "a\x00b", "电话"):
        with pytest.raises(Refused, match="phone_wrong"):
            own_contact.call_me(receipt, _key(), wrong)
    own_contact.call_me(receipt, _key(), PHONE)
    report = _report(world, receipt)
    assert report.phone_sealed is not None
    assert PHONE.encode() not in report.phone_sealed
    assert contact.masked_contacts(world.case(receipt))[0].phone == "139 **** 5678"


def test_another_number_takes_the_place_of_the_first(world: World) -> None:
    receipt = world.report(phone=PHONE, call_back=True)
    own_contact.call_me(receipt, _key(), OTHER)
    assert contact.masked_contacts(world.case(receipt))[0].phone == "138 **** 4321"


def test_who_took_it_back_is_not_called(world: World) -> None:
    receipt = world.report(phone=PHONE)
    own_report.withdraw(receipt)
    with pytest.raises(Refused, match="withdrawn_before"):
        own_contact.call_me(receipt, _key())


# ---- delete my number ------------------------------------------------------------------------------------


def test_a_number_is_deleted_at_once_and_twice_changes_nothing(world: World) -> None:
    receipt = world.report(phone=PHONE, name="周阿姨", email="zhou@example.org", call_back=True)
    for _ in range(2):
        own_contact.forget_phone(receipt, _key())
    report = _report(world, receipt)
    gone = (report.name_sealed, report.phone_sealed, report.email_sealed, report.phone_index)
    assert gone == (None, None, None, None)
    assert report.contact_forgotten_at is not None
    assert not report.call_back
    assert [event.action for event in world.events(world.case(receipt))] == ["receive", "forget_phone"]


# ---- the clock -------------------------------------------------------------------------------------------


def _ended(world: World, **words: object) -> CaseFile:
    case = world.queued(phone=PHONE, **words)
    case = handling.act(world.actor("worker"), case.number, "resolve", case.version, "换好了")
    handling.act(world.actor("dispatcher"), case.number, "note", case.version, "看过了")
    return case


def _forgotten(world: World) -> int:
    return worker._tick_slowly()["forgotten"]


def test_the_clock_forgets_ninety_days_after_the_end(world: World, at: Callable[[str], None]) -> None:
    ended, going_on = _ended(world), world.queued(phone=OTHER)
    at("2026-12-02T09:00")
    worker._tick()  # resolved for more than seven days: closed
    assert world.again(ended).state == "closed"
    at("2027-03-02T08:00")
    assert _forgotten(world) == 0
    at("2027-03-02T10:00")
    assert _forgotten(world) == 1
    assert _forgotten(world) == 0
    assert not holds_contact(world.again(ended).reports[0])
    assert world.again(ended).reports[0].contact_forgotten_at is not None
    assert world.events(ended)[-1].action == "forget_contact"
    assert holds_contact(world.again(going_on).reports[0])


def test_what_staff_note_later_does_not_keep_a_number_longer(world: World, at: Callable[[str], None]) -> None:
    receipt = world.report(phone=PHONE)
    own_report.withdraw(receipt)
    at("2027-02-01T09:00")
    case = world.case(receipt)
    handling.act(world.actor("dispatcher"), case.number, "note", case.version, "翻出来看了看")
    at("2027-02-23T09:00")
    assert _forgotten(world) == 1


def test_who_took_it_back_is_forgotten_though_the_case_goes_on(
    world: World, at: Callable[[str], None]
) -> None:
    mine, theirs = world.report(phone=PHONE), world.report(phone=OTHER)
    source = world.case(mine)
    merging.merge(world.actor("dispatcher"), source.number, source.version, world.case(theirs).number)
    own_report.withdraw(mine)
    at("2027-02-23T09:00")
    assert _forgotten(world) == 1
    assert not holds_contact(_report(world, mine))
    assert holds_contact(_report(world, theirs))


def test_many_are_forgotten_batch_by_batch(
    world: World, at: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_contact, "AT_ONCE", 2)
    for _ in range(5):
        own_report.withdraw(world.report(phone=PHONE))
    at("2027-02-23T09:00")
    assert _forgotten(world) == 5


# ---- who looked ------------------------------------------------------------------------------------------


def test_a_look_opens_one_number_and_is_written_to_its_own_report(world: World) -> None:
    mine, theirs = world.report(phone=PHONE), world.report(phone=OTHER)
    source = world.case(mine)
    merging.merge(world.actor("dispatcher"), source.number, source.version, world.case(theirs).number)
    case, report = world.case(mine), _report(world, mine)
    with pytest.raises(Refused, match="whose_contact"):
        contact.reveal(world.actor("worker"), case.number, None, "约时间")
    found = contact.reveal(world.actor("worker"), case.number, report.id, "约时间")
    assert [one.phone for one in found] == [PHONE]
    event = world.events(case)[-1]
    assert (event.action, event.report_id, event.note) == ("see_phone", report.id, "约时间")
    assert db.session().query(AuditEntry).filter_by(act="see_phone").count() == 1
    stranger = _report(world, world.report(phone="13700000000"))
    with pytest.raises(Refused, match="no_contact"):
        contact.reveal(world.actor("worker"), case.number, stranger.id, "别的案件的")
