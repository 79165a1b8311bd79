"""What staff are shown is written down: which page, which thing, which fields; never a value, and not at each reload."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from app.access import audit
from app.access.actor import SYSTEM, resident
from app.access.models import AuditEntry
from app.cases import data_requests, intake, keying_in, photos
from app.cases.models import Photo
from app.cases.wording import Words
from app.db import db, transaction
from app.web.gates import GATES, Open
from app.web.seen import NOT_SEEN, SEEN
from tests.desk.conftest import DAY, Desk
from tests.linting.client import LintingClient
from tests.pages.tours import picture
from tests.world import World

KEY = "11111111-1111-4111-8111-111111111111"
OTHER_KEY = "22222222-2222-4222-8222-222222222222"
Line = tuple[str, str, str, str]


def lines(who: int | None = None) -> list[Line]:
    """Act, kind, id and fields of every line, oldest first."""
    db.session.rollback()
    query = select(AuditEntry).order_by(AuditEntry.id)
    found = db.session.scalars(query if who is None else query.where(AuditEntry.staff_id == who))
    return [(one.act, one.object_kind, one.object_id, one.fields) for one in found]


def photographed(world: World) -> Photo:
    """A photo of a report at the first door, made anew."""
    taken = photos.take_in(picture(), "photo1")
    receipt = intake.receive(resident(), world.doors[0], KEY, Words(text="有照片", photos=1), [taken])
    photos.reencode(taken.media_name)
    [photo] = world.case(receipt).reports[0].photos
    return photo


def test_every_route_behind_a_permission_is_seen_or_has_a_reason() -> None:
    behind = {endpoint for endpoint, gate in GATES.items() if not isinstance(gate, Open)}
    assert behind - set(SEEN) - set(NOT_SEEN) == set(), (
        "call audit.saw and name it in SEEN, or give a reason in NOT_SEEN"
    )
    assert set(SEEN) | set(NOT_SEEN) <= behind
    assert not set(SEEN) & set(NOT_SEEN)
    assert all(NOT_SEEN.values())


def test_a_look_at_each_page_is_written_down(desk: Callable[[str], Desk], world: World) -> None:
    case = world.queued(phone="13912345678", name="周阿姨")
    receipt = world.again(case).reports[0].receipt
    data_requests.ask(receipt, KEY, "delete")
    photo = photographed(world)
    heard = keying_in.Keyed(f"d{world.doors[0].doorway_id}", Words(text="门口有积水"), "phone")
    keyed = keying_in.key_in(world.actor("dispatcher"), OTHER_KEY, heard)
    pages = {
        "desk.keyed": f"/desk/new/{keyed}",
        "desk.slip": f"/desk/new/{keyed}/slip",
        "desk.print_case": f"/desk/cases/{case.number}/print",
        "desk.case": f"/desk/cases/{case.number}",
        "desk.photo": f"/desk/photos/{photo.media_name}",
        "desk.door": f"/desk/doors/{world.doors[0].code}",
        "desk.case_day": f"/desk/case-days/{DAY}",
        "desk.closing": f"/desk/case-days/{DAY}/close",
        "desk.forwardings": "/desk/forwardings/",
        "desk.data_requests": "/desk/data-requests/",
        "admin.audit": "/admin/audit",
        "admin.audit_export": "/admin/audit.csv",
    }
    assert set(pages) >= set(SEEN), "a page of SEEN is not visited by this test"
    for endpoint, url in pages.items():
        who = "auditor" if endpoint.startswith("admin.") else "dispatcher"
        before = len(lines())
        assert desk(who).get(url).status_code == 200, url
        new = lines()[before:]
        assert SEEN[endpoint] in {kind for _act, kind, _id, _fields in new}, endpoint
    told = "".join(map(str, lines()))
    for secret in ("13912345678", "139", "周阿姨", "楼道灯", receipt):
        assert secret not in told
    assert [fields for _act, kind, _id, fields in lines() if "photo:" in fields] == [f"photo:{photo.id}"]
    seen = [fields for _act, kind, number, fields in lines() if (kind, number) == ("case", case.number)]
    assert "words,spot,visits" in seen  # at the door
    assert any("history" in fields and "phone_masked" in fields for fields in seen)


def test_reloading_does_not_flood_and_others_are_written_for_themselves(
    desk: Callable[[str], Desk], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = f"/desk/cases/{world.queued().number}"
    at_desk = desk("dispatcher")
    for _ in range(3):
        at_desk.page(page)
    assert len(lines(world.staff["dispatcher"])) == 1
    desk("worker").page(page)
    assert len(lines(world.staff["worker"])) == 1
    monkeypatch.setattr(audit, "SEEN_FOR_SECONDS", 0.0)
    at_desk.page(page)
    assert len(lines(world.staff["dispatcher"])) == 2


def test_what_is_refused_or_out_of_scope_is_not_seen(desk: Callable[[str], Desk], world: World) -> None:
    case, door = world.queued(), world.doors[0]
    for who in ("far_dispatcher", "other_worker", "auditor"):
        assert desk(who).get(f"/desk/cases/{case.number}").status_code in (403, 404)
        assert desk(who).get(f"/desk/doors/{door.code}").status_code in (403, 404)
    assert lines() == []


def test_a_page_that_answers_a_mistake_is_a_look_too(desk: Callable[[str], Desk], world: World) -> None:
    case = world.queued()
    assert desk("worker").post(f"/desk/cases/{case.number}/start", version=0).status_code == 409
    assert [kind for _act, kind, _id, _fields in lines(world.staff["worker"])] == ["case"]


def test_the_page_comes_also_when_nothing_can_be_written(
    desk: Callable[[str], Desk],
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fails(*_arguments: object) -> None:
        raise OSError("the disk is full")

    case, at_desk = world.queued(), desk("dispatcher")
    monkeypatch.setattr(audit, "write_together", fails)
    at_desk.page(f"/desk/cases/{case.number}")
    assert "could not be written down" in caplog.text
    monkeypatch.undo()
    at_desk.page(f"/desk/cases/{case.number}")  # it was not remembered as written
    assert len(lines()) == 1
    with caplog.at_level(logging.ERROR), transaction():
        audit.saw(
            world.actor("leader"), "case", case.number
        )  # a verb is no place for it, and loses nothing by it
    assert len(lines()) == 1


def test_exports_are_written_each_time_and_only_staff_is_seen(app: Flask, world: World) -> None:
    who = world.actor("leader")
    for _ in range(2):
        audit.saw(who, "export", "cases", ("number", "state"), act="export")
    assert lines() == [("export", "export", "cases", "number,state")] * 2
    audit.saw(resident(1), "case", "2611-0001")
    audit.saw(SYSTEM, "case", "2611-0001")
    assert len(lines()) == 2


def test_what_is_remembered_is_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "MOST_REMEMBERED", 5)
    audit.saw_each(world.actor("leader"), "case", [f"2611-{number:04}" for number in range(12)], ("words",))
    assert len(lines()) == 12
    assert len(audit._seen[db.engine]) == 5


def test_a_line_stands_where_it_belongs(world: World) -> None:
    case, far = world.queued(), world.queued(world.far_door)
    with transaction() as session:
        audit.record(session, world.actor("dispatcher"), "a", "case", far.number)
        audit.record(session, SYSTEM, "b", "case", far.number)
        audit.record(session, SYSTEM, "c", "staff", world.staff["far_dispatcher"])
        audit.record(session, SYSTEM, "d", "sub_district", "110105015")
        audit.record(session, SYSTEM, "e", "hotline_channel", "manual")
        audit.record(session, SYSTEM, "f", "staff", "nobody")
        audit.record(session, SYSTEM, "g", "case", "none")
        audit.record(session, SYSTEM, "h", "case", case.number, sub_district_id=world.far_sub_district_id)
    db.session.rollback()
    found = {one.act: one.sub_district_id for one in db.session.scalars(select(AuditEntry))}
    home, away = world.sub_district_id, world.far_sub_district_id
    assert found == dict(a=home, b=away, c=away, d=home, e=None, f=None, g=None, h=away)


def test_what_residents_do_writes_no_line(client: LintingClient, world: World) -> None:
    """The quick way of a report stays as short as it was."""
    receipt = world.report()
    assert client.get(f"/r/{receipt}").status_code == 200
    assert lines() == []
