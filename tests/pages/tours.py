"""Tours through the house: together they see every page in the states that matter, each page's own words
included. A tour checks that it got where it wanted to; what the pages say is looked at by the client."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from PIL import Image
from sqlalchemy import select, update

from app import clock, config
from app.access import audit
from app.access.actor import SYSTEM, resident
from app.case_days import deciding
from app.cases import (
    digesting,
    handling,
    intake,
    ledger_work,
    merging,
    photos,
    publishing,
    splitting,
)
from app.cases import queries as cases
from app.cases.models import CaseFile, Photo, Report
from app.cases.wording import Words
from app.cases.workflow import State
from app.categories import catalogue
from app.db import transaction
from app.forwarding import handover
from app.forwarding import queries as forwardings
from app.forwarding.models import Forwarding
from app.notices.models import Notice
from app.outbox import leasing
from app.places import codes
from app.reading import reading
from app.replies import templates
from app.replies.models import ReplyTemplate
from app.staff import accounts, duty, second_factor, sessions
from app.staff.models import Staff, StaffSession
from app.web import tokens
from app.web.admin import audit_words
from app.web.desk import phrases
from app.web.words import KINDS, NOTICES
from tests.desk.conftest import Desk
from tests.desk.test_going_on_after_login import hidden_on
from tests.forwarding.conftest import newest
from tests.forwarding.scripted import Scripted
from tests.keying import hostile, ledgers
from tests.pages.visitors import House, Resident
from tests.staff.telephone import Telephone, letters_on, log_in, token_on
from tests.world import ROLES

PHONE = "13912345678"
NOBODYS = "ABCDABCDABCD"
SATURDAY = date(2026, 11, 28)
DAY = "/desk/case-days/2026-11-28"
YES = {"contacted": "yes", "solved": "yes", "satisfaction": "satisfied"}


# ---- residents and the public ------------------------------------------------------------------------


def at_the_door(house: House) -> None:
    """The form, everything it refuses, and the codes that open nothing."""
    who, door = house.resident(), f"/d/{house.world.doors[0].code}"
    for url in ("/", "/?elder=1", "/privacy", "/d/", "/r/", door, f"{door}?elder=1"):
        who.see(url)
    who.see(f"/d/?code={house.world.doors[0].code}", 302)
    for url in ("/d/?code=none", "/d/none", "/d/none?elder=1", "/nowhere"):
        who.see(url, 404)
    _refused_forms(house, door)
    _sent_forms(who, door)
    _urgent_forms(house, door)
    _revoked_codes(house, who)


def _urgent_forms(house: House, door: str) -> None:
    """Each kind of danger, sent anyway, and the way back; and what a rule sets aside."""
    for text in ("漏煤气了", "着火了", "我被困在电梯里", "有人拿刀砍人", "老人晕倒了", "井盖没了"):
        who = house.resident()
        form = who.signs(door) | {"text": text}
        who.send(door, 200, **form, photo1=(picture(), "a.png"))
        who.send(door, 200, **form, change_words="1")
        sent = who.send(door, 303, **form, urgent_seen="1")
        who.see(sent)
        house.desk("dispatcher").page("/desk/")
    for wrong in ({"website": "x"}, {"text": "傻逼"}):
        who = house.resident()
        sent = who.send(door, 303, **who.signs(door) | {"text": "灯坏了"} | wrong)
        who.see(sent)
        case = house.world.case(sent.split("?")[0].rsplit("/", 1)[1])
        house.desk("dispatcher").page(f"/desk/cases/{case.number}")


def _refused_forms(house: House, door: str) -> None:
    for wrong in (
        {"text": " "},
        {"text": "长" * 2001},
        {"text": "a\x01b"},
        {"name": "长" * 41, "spot": "层" * 61},
        {"phone": "12"},
        {"call_back": "1"},
        {"email": "none"},
        {"email": "a@b.cn" + "n" * 120},
        {"kind": "none"},
        {"category": "9999"},
        {"csrf_token": "none"},
        {"submission_key": "none"},
        {"text": "", "phone": "12", "email": "none", "kind": "none"},
    ):
        who = house.resident()
        who.send(door, 422, **who.signs(door) | {"text": "灯坏了"} | wrong)
    for number in (1, 2, 6):
        who = house.resident()
        form = who.signs(door) | {"text": "灯坏了", f"photo{number}": (BytesIO(b"no picture"), "a.jpg")}
        who.send(door, 422, **form)
    who = house.resident()
    form = who.signs(door) | {"text": "灯坏了"}
    lifetime, tokens.LIFETIME = tokens.LIFETIME, -1
    try:
        who.send(door, 422, **form)
    finally:
        tokens.LIFETIME = lifetime


def _sent_forms(who: Resident, door: str) -> None:
    form = who.signs(door) | {"text": "灯坏了", "photo1": (picture(), "a.png")}
    receipt = who.send(door, 303, **form)
    who.see(receipt)
    who.send(door, 422, **form | {"text": "门也坏了", "photo1": ""})
    for _ in range(8):
        who.send(door, 303, **form | {"photo1": ""})
    who.send(door, 429, **form | {"photo1": ""})


def _revoked_codes(house: House, who: Resident) -> None:
    for door, reason in zip(house.world.doors[9:12], ("replaced", "stolen", "gone"), strict=True):
        codes.revoke(house.world.actor("admin"), door.code, reason)
        if reason == "replaced":
            codes.issue(house.world.actor("admin"), "110105015")
        who.see(f"/d/{door.code}", 410)
        who.send(f"/d/{door.code}", 410)


def with_a_receipt(house: House) -> None:
    """A receipt nobody was given, photos in every state, words added, refused and taken back."""
    who, world = house.resident(), house.world
    for url in ("/r/none", f"/r/{NOBODYS}", "/r/?receipt=none"):
        who.see(url, 404)
    receipt = _with_photos(house)
    page = f"/r/{receipt}"
    who.see(f"/r/?receipt={receipt}", 302)
    who.see(f"{page}?elder=1")
    for wrong in ({"text": ""}, {"text": "长" * 2001}, {"text": "a\x01b"}, {"csrf_token": "none"}):
        who.send(f"{page}/add", 422, **who.signs(page) | {"text": "还有"} | wrong)
    who.send(f"{page}/follow-up", 422, **who.signs(page) | YES)
    who.send(f"{page}/follow-up", 422, **who.signs(page))
    who.send(f"{page}/add", 303, **who.signs(page), text="五层也是")
    signed = who.signs(page)
    who.send(f"{page}/withdraw", 303, **signed)
    who.see(page)
    for act, status in (("withdraw", 303), ("add", 422), ("follow-up", 422)):
        who.send(f"{page}/{act}", status, **signed, text="再说一句")
    who.send(f"{page}/add", 422, **signed, text="")
    who.send(f"/r/{NOBODYS}/add", 404)
    forwarded = world.queued()
    handover.forward_now(world.actor("dispatcher"), forwarded.number, forwarded.version)
    theirs = f"/r/{receipt_of(house, forwarded)}"
    who.send(f"{theirs}/withdraw", 422, **who.signs(theirs))
    _too_many_receipts(house)


def _with_photos(house: House) -> str:
    taken = [photos.take_in(picture(), f"photo{number}") for number in (1, 2, 3)]
    words = Words(text="有照片", photos=len(taken))
    receipt = intake.receive(resident(), house.world.doors[0], str(uuid4()), words, taken)
    photos.reencode(taken[0].media_name)
    with transaction() as session:
        session.execute(update(Photo).where(Photo.media_name == taken[2].media_name).values(state="refused"))
    page = house.resident().see(f"/r/{receipt}")
    link = page.split('<img src="', 1)[1].split('"', 1)[0]
    house.resident().see(link)
    house.resident().see("/media/none", 404)
    at_desk = house.desk("dispatcher")
    at_desk.page(f"/desk/cases/{house.world.case(receipt).number}")
    assert at_desk.get(f"/desk/photos/{taken[0].media_name}").status_code == 200
    assert at_desk.get(f"/desk/photos/{taken[1].media_name}").status_code == 404
    _photos_of_staff(house, house.world.case(receipt))
    return receipt


def _photos_of_staff(house: House, case: CaseFile) -> None:
    """None chosen, one that is none, an old page; then three that wait, are ready, and were refused."""
    at_desk, page = house.desk("dispatcher"), f"/desk/cases/{case.number}"
    for version, fields, status in (
        (case.version, {}, 422),
        (case.version, {"photo2": (BytesIO(b"none"), "a.jpg")}, 422),
        (0, {"photo1": (picture(), "a.jpg")}, 409),
    ):
        assert at_desk.post(f"{page}/photos", version=version, **fields).status_code == status
    three = {f"photo{number}": (picture(), "a.jpg") for number in (1, 2, 3)}
    sent = {"version": case.version, "is_cleared": "1"} | three
    assert at_desk.post(f"{page}/photos", **sent).status_code == 303
    taken = cases.staff_photos(reading(), house.world.again(case).id)
    photos.reencode(taken[0].media_name)
    photos.reencode(taken[1].media_name, give_up=True)
    at_desk.page(page)
    house.desk("leader").page(page)


def _too_many_receipts(house: House) -> None:
    who = house.resident()
    for _ in range(60):
        who.client.get(f"/r/{NOBODYS}")
    who.see(f"/r/{NOBODYS}", 429)


def losing_a_receipt(house: House) -> None:
    """A receipt lost, where short messages are sent and where none are."""
    who = house.resident()
    for wrong in ({"phone": "12"}, {"phone": "139\x0112345678"}, {"csrf_token": "none"}):
        who.send("/r/recover", 422, **who.signs("/r/") | {"phone": "13912345678"} | wrong)
    who.see(who.send("/r/recover", 303, **who.signs("/r/"), phone="13912345678"))
    who.see("/r/?elder=1")
    who.see("/r/recover?elder=1")
    with_messages = config.active()
    config.activate(dataclasses.replace(with_messages, sms_url=""))
    try:
        who.see("/r/")
        who.see("/r/recover", 302)
    finally:
        config.activate(with_messages)


def asking_what_is_held(house: House) -> None:
    """Being called, a number deleted, everything held shown, and asked to be deleted: refused and done."""
    who, world, at_desk = house.resident(), house.world, house.desk("dispatcher")
    page = f"/r/{world.report(text='管子漏水', name='周阿姨', spot='五层', kind='help')}"
    for phone in ("", "12"):
        who.send(f"{page}/call-me", 422, **who.signs(page), phone=phone)
    who.send(f"{page}/call-me", 303, **who.signs(page), phone=PHONE)
    number = world.case(page[3:]).number
    assert at_desk.post(f"/desk/cases/{number}/phone", reason="约上门时间").status_code == 200
    who.see(who.send(f"{page}/data-request", 303, **who.signs(page), kind="see"))
    who.send(f"{page}/forget-phone", 303, **who.signs(page))
    who.send(f"{page}/data-request", 422, **who.signs(page), kind="none")
    at_desk.page("/desk/data-requests/")
    for number, outcome in enumerate(("refused", "done"), 2):
        who.see(who.send(f"{page}/data-request", 303, **who.signs(page), kind="delete"))
        at_desk.page("/desk/")
        at_desk.page("/desk/data-requests/")
        url = f"/desk/data-requests/{number}"
        assert at_desk.post(url, outcome=outcome, note="").status_code == 422
        assert at_desk.post(url, outcome="none", note="好").status_code == 422
        assert at_desk.post(url, outcome=outcome, note="说明白了").status_code == 303
        assert at_desk.post(url, outcome=outcome, note="说明白了").status_code == 422
        at_desk.page("/desk/data-requests/")
        who.see(page)
    assert at_desk.post("/desk/data-requests/9", outcome="done", note="好").status_code == 404
    who.see(f"{page}?held=1")


def judging(house: House) -> None:
    """The three questions: answered, changed, not solved, and not solved again."""
    who, world = house.resident(), house.world
    solved = _resolved(house, world.report(text="暖气不热"))
    page = f"/r/{solved}"
    for wrong in (
        {},
        {"contacted": "yes", "note": "还是闪"},
        YES | {"note": "长" * 501},
        YES | {"note": "a\x01b"},
    ):
        who.send(f"{page}/follow-up", 422, **who.signs(page) | wrong)
    who.send(f"{page}/follow-up", 303, **who.signs(page) | YES)
    who.see(page)
    who.send(f"{page}/follow-up", 422, **who.signs(page))
    who.send(f"{page}/follow-up", 422, **who.signs(page) | YES | {"note": "长" * 501})
    again = f"/r/{_resolved(house, world.report(text='电梯又停了'))}"
    for satisfaction in ("dissatisfied", "basically_satisfied"):
        answers = {"contacted": "no", "solved": "no", "satisfaction": satisfaction}
        who.send(f"{again}/follow-up", 303, **who.signs(again) | answers)
        who.see(again)
        if world.case(again[3:]).state == State.QUEUED.value:
            _resolved(house, again[3:])
            who.see(again)
    case = world.case(again[3:])
    house.desk("dispatcher").page(f"/desk/cases/{case.number}")


def saying_me_too(house: House) -> None:
    """A neighbour joins, is refused, is led to the telephones first, and takes it back."""
    world, door = house.world, f"/d/{house.world.doors[0].code}"
    case = world.queued()
    at_desk = world.actor("dispatcher")
    case = publishing.publish(at_desk, case.number, case.version, "楼道的灯不亮", "door")
    house.at("2026-11-24T10:00")
    for wrong in (
        {"phone": "12"},
        {"note": "长" * 2001},
        {"note": "a\x01b", "phone": "x" * 31},
        {"case": "2611-9999"},
        {"csrf_token": "none"},
        {"submission_key": "none"},
    ):
        who = house.resident()
        who.send(f"{door}/me-too", 422, **who.signs(door) | {"case": case.number, "note": "也黑"} | wrong)
    who = house.resident()
    form = who.signs(door) | {"case": case.number}
    for more in ({}, {"elder": "1"}):
        query = "?elder=1" if more else ""
        who.send(f"{door}/me-too{query}", 200, **form | {"note": "着火了"})
    receipt = who.send(f"{door}/me-too", 303, **form | {"note": "六层也黑"})
    who.see(receipt)
    who.see(f"{receipt.split(chr(63))[0]}?elder=1")
    who.send(f"{door}/me-too", 422, **form | {"note": "七层也黑"})
    again = who.send(f"{door}/me-too", 303, **who.signs(door) | {"case": case.number})
    who.see(again)  # the same network
    house.desk("dispatcher").page(f"/desk/cases/{case.number}")
    house.desk("dispatcher").page("/desk/?state=queued")
    for _ in range(2):
        who.send(f"{receipt.split('?')[0]}/undo", 303, **who.signs(receipt))
    who.see(receipt)
    own = f"/r/{receipt_of(house, case)}"
    who.send(f"{own}/undo", 422, **who.signs(own))
    case = world.again(case)
    handling.act(at_desk, case.number, "resolve", case.version, "换了灯")
    who.send(f"{door}/me-too", 422, **who.signs(door) | {"case": case.number, "note": "还是黑"})
    who.see(again)


def on_the_board(house: House) -> None:
    """A community's public board, quiet and busy, and one that is none."""
    who, world = house.resident(), house.world
    board = f"/c/{world.doors[0].community_code}"
    who.see(board)
    who.see("/c/none", 404)
    for state in (State.QUEUED, State.CLOSED, State.FORWARDED):
        for nth in range(9):
            case = world.case(world.report(text=f"第{uuid4()}件"))
            shown = {"visibility": "community", "public_words": "门口的灯", "published_at": clock.now()}
            change(case, state=state.value, resolved_at=clock.now(), homes=nth, **shown)
    for page in ("", "?page=2", "?page=3", "?elder=1"):
        who.see(board + page)
    house.at((clock.now() + timedelta(seconds=10)).isoformat())  # so long a page of a door may be kept
    for view in ("", "?elder=1"):
        who.see(f"/d/{world.doors[0].code}{view}")
    who.see(f"/d/{world.doors[1].code}")


