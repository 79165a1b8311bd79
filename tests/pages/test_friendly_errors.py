"""Whatever comes in, the answer is a page somebody can read: never a defect, never a broken page."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from itertools import count
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app.cases.models import CaseFile
from app.cases.photos import served
from app.cases.queries import report_by_receipt
from app.reading import reading
from app.staff import accounts
from tests.pages.tours import DAY, picture, receipt_of
from tests.pages.visitors import GatheringClient, House
from tests.world import PASSWORD

NASTY = (
    "x" * 9000,
    "a\0b",
    "\x01\x1b\x7f\x85",
    "\ufffe\ufdd0\U0001ffff",
    "👩‍👩‍👧🏽²٣٤٥ＡＢ",
    "../../a/b",
    "-1",
    "9" * 40,
    "2147483648",
    "999999999",
    "9999-99-99",
    "0001-01-01",
    "2099-12-31",
    "<b>\"'&amp;%s%(x)s{{7*7}}",
    " \r\n\tx",
    "//evil.example/[",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
)
NASTIEST = ("a\0b<b>\"'\ufffe", "2147483648", "9999-12-31T23:59:59-14:00")
RAW = ("%00", "%FF%FE", "%ED%A0%80", "..%2F..%2Fx", "%zz", "%0d%0aX:%201")
HEADERS = (
    {"Accept-Language": "x" * 5000},
    {"Cookie": "session=\xff\xfe; session=a.b.c"},
    {"Host": "evil.example:99999"},
    {"Referer": "http://[evil"},
    {"X-Forwarded-For": "none, ::1"},
    {"Accept-Encoding": "gzip;q=none"},
    {"Range": "bytes=9-1"},
    {"If-Modified-Since": "never"},
    {"Content-Type": "multipart/form-data"},
    {"If-None-Match": '"'},
)
TOKENS = re.compile(rb'name="(csrf_token|submission_key)" value="[^"]*"')
_addresses = count(1)


class Fuzzed(GatheringClient):
    """Gathers every answer that is a defect, and every page that is broken."""

    faults: list[str] = []  # noqa: RUF012 - emptied by the fixture
    fetched: set[str] = set()  # noqa: RUF012
    seen: set[int] = set()  # noqa: RUF012 - pages that differ in their tokens only are looked at once

    def _look_at(self, response: TestResponse) -> None:
        look = hash(TOKENS.sub(b"", response.data))
        if response.status_code >= 500 or look not in self.seen:
            self.seen.add(look)
            super()._look_at(response)

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        number = next(_addresses)
        self.environ_base["REMOTE_ADDR"] = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        answer = super().open(*args, **kwargs)
        if answer.status_code >= 500:
            sent = {name: value for name, value in kwargs.items() if name != "environ_base"}
            self.faults.append(f"{answer.status_code} from {str(args)[:200]} {str(sent)[:300]}")
        return answer


@pytest.fixture
def case(house: House) -> CaseFile:
    """A case on today's list, and clients that gather."""
    case = house.world.queued(phone="13912345678")
    Fuzzed.faults, Fuzzed.fetched, Fuzzed.seen = [], set(), set()
    house.app.test_client_class = Fuzzed
    house.at("2026-11-28T10:00")
    return case


def told() -> None:
    """Fail with everything that was gathered."""
    assert not Fuzzed.faults, "\n".join(dict.fromkeys(Fuzzed.faults))


def good_values(house: House, case: CaseFile) -> dict[str, str]:
    """A value for every variable part of an address that leads somewhere."""
    token = accounts.add_staff("newcomer", "dispatcher", sub_district_code="110105015").link_token
    return {
        "number": case.number,
        "action": "resolve",
        "day": DAY.rsplit("/", 1)[1],
        "code": house.world.doors[0].code,
        "receipt": receipt_of(house, case),
        "token": str(token),
        "media_name": "0" * 32,
        "name": "none",
        "request_id": "1",
    }


def addresses(app: Flask, good: dict[str, str]) -> Iterator[tuple[Rule, str]]:
    """Every route with good parts, then with each of its parts nasty."""
    for rule in app.url_map.iter_rules():
        yield rule, _address(rule, good)
        for name in sorted(rule.arguments):
            for nasty in NASTY:
                yield rule, _address(rule, good | {name: nasty})
            for raw in RAW:
                yield rule, _address(rule, good, **{name: raw})


def _address(rule: Rule, good: dict[str, str], **raw: str) -> str:
    address = rule.rule
    for name in rule.arguments:
        address = address.replace(f"<{name}>", raw.get(name) or quote(good.get(name, "none"), safe=""))
    return address


def test_no_address_is_a_defect(house: House, case: CaseFile) -> None:
    good = good_values(house, case)
    at_desk, nobody = house.desk("dispatcher").client, house.app.test_client()
    for rule, address in addresses(house.app, good):
        (at_desk if rule.endpoint.startswith(("desk.", "admin.")) else nobody).get(address)
    for raw in (*RAW, *map(quote, NASTY)):
        for start in ("/", "/desk/", "/nowhere/"):
            at_desk.get(start + raw)
    told()


