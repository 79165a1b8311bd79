"""What lies in another community or sub-district is to everybody else what does not exist: every route behind a
permission, asked by every role about somebody else's objects, answers as it does for one nobody has, changes
nothing, and no page tells of them by a word or a count."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.routing import Rule

from app.access.permissions import MAY
from app.cases import asking, data_requests, own_report, photos, publishing
from app.cases.models import CaseFile, DataRequest, Photo
from app.db import Base, db, transaction
from app.errors import NotFound
from app.forwarding import handover
from app.forwarding.models import Forwarding
from app.notices.models import Notice
from app.places.queries import Door
from app.staff.models import Staff, StaffCommunity
from app.web.desk import acting, forwardings, phrases
from app.web.gates import GATES, Open
from tests.conftest import START
from tests.desk.conftest import DAY, Desk
from tests.world import ROLES, World

Sit = Callable[[str], Desk]
Said = tuple[int, str, str]  # status, where to, the page
PLACES = ("another community", "another sub-district")
PEOPLE = [who for who in ROLES if who != "other_worker"]
WORDS, SPOT, PHONE, PERSON, ORDER = "秘甲下水道堵了", "秘乙门口", "13911112222", "秘丙阿姨", "秘丁-2026-1"

# what an address names that belongs to nobody
NOBODYS: dict[str, tuple[str, ...]] = {
    "action": tuple(acting.VERBS),
    "act": tuple(forwardings.VERBS),
    "day": (DAY,),
}
# acts on one's own session, day or channel that name no object: nothing of somebody else's could be meant
OWN_ACTS = frozenset({"auth.logout", "desk.open_day", "desk.start_channel"})
# who did and saw what, and who sits where, is written down also for what was refused
KEPT_OF_EVERYBODY = frozenset({"audit_entry", "staff_session"})
# a choice for every field that has some
CHOICES = {
    "kind": "repair",
    "category": "0304",
    "lead_unit": "红庙物业",
    "ground": next(iter(phrases.GROUNDS)),
    "called": next(iter(phrases.EMERGENCY)),
    "public_words": "下水道不通",
    "visibility": "community",
    "about_no_person": "1",
    "next_day": "2026-12-04",
    "reason": "要问清楚",
    "outcome": "resolved",
    "workorder_id": "GD-2026-1",
    "status": "closed",
    "solved": "yes",
    "result": "修好了",
}
# where the same field means something else
FORMS: dict[str, dict[str, object]] = {"desk.settle_data_request": {"outcome": "refused"}}

# choices that are none, and a report that is none
NONSENSE: dict[str, object] = dict.fromkeys((*CHOICES, "note", "into_number", "report", "person"), "无") | {
    "version": "2"
}


@dataclass(frozen=True)
class Answer:
    """What was said to somebody: `asked` is the question without whose object it was about."""

    method: str
    address: str
    asked: str
    said: Said

    @property
    def status(self) -> int:
        """The number of the answer."""
        return self.said[0]


@dataclass
class Card:
    """What somebody would write into addresses and forms to get at one neighbour's case."""

    names: dict[str, str]  # what stands in an address, by the name of the variable
    fields: dict[str, str]  # what a form or a search names
    numbers: dict[str, str] = field(default_factory=dict)  # of the same place, one in each state

    @property
    def number(self) -> str:
        return self.names["number"]


UNKNOWN = Card(
    names={
        "number": "2611-9999",
        "media_name": "0" * 32,
        "code": "7K2M9ZZ5",
        "forwarding_id": "00000000-0000-4000-8000-000000000000",
        "request_id": "999999",
    },
    fields={
        "report": "999999",
        "notice": "999999",
        "person": "999999",
        "community": "999999",
        "into_number": "2611-9998",
        "q": "秘甲无此事",
        "receipt": "000000000000",
        "version": "2",
    },
    numbers={"any": "2611-9999"},
)