# ---- the desk ----------------------------------------------------------------------------------------


def in_every_state(house: House) -> None:
    """A case in every state on the receipt and on the desk, to everybody who may see it."""
    who, world = house.resident(), house.world
    desks = [house.desk(name) for name in ("dispatcher", "worker", "leader")]
    for state in State:
        receipt = world.report(phone=PHONE, name="周阿姨", spot="五层", call_back=True)
        case = world.case(receipt) if state in (State.RECEIVED, State.SET_ASIDE) else _sorted(house, receipt)
        _lead_to(house, case, state)
        assert world.again(case).state == state.value
        who.see(f"/r/{receipt}")
        for at_desk in desks:
            at_desk.page(f"/desk/cases/{case.number}")
            at_desk.page(f"/desk/cases/{case.number}/print?photos=1")
        change(
            case,
            due_first=True,
            promise_tentative=True,
            kind=None,
            category_id=None,
            lead_unit="",
            legal_basis=None,
        )
        who.see(f"/r/{receipt}")
        desks[0].page(f"/desk/cases/{case.number}")
    for kind in KINDS:
        desks[0].page(f"/desk/cases/{world.case(world.report(kind=kind)).number}")
    for at_desk in desks:
        for tab in ("received", "queued", "in_progress", "resolved", "forwarded", "all", "none"):
            at_desk.page(f"/desk/?state={tab}")
        at_desk.page("/desk/doors/" + world.doors[0].code)
    desks[0].page(f"/desk/?state=all&community={world.communities[0]}")
    desks[0].page("/desk/?state=all&after=1")
    _narrowing_the_queue(house)
    desks[0].page("/d/" + world.doors[0].code)


