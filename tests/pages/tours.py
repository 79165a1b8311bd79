"""Tours through the house: together they see every page in the states that matter, each page's own words
included. A tour checks that it got where it wanted to; what the pages say is looked at by the client."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO
from uuid import uuid4

from PIL import Image
from sqlalchemy import update

from app import clock, config
from app.access.actor import resident
from app.case_days import deciding
from app.cases import handling, intake, merging, photos, publishing, splitting
from app.cases import queries as cases
from app.cases.models import CaseFile, Photo
from app.cases.wording import Words
from app.cases.workflow import State
from app.db import transaction
from app.forwarding import handover
from app.forwarding.models import Forwarding
from app.notices.models import Notice
from app.places import codes
from app.reading import reading
from app.staff import accounts, duty
from app.web import tokens
from app.web.desk import phrases
from app.web.words import KINDS, NOTICES
from tests.forwarding.conftest import newest
from tests.forwarding.scripted import Scripted
from tests.pages.visitors import House, Resident
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
    desks[0].page("/d/" + world.doors[0].code)


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
        "lead_unit": ("triage",),
        "ground": ("decline",),
        "called": ("transfer",),
        "next_day": ("in_hand", "extend"),
        "person": ("carry_over",),
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


def machines(house: House) -> None:
    """What is fetched without being read."""
    who = house.resident()
    page = who.see("/")
    sheet = page.split('rel="stylesheet" href="', 1)[1].split('"', 1)[0]
    for url in ("/healthz", "/readyz", sheet):
        who.see(url)
    who.see("/static/none.css", 404)


TOURS = (
    at_the_door,
    with_a_receipt,
    losing_a_receipt,
    asking_what_is_held,
    judging,
    saying_me_too,
    on_the_board,
    in_every_state,
    every_account,
    what_goes_wrong,
    machines,
    with_the_hotline,
    through_a_saturday,
    pressing_buttons,
    merging_and_asking,
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
