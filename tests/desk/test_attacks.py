"""What somebody with ill will would try at the desk: junk in every field of every form and address."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.actor import Actor, ActorKind, Role
from app.access.models import AuditEntry
from app.cases import bulk
from app.cases.assigning import Assignment
from app.cases.bulk import Picked
from app.db import db
from app.errors import Refused
from app.places.models import SubDistrict
from app.staff import accounts, editing, queries
from app.staff.models import Staff
from tests.desk.conftest import Desk
from tests.desk.test_gates import _staff_routes
from tests.desk.test_other_peoples import Hasty
from tests.world import World

Sit = Callable[[str], Desk]

JUNK = (
    "\0",
    "a\0b",
    "99999999999999999999",
    "2147483648",
    "-1",
    "\uffff",
    "\u202e",
    "٣",
    "x" * 5000,
    "'\"<%",
    "1e9",
    "0",
)
NAMES = (
    "q", "after", "before", "state", "community", "building", "door", "category", "kind", "unit", "handler", "due", "day",
    "channel", "waiting", "phone", "since", "until", "caller", "place", "query", "name", "shared", "do", "as", "act", "case",
    "back", "person", "lead_unit", "version", "note", "next_day", "reports", "report", "report_id", "into", "username", "role",
    "display_name", "communities", "supervisor", "seen", "days", "from", "to", "word", "table", "show", "take", "find",
    "text", "same", "where", "submission_key", "sort_now", "spot", "email", "template", "told", "proposed", "part", "due_on",
    "unit_id", "object", "code", "confirm_code", "visibility", "public_words", "words", "reason", "photo", "question",
)  # fmt: skip


@pytest.mark.parametrize("who", ["dispatcher", "admin", "officer"])
@pytest.mark.parametrize("junk", JUNK)
def test_junk_in_every_field_is_no_defect(app: Flask, desk: Sit, world: World, who: str, junk: str) -> None:
    app.test_client_class = Hasty
    at_desk, case = desk(who), world.queued()
    for endpoint, method, address in _staff_routes(app):
        if endpoint in ("auth.logout", "admin.end_other_logins"):
            continue
        url = address.replace("2611-9999", case.number)
        if method == "GET":
            answer = at_desk.client.get(url, query_string=dict.fromkeys(NAMES, junk))
        else:
            answer = at_desk.client.post(url, data=dict.fromkeys(NAMES, junk) | {"csrf_token": at_desk.token})
        assert answer.status_code < 500, f"{endpoint} {method} {junk!r}"


@pytest.mark.parametrize(
    "query", ["q=灯&after=2147483648", "state=all&after=1.2147483648", "state=received&after=1.1.2147483648"]
)
def test_a_place_no_id_can_be_starts_at_the_top(desk: Sit, world: World, query: str) -> None:
    case = world.queued()
    assert desk("dispatcher").get(f"/desk/?{query}").status_code == 200
    assert case.number in desk("dispatcher").page("/desk/?state=all&after=1.2147483648")


def test_who_looks_for_a_telephone_is_written_down_whichever_form_it_was(desk: Sit, world: World) -> None:
    at_desk, caller = desk("dispatcher"), "ab" * 32
    assert at_desk.post("/desk/filters", name="", query=f"caller={caller}").status_code == 422
    lines = db.session.scalars(select(AuditEntry.act).where(AuditEntry.act == "find_by_phone")).all()
    assert len(lines) == 1


def test_undo_gives_nothing_back_to_somebody_who_has_left(world: World) -> None:
    case, who, gone = world.queued(), world.actor("dispatcher"), world.staff["worker"]
    bulk.assign_many(who, [Picked(case.number, case.version)], Assignment(gone))
    had = world.again(case)
    act = bulk.assign_many(who, [Picked(had.number, had.version)], Assignment(world.staff["dispatcher"]))
    editing.let_go(world.actor("admin"), gone)
    assert act.act_id is not None
    assert bulk.undo(who, act.act_id).restored == [case.number]
    assert world.again(case).handler_id is None


def test_two_administrators_who_close_each_other_leave_one(
    app: Flask, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = db.session.get_one(Staff, world.staff["admin"])
    place = db.session.get_one(SubDistrict, one.sub_district_id)
    place_id, code = place.id, place.code
    accounts.let_keep_shared("admin", False)  # else the second could not reach the first at all
    other = accounts.add_staff("admin.two", "admin", sub_district_code=code, password="long enough for two")
    first = world.actor("admin")
    second = Actor(ActorKind.STAFF, other.staff_id, Role.ADMIN, place_id)
    both_asked, refused, ask = threading.Barrier(2), list[str](), editing._may_lose

    def ask_together(session: Session, actor: Actor, person: Staff) -> None:
        ask(session, actor, person)
        with contextlib.suppress(threading.BrokenBarrierError):
            both_asked.wait(1)

    def close(actor: Actor, staff_id: int) -> None:
        with app.app_context():
            try:
                editing.let_go(actor, staff_id)
            except Refused as why:
                refused.append(why.key)

    monkeypatch.setattr(editing, "_may_lose", ask_together)
    pairs = ((first, other.staff_id), (second, first.staff_id))
    db.session.rollback()
    threads = [threading.Thread(target=close, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == ["last_admin"]
    assert len(queries.with_role(db.session(), place_id, Role.ADMIN)) == 1