def _narrowing_the_queue(house: House) -> None:
    """Filters open, understood or not, kept, renamed and refused; what is searched, and taken away."""
    at_desk, world = house.desk("dispatcher"), house.world
    digesting.digest(forwardings.order_numbers, at_most=10_000)
    for query in (
        "q=楼道", f"q={world.doors[0].code}", "q=2611-0001", "q=没有的", "due=overdue&phone=yes&handler=mine",
        f"state=all&community={world.communities[0]}&kind=help&channel=scan&waiting=1", "state=all&after=1.1",
        "day=none&unit=none", "state=queued&category=住房&since=2026-11-01&until=2026-11-30&day=2026-11-28",
    ):  # fmt: skip
        at_desk.page(f"/desk/?{query}")
    found = at_desk.post("/desk/find", q=PHONE)
    at_desk.page(found.headers["Location"])
    house.desk("leader").post("/desk/find", q=PHONE)
    house.desk("leader").page("/desk/")
    for name, status in (("", 422), ("长" * 41, 422), ("我的", 303), ("都看", 303)):
        saved = at_desk.post("/desk/filters", name=name, query="state=all&due=week", shared="1")
        assert saved.status_code == status
    page = at_desk.page("/desk/")
    one = re.findall(r'action="/desk/filters/([0-9]+)"', page)
    for do, name, status in (
        ("rename", "", 422),
        ("rename", "都看", 422),
        ("unshare", "", 303),
        ("share", "", 303),
    ):
        kept = at_desk.post(f"/desk/filters/{one[-1]}", do=do, name=name, query="state=all").status_code
        assert kept in (status, 303)
        at_desk.page("/desk/")
    for number in one:
        assert at_desk.post(f"/desk/filters/{number}", do="delete").status_code == 303
    for form in ("xlsx", "csv"):
        assert at_desk.post("/desk/export", query="state=all", **{"as": form}).status_code == 200
    assert at_desk.post("/desk/export", query="", **{"as": "none"}).status_code == 400


def _lead_to(house: House, case: CaseFile, state: State) -> None:
    at_desk, version = house.world.actor("dispatcher"), case.version
    note, ground = "说明白了", {"ground": "lawful_channel"}
    steps: dict[State, Callable[[], object]] = {
        State.IN_PROGRESS: lambda: handling.act(at_desk, case.number, "start", version),
        State.RESOLVED: lambda: handling.act(at_desk, case.number, "answer", version, note),
        State.CLOSED: lambda: _close(house, case),
        State.FORWARDED: lambda: handover.forward_now(at_desk, case.number, version),
        State.DECLINED: lambda: handling.act(at_desk, case.number, "decline", version, note, data=ground),
        State.TRANSFERRED: lambda: handling.act(
            at_desk, case.number, "transfer", version, note, data={"called": "119"}
        ),
        State.WITHDRAWN: lambda: _withdraw(house, case),
        State.SET_ASIDE: lambda: handling.act(at_desk, case.number, "set_aside", version, note),
        State.MERGED: lambda: merging.merge(at_desk, case.number, version, house.world.queued().number),
    }
    steps.get(state, lambda: None)()


def pressing_buttons(house: House) -> None:
    """Every button with too little, too much and on an old page; then as it should be, with what it says."""
    world = house.world
    at_desk = house.desk("dispatcher")
    house.at("2026-12-12T10:00")
    for action in phrases.BUTTONS:
        case = _ready_for(house, action)
        url = f"/desk/cases/{case.number}/{action}"
        good = {
            "version": case.version,
            "note": "说明白了",
            "category": "0304",
            "ground": "secret",
            "called": "120",
            "next_day": "2026-12-22",
            "reports": world.again(case).reports[-1].id if world.again(case).reports else 0,
            "person": world.staff["worker"],
            "into_number": world.queued().number,
            "public_words": "楼道的灯不亮",
            "visibility": "community",
        }
        for wrong in (
            {"note": ""},
            {"note": "长" * 501},
            {"note": "a\x01b"},
            {"version": 0},
            {"category": "9999"},
            {"kind": "none"},
            {"lead_unit": "长" * 61},
            {"lead_unit": "a\x01"},
            {"ground": ""},
            {"called": ""},
            {"next_day": ""},
            {"next_day": "2026-11-01"},
            {"next_day": "2099-01-01"},
            {"person": ""},
            {"person": world.staff["other_worker"]},
            {"public_words": ""},
            {"public_words": "长" * 201},
            {"public_words": "a\x01b"},
            {"public_words": "找13912345678"},
            {"public_words": "301室漏水"},
            {"visibility": ""},
        ):
            if _matters(action, wrong):
                assert at_desk.post(url, **good | wrong).status_code in (409, 422), f"{action} {wrong}"
        assert at_desk.post(url, **good).status_code == 303, action
        at_desk.page(f"/desk/cases/{case.number}")
        if world.again(case).reports:  # else they have moved to another case
            house.resident().see(f"/r/{receipt_of(house, case)}")
        assert at_desk.post(url, **good | {"version": world.again(case).version}).status_code in (303, 422)
    _telephone(house)


def _matters(action: str, wrong: dict[str, object]) -> bool:
    """Whether this action looks at that field."""
    (field,) = wrong
    if field == "note":
        return action in phrases.NOTE_LABELS
    return field == "version" or action in {
        "category": ("triage",),
        "kind": ("triage",),
        "lead_unit": ("triage", "assign"),
        "ground": ("decline",),
        "called": ("transfer",),
        "next_day": ("in_hand", "extend"),
        "person": ("carry_over", "assign"),
        "public_words": ("publish",),
        "visibility": ("publish",),
    }.get(field, ())


