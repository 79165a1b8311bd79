"""What browsers never send to the forms anybody may fill in is answered with a page, never a defect."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator

import pytest

from app.cases.models import CaseFile
from app.web import tokens
from tests.pages.test_friendly_errors import case, good_values, told
from tests.pages.visitors import House

__all__ = ["case"]
PART = b'--b\r\nContent-Disposition: form-data; name="text"\r\n\r\nabc\r\n'
URLENCODED = "application/x-www-form-urlencoded"
LENGTHS = ("-1", "+5", "5_0", "abc", "", " 5", "0x10", "\u0663", "1e3", "5, 5", "0" * 5000 + "5", "9" * 5000)
TYPES = (
    "multipart/form-data; boundary=\xe9",
    "multipart/form-data; boundary*=utf-8''%C3%A9",
    "multipart/form-data; boundary*=none''%FF",
    "multipart/form-data; boundary*0=b; boundary*1=b",
    'multipart/form-data; boundary="b\\"b"',
    "multipart/form-data; boundary=",
    'multipart/form-data; boundary=""',
    "multipart/form-data; boundary=WerkzeugFormPart",
    "multipart/form-data; boundary=WerkzeugFormPart\xe9",
    "multipart/form-data; boundary=WerkzeugFormPart" + "b" * 9000,
    "multipart/mixed; boundary=b",
    "application/json; charset=utf-16",
    URLENCODED + "; charset=utf-16",
    URLENCODED + "; charset=\xff",
    "text/html; charset=" + "x" * 9000,
    "/",
    ";;;=",
)
PARTS = (
    b'name="text"; filename="a\0b.jpg"',
    b"name=\"photo1\"; filename*=utf-8''%ED%A0%80.jpg",
    b"name=\"photo1\"; filename*=utf-16''%00.jpg",
    b"name=\"photo1\"; filename*=none''a.jpg",
    b'name="photo1"; filename="' + b"x" * 3000 + b'.jpg"',
    b'name="photo1"; filename="../../../etc/passwd"',
    b'name="\xed\xa0\x80"',
    b'name=""',
    b"name",
    b"",
    b'name="text"\r\nContent-Type: text/plain; charset=utf-16',
    b'name="text"\r\nContent-Type: text/plain; charset=none',
    b'name="text"\r\nContent-Transfer-Encoding: base64',
    b'name="text"\r\nContent-Disposition: form-data; name="note"',
    b'name="text"\r\nContent-Length: -5',
)
WORDS = (
    "\ufeff",
    "\u202e\u2066\u200f",
    "e" + "\u0301" * 3000,
    "\ud7ff\ue000\U0010ffff",
    "ﷺ" * 2000,
    "\u0130\u0131ſK" * 300,
    "①²½௧" * 8,
    "\u2028\u2029\x0b\x0c\x1c\x1d\x1e\x85",
    "0" * 9000,
    "1" * 5000,
    "%ED%A0%80",
    "\\ud800",
    "NaN",
    "-0",
    "1e999",
    "2026-W48-2T09:00:00+08:00",
    "2026-11-24T09:00:00+23:59:59.999999",
    "2099-12-31T23:59:59.999999-23:59",
    "2000-01-01T00:00:00+23:59",
)


def posts(house: House, good: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Every address nobody needs a name to post to, with the place its token is bound to."""
    for rule in house.app.url_map.iter_rules():
        if "POST" not in (rule.methods or ()) or rule.endpoint.startswith(("desk.", "admin.")):
            continue
        address = rule.rule
        for name in rule.arguments:
            address = address.replace(f"<{name}>", good.get(name, "none"))
        yield address, good.get("receipt" if "<receipt>" in rule.rule else "code", "")


def bodies() -> Iterator[tuple[bytes, str]]:
    """Bodies of odd types, and odd bodies of the right type."""
    for kind in TYPES:
        yield PART + b"--b--\r\n", kind
    for part in PARTS:
        yield (
            b"--b\r\nContent-Disposition: form-data; " + part + b"\r\n\r\nabc\r\n--b--\r\n",
            TYPES[0][:30] + "b",
        )
    for value in (None, [], {}, {"text": "a"}, [[]] * 9, "\ud800", 1e308, True):
        yield json.dumps(value).encode(), "application/json"
    yield b"[" * 100_000, "application/json"
    yield b"&".join(b"f%d=1" % number for number in range(20_000)), URLENCODED
    yield b"text=%ED%A0%80&note=%C0%80&%00=%00&=&==&text", URLENCODED
    yield b"text=" + b"%00" * 3000, URLENCODED
    yield "text=灯".encode("utf-16"), URLENCODED
    yield "text=灯".encode("gb18030"), URLENCODED


def test_odd_bodies(house: House, case: CaseFile) -> None:
    nobody = house.app.test_client()
    for address, _place in posts(house, good_values(house, case)):
        for body, kind in bodies():
            nobody.post(address, data=body, content_type=kind)
        for length in LENGTHS:
            for kind in (URLENCODED, "multipart/form-data; boundary=b"):
                environ = {"CONTENT_LENGTH": length, "CONTENT_TYPE": kind, "wsgi.input": io.BytesIO(PART)}
                nobody.post(address, environ_overrides=environ)
    told()


def test_odd_words_with_a_good_token(house: House, case: CaseFile) -> None:
    nobody, good = house.app.test_client(), good_values(house, case)
    names = (
        *("text", "note", "phone", "email", "name", "spot", "kind", "category", "written_at", "website"),
        *("case", "contacted", "solved", "satisfaction", "call_back", "held1", "held2", "one_tap"),
    )
    for address, place in posts(house, good):
        for words in WORDS:
            for fields in (dict.fromkeys(names, words), {"written_at": words, "text": "灯坏了", "note": ""}):
                key = tokens.new_key()
                signed = {"csrf_token": tokens.issue(place, key), "submission_key": key}
                nobody.post(address, data=fields | signed)
    told()


@pytest.mark.parametrize("name", ["csrf_token", "submission_key", "held1"])
def test_odd_tokens(house: House, case: CaseFile, name: str) -> None:
    nobody, good = house.app.test_client(), good_values(house, case)
    for address, place in posts(house, good):
        for words in (*WORDS, "\0", "." * 9000, "|photo|", "|photo|x.y.z", "a.b.c", "\ufffd"):
            key = tokens.new_key()
            signed = {"csrf_token": tokens.issue(place, key), "submission_key": key}
            nobody.post(address, data={"text": "灯坏了"} | signed | {name: words})
    told()


def test_odd_paths_and_questions(house: House, case: CaseFile) -> None:
    nobody = house.app.test_client()
    for raw in (b"\xed\xa0\x80", b"\0", b"\xff\xfe", "﷽".encode() * 99, b"x" * 9000, b"%2F..%2F", b"\r\n"):
        for start, end in (("/d/", ""), ("/d/", "/me-too"), ("/r/", "/add"), ("/r/", "/undo"), ("/", "")):
            environ = {
                "PATH_INFO": start + raw.decode("latin-1") + end,
                "QUERY_STRING": "lang=" + raw.decode("latin-1") + "&elder=\xff",
            }
            nobody.post("/", data={"text": "话"}, environ_overrides=environ)
    told()