def _make(world: World, place: str) -> Card:
    """Something of every kind at this place: an open case with photo, request and notice, one that was handed over,
    one that was merged, one that ended."""
    door = world.doors[8] if place == PLACES[0] else world.far_door
    who = "dispatcher" if place == PLACES[0] else "far_dispatcher"
    _widen(world, who)
    receipt = world.report(door, WORDS, spot=SPOT, phone=PHONE, name=PERSON, consent_forward=True)
    case = _sorted(world, who, receipt)
    publishing.publish(world.actor(who), case.number, case.version, WORDS, "community", about_no_person=True)
    data_requests.ask(receipt, str(uuid4()), "delete")
    case = world.again(case)
    asking.ask(world.actor(who), case.number, case.version, WORDS)
    case = world.again(case)
    handed = _sorted(world, who, world.report(door, WORDS, consent_forward=True, phone=PHONE))
    handover.forward_now(world.actor(who), handed.number, handed.version)
    merged, ended, untold = (_sorted(world, who, world.report(door, WORDS)) for _ in range(3))
    _act(world, who, merged, "merge", into=case.number)
    _act(world, who, ended, "resolve")
    left = world.report(door, WORDS)
    own_report.withdraw(left)
    gone = world.case(left)  # nobody is left to ask
    with transaction() as session:
        session.get_one(CaseFile, untold.id).legal_basis = None  # not eligible for 12345
    card = _card(world, door, who, receipt, handed)
    card.numbers = {
        "open": case.number,
        "forwarded": handed.number,
        "merged": merged.number,
        "ended": ended.number,
        "untold": untold.number,
        "gone": gone.number,
        "received": world.case(world.report(door, WORDS)).number,
    }
    _narrow(world)
    return card


def _sorted(world: World, who: str, receipt: str) -> CaseFile:
    from app.cases import triage
    from app.cases.triage import Sorting

    case = world.case(receipt)
    return triage.triage(world.actor(who), case.number, case.version, Sorting(category="0304"))


def _act(world: World, who: str, case: CaseFile, action: str, into: str = "") -> None:
    case = world.again(case)
    form = {"into_number": into, "note": WORDS}
    acting.VERBS[action](world.actor(who), case.number, action, case.version, form)


def _card(world: World, door: Door, who: str, receipt: str, handed: CaseFile) -> Card:
    case = world.case(receipt)
    with transaction() as session:
        photo = Photo(
            report_id=case.reports[0].id,
            state="ready",
            media_name=uuid4().hex,
            media_type="image/jpeg",
            size=4,
            width=1,
            height=1,
            taken_in_at=case.received_at,
        )
        notice = Notice(
            key=f"theirs:{case.id}",
            kind="returned",
            ref=case.number,
            sub_district_id=case.sub_district_id,
            community_id=case.community_id,
            role="dispatcher",
            created_at=case.received_at,
        )
        session.add_all([photo, notice])
        session.flush()
        forwarding = session.scalars(select(Forwarding).where(Forwarding.case_id == handed.id)).one()
        forwarding.state, forwarding.held_for = "held", "manual"
        asked = session.scalars(
            select(DataRequest).where(DataRequest.report_id == photo.report_id).order_by(DataRequest.id)
        ).one()
        names = {
            "number": case.number,
            "media_name": photo.media_name,
            "code": door.code,
            "forwarding_id": forwarding.id,
            "request_id": str(asked.id),
        }
        fields = {
            "report": str(photo.report_id),
            "notice": str(notice.id),
            "person": str(world.staff["far_dispatcher" if who == "far_dispatcher" else "other_worker"]),
            "community": str(case.community_id),
            "into_number": case.number,
            "q": WORDS,
            "receipt": receipt,
            "version": str(case.version),
        }
    _lay_down(photos.served(names["media_name"]))
    return Card(names, fields)


def _lay_down(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"\xff\xd8\xff\xd9")


def _narrow(world: World) -> None:
    """Everybody at home covers the first community only."""
    with transaction() as session:
        held = set(session.scalars(select(StaffCommunity.staff_id)))
        for who in PEOPLE:
            if world.staff[who] not in held:
                session.add(StaffCommunity(staff_id=world.staff[who], community_id=world.communities[0]))