def _ready_for(house: House, action: str) -> CaseFile:
    """A case from which this button leads on; several stand on today's list."""
    world = house.world
    if action == "triage":
        return world.case(world.report())
    case = world.queued()
    change(case, case_day=date(2026, 12, 12))
    case = world.again(case)
    at_desk = world.actor("dispatcher")
    if action in ("split", "unsplit"):
        other = world.queued(world.doors[1])
        merging.merge(at_desk, other.number, other.version, case.number)
        case = world.again(case)
        if action == "split":
            return case
        return world.again(splitting.split(at_desk, case.number, case.version, [case.reports[-1].id]))
    before: dict[str, Callable[[], CaseFile]] = {
        "release": lambda: handling.act(at_desk, case.number, "set_aside", case.version, "先放着"),
        "reopen": lambda: handling.act(at_desk, case.number, "resolve", case.version, "好了"),
        "recall": lambda: deciding.decide(at_desk, case.number, case.version, "mark_due"),
        "unmerge": lambda: merging.merge(at_desk, case.number, case.version, world.queued().number),
        "unpublish": lambda: publishing.publish(at_desk, case.number, case.version, "楼道的灯不亮", "door"),
    }
    return before.get(action, lambda: case)()


def _telephone(house: House) -> None:
    world, at_desk = house.world, house.desk("worker")
    reached = world.queued(phone=PHONE, name="周阿姨", email="zhou@example.org", call_back=True)
    url = f"/desk/cases/{reached.number}/phone"
    for reason in ("", "长" * 501, "a\x01b"):
        assert at_desk.post(url, reason=reason).status_code == 422
    assert at_desk.post(url, reason="约上门时间").status_code == 200
    assert at_desk.post(f"/desk/cases/{world.queued().number}/phone", reason="约").status_code == 422
    at_desk.page(f"/desk/cases/{reached.number}")
    unsaid = world.case(world.report(kind="inquiry"))
    dispatcher = house.desk("dispatcher")
    sort = {"version": unsaid.version, "kind": "inquiry"}
    assert dispatcher.post(f"/desk/cases/{unsaid.number}/triage", **sort).status_code == 303
    dispatcher.page(f"/desk/cases/{unsaid.number}")
    forward = f"/desk/cases/{unsaid.number}/forward_now"
    assert dispatcher.post(forward, version=unsaid.version + 1).status_code == 422
    carried = world.queued()
    change(carried, carries=1)
    dispatcher.page(f"/desk/cases/{carried.number}")


def merging_and_asking(house: House) -> None:
    """A question and its answer; a case merged, refused, taken apart; the calendar file with and without a day."""
    world, who = house.world, house.resident()
    at_desk, worker = house.desk("dispatcher"), house.desk("worker")
    case, into = world.queued(phone=PHONE), world.queued(phone="13887654321")
    mine, theirs = (f"/r/{receipt_of(house, one)}" for one in (case, into))
    who.see(f"{mine}/promise.ics")
    url = f"/desk/cases/{case.number}"
    assert worker.post(f"{url}/ask_resident", version=case.version, note="几层的？").status_code == 303
    worker.page(url)
    worker.page("/desk/?state=queued")
    for text, status in (("", 422), ("长" * 2001, 422), ("五层的", 303)):
        who.send(f"{mine}/answer", status, **who.signs(mine), text=text)
    who.send(f"{mine}/answer", 422, **who.signs(mine), text="又想起来")
    who.send(f"{mine}/add", 303, **who.signs(mine), text="", photo1=(picture(), "a.png"))
    who.send(f"{mine}/add", 422, **who.signs(mine), text="还有", photo1=(BytesIO(b"none"), "a.png"))
    version = world.again(case).version
    for number in ("", case.number, "2611-9999"):
        assert at_desk.post(f"{url}/merge", version=version, into_number=number).status_code == 422
    assert at_desk.post(f"{url}/merge", version=version, into_number=into.number).status_code == 303
    for page in (url, f"/desk/cases/{into.number}"):
        at_desk.page(page)
        house.desk("leader").page(page)
    assert worker.post(f"/desk/cases/{into.number}/phone", reason="约").status_code == 422
    both = {report.receipt: report.id for report in world.again(into).reports}
    assert (
        worker.post(f"/desk/cases/{into.number}/phone", report=min(both.values()), reason="约").status_code
        == 200
    )
    for page in (mine, theirs):
        who.see(page)
        who.see(f"{page}/promise.ics")
    who.send(f"{theirs}/withdraw", 303, **who.signs(theirs))
    who.see(theirs)
    who.see(f"{theirs}/promise.ics", 404)
    assert at_desk.post(f"{url}/unmerge", version=world.again(case).version).status_code == 303
    for page in (url, f"/desk/cases/{into.number}"):
        at_desk.page(page)
    who.see(mine)


def many_at_once(house: House) -> None:
    """Ticked cases sorted, given out, refused, changed meanwhile and gone; what was done, taken back and not."""
    world, at_desk = house.world, house.desk("dispatcher")
    at_desk.page("/desk/bulk")
    at_desk.page("/desk/bulk?do=triage")
    fresh = [world.case(world.report(world.doors[n], text=f"第{n}件")) for n in range(4)]
    ticks = [f"{one.number}:{one.version}" for one in fresh]
    for do in ("triage", "assign"):
        asked = at_desk.client.get("/desk/bulk", query_string={"case": [*ticks, "2611-9999:1"], "do": do})
        assert asked.status_code == 200
    for who in ("worker", "leader"):
        house.desk(who).page("/desk/")
    assert (
        house.desk("worker").post(f"/desk/cases/{fresh[1].number}/note", version=1, note="看过").status_code
        == 303
    )
    for act, wrong in (
        ("triage", {"kind": "none", "category": "9999"}),
        ("triage", {"lead_unit": "长" * 61}),
        ("triage", {"case": []}),
        ("triage", {"case": ["2611-0001:1"] + [f"2612-{n:04}:1" for n in range(101)]}),
        ("assign", {}),
        ("assign", {"person": world.staff["other_worker"]}),
        ("triage", {"lead_unit": "社区居委会", "category": "0304"}),
        ("triage", {"category": "0304", "case": [*ticks, "2611-9999:1"]}),
    ):
        assert at_desk.post("/desk/bulk", **{"act": act, "case": ticks} | wrong).status_code == 422, wrong
    at_desk.page("/desk/")
    queued = [f"{one.number}:{world.again(one).version}" for one in (fresh[0], fresh[2])]
    given = {"case": queued, "person": world.staff["worker"]}
    assert at_desk.post("/desk/bulk", act="assign", **given).status_code == 303
    at_desk.page("/desk/?state=queued")
    house.work()
    house.desk("worker").page("/desk/")
    given, sorted_ = _acts(at_desk)[:2]
    for act in (given, sorted_):
        at_desk.page(act)
    house.desk("worker").page(given)
    assert at_desk.post(f"{sorted_}/undo").status_code == 303
    at_desk.page(sorted_)
    for status in (303, 422):
        assert at_desk.post(f"{given}/undo", back="state=queued").status_code == status
    for page in (given, "/desk/bulk", f"/desk/cases/{fresh[0].number}", "/desk/"):
        at_desk.page(page)
    house.work()
    house.desk("worker").page("/desk/")
    house.resident().see(f"/r/{receipt_of(house, fresh[3])}")
    assert at_desk.get("/desk/news?place=0").status_code == 200
    sort = {"act": "triage", "category": "0304"}
    again = [
        f"{fresh[0].number}:{world.again(fresh[0]).version}",
        f"{fresh[3].number}:{world.again(fresh[3]).version}",
    ]
    at_desk.post("/desk/bulk", **sort, case=again)
    at_desk.page("/desk/")


