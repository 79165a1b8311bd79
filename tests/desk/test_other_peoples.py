"""What is not within somebody's scope does not exist for them, by any door: not by its own address, not among the
fields of a form, not in a list, a search, a completion, or as one more in a count.

Everything here is read from the routes, the gates and the sources of the doors: a new route with a variable has to be
entered in a table below, and a new field of a form or a query is tried by itself."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app import clock
from app.access.actor import Actor, ActorKind, Role, resident
from app.access.permissions import MAY
from app.cases import data_requests, handling, intake, keying_in, own_report, photos, triage, units_at_work
from app.cases.keying_in import Keyed
from app.cases.models import BulkAct, BulkLine, CaseEvent, CaseFile, DataRequest, LedgerImport, Photo, Report
from app.cases.queue_models import SavedFilter
from app.cases.triage import Sorting
from app.cases.units_at_work import Asking
from app.cases.wording import Words
from app.commands import worker as outbox_worker
from app.config import ROOT
from app.db import db, transaction
from app.forwarding import handover
from app.forwarding.models import Forwarding
from app.notices import telling
from app.notices.models import Notice
from app.outbox import leasing
from app.places.models import SubDistrict
from app.places.queries import Door
from app.replies.models import ReplyTemplate
from app.staff.models import DutyShift, StaffCommunity, StaffSession
from app.units.models import Unit
from app.web.desk import acting
from app.web.gates import GATES, Open
from tests.desk.conftest import DAY, Desk
from tests.linting.client import LintingClient
from tests.pages.tours import picture
from tests.world import ROLES, World

Sit = Callable[[str], Desk]
START = "2026-11-24T09:30"
MARK = "独角兽"
PHONE = "13912345678"
NOBODYS = {
    "number": "2611-9999",
    "media_name": "0" * 32,
    "code": "7K2M9ZZ",  # and its check character, below
    "forwarding_id": "00000000-0000-4000-8000-000000000000",
    "request_id": "999999",
    "act_id": "999999",
    "filter_id": "999999",
    "import_id": "999999",
    "receipt": "000000000000",
    "staff_id": "999999",
    "login_id": "999999",
    "unit_id": "999999",
    "community_id": "999999",
    "shift_id": "999999",
    "template_id": "999999",
}
"""Variables of addresses that name somebody's object, each with a value that names none. A new one needs its line here
and in `Theirs.named`."""

NOT_OBJECTS = {
    "action": "a key of the workflow",
    "act": "what is done with a forwarding",
    "day": "a Saturday is everybody's; what stands on its list is compared before and after",
    "token": "opens a page for whoever holds it",
}
"""Variables that name no object of a place."""

NO_SECRET = {"person": "999999", "handler": "999999"}
"""Colleagues are known to everybody of a sub-district; one's own id may be that of a case."""

FREE = {
    "auth.logout": "ends one's own session",
    "auth.confirm": "asks for one's own password, and says again what was typed",
    "admin.audit": "one's own looks stand in it; what it shows of others: tests/access/test_audit_page.py",
    "admin.audit_export": "the same",
    "admin.staff": "says when somebody was last there; of whom: tests/staff/test_staff_pages.py",
    **dict.fromkeys(
        ("admin.add_unit", "admin.add_category", "admin.add_duty"), "make something, and not twice"
    ),
    "admin.add_staff": "draws the same list where it refuses",
    "admin.logins": "says when one was last there oneself",
    "admin.second_factor_page": "a secret of one's own login, another each time",
    "admin.end_other_logins": "ends one's own logins",
    "desk.news": "tells where to ask from next, a count of all histories; of whom else: test_bulk.py",
    "admin.places_table": "every door of the sub-district, of which none is a secret",
}
"""Endpoints that are left out, and why."""


@dataclass
class Theirs:
    """Somebody else's: a case with everything on it, one that was handed over, and a request about data."""

    case: CaseFile
    receipt: str
    ids: dict[str, str]
    numbers: list[str]
    named: dict[str, str] = field(default_factory=dict)

    @property
    def marks(self) -> list[str]:
        """What must stand on no page of anybody else's, unless they typed it themselves."""
        return [MARK, self.receipt, self.named["media_name"], "1234 5678", "**** 5678", *self.numbers]