def test_no_question_is_a_defect(house: House, case: CaseFile) -> None:
    good = good_values(house, case)
    at_desk, nobody = house.desk("dispatcher").client, house.app.test_client()
    names = ("lang", "elder", "code", "receipt", "state", "community", "after", "next", "none")
    for rule in house.app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()):
            continue
        address = _address(rule, good)
        client = (
            nobody
            if rule.endpoint.startswith(("resident.", "public.", "auth.", "api.", "assets."))
            else at_desk
        )
        for value in (*map(quote, NASTY), *RAW):
            client.get(address + "?" + "&".join(f"{name}={value}" for name in names))
        client.get(address + "?" + "&".join(f"x{number}=1" for number in range(3000)))
        for headers in HEADERS:
            client.get(address, headers=headers)
    told()


def test_no_form_is_a_defect(house: House, case: CaseFile) -> None:
    good = good_values(house, case)
    at_desk = house.desk("dispatcher")
    resident = house.resident()
    for address, fields, client in forms(house, case, good):
        token = {"csrf_token": at_desk.token} if client == "desk" else resident.signs(_page_of(address))
        browser = at_desk.client if client == "desk" else resident.client
        for nasty in NASTY:
            browser.post(address, data=dict.fromkeys(fields, nasty) | token)
        for name in fields:
            for nasty in NASTIEST:
                version = {"version": house.world.again(case).version, "case": case.number}
                browser.post(address, data=version | fields | {name: nasty} | token)
        browser.post(address, data={name: ["1", "2", "\0"] for name in fields} | token)
        browser.post(address, data={next(iter(fields)): "长" * 330_000} | token)
        browser.post(
            address, data={f"{name}-{case.number}": "a\0b" for name in ("choice", "note", "next_day")} | token
        )
    told()


def forms(house: House, case: CaseFile, good: dict[str, str]) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Every form: where it goes, its fields, and who sends it."""
    door, receipt = good["code"], good["receipt"]
    words = {
        "text": "灯坏了",
        "kind": "help",
        "category": "0304",
        "name": "周",
        "phone": "13912345678",
        "spot": "五层",
    }
    more = {
        "email": "a@b.cn",
        "call_back": "1",
        "consent_forward": "1",
        "written_at": "2026-11-24T09:00:00+08:00",
    }
    yield f"/d/{door}", words | more | {"website": "", "photo1": "x"}, "resident"
    yield f"/d/{door}/me-too", {"case": case.number, "note": "也黑", "phone": "13912345678"}, "resident"
    yield f"/d/{door}/while-typing", {"text": "灯坏了"}, "resident"
    yield f"/r/{receipt}/undo", {"none": ""}, "resident"
    yield f"/r/{receipt}/add", {"text": "还有"}, "resident"
    yield f"/r/{receipt}/call-me", {"phone": "13912345678"}, "resident"
    yield f"/r/{receipt}/forget-phone", {"none": ""}, "resident"
    yield f"/r/{receipt}/data-request", {"kind": "see"}, "resident"
    yield "/desk/data-requests/1", {"outcome": "refused", "note": ""}, "desk"
    yield f"/r/{receipt}/answer", {"text": "五层的"}, "resident"
    yield "/r/recover", {"phone": "13912345678"}, "resident"
    yield (
        f"/r/{receipt}/follow-up",
        {"contacted": "yes", "solved": "no", "satisfaction": "satisfied", "note": ""},
        "resident",
    )
    for action in ("triage", "in_hand", "carry_over", "decline"):
        fields = {
            "version": case.version,
            "kind": "help",
            "category": "0304",
            "lead_unit": "",
            "note": "",
            "ground": "",
            "called": "",
            "next_day": "",
            "person": "",
            "next": "case-day",
            "day": "2026-11-28",
            "code": door,
        }
        yield f"/desk/cases/{case.number}/{action}", fields, "desk"
    for action, field in (("merge", "into_number"), ("ask_resident", "note"), ("unmerge", "note")):
        yield f"/desk/cases/{case.number}/{action}", {"version": case.version, field: ""}, "desk"
    yield f"/desk/cases/{case.number}/phone", {"reason": "约", "report": "1"}, "desk"
    yield (
        f"/desk/doors/{door}/visit",
        {"case": case.number, "version": 1, "outcome": "none", "note": ""},
        "desk",
    )
    photo = {"version": case.version, "is_cleared": "1", "photo1": "x"}
    yield f"/desk/cases/{case.number}/photos", photo, "desk"
    yield f"{DAY}/open", {"none": ""}, "desk"
    row = {f"{name}-{case.number}": "" for name in ("version", "choice", "note", "next_day", "person")}
    yield f"{DAY}/close", row | {f"choice-{case.number}": "in_hand", f"version-{case.number}": "1"}, "desk"
    yield "/desk/notices/read", {"notice": "1"}, "desk"
    yield "/desk/notices/read", {"case": case.number, "notice": "1"}, "desk"


def _page_of(address: str) -> str:
    """The page on which a resident's form stands."""
    if address == "/r/recover":
        return "/r/"
    return "/".join(address.split("/")[:3])