def _acts(at_desk: Desk) -> list[str]:
    """Pages of what this account did at once, the newest first."""
    return [
        f"/desk/bulk/{one.split(chr(34))[0]}"
        for one in at_desk.page("/desk/bulk").split('href="/desk/bulk/')[1:]
    ]


def with_units(house: House) -> None:
    """Units asked, wrongly and well, let go; their officers answer, are refused, send back, and end it."""
    world, boss, leads = house.world, house.desk("dispatcher"), house.desk("officer")
    leads.page("/desk/unit")  # nothing yet
    water = accounts.add_staff("water", "officer", sub_district_code="110105015", unit="八里庄供水所")
    world.staff["water"] = water.staff_id
    supports = house.desk("water")
    case = world.queued(phone=PHONE, name="周阿姨", email="zhou@example.org", call_back=True)
    url = f"/desk/cases/{case.number}"
    boss.page(url)

    def press(desk: Desk, action: str, status: int, **fields: object) -> None:
        sent = {"version": world.again(case).version} | fields
        assert desk.post(f"{url}/{action}", **sent).status_code == status, (action, fields)

    for wrong in (
        {"unit": ""},
        {"part": ""},
        {"due_on": "x"},
        {"due_on": "2026-11-01"},
        {"due_on": "2027-06-01"},
    ):
        fields: dict[str, object] = {"unit": "红庙物业", "part": "lead", "note": "请去看看"}
        press(boss, "assign_unit", 422, **fields | wrong)
    press(boss, "assign_unit", 303, unit="红庙物业", part="lead", note="请去看看")
    press(boss, "assign_unit", 422, unit="红庙物业", part="lead")
    tomorrow = (clock.now() + timedelta(days=1)).date().isoformat()
    press(boss, "assign_unit", 303, unit="八里庄供水所", part="supporting", due_on=tomorrow)
    house.work()
    for desk in (leads, supports):
        desk.page("/desk/unit")
        desk.page(url)
    for desk in (boss, house.desk("worker"), house.desk("leader")):
        desk.page(url)
    press(leads, "unit_done", 422, note="换好了")
    press(leads, "unit_done", 409, note="换好了", version=1)
    press(supports, "unit_done", 422, note="换好了")
    press(supports, "unit_answer", 422, note="", proposed="长" * 501)
    press(supports, "unit_answer", 303, note="水压正常", proposed="水没问题")
    for reason, status in (("", 422), ("约上门时间", 200)):
        assert leads.post(f"{url}/phone", reason=reason).status_code == status
    version = world.again(case).version
    for photo in ((BytesIO(b"none"), "a.jpg"), (picture(), "a.png")):
        leads.post(f"{url}/photos", version=version, photo1=photo)
    leads.page(url)
    boss.page(url)
    press(boss, "release_unit", 422, unit_id="x")
    press(boss, "release_unit", 303, unit_id=house.world.actor("water").unit_id, note="不用了")
    boss.page(url)
    press(leads, "unit_returns", 422, note="")
    press(leads, "unit_returns", 303, note="不归我们", next="unit")
    press(boss, "merge", 422, into_number="2611-9999")
    press(boss, "assign_unit", 303, unit="红庙物业", part="lead")
    press(boss, "merge", 422, into_number=world.queued().number)
    house.work()
    press(leads, "unit_done", 303, note="换好了")
    for desk in (leads, supports, boss):
        desk.page("/admin/")
    leads.page("/desk/unit")
    leads.page(url)
    house.resident().see(f"/r/{receipt_of(house, case)}")


# ---- a Saturday --------------------------------------------------------------------------------------


def through_a_saturday(house: House) -> None:
    """The list before, on and after the day: opening, visits, the closing with each outcome, hold and release."""
    world = house.world
    at_desk, worker, leader = (house.desk(who) for who in ("dispatcher", "worker", "leader"))
    days = ("/desk/case-days/", DAY, f"{DAY}/close")
    for url in days:
        at_desk.page(url)  # nothing on the list yet
    cases = [world.queued(world.doors[number], text=f"第{number}件事") for number in range(8)]
    unsorted = world.case(world.report(world.doors[3], text="还没分的"))
    change(cases[6], carries=1)
    assert worker.post(f"{DAY}/open").status_code == 422
    house.at("2026-11-28T09:00")
    for url in days:
        at_desk.page(url)
    leader.page(DAY)
    assert worker.post(f"{DAY}/open").status_code == 303
    _visits(house, cases[:5])
    _closing(house, cases, unsorted)
    for url in days:
        at_desk.page(url)
    house.at("2026-11-28T20:00")
    house.work()
    for url in days:
        at_desk.page(url)
        if "close" not in url:
            worker.page(url)
            leader.page(url)
    due = world.again(cases[7])
    assert due.due_marked_at is not None
    back = {"version": due.version, "next": "case-day", "day": SATURDAY.isoformat()}
    assert at_desk.post(f"/desk/cases/{due.number}/recall", **back).status_code == 303
    at_desk.page(DAY)
    house.at("2026-11-29T12:00")
    house.work()
    for url in days:
        at_desk.page(url)
    for case in (*cases, unsorted):
        at_desk.page(f"/desk/cases/{case.number}")
        house.resident().see(f"/r/{receipt_of(house, case)}")
    at_desk.page("/desk/")
    leader.page("/desk/")
    assert at_desk.post(f"{DAY}/open").status_code == 422
    house.at("2026-12-06T13:00")  # a Saturday nobody opened
    house.work()
    at_desk.page("/desk/case-days/2026-12-05")
    at_desk.page("/desk/")


def _visits(house: House, cases: list[CaseFile]) -> None:
    world, worker = house.world, house.desk("worker")
    for case, outcome in zip(cases, phrases.VISITS, strict=True):
        door = f"/desk/doors/{world.doors[cases.index(case)].code}"
        worker.page(door)
        version = world.again(case).version
        sent = {"case": case.number, "version": version, "outcome": outcome}
        for wrong in ({"note": "长" * 501}, {"note": "a\x01b"}, {"outcome": "none"}, {"version": 0}):
            assert worker.post(f"{door}/visit", **sent | {"note": "好"} | wrong).status_code in (409, 422)
        if outcome in ("resolved", "carry_over"):
            assert worker.post(f"{door}/visit", **sent, note="").status_code == 422
        assert worker.post(f"{door}/visit", **sent, note="看过了").status_code == 303
        worker.page(door)
    worker.page(f"/desk/doors/{world.doors[7].code}")
    house.desk("leader").page(f"/desk/doors/{world.doors[0].code}")
    worker.page(f"/d/{world.doors[0].code}")


def _closing(house: House, cases: list[CaseFile], unsorted: CaseFile) -> None:
    world, at_desk = house.world, house.desk("dispatcher")
    at_desk.page(f"{DAY}/close")
    left = [world.again(case) for case in cases]
    choices = {2: "in_hand", 3: "carry_over", 4: "mark_due", 5: "resolve", 6: "carry_over", 7: "none"}
    form: dict[str, object] = {f"choice-{left[at].number}": choice for at, choice in choices.items()}
    form |= {f"version-{case.number}": case.version for case in (*left, unsorted)}
    bad = dict(form) | {f"choice-{unsorted.number}": "resolve", f"note-{unsorted.number}": "没分也办好了"}
    bad |= {f"note-{left[5].number}": "a\x01b", f"version-{left[4].number}": 0}
    assert at_desk.post(f"{DAY}/close", **bad).status_code == 422
    good = form | {f"note-{case.number}": "等配件" for case in left}
    good |= {f"next_day-{left[2].number}": "2026-12-02", f"person-{left[3].number}": world.staff["worker"]}
    good |= {f"choice-{left[6].number}": "", f"choice-{left[7].number}": "mark_due"}
    assert at_desk.post(f"{DAY}/close", **good).status_code == 303
    at_desk.page(f"{DAY}/close")


# ---- 12345 -------------------------------------------------------------------------------------------