def everything(world: World, door: Door, who: Actor, unit: str | None = None) -> Theirs:
    """Made by the verbs: a report with photo, telephone and addition; staff's note; units; a hand-over; a request."""
    receipt, case = _said(door, who)
    handling.act(who, case.number, "note", case.version, MARK)
    _, handed = _said(door, who)
    handover.forward_now(who, handed.number, handed.version)
    if unit:
        with transaction() as session:
            session.get_one(CaseFile, case.id).lead_unit = unit
        now = world.again(case)
        units_at_work.assign_unit(who, now.number, now.version, unit, Asking("lead", MARK))
    data_requests.ask(receipt, str(uuid4()), "delete")
    for item in leasing.take(60, list(telling.TOLD), at_most=50):
        outbox_worker.HANDLERS[item.kind](item)
    session = db.session()
    session.rollback()
    session.expire_all()
    photo = session.scalars(select(Photo).order_by(Photo.id.desc())).first()
    sent = session.scalars(select(Forwarding).where(Forwarding.case_id == handed.id)).one()
    request = session.scalars(select(DataRequest).order_by(DataRequest.id.desc())).first()
    notice = session.scalars(select(Notice).where(Notice.ref == case.number)).first()
    assert photo is not None
    assert request is not None
    report = session.scalars(select(Report).where(Report.receipt == receipt)).one()
    ids = {"case": str(case.id), "report": str(report.id), "notice": str(notice.id if notice else 0)}
    named = {
        **_kept_by(world, who, door, case),
        "number": case.number,
        "media_name": photo.media_name,
        "code": door.code,
        "forwarding_id": sent.id,
        "request_id": str(request.id),
    }
    return Theirs(world.again(case), receipt, ids, [case.number, handed.number], named)


def _kept_by(world: World, who: Actor, door: Door, case: CaseFile) -> dict[str, str]:
    """What somebody has at their desk: an act on many, a filter, a ledger, a login, something keyed in; and what an
    administrator keeps there. What everybody of a sub-district may know is somebody else's only in another."""
    heard = Keyed(f"d{door.doorway_id}", Words(text=f"{MARK}的水"), "phone")
    receipt = keying_in.key_in(who, str(uuid4()), heard)
    now, here = clock.now(), who.sub_district_id or 0
    mine = world.staff["printer" if here == world.sub_district_id else "far_dispatcher"]
    act = BulkAct(sub_district_id=here, staff_id=mine, act="triage", done_at=now)
    act.lines.append(BulkLine(case_id=case.id, version_after=case.version, before={}))
    rows = {
        "act_id": act,
        "filter_id": SavedFilter(
            sub_district_id=here, staff_id=mine, name=MARK, query="state=all", is_shared=False, created_at=now
        ),
        "import_id": LedgerImport(
            sub_district_id=here, staff_id=mine, file_name=MARK, made_at=now, finished=0, lines=0
        ),
        "login_id": StaffSession(
            staff_id=mine, token_digest=uuid4().hex, begun_at=now, seen_at=now, authenticated_at=now
        ),
    }
    with transaction() as session:
        code = session.get_one(SubDistrict, here).code
        if code != "110105015":
            rows["template_id"] = ReplyTemplate(sub_district_id=here, action="answer", title=MARK, text=MARK)
            rows["shift_id"] = DutyShift(sub_district_id=here, staff_id=mine, weekday=0, starts=0, ends=60)
        session.add_all(rows.values())
        session.flush()
        unit = session.scalars(select(Unit.id).where(Unit.sub_district_code == code)).first()
    ids = {name: str(row.id) for name, row in rows.items()}  # type: ignore[attr-defined]
    ids |= {"staff_id": str(mine), "unit_id": str(unit or NOBODYS["unit_id"])}
    return NOBODYS | ids | {"receipt": receipt, "community_id": str(case.community_id)}


def _said(door: Door, who: Actor) -> tuple[str, CaseFile]:
    taken = photos.take_in(picture(), "photo1")
    words = Words(text=f"{MARK}的灯", spot=MARK, name=MARK, phone=PHONE, photos=1)
    receipt = intake.receive(resident(), door, str(uuid4()), words, [taken])
    photos.reencode(taken.media_name)
    own_report.add(receipt, str(uuid4()), MARK)
    db.session.rollback()
    case = db.session.scalars(select(CaseFile).join(Report).where(Report.receipt == receipt)).one()
    return receipt, triage.triage(who, case.number, case.version, Sorting(category="0304"))


# ---- whose -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Apart:
    """One way to be somebody else's: who looks, and how the other's things are made."""

    viewers: tuple[str, ...]
    make: Callable[[World], Theirs]
    narrow: bool = False  # the viewers cover the first community alone