def _widen(world: World, who: str) -> None:
    with transaction() as session:
        for row in session.scalars(select(StaffCommunity).where(StaffCommunity.staff_id == world.staff[who])):
            session.delete(row)


# ---- what is asked ----------------------------------------------------------------------------------------


def _rules(app: Flask) -> Iterator[tuple[Rule, str]]:
    for rule in app.url_map.iter_rules():
        if isinstance(GATES[rule.endpoint], Open) or rule.endpoint in OWN_ACTS:
            continue
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            yield rule, method


def _addresses(rule: Rule, card: Card) -> Iterator[tuple[str, str, str]]:
    """Every address of a rule that this card leads to, the number of the case meant, and what is asked of it."""
    names = [name for name in NOBODYS if name in rule.arguments]
    fixed: list[dict[str, str]] = [{}]
    for name in names:
        fixed = [one | {name: value} for one in fixed for value in NOBODYS[name]]
    numbers = list(card.numbers.values()) if "number" in rule.arguments else [card.number]
    for number in numbers:
        own = {name: card.names[name] for name in rule.arguments if name in card.names} | {"number": number}
        for one in fixed:
            values = {name: value for name, value in (own | one).items() if name in rule.arguments}
            address = str(rule.build(values, append_unknown=False)[1])  # type: ignore[index]
            yield address, number, f"{rule.rule} {sorted(one.items())}"


def _form(card: Card, number: str) -> dict[str, object]:
    """A form that would be taken, whatever it is for, by whoever may."""
    case = db.session.scalars(select(CaseFile).where(CaseFile.number == number)).first()
    version = str(case.version) if case else "2"
    db.session.rollback()
    return CHOICES | card.fields | {
        "note": "说明一下",
        "version": version,
        "case": number,
        f"choice-{number}": "resolve",
        f"version-{number}": version,
        f"note-{number}": "说明一下",
    }  # fmt: skip


def _plain(body: str, card: Card, number: str) -> str:
    """An answer without what the one who asks wrote themselves."""
    body = _without_token(body)
    written = {number, *card.names.values(), *card.numbers.values(), card.fields["q"]}
    for word in sorted(written - {""}, key=len, reverse=True):
        if len(word) > 3:
            body = body.replace(word, "□")
    for name in ("version", "report", "notice", "person", "community", "request_id"):
        body = re.sub(rf'(name="{name}" value=")[^"]+', r"\1", body)
    return body


def _without_token(body: str) -> str:
    return re.sub(r'(name="csrf_token" value=")[^"]+', r"\1", body)


def _ask(at_desk: Desk, rule: Rule, method: str, card: Card, *, once: bool = False) -> list[Answer]:
    """What this card gets at every address of the rule, or at the first alone."""
    answers: list[Answer] = []
    for address, number, asked in islice(_addresses(rule, card), 1 if once else None):
        forms: list[dict[str, object]] = [{**card.fields, "state": "all"}]
        if method == "POST":
            good = _form(card, number) | FORMS.get(rule.endpoint, {})
            forms = [NONSENSE | {"case": number}, good]
        for meant, form in zip(("nonsense", "good")[-len(forms) :], forms, strict=True):
            said = _answer(at_desk, method, address, form, card, number)
            answers.append(Answer(method, address, f"{method} {asked} {meant}", said))
    return answers


def _answer(
    at_desk: Desk, method: str, address: str, form: dict[str, object], card: Card, number: str
) -> Said:
    """One answer; the pages of errors are looked at by other tests, not here some thousand times."""
    client, query = at_desk.client, form if method == "GET" else None
    data = {"csrf_token": at_desk.token, **form} if method == "POST" else None
    with client.application.app_context():
        got = FlaskClient.open(client, address, method=method, query_string=query, data=data)
    body = got.get_data().decode(errors="replace")
    place = _plain(got.headers.get("Location", ""), card, number)
    return got.status_code, place, _plain(body, card, number)