def with_the_hotline(house: House) -> None:
    """Forwardings waiting, held, with an order in each status, returned, refused and forwarded again."""
    world, at_desk = house.world, house.desk("dispatcher")
    _listed(house)  # nothing was forwarded yet
    sent = [_forwarded(house, world.queued(text=f"第{number}件")) for number in range(9)]
    _looked_at(house, sent[:1])
    house.gateway.posts.append(Scripted(422, {"reason": "请先由社区核实"}))
    house.work()
    _looked_at(house, sent[:2])
    made = [one for one in map(newest_of, sent) if one.state == "delivered"]
    for one, status in zip(made, ("accepted", "assigned", "in_progress"), strict=False):
        house.gateway.say(one.id, status=status, lead_unit="朝阳区住建委")
    house.gateway.say(made[3].id, status="returned", result="不归我们")
    for one, solved in zip(made[4:7], (True, False, None), strict=True):
        house.gateway.say(one.id, status="closed", solved=solved, result="去看过了", satisfaction="satisfied")
    house.work()
    _looked_at(house, sent)
    for number, reason in enumerate((*phrases.HELD, "another_reason")):
        change_forwarding(made[number], state="held", held_for=reason)
    _looked_at(house, sent)
    again = world.again(_case_of(house, made[3]))
    assert at_desk.post(f"/desk/cases/{again.number}/forward_now", version=again.version).status_code == 303
    _looked_at(house, [made[3]])


def _forwarded(house: House, case: CaseFile) -> Forwarding:
    handover.forward_now(house.world.actor("dispatcher"), case.number, case.version)
    return newest(case.id)


def _looked_at(house: House, sent: list[Forwarding]) -> None:
    _listed(house)
    at_desk = house.desk("dispatcher")
    for one in sent:
        case = _case_of(house, one)
        at_desk.page(f"/desk/cases/{case.number}")
        house.resident().see(f"/r/{receipt_of(house, case)}")
    at_desk.page("/desk/")


def _listed(house: House) -> None:
    for state in ("", "waiting", "delivered", "ended", "held", "none"):
        house.desk("dispatcher").page(f"/desk/forwardings/?state={state}")
    house.desk("leader").page("/desk/forwardings/")


# ---- accounts, notices, machines ---------------------------------------------------------------------


def every_account(house: House) -> None:
    """Logging in, setting a password, what every role finds, and notices of every kind."""
    who = house.resident()
    who.see("/login")
    token = {"csrf_token": _csrf(who, "/login")}
    who.send("/login", 422, **token, username="nobody", password="wrong")
    who.send("/login", 400, username="nobody", password="wrong")
    for _ in range(8):
        who.client.post("/login", data=token | {"username": "x", "password": "x"})
    who.send("/login", 429, **token, username="x", password="x")
    _passwords(house)
    desks = {name: house.desk(name) for name in ROLES}
    for at_desk in desks.values():
        at_desk.page("/admin/")
    _notices(house)
    for name, at_desk in desks.items():
        at_desk.page("/admin/")
        queue = at_desk.get("/desk/")
        assert queue.status_code == (
            200 if name in ("worker", "other_worker", "dispatcher", "leader") else 403
        )
    read = {"notice": [1, 2]}
    assert desks["dispatcher"].post("/desk/notices/read", **read).status_code in (303, 404)
    assert desks["auditor"].post("/logout").status_code == 302


def _passwords(house: House) -> None:
    who = house.resident()
    who.see("/set-password/none", 410)
    added = accounts.add_staff("newcomer", "dispatcher", sub_district_code="110105015")
    page = f"/set-password/{added.link_token}"
    token = {"csrf_token": _csrf(who, page)}
    for wrong in ("short", "x" * 201):
        who.send(page, 422, **token, password=wrong)
    who.send(page, 302, **token, password="long-enough-for-all")
    who.see(page, 410)


def _notices(house: House) -> None:
    world = house.world
    number = world.queued().number
    duty.add("leader", "mon-sun", "00:00", "24:00")
    with transaction() as session:
        for kind in (*NOTICES, "of_tomorrow"):
            ref = "2026-11-28" if kind in ("day_closed", "day_not_opened") else number
            for role in set(ROLES.values()):
                session.add(
                    Notice(
                        key=f"{kind}:{role.value}",
                        kind=kind,
                        ref=ref,
                        sub_district_id=world.sub_district_id,
                        role=role.value,
                        created_at=clock.now(),
                    )
                )


def what_goes_wrong(house: House) -> None:
    """Every page that answers a mistake or a defect, to residents and to staff."""
    who, world = house.resident(), house.world
    at_desk, worker = house.desk("dispatcher"), house.desk("worker")
    case = world.queued()
    statuses = {
        at_desk.get("/desk/cases/2611-9999").status_code: 404,
        at_desk.get("/desk/doors/none").status_code: 404,
        at_desk.get("/desk/case-days/2026-11-27").status_code: 404,
        at_desk.client.post(f"/desk/cases/{case.number}").status_code: 405,
        at_desk.client.post(f"/desk/cases/{case.number}/start", data={"version": 1}).status_code: 400,
        at_desk.post(f"/desk/cases/{case.number}/start", version="none", note="写了很久").status_code: 400,
        house.desk("officer").get("/desk/").status_code: 403,
        worker.post(f"{DAY}/close", note="写了很久").status_code: 403,
        at_desk.post(f"/desk/cases/{case.number}/start", version=0, note="写了很久").status_code: 409,
    }
    assert all(status == expected for status, expected in statuses.items())
    who.send("/privacy", 405, text="写了很久")
    who.send(f"/d/{world.doors[0].code}", 413, text="长" * 1024 * 1024)
    for url in (f"/d/{world.doors[0].code}", "/"):
        _broken(house, url, who.see)
    _broken(house, "/desk/", lambda url, status: at_desk.get(url).status_code == status)


def _broken(house: House, url: str, see: Callable[[str, int], object]) -> None:
    """The page of a defect: the view behind this address fails as no view should."""
    endpoint = str(house.app.url_map.bind("mashang.test").match(url)[0])
    view = house.app.view_functions[endpoint]

    def defect(**_values: object) -> str:
        raise RuntimeError("a defect")

    house.app.view_functions[endpoint] = defect
    try:
        assert see(url, 500)
    finally:
        house.app.view_functions[endpoint] = view


def the_audit(house: House) -> None:
    """The log of who saw what: empty, with lines of every act, filtered, by pages, and typed wrong."""
    auditor, world = house.desk("auditor"), house.world
    auditor.page("/admin/audit?object=none")
    with transaction() as session:
        for act in (*audit_words.ACTS, *audit_words.ACTS, "see"):
            fields = [*audit_words.FIELDS][:9] if act == "see" else ["phone"]
            audit.record(session, world.actor("worker"), act, "case", "2611-0001", fields)
        for kind in audit_words.KINDS:
            audit.record(session, SYSTEM, "see", kind, "1", sub_district_id=world.sub_district_id)
    first = auditor.page("/admin/audit")
    older = re.search(r'href="(/admin/audit\?before=[^"]+)"', first)
    assert older
    house.work()
    for url in (
        older[1],
        "/admin/audit?act=see&day=2026-11-24",
        f"/admin/audit?person={world.staff['worker']}",
    ):
        auditor.page(url.replace("&amp;", "&"))
    house.desk("admin").page("/admin/audit")
    assert auditor.get("/admin/audit?day=never").status_code == 422
    assert auditor.get("/admin/audit.csv").status_code == 200


def machines(house: House) -> None:
    """What is fetched without being read."""
    who = house.resident()
    page = who.see("/")
    sheet = page.split('rel="stylesheet" href="', 1)[1].split('"', 1)[0]
    for url in ("/healthz", "/readyz", sheet):
        who.see(url)
    who.see("/static/none.css", 404)