def _boss(world: World, sub_district_id: int) -> Actor:
    who = "dispatcher" if sub_district_id == world.sub_district_id else "far_dispatcher"
    return Actor(ActorKind.STAFF, world.staff[who], Role.DISPATCHER, sub_district_id)


def _another_community(world: World) -> Theirs:
    return everything(world, world.doors[8], _boss(world, world.sub_district_id), "八里庄供水所")


def _another_sub_district(world: World) -> Theirs:
    return everything(world, world.far_door, _boss(world, world.far_sub_district_id), "双井供水所")


def _another_unit(world: World) -> Theirs:
    return everything(world, world.doors[1], _boss(world, world.sub_district_id), "八里庄供水所")


APART = {
    "another community": Apart(("worker", "dispatcher", "leader"), _another_community, narrow=True),
    "another sub-district": Apart(tuple(ROLES), _another_sub_district),
    "another unit": Apart(("officer",), _another_unit),
}


class Hasty(LintingClient):
    """Looks at no page: these are looked at elsewhere, and here are thousands."""

    def _look_at(self, response: TestResponse) -> None:
        pass


@pytest.fixture(params=list(APART))
def apart(request: pytest.FixtureRequest, app: Flask, world: World) -> Apart:
    app.test_client_class = Hasty
    chosen = APART[request.param]
    if chosen.narrow:
        with transaction() as session:
            session.add_all(
                StaffCommunity(staff_id=world.staff[who], community_id=world.communities[0])
                for who in set(chosen.viewers) - {"worker"}
            )
    return chosen


def test_every_role_looks() -> None:
    looking = {ROLES[who] for one in APART.values() for who in one.viewers}
    assert looking == set(Role)


# ---- the routes --------------------------------------------------------------------------------------------


def routes(app: Flask, method: str, *, with_object: bool) -> Iterator[Rule]:
    """The routes behind a permission that take this method."""
    for rule in app.url_map.iter_rules():
        gate = GATES[rule.endpoint]
        if isinstance(gate, Open) or method not in (rule.methods or ()) or rule.endpoint in FREE:
            continue
        if bool(rule.arguments & set(NOBODYS)) == with_object:
            yield rule


def address(app: Flask, rule: Rule, named: dict[str, str], **fixed: str) -> str:
    """The address of a route with these objects in it."""
    values = {"day": DAY, "act": "try_again", "action": "note"} | named | fixed
    wanted = {name: values[name] for name in rule.arguments}
    return str(app.url_map.bind("localhost").build(rule.endpoint, wanted))


def test_every_variable_of_an_address_is_in_a_table(app: Flask) -> None:
    variables = set[str]()
    for rule in app.url_map.iter_rules():
        if not isinstance(GATES[rule.endpoint], Open):
            variables |= set(rule.arguments)
    assert variables <= set(NOBODYS) | set(NOT_OBJECTS), variables - set(NOBODYS) - set(NOT_OBJECTS)


def names_read(file: Path, *readers: str) -> set[str]:
    """Names that a source reads out of a form or a query: `request.args.get("state")`, `form.get("note")`."""
    found = set[str]()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in ("get", "getlist")
            and ast.unparse(node.func.value).split(".")[-1] in readers
            and node.args
            and isinstance(node.args[0], ast.Constant)
        ):
            found.add(str(node.args[0].value))
    return found


DOORS = sorted((ROOT / "app/web/desk").rglob("*.py")) + sorted((ROOT / "app/web/admin").rglob("*.py"))
QUERIES = {file: names_read(file, "args", "query") for file in DOORS}
FIELDS = set[str]().union(*(names_read(file, "form", "fields", "values") for file in DOORS)) - {
    "next",
    "csrf_token",
}


def queries_of(app: Flask, rule: Rule) -> set[str]:
    """The names that the page of a route reads out of its query."""
    return QUERIES.get(Path(inspect.getfile(inspect.unwrap(app.view_functions[rule.endpoint]))), set())


def test_names_are_found() -> None:
    assert {"state", "community", "after"} <= set[str]().union(*QUERIES.values())
    assert {"note", "into_number", "report", "case", "notice", "unit", "unit_id", "person"} <= FIELDS


# ---- asking ------------------------------------------------------------------------------------------------


