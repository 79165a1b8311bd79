"""Settings hold from the next case on, and what was promised is kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time

import pytest
from sqlalchemy import select

from app.access.models import AuditEntry
from app.calendar import queries as calendar
from app.calendar import settling
from app.calendar.models import CalendarDay, CaseDaySettings
from app.calendar.saturdays import Rhythm, release_of
from app.case_days import closing, running, settled_days
from app.case_days.settled_days import HELD, SKIPPED, USUAL, Settled
from app.cases.models import CaseFile
from app.categories import limits
from app.categories.models import TimeLimit
from app.db import db, transaction
from app.errors import Forbidden, ManyRefused, Refused
from app.places.models import SubDistrict
from tests.admin.conftest import fresh, nobody_else
from tests.desk.conftest import Desk
from tests.world import World

FORM = {
    "phone": "010-65000000", "statutory_basis": "1", "lift_at_homes": "4", "contact_days": "60",
    "weekday": "5", "cutoff_weekday": "4", "cutoff_time": "17:00", "closing_time": "19:30",
    "release_weekday": "6", "release_time": "11:00", "max_carries": "2", "follow_up_days": "10",
}  # fmt: skip
SATURDAY = date(2026, 11, 28)
NEXT = date(2026, 12, 5)
EXPECTED = date(2027, 1, 2)


def mark(world: World) -> str:
    db.session.rollback()
    db.session.expire_all()
    return settling.seen(settling.as_they_stand(db.session(), world.sub_district_id))


def settle(world: World, **changes: str) -> list[str]:
    return settling.settle(world.actor("admin"), FORM | changes, mark(world))


def day_mark(world: World, day: date) -> str:
    db.session.rollback()
    db.session.expire_all()
    found = settled_days.coming(db.session(), world.sub_district_id)
    return next(one.seen for one in found if one.day == day)


def say(world: World, day: date, word: str, note: str = "") -> Settled:
    return settled_days.settle_day(world.actor("admin"), day, word, note, day_mark(world, day))


# ---- the sub-district's own ----------------------------------------------------------------------------


def test_everything_is_taken_at_once_and_the_log_says_which(world: World) -> None:
    changed = settle(world)
    assert changed == sorted(set(FORM) - {"statutory_basis", "weekday", "cutoff_weekday", "release_weekday"})
    place = fresh(SubDistrict, world.sub_district_id)
    assert (place.phone, place.lift_at_homes, place.contact_days) == ("010-65000000", 4, 60)
    rhythm = calendar.rhythm_of(db.session(), world.sub_district_id)
    assert rhythm == Rhythm(5, 4, time(17), time(19, 30), 6, time(11), 2, 10)
    line = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "settings_changed")).one()
    assert (line.object_id, line.fields.split(",")) == (str(world.sub_district_id), changed)
    assert settle(world) == []
    assert calendar.rhythm_of(db.session(), world.far_sub_district_id) == Rhythm()


def test_what_is_wrong_is_said_of_every_field_and_nothing_is_taken(world: World) -> None:
    wrong = {
        "phone": "打给我", "lift_at_homes": "0", "contact_days": "9" * 40, "weekday": "7", "cutoff_time": "25:00",
        "closing_time": "\0", "max_carries": "-1", "follow_up_days": "１２.5", "release_weekday": "", "release_time": "12",
    }  # fmt: skip
    with pytest.raises(ManyRefused) as refused:
        settle(world, **wrong)
    assert {one.field for one in refused.value.refusals} == set(wrong)
    assert fresh(SubDistrict, world.sub_district_id).phone == "010-00000000"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"cutoff_weekday": "5", "cutoff_time": "20:00"}, "cutoff_time"),
        ({"release_weekday": "5", "release_time": "19:30"}, "release_time"),
    ],
)
def test_times_that_do_not_fit_together_are_refused(
    world: World, changes: dict[str, str], field: str
) -> None:
    with pytest.raises(ManyRefused) as refused:
        settle(world, **changes)
    assert [one.field for one in refused.value.refusals] == [field]


def test_a_page_older_than_the_last_change_is_told(world: World) -> None:
    older = mark(world)
    settle(world)
    with pytest.raises(Refused, match="page_older"):
        settling.settle(world.actor("admin"), FORM | {"phone": "010-11111111"}, older)


def test_another_weekday_is_for_new_reports_and_keeps_what_was_promised(
    world: World, at: Callable[[str], None]
) -> None:
    before = world.queued()
    settle(world, weekday="6", cutoff_weekday="5", release_weekday="0")
    after = world.queued(world.doors[1])
    assert world.again(before).promised_on == SATURDAY
    assert after.case_day == date(2026, 11, 29)
    at("2026-11-28T09:00")
    running.open_day(world.actor("dispatcher"), world.sub_district_id, SATURDAY)
    at("2026-11-28T19:30")
    assert closing.due_for_closing(db.session(), world.sub_district_id) == [SATURDAY]
    closing.close(world.sub_district_id, SATURDAY)
    rhythm = calendar.rhythm_of(db.session(), world.sub_district_id)
    assert release_of(SATURDAY, rhythm).date() == date(2026, 11, 30)


def test_only_who_administers_settles_anything(world: World) -> None:
    for name in nobody_else(world):
        who = world.actor(name)
        with pytest.raises(Forbidden):
            settling.settle(who, FORM, mark(world))
        with pytest.raises(Forbidden):
            limits.set_hours(who, {}, "")
        with pytest.raises(Forbidden):
            settled_days.settle_day(who, SATURDAY, SKIPPED, "", "")


# ---- time limits ---------------------------------------------------------------------------------------


def test_a_limit_holds_from_the_next_case_on(world: World) -> None:
    before = world.queued()
    due = before.due_at
    rows = limits.rows(db.session())
    form = {f"limit-{row.key}": str(row.hours) for row in rows} | {"limit-7d": "48"}
    assert limits.set_hours(world.actor("admin"), form, limits.seen(rows)) == ["7d"]
    assert world.again(before).due_at == due
    after = world.queued(world.doors[1])
    assert (after.due_at - after.received_at).total_seconds() == 48 * 3600
    with pytest.raises(Refused, match="page_older"):
        limits.set_hours(world.actor("admin"), form, limits.seen(rows) + "x")


@pytest.mark.parametrize("hours", ["0", "2161", "", "1e3", "٣", "9" * 400, "\0", "-5"])
def test_a_limit_is_a_number_of_hours(world: World, hours: str) -> None:
    rows = limits.rows(db.session())
    form = {f"limit-{row.key}": str(row.hours) for row in rows} | {"limit-2h": hours}
    with pytest.raises(ManyRefused) as refused:
        limits.set_hours(world.actor("admin"), form, limits.seen(rows))
    assert [one.field for one in refused.value.refusals] == ["limit-2h"]
    assert fresh(TimeLimit, "2h").hours == 2


# ---- days ----------------------------------------------------------------------------------------------


def test_a_day_not_held_is_for_new_reports_and_the_promised_ones_stay(world: World) -> None:
    before = world.queued()
    assert say(world, SATURDAY, SKIPPED, "街道培训") == Settled(kept=1)
    after = world.queued(world.doors[1])
    assert (world.again(before).case_day, world.again(before).promised_on) == (SATURDAY, SATURDAY)
    assert after.case_day == NEXT
    assert say(world, SATURDAY, USUAL) == Settled(kept=0)
    assert world.queued(world.doors[2]).promised_on == SATURDAY


def test_an_expected_date_becomes_certain(world: World, at: Callable[[str], None]) -> None:
    at("2026-12-29T09:00")
    case = world.queued()
    assert (case.case_day, case.promise_tentative) == (EXPECTED, True)
    assert say(world, EXPECTED, HELD) == Settled(confirmed=1)
    assert not world.again(case).promise_tentative
    assert world.again(case).promised_on == EXPECTED
    assert not world.queued(world.doors[1]).promise_tentative


def test_an_expected_date_that_is_not_held_moves_and_the_resident_is_told(
    world: World, at: Callable[[str], None], admin: Desk
) -> None:
    at("2026-12-29T09:00")
    receipt = world.report()
    case = world.case(receipt)
    assert say(world, EXPECTED, SKIPPED) == Settled(moved=1)
    moved = world.again(case)
    assert (moved.case_day, moved.promised_on) == (date(2027, 1, 9), date(2027, 1, 9))
    assert world.events(moved)[-1].action == "roll_over"
    assert "改到1月9日" in admin.client.get(f"/r/{receipt}").get_data(as_text=True)


def test_only_coming_days_of_the_weekday_that_nobody_opened(world: World, at: Callable[[str], None]) -> None:
    who = world.actor("admin")
    empty = settled_days.mark_of(False, None, "")
    for day in (date(2026, 11, 21), date(2026, 11, 29), date(2030, 1, 5)):
        with pytest.raises(Refused, match="day_not_coming"):
            settled_days.settle_day(who, day, SKIPPED, "", empty)
    at("2026-11-28T09:00")
    running.open_day(world.actor("dispatcher"), world.sub_district_id, SATURDAY)
    with pytest.raises(Refused, match="day_begun"):
        settled_days.settle_day(who, SATURDAY, SKIPPED, "", empty)
    with pytest.raises(Refused, match="page_older"):
        settled_days.settle_day(who, NEXT, SKIPPED, "", "x")
    assert db.session.scalars(select(CalendarDay)).all() == []


def test_a_day_left_out_is_still_worked_for_what_was_promised(
    world: World, at: Callable[[str], None], desk: Callable[[str], Desk]
) -> None:
    case = world.queued()
    say(world, SATURDAY, SKIPPED)
    at("2026-11-28T09:00")
    dispatcher = desk("dispatcher")
    assert case.number in dispatcher.page(f"/desk/case-days/{SATURDAY}")
    assert f"/desk/case-days/{SATURDAY}" in dispatcher.page("/desk/case-days/")
    assert dispatcher.post(f"/desk/case-days/{SATURDAY}/open").status_code == 303


def test_what_is_expected_on_a_former_weekday_can_still_be_settled(
    world: World, at: Callable[[str], None]
) -> None:
    at("2026-12-29T09:00")
    case = world.queued()
    settle(world, weekday="6", cutoff_weekday="5", release_weekday="0")
    assert say(world, EXPECTED, SKIPPED) == Settled(moved=1)
    moved = world.again(case)
    assert (moved.case_day, moved.promise_tentative) == (date(2027, 1, 3), True)


def test_another_sub_districts_calendar_is_its_own(world: World) -> None:
    say(world, SATURDAY, SKIPPED)
    assert world.queued(world.far_door).promised_on == SATURDAY


# ---- at the desk ---------------------------------------------------------------------------------------


def test_the_page_keeps_what_was_typed_and_tells_beside_the_field(admin: Desk, world: World) -> None:
    page = admin.page("/admin/settings")
    assert 'value="18:00"' in page
    answer = admin.post(
        "/admin/settings", **FORM | {"closing_time": "八点", "phone": "010-777", "seen": mark(world)}
    )
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'id="closing_time-bad"' in page
    assert 'value="八点"' in page
    assert 'value="010-777"' in page
    assert admin.post("/admin/settings", **FORM | {"seen": mark(world)}).status_code == 303
    assert fresh(CaseDaySettings, world.sub_district_id).closing_time == time(19, 30)
    answer = admin.post("/admin/settings", **FORM | {"phone": "010-888", "seen": "older"})
    assert answer.status_code == 409
    assert 'value="010-888"' in answer.get_data(as_text=True)
    assert fresh(SubDistrict, world.sub_district_id).phone == "010-65000000"


def test_a_day_is_settled_on_the_page(admin: Desk, world: World) -> None:
    world.queued()
    sent = {
        "day": SATURDAY.isoformat(),
        "word": SKIPPED,
        "note": "街道培训",
        "seen": day_mark(world, SATURDAY),
    }
    assert admin.post("/admin/settings/days", **sent | {"word": "none"}).status_code == 422
    assert admin.post("/admin/settings/days", **sent | {"note": "长" * 81}).status_code == 422
    assert admin.post("/admin/settings/days", **sent).status_code == 303
    page = admin.page("/admin/settings")
    assert "1件答应了那天的还在名单上，照办。" in page
    assert "街道培训" in page
    assert admin.post("/admin/settings/days", **sent).status_code == 409
    for day in ("", "none", "2026-02-30", "9" * 4000, "2026-11-28\0"):
        assert admin.post("/admin/settings/days", **sent | {"day": day}).status_code == 422
    assert db.session.scalars(select(CaseFile.promised_on)).one() == SATURDAY


def test_limits_of_the_installation_are_changed_on_the_page(admin: Desk, world: World) -> None:
    rows = limits.rows(db.session())
    form = {f"limit-{row.key}": str(row.hours) for row in rows} | {"seen": limits.seen(rows)}
    assert "别的街道也跟着变" in admin.page("/admin/settings")
    assert admin.post("/admin/settings/limits", **form | {"limit-7d": "x"}).status_code == 422
    assert admin.post("/admin/settings/limits", **form | {"limit-7d": "100"}).status_code == 303
    assert admin.post("/admin/settings/limits", **form | {"limit-7d": "101"}).status_code == 409
    assert fresh(TimeLimit, "7d").hours == 100


def test_what_is_read_anew_is_read_by_the_verbs(world: World) -> None:
    with transaction() as session:
        session.get_one(SubDistrict, world.sub_district_id).statutory_basis = True
    form = {name: value for name, value in FORM.items() if name != "statutory_basis"}
    settling.settle(world.actor("admin"), form, mark(world))
    assert world.queued().legal_basis is None