def with_two_steps(house: House) -> None:
    """The second step set up, given wrong and right; a login that is over before a form is sent; one's own logins."""
    world, client = house.world, house.resident().client
    step = log_in(client, "leader", world.password)
    address = step.headers["Location"]
    page = client.get(address).text
    telephone = Telephone(letters_on(page))
    wrong = client.post(address, data={"csrf_token": token_on(page), "code": "000000"})
    assert wrong.status_code == 422
    assert (
        client.post(address, data={"csrf_token": token_on(page), "code": telephone.code()}).status_code == 200
    )
    client = house.resident().client
    log_in(client, "leader", world.password)
    page = client.get("/login/code").text
    typed = {"csrf_token": token_on(page), "code": "000000"}
    for _ in range(10):
        assert client.post("/login/code", data=typed).status_code in (422, 429)
    assert client.post("/login/code", data=typed).status_code == 429
    at_desk = house.sit_down("worker")
    at_desk.page("/admin/logins")
    page = at_desk.page("/admin/second-factor")
    assert at_desk.post("/admin/second-factor", code="1").status_code == 422
    codes = Telephone(letters_on(page)).code()
    assert at_desk.post("/admin/second-factor", code=codes).status_code == 200
    assert at_desk.post("/admin/recovery-codes").status_code == 200
    at_desk.page("/admin/logins")
    at_desk.page("/confirm")
    assert at_desk.post("/confirm", confirm_password="wrong").status_code == 422
    _a_lost_login(house, at_desk)


def _a_lost_login(house: House, at_desk: Desk) -> None:
    """What was typed travels through the login."""
    case, ours = house.world.queued(), {"Origin": "http://localhost"}
    with transaction() as session:
        sessions.end_all(session, house.world.staff["worker"])
        second_factor.forget(session, session.get_one(Staff, house.world.staff["worker"]))
    url, client = f"/desk/cases/{case.number}/note", at_desk.client
    typed = {"csrf_token": at_desk.token, "version": case.version, "note": "打过电话，周三上午有人。"}
    page = client.post(url, data=typed, headers=ours)
    assert page.status_code == 401
    again = hidden_on(page.text) | {"username": "worker", "password": house.world.password}
    assert client.post("/login", data=again, headers=ours).status_code == 200
    house.desks.clear()  # whoever was logged in as them is not any more


def keeping_accounts(house: House) -> None:
    """Everything an administrator does to accounts, wrong and right."""
    world, at_desk = house.world, house.sit_down("admin")
    at_desk.page("/admin/staff")
    new = {"username": "wang.min", "display_name": "王敏", "role": "worker", "communities": "红庙社区"}
    for wrong in ({"username": "x y"}, {"role": ""}, {"communities": ""}, {"display_name": "长" * 41}):
        assert at_desk.post("/admin/staff", **new | wrong).status_code == 422
    assert at_desk.post("/admin/staff", **new).status_code == 200
    url = f"/admin/staff/{world.staff['officer']}"
    at_desk.page(url)
    assert at_desk.post(url, display_name="", role="officer", unit="红庙物业").status_code == 422
    assert at_desk.post(url, display_name="老李", role="officer", unit="红庙物业").status_code == 303
    for act in ("link", "close", "open", "end-logins", "reset-second-factor"):
        assert at_desk.post(f"{url}/{act}").status_code in (200, 303), act
        at_desk.page(url)
    assert at_desk.post(f"/admin/staff/{world.staff['admin']}/close").status_code == 422
    with transaction() as session:
        session.execute(update(StaffSession).values(authenticated_at=clock.real_now() - timedelta(hours=1)))
    assert at_desk.post(f"{url}/link").status_code == 401
    assert at_desk.post(f"{url}/link", confirm_password="wrong").status_code == 422
    house.desks.clear()


def keying_in_and_ledgers(house: House) -> None:
    """What comes by telephone, with every answer to it, and a ledger of 12345 from the file to the cases."""
    at_desk, door = house.desk("worker"), f"d{house.world.doors[2].doorway_id}"
    for url in ("/desk/new", f"/desk/new?place={door}&channel=mail", "/desk/new?place=b1&channel=none"):
        at_desk.page(url)
    form = {"submission_key": tokens.new_key(), "channel": "phone", "place": door, "text": "楼道灯不亮"}
    for wrong in (
        {"find": "1", "place": "", "where": "红庙 2号"},
        {"find": "1", "place": "", "where": "没有这里"},
        {"place": "", "where": "红庙 2号"},
        {"place": ""},
        {"text": "漏煤气了"},
        {"channel": "grid_patrol", "phone": PHONE},
        {"kind": "none", "category": "9999", "email": "none", "spot": "层" * 61, "name": "长" * 41},
        {"same": "2611-9999"},
        {"sort_now": "1", "lead_unit": "长" * 61},
        {"submission_key": "none"},
    ):
        assert at_desk.post("/desk/new", **form | wrong).status_code in (200, 422)
    done = at_desk.post("/desk/new", **form, same="new", call_back="1", phone=PHONE).headers["Location"]
    for url in (done, f"{done}/slip", "/desk/places?q=红庙"):
        at_desk.page(url)
    at_desk.post("/desk/new", **form | {"text": "楼门坏了"})  # the page used once more
    again = form | {"submission_key": tokens.new_key(), "channel": "grid_patrol"}
    at_desk.post("/desk/new", **again)  # much like the one before
    joined = at_desk.post("/desk/new", **again, same=house.world.case(done.rsplit("/", 1)[1]).number)
    receipt = joined.headers["Location"].rsplit("/", 1)[1]
    at_desk.page(joined.headers["Location"])
    at_desk.page(f"/desk/cases/{house.world.case(receipt).number}")
    house.resident().see(f"/r/{receipt}")
    _ledgers(house)


def _ledgers(house: House) -> None:
    at_desk = house.desk("dispatcher")
    head = "工单编号,主要内容,诉求地址,来电号码,问题分类,办结时间,处理时限,是否联系,是否解决,满意度\n"
    rows = (
        "1,灯不亮,红庙北里2号楼3单元,13900002222,楼道照明,,2026-12-01,是,否,不满意",
        "2,漏水,红庙北里1号楼,12,无,,很快",
    )
    rows += ("3,某事,某处,,,,", ",没有编号,,,,,", "4,办完了,,,,2026-11-01,")
    for body, name in (("", ""), ("a", "a.csv"), ("a", "a.xls")):
        assert at_desk.post("/desk/ledgers/", ledger=(BytesIO(body.encode()), name)).status_code == 422
    file = (BytesIO((head + "\n".join(rows)).encode()), "台账.csv")
    made = at_desk.post("/desk/ledgers/", ledger=file).headers["Location"]
    for url in ("/desk/ledgers/", made, f"{made}?show=faulty", f"{made}?show=done", f"{made}/faults.csv"):
        at_desk.page(url)
    assert at_desk.get(f"{made}/progress").json == {"over": True}
    _long_ledgers(house)
    reading().rollback()
    lines = cases.ledger_lines(reading(), int(made.rsplit("/", 1)[1]), ("open",))
    wanted = {"take": [one.id for one in lines]}
    at_desk.post(made, **wanted, find="1", **{f"where-{lines[-1].id}": "红庙 2号"})
    assert at_desk.post(made, **wanted).status_code == 422
    at_desk.page(f"{made}?show=done")
    taken = house.world.case(_receipt("1"))
    at_desk.page(f"/desk/cases/{taken.number}")