def test_no_log_in_is_a_defect(house: House, case: CaseFile) -> None:
    at_desk = house.desk("dispatcher")
    token = {"csrf_token": at_desk.token}
    link = good_values(house, case)["token"]
    for nasty in NASTY:
        at_desk.client.post(
            "/login", data=token | {"username": f"{nasty[:70]}{nasty[:1]}", "password": nasty}
        )
        if len(nasty) < 10 or len(nasty) > 200:
            at_desk.client.post(f"/set-password/{link}", data=token | {"password": nasty})
    for wanted in ("/[", "//[", "/\r\nX: 1", "/\\evil", "http://[", "/desk/\0", "/" + "x" * 9000):
        who = house.desk("dispatcher")
        who.client.post(
            f"/login?next={quote(wanted)}",
            data={"csrf_token": who.token, "username": "leader", "password": PASSWORD},
        )
        house.desks.clear()
    told()


def bodies() -> Iterator[tuple[bytes, str]]:
    """Bodies that are not what their type says."""
    part = b'--b\r\nContent-Disposition: form-data; name="text"\r\n\r\nabc'
    photo = b'--b\r\nContent-Disposition: form-data; name="photo1"; filename="a.jpg"\r\n\r\n'
    for body in (
        part,
        part + b"\r\n--b",
        photo + b"\xff\xd8\xff" * 50 + b"\r\n--b--\r\n",
        photo,
        b"--b--",
        b"",
        b"\0" * 99,
        b"--b\r\nContent-Disposition: form-data; name=\"\xff\xfe\"; filename*=x''%ff\r\n\r\nx\r\n--b--\r\n",
        b"--b\r\n" + b"X" * 9000 + b"\r\n\r\nx\r\n--b--\r\n",
        (part + b"\r\n") * 1500 + b"--b--\r\n",
        b'--b\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n\xff\xfe\0\r\n--b--\r\n',
    ):
        yield body, "multipart/form-data; boundary=b"
    for kind in (
        "multipart/form-data",
        "multipart/form-data; boundary=" + "b" * 300,
        'multipart/form-data; boundary=""',
        "multipart/form-data; boundary=\xe4",
        "application/json",
        "text/plain",
        "x",
        "",
    ):
        yield b"text=abc&note=%FF%00", kind
    for body in (
        b"\xff\xfe\0=\xff",
        b"text=%ff%00%ed%a0%80&note=%",
        b"&" * 5000,
        b"a=1&" * 2000,
        b"text=" + b"x" * 1_100_000,
    ):
        yield body, "application/x-www-form-urlencoded"
    yield b"text=\xff", "application/x-www-form-urlencoded; charset=none"
    for body in (b'{"text": "\\ud800 \\udc00"}', b"[" * 60_000, b'{"text":' + b"9" * 60_000 + b"}", b"NaN"):
        yield body, "application/json"


def test_no_body_is_a_defect(house: House, case: CaseFile) -> None:
    good = good_values(house, case)
    at_desk, nobody = house.desk("dispatcher"), house.app.test_client()
    for rule in house.app.url_map.iter_rules():
        address = _address(rule, good)
        client = at_desk.client if rule.endpoint.startswith(("desk.", "admin.")) else nobody
        headers = {"X-CSRFToken": at_desk.token} if client is at_desk.client else {}
        for body, kind in bodies() if "POST" in (rule.methods or ()) else ():
            client.post(address, data=body, content_type=kind, headers=headers)
        for length in ("9" * 30, "-1", "+8", "abc", "٣"):
            client.post(address, data=b"text=abc", headers={"Content-Length": length})
        client.post(address, input_stream=io.BytesIO(b"text=abc"), headers={"Transfer-Encoding": "chunked"})
        for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "NONE"):
            client.open(address, method=method)
    told()


def test_a_picture_that_is_gone_is_not_found(house: House, case: CaseFile) -> None:
    """The file of a photo went missing: a page without it, not a defect."""
    who, door = house.resident(), f"/d/{house.world.doors[0].code}"
    receipt = who.send(door, 303, **who.signs(door), text="有照片", photo1=(picture(), "a.png"))
    house.work()
    link = who.see(receipt).split('<img src="', 1)[1].split('"', 1)[0]
    who.see(link)
    report = report_by_receipt(reading(), receipt.rsplit("/", 1)[1])
    assert report is not None
    name = report.photos[0].media_name
    served(name).unlink()
    who.see(link, 404)
    assert house.desk("dispatcher").get(f"/desk/photos/{name}").status_code == 404
    told()


def test_a_defect_is_answered_with_a_page_and_written_down(
    house: House, case: CaseFile, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def defect(**_values: object) -> str:
        raise RuntimeError("what nobody foresaw")

    monkeypatch.setitem(house.app.view_functions, "public.privacy", defect)
    answer = house.app.test_client().get("/privacy")
    assert answer.status_code == 500
    assert "what nobody foresaw" not in answer.text
    assert "Traceback" not in answer.text
    assert "what nobody foresaw" in caplog.text
    assert [fault[:3] for fault in Fuzzed.faults] == ["500"]