def plain(answer: TestResponse, *mine: str) -> tuple[int, str, str]:
    """An answer without what differs by chance: tokens, and what was asked for itself."""
    body = answer.get_data(as_text=True)
    body = re.sub(r'name="(csrf_token|submission_key|urgent_seen)" value="[^"]*"|place=t[0-9]+', "", body)
    body = re.sub(
        r'<p class="noted".*?</p>\s*|[0-9]+分钟前', "", body, flags=re.DOTALL
    )  # of the form before; the clock
    if 300 <= answer.status_code < 400:
        body = ""  # where it leads is asked for by itself
    where = answer.headers.get("Location", "")
    for one in sorted(mine, key=len, reverse=True):
        # a short id stands in many words
        alone = re.escape(one) if len(one) > 6 else rf'(?<=value="){one}(?=")|(?<=>){one}(?=</)'
        body, where = re.sub(alone, "…", body), re.sub(rf"{alone}|(?<==){re.escape(one)}(?=&|$)", "…", where)
    return answer.status_code, where, body


def same(one: tuple[int, str, str], other: tuple[int, str, str], told: str) -> None:
    """Two answers are equal; if not, the first lines that differ are told."""
    lines = zip(one[2].splitlines(), other[2].splitlines(), strict=False)
    apart = [f"{left.strip()[:300]} != {right.strip()[:300]}" for left, right in lines if left != right]
    assert one == other, f"{told}: {one[:2]}, {other[:2]}; {apart[:2]}"


def test_by_its_own_address_it_is_as_unknown_as_one_that_is_none(
    app: Flask, desk: Sit, world: World, apart: Apart, at: Callable[[str], None]
) -> None:
    theirs = apart.make(world)
    nobodys = NOBODYS | {"code": _no_door()}
    before = traces(theirs)
    for who in apart.viewers:
        at_desk = desk(who)
        for method in ("GET", "POST"):
            for rule in routes(app, method, with_object=True):
                actions = acting.VERBS if "action" in rule.arguments else ("",)
                for action in actions:
                    at(START)
                    answers = [
                        plain(
                            _send(at_desk, method, address(app, rule, named, action=action), theirs.case),
                            *named.values(),
                        )
                        for named in (theirs.named, nobodys)
                    ]
                    told = f"{rule.endpoint} {method} {action} as {who}"
                    same(*answers, told)
                    assert answers[0][0] in (400, 403, 404, 422), told  # 400: not as its page sends it
    assert traces(theirs) == before


def _send(at_desk: Desk, method: str, url: str, case: CaseFile) -> TestResponse:
    if method == "GET":
        return at_desk.get(url)
    outcome = "done" if "data-requests" in url else "resolved"
    sent = {"version": case.version, "note": "好", "reason": "约", "case": case.number, "outcome": outcome}
    return at_desk.post(url, **sent)


def _no_door() -> str:
    from stdnum import luhn

    from app.cases.wording import CROCKFORD

    return NOBODYS["code"] + luhn.calc_check_digit(NOBODYS["code"], alphabet=CROCKFORD)


def traces(theirs: Theirs) -> tuple[object, ...]:
    """What would show that anything was done to it."""
    session = db.session()
    session.rollback()
    session.expire_all()
    case = session.get_one(CaseFile, theirs.case.id)
    lines = session.scalars(select(CaseEvent.id).where(CaseEvent.case_id == case.id)).all()
    read = session.scalars(select(Notice.id).where(Notice.read_at.is_not(None))).all()
    return case.version, case.state, case.handler_id, case.lead_unit, list(lines), list(read)


def test_lists_counts_searches_and_completions_are_as_if_it_were_not(
    app: Flask, desk: Sit, world: World, apart: Apart, at: Callable[[str], None]
) -> None:
    """Every page without an object of its own, with every query anybody reads, is the same before and after."""
    mine = world.queued(world.doors[0], text="自己的灯")
    units_at_work.assign_unit(
        world.actor("dispatcher") if not apart.narrow else _boss(world, world.sub_district_id),
        mine.number, mine.version, "红庙物业", Asking("lead"),
    )  # fmt: skip
    with transaction() as session:  # a list of units is no secret, and the same before and after
        session.add_all(
            Unit(sub_district_code=code, name=name)
            for code, name in (("110105015", "八里庄供水所"), ("110105016", "双井供水所"))
        )
    for item in leasing.take(60, list(telling.TOLD), at_most=50):
        outbox_worker.HANDLERS[item.kind](item)
    asked = {who: list(_lists(app, world, ROLES[who])) for who in apart.viewers}
    seen = {(who, url): _look(desk, who, url, at) for who, urls in asked.items() for url in urls}
    theirs = apart.make(world)
    for (who, url), before in seen.items():
        after = _look(desk, who, url, at)
        assert [mark for mark in theirs.marks if mark in after[2] and mark not in url] == [], (
            f"{url} as {who}"
        )
        same(before, after, f"{url} as {who}")
    for who, urls in asked.items():  # and asked for by its number, it is as unknown as one that is none
        for endpoint in sorted({url.split("?")[0] for url in urls}):
            for name in sorted(
                {url.rsplit("&", 1)[-1].split("=")[0] for url in urls if f"{endpoint}?" in url}
            ):
                for theirs_is, nobodys_is in (
                    (theirs.case.number, NOBODYS["number"]),
                    (PHONE, "13800000000"),
                ):
                    answers = [
                        plain(_get(desk, who, f"{endpoint}?{name}={value}", at), value)
                        for value in (theirs_is, nobodys_is)
                    ]
                    same(*answers, f"{endpoint}?{name}={theirs_is} as {who}")