def _long_ledgers(house: House) -> None:
    """One the worker reads and takes, one it cannot read."""
    at_desk, made = house.desk("dispatcher"), list[str]()
    with TemporaryDirectory() as folder:
        bad = ledgers.no_ledger(Path(folder, "a.xls"), 20_000)
    for body, name in ((hostile.grown(900, 50), "长.csv"), (bad, "长.xls")):
        made.append(at_desk.post("/desk/ledgers/", ledger=(BytesIO(body), name)).headers["Location"])
        for url in (made[-1], "/desk/ledgers/"):
            at_desk.page(url)
        assert "over" in at_desk.get(f"{made[-1]}/progress").text
        for item in leasing.take(60, [ledger_work.READ]):
            ledger_work.read_on(item)
        at_desk.page(made[-1])
    at_desk.post(made[0], take_ready="1")
    at_desk.page(made[0])


def _receipt(order: str) -> str:
    """The receipt of the report that was read from this order."""
    reading().rollback()
    query = select(Report.receipt).where(Report.order_number == order)
    return str(reading().scalars(query).one())


def as_the_administrator(house: House) -> None:
    """Every page of the administrator, empty and full, what each refuses, and what others see of them."""
    admin, printer = house.desk("admin"), house.desk("printer")
    with transaction() as session:
        catalogue.seed(session)
    pages = ("units", "communities", "settings", "categories", "categories?q=灯", "categories?q=none", "duty")
    for page in (
        *pages,
        "places",
        "codes",
        "categories/new",
        "categories/leaf/020101",
        "categories.csv",
        "places.csv",
    ):
        admin.page(f"/admin/{page}")
    printer.page("/admin/codes")
    printer.page(f"/admin/places?community={house.world.communities[1]}")
    for url, fields, status in ADMINISTERED:
        answer = admin.post(f"/admin/{url}", **{name: _fresh(value) for name, value in fields.items()})
        assert answer.status_code == status, f"{url}: {answer.status_code}"
    for page in pages:
        admin.page(f"/admin/{page}")


def with_ready_sentences(house: House) -> None:
    """The sentences of the house: none, the usual ones, faults, one changed and retired, put into a box."""
    world, boss = house.world, house.desk("dispatcher")
    boss.page("/desk/templates")
    assert boss.post("/desk/templates/usual").status_code == 303
    boss.page("/desk/templates")
    session = reading()
    session.rollback()
    row = session.scalars(select(ReplyTemplate).where(ReplyTemplate.action == "resolve")).first()
    assert row is not None
    url, fields = f"/desk/templates/{row.id}", {"action": "resolve", "category": "0304", "title": "灯好了"}
    as_seen = templates.seen(row)
    boss.page(url)
    assert boss.post("/desk/templates", text="{没有}").status_code == 422
    assert boss.post("/desk/templates", **fields, text="灯好了。").status_code == 303
    assert boss.post(url, **fields, text="{没有}", seen=as_seen).status_code == 422
    assert boss.post(url, **fields, text="好了。", seen="none").status_code == 409
    assert boss.post(f"{url}/retire", seen=as_seen).status_code == 303
    for page in (url, "/desk/templates"):
        boss.page(page)
    session.rollback()
    session.refresh(row)
    assert boss.post(f"{url}/take-back", seen=templates.seen(row)).status_code == 303
    number = world.queued().number
    boss.page(f"/desk/cases/{number}")
    assert boss.post(f"/desk/cases/{number}/resolve/words", template=row.id, note="写").status_code == 200


def _fresh(value: object) -> object:
    """A file is read once: another one for each tour."""
    return (BytesIO(value), "table.csv") if isinstance(value, bytes) else value


HEAD = "代码,一级,二级,三级,时限,主责单位,不等周六,社区可主责,公布的分类,停用\n"
ADMINISTERED: tuple[tuple[str, dict[str, object], int], ...] = (
    ("units", {"name": ""}, 422),
    ("units", {"name": "朝阳供水所", "phone": "010-12345"}, 303),
    ("units/1", {"name": "红庙物业", "seen": "none"}, 409),
    ("communities/1", {"name": "", "phone": "x", "seen": "none"}, 409),
    ("settings", {"seen": "none", "weekday": "5"}, 409),
    ("settings/limits", {"seen": "none"}, 409),
    ("settings/days", {"day": "2026-11-28", "word": "none", "seen": ""}, 422),
    ("settings/days", {"day": "none", "word": "held", "note": "记一笔", "seen": ""}, 422),
    ("categories/new", {"code": "x y", "level1": "长" * 41}, 422),
    ("categories/leaf/020101", {"seen": "none"}, 409),
    ("categories/leaf/020101/retire", {}, 303),
    ("categories/leaf/020101/take-back", {}, 303),
    ("categories/preview", {}, 422),
    ("categories/preview", {"table": f"{HEAD}990101,别的,小事,门牌,7d,,,,,\n".encode()}, 200),
    ("categories/preview", {"table": f"{HEAD}990101,别的,小事,门牌,8d,,,,,\n".encode()}, 422),
    ("categories/import", {"table": HEAD, "seen": "none"}, 409),
    ("duty", {"days": ["mon"], "from": "25:00"}, 422),
    ("duty", {"username": "worker", "days": ["sat", "sun"], "from": "20:00", "to": "08:00"}, 303),
)

TOURS = (
    at_the_door,
    with_a_receipt,
    losing_a_receipt,
    asking_what_is_held,
    judging,
    saying_me_too,
    on_the_board,
    in_every_state,
    the_audit,
    every_account,
    what_goes_wrong,
    machines,
    with_the_hotline,
    through_a_saturday,
    pressing_buttons,
    merging_and_asking,
    with_two_steps,
    keeping_accounts,
    many_at_once,
    keying_in_and_ledgers,
    as_the_administrator,
    with_units,
    with_ready_sentences,
)


def of_the_whole_house(house: House) -> None:
    """Every tour, one after the other; the clock only goes forward."""
    for tour in TOURS:
        tour(house)


# ---- steps of several tours --------------------------------------------------------------------------


def change(case: CaseFile, **columns: object) -> None:
    """Put a case where no short way leads."""
    with transaction() as session:
        session.execute(update(CaseFile).where(CaseFile.id == case.id).values(**columns))


def change_forwarding(one: Forwarding, **columns: object) -> None:
    """The same for a forwarding."""
    with transaction() as session:
        session.execute(update(Forwarding).where(Forwarding.id == one.id).values(**columns))


def receipt_of(house: House, case: CaseFile) -> str:
    """The receipt of a case with one report."""
    return str(house.world.again(case).reports[0].receipt)


def newest_of(one: Forwarding) -> Forwarding:
    """The newest forwarding of the same case."""
    return newest(one.case_id)


def picture() -> BytesIO:
    """A small photo."""
    body = BytesIO()
    Image.new("RGB", (40, 30), "teal").save(body, "PNG")
    body.seek(0)
    return body


def _case_of(house: House, one: Forwarding) -> CaseFile:
    case = CaseFile()
    case.id = one.case_id
    return house.world.again(case)


def _sorted(house: House, receipt: str) -> CaseFile:
    case = house.world.case(receipt)
    basis = {"triaged_at": case.received_at, "legal_basis": "statutory", "kind": "help"}
    return handling.act(house.world.actor("dispatcher"), case.number, "triage", case.version, **basis)


def _resolved(house: House, receipt: str) -> str:
    case = house.world.case(receipt)
    if case.state == State.RECEIVED.value:
        case = _sorted(house, receipt)
    handling.act(house.world.actor("worker"), case.number, "resolve", case.version, "换好了")
    return receipt


def _close(house: House, case: CaseFile) -> None:
    receipt = receipt_of(house, case)
    _resolved(house, receipt)
    who = house.resident()
    who.send(f"/r/{receipt}/follow-up", 303, **who.signs(f"/r/{receipt}") | YES)


def _withdraw(house: House, case: CaseFile) -> None:
    receipt = receipt_of(house, case)
    who = house.resident()
    who.send(f"/r/{receipt}/withdraw", 303, **who.signs(f"/r/{receipt}"))


def _csrf(who: Resident, url: str) -> str:
    return who.see(url).split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