def _rows(but: frozenset[str] = KEPT_OF_EVERYBODY) -> dict[str, list[str]]:
    """All that the database holds."""
    db.session.rollback()
    with db.engine.connect() as connection:
        return {
            name: sorted(map(repr, connection.execute(select(table))))
            for name, table in Base.metadata.tables.items()
            if name not in but
        }


# ---- what must hold ---------------------------------------------------------------------------------------


def test_every_variable_of_an_address_has_an_object_to_try(app: Flask) -> None:
    """A new route that names something must say here how somebody else's of it is made."""
    named = {name for rule, _method in _rules(app) for name in rule.arguments}
    assert named <= set(UNKNOWN.names) | set(NOBODYS)
    assert set(GATES) >= OWN_ACTS


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("who", PEOPLE)
def test_somebody_elses_is_as_one_that_is_none(
    app: Flask, desk: Sit, world: World, who: str, place: str
) -> None:
    theirs = _make(world, place)
    at_desk, before, told = desk(who), _rows(), []
    for rule, method in _rules(app):
        gate = GATES[rule.endpoint]
        assert not isinstance(gate, Open)
        may = ROLES[who] in MAY[gate]
        nobodys = {one.asked: one for one in _ask(at_desk, rule, method, UNKNOWN, once=not may)}
        for one in _ask(at_desk, rule, method, theirs, once=not may):
            expected = nobodys[one.asked]
            if one.said != expected.said:
                told.append(_differing(one, expected))
            elif not may:
                assert one.status == 403, one.asked
            elif set(rule.arguments) & set(UNKNOWN.names) and one.asked.endswith("good"):
                assert one.status == 404, f"{one.asked}: {one.status}"
    assert not told, "\n".join(told)
    assert _changed(before, _rows()) == {}


def _differing(one: Answer, expected: Answer) -> str:
    pairs = zip(one.said[2].splitlines(), expected.said[2].splitlines(), strict=False)
    lines = [f"\n    {here.strip()} | {there.strip()}" for here, there in pairs if here != there]
    words = "".join(lines[:3]) if one.status == expected.status else ""
    return f"{one.method} {one.address} ({one.asked}): {one.status}, nobody's {expected.status}{words}"


def _changed(before: dict[str, list[str]], after: dict[str, list[str]]) -> dict[str, list[str]]:
    return {
        name: sorted(set(rows) ^ set(after[name])) for name, rows in before.items() if rows != after[name]
    }


@pytest.mark.parametrize("place", PLACES)
def test_its_own_people_get_at_each_of_them(app: Flask, desk: Sit, world: World, place: str) -> None:
    """Without this, the test above would hold for objects that do not exist."""
    theirs = _make(world, place)
    who = "dispatcher" if place == PLACES[0] else "far_dispatcher"
    _widen(world, who)
    theirs.numbers = {"open": theirs.number}
    at_desk = desk(who)
    for rule, method in _rules(app):
        if MAY[GATES[rule.endpoint]] and ROLES["dispatcher"] in MAY[GATES[rule.endpoint]]:  # type: ignore[index]
            for one in _ask(at_desk, rule, method, theirs):
                assert one.status in (200, 303, 409, 422), f"{one.method} {one.address}: {one.status}"


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("who", PEOPLE)
def test_no_page_tells_by_a_word_or_a_count(
    app: Flask, desk: Sit, world: World, at: Callable[[str], None], who: str, place: str
) -> None:
    """Every page of somebody's own, read before and after the others had anything, is the same."""
    own = _own(world)
    at_desk = desk(who)

    def pages() -> dict[str, str]:
        at(START)
        found = {}
        for rule, method in _rules(app):
            if method == "GET" and ROLES[who] in MAY[GATES[rule.endpoint]]:  # type: ignore[index]
                for address, *_rest in _addresses(rule, own):
                    for query in ({}, {"state": "all"}, {"state": "forwarded"}, {"q": WORDS}):
                        answer = at_desk.client.get(address, query_string=query)
                        found[f"{address} {query}"] = _plain(answer.get_data(as_text=True), UNKNOWN, "")
        return found

    before = pages()
    theirs = _make(world, place)
    after = pages()
    for address, body in after.items():
        assert _pruned(body) == _pruned(before[address]), f"{address} changed"
        for marker in (SPOT, PHONE, PERSON, theirs.number, theirs.fields["receipt"]):
            assert marker not in body, address