_DESKS: dict[tuple[int, str], Desk] = {}


def _get(desk: Sit, who: str, url: str, at: Callable[[str], None]) -> TestResponse:
    key = (id(desk), who)
    if key not in _DESKS:
        _DESKS.clear()
        _DESKS[key] = desk(who)
    at(START)
    return _DESKS[key].get(url)


def _look(desk: Sit, who: str, url: str, at: Callable[[str], None]) -> tuple[int, str, str]:
    return plain(_get(desk, who, url, at))


def _lists(app: Flask, world: World, role: Role) -> Iterator[str]:
    for rule in routes(app, "GET", with_object=False):
        gate = GATES[rule.endpoint]
        if isinstance(gate, Open) or role not in MAY[gate]:
            continue  # test_gates.py: 403
        page = address(app, rule, {})
        yield page
        yield f"{page}?state=all"
        for name in sorted(queries_of(app, rule) - {"state"}):
            for value in (MARK, *map(str, world.communities), "2"):
                yield f"{page}?state=all&{name}={value}"


def test_among_the_fields_of_a_form_it_is_none_either(
    app: Flask, desk: Sit, world: World, apart: Apart, at: Callable[[str], None]
) -> None:
    """Every form somebody may send, on their own case or on none, with another's ids in every field."""
    theirs = apart.make(world)
    before = traces(theirs)
    for who in apart.viewers:
        at_desk = desk(who)
        for rule in routes(app, "POST", with_object=False):
            own_gate = GATES[rule.endpoint]
            if isinstance(own_gate, Open) or ROLES[who] not in MAY[own_gate]:
                continue
            for values in _in_fields(theirs):
                _the_same(at_desk, address(app, rule, {}), values, at, f"{rule.endpoint} as {who}")
        gate = GATES["desk.act"]
        assert not isinstance(gate, Open)
        if ROLES[who] not in MAY[gate]:
            continue
        for action in acting.VERBS:
            for values in list(_in_fields(theirs))[:2]:
                _on_own_cases(at_desk, world, action, values, at, who)
    assert traces(theirs) == before


def _in_fields(theirs: Theirs) -> Iterator[tuple[str, str]]:
    """What the other's is called, beside what is called by nobody."""
    yield theirs.case.number, NOBODYS["number"]
    for one in theirs.ids.values():
        yield one, "999999"


def _the_same(at_desk: Desk, url: str, values: tuple[str, str], at: Callable[[str], None], told: str) -> None:
    answers = []
    for value in values:
        at(START)
        sent = dict.fromkeys(FIELDS, value) | {"version": "1", "note": "好"} | NO_SECRET
        answers.append(plain(at_desk.post(url, **sent), *values))
    same(*answers, told)


def _on_own_cases(
    at_desk: Desk, world: World, action: str, values: tuple[str, str], at: Callable[[str], None], who: str
) -> None:
    statuses = []
    for value in values:
        at(START)
        case = world.queued(world.doors[0], text="自己的灯")
        sent = dict.fromkeys(FIELDS, value) | {"version": str(case.version), "note": "好"} | NO_SECRET
        answer = at_desk.post(f"/desk/cases/{case.number}/{action}", **sent)
        body = answer.get_data(as_text=True)
        assert MARK not in body, f"{action} as {who}"
        statuses.append((answer.status_code, re.findall(r'class="bad"[^>]*>([^<]*)<', body)))
    assert statuses[0] == statuses[1], f"{action} {values[0]} as {who}"