def _pruned(body: str) -> str:
    """A page without its line ends."""
    return re.sub(r"\s+", " ", body)


def _own(world: World) -> Card:
    """A case at the first door, with the same words as theirs will have, and nothing else."""
    receipt = world.report(text=WORDS)
    case = _sorted(world, "dispatcher", receipt)
    _narrow(world)
    names = UNKNOWN.names | {"number": case.number, "code": world.doors[0].code}
    return Card(names, UNKNOWN.fields, {"open": case.number})


CROSSED: list[tuple[str, str, dict[str, str]]] = [
    # an address of one's own, a form that names theirs; {number} and {code} are one's own
    ("/desk/cases/{number}/merge", "into_number", {}),
    ("/desk/cases/{number}/carry_over", "person", {"note": "下周再来"}),
    ("/desk/cases/{number}/phone", "report", {"reason": "要问清楚"}),
    ("/desk/doors/{code}/visit", "case", {"outcome": "resolved", "note": "换了灯"}),
    ("/desk/notices/read", "notice", {}),
    ("/desk/notices/read", "case", {}),
]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("who", ["worker", "dispatcher"])
def test_naming_theirs_in_a_form_of_ones_own(desk: Sit, world: World, who: str, place: str) -> None:
    own, theirs = _own(world), _make(world, place)
    at_desk, before = desk(who), _rows()
    case = db.session.scalars(select(CaseFile).where(CaseFile.number == own.number)).one()
    version = str(case.version)
    for pattern, name, more in CROSSED:
        address = pattern.format(number=own.number, code=world.doors[0].code)
        said = []
        for card in (theirs, UNKNOWN):
            value = card.number if name == "case" else card.fields[name]
            answer = at_desk.post(address, **{"version": version, **more, name: value})
            body = _without_token(answer.get_data(as_text=True)).replace(
                value if len(value) > 4 else "\0", "□"
            )
            said.append((answer.status_code, answer.headers.get("Location", "").replace(value, "□"), body))
        assert said[0] == said[1], f"{address} with {name}"
    assert _changed(before, _rows()) == {}


@pytest.mark.parametrize("place", PLACES)
def test_a_day_is_closed_for_ones_own_alone(desk: Sit, world: World, place: str) -> None:
    own, theirs = _own(world), _make(world, place)
    at_desk, before = desk("dispatcher"), _rows()
    form = _form(theirs, theirs.number)
    assert at_desk.post(f"/desk/case-days/{DAY}/close", **form).status_code == 303
    assert _changed(before, _rows()) == {}
    assert own.number in at_desk.page(f"/desk/case-days/{DAY}")


@pytest.mark.parametrize("place", PLACES)
def test_those_who_left_are_not_named_either(desk: Sit, world: World, place: str) -> None:
    """People of another sub-district are nowhere offered; those of one's own are colleagues."""
    own = _own(world)
    _make(world, place)
    far = db.session.get_one(Staff, world.staff["far_dispatcher"]).display_name
    at_desk = desk("dispatcher")
    for address in (f"/desk/cases/{own.number}", f"/desk/case-days/{DAY}/close", "/desk/", "/admin/"):
        assert far not in at_desk.page(address)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("who", ["worker", "dispatcher"])
def test_no_verb_says_more_of_theirs_than_that_it_is_not_there(world: World, who: str, place: str) -> None:
    """The page of a refusal is cut to the scope by itself; a verb called from a list or an import is not."""
    theirs = _make(world, place)
    for action, verb in acting.VERBS.items():
        for number in theirs.numbers.values():
            form = {name: str(value) for name, value in _form(theirs, number).items()}
            for version in (int(form["version"]), 99):
                if action == "merge" and form["into_number"] == number:
                    continue  # refused for what was typed alone
                with pytest.raises(NotFound):
                    verb(world.actor(who), number, action, version, form)
