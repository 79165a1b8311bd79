"""The requests of a run, prepared outside the timed part: pages to open, reports to send."""

import http.client
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from html import unescape
from io import BytesIO
from itertools import cycle, islice
from random import Random
from urllib.parse import urlencode

from PIL import Image

from benchmarks.load import Prepared
from benchmarks.servers import BenchError, Server, read_page

PHOTO_BYTES = 200_000
_BOUNDARY = "mashang-bench-7d0e6a"
_SESSIONS = 8


@dataclass(frozen=True)
class Words:
    """What the resident types, the same on both sides."""

    text: str
    spot: str = "三层东侧楼道"
    name: str = "住户"
    phone: str = "13800000000"

    def fields(self, category: str) -> dict[str, str]:
        return {
            "text": self.text, "category": category, "spot": self.spot,
            "name": self.name, "phone": self.phone, "call_back": "y",
        }  # fmt: skip


def words(number: int) -> Words:
    """The words of report `number`: no two alike, none of them urgent."""
    return Words(f"三层的楼道灯坏了有半个月，晚上上楼看不清台阶，老人走着不方便，麻烦安排检修。{number:07d}")


def opening(path: str) -> Prepared:
    """A GET of `path`."""
    return Prepared(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())


def floor_reports(server: Server, codes: list[str], count: int) -> list[Prepared]:
    """`count` POSTs for the floor, over a few sessions (its token lives as long as the session)."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    sessions = [_floor_session(connection, code) for code in codes[:_SESSIONS]]
    connection.close()
    found = []
    for number, code, (token, cookie) in zip(range(count), cycle(codes), cycle(sessions), strict=False):
        body = urlencode({"csrf_token": token} | words(number).fields("light")).encode()
        found.append(Prepared(_post(code, "application/x-www-form-urlencoded", len(body), cookie) + body))
    return found


def product_reports(server: Server, codes: list[str], count: int, *, photo: bool = False) -> list[Prepared]:
    """`count` POSTs for the product: each with the token and submission key of a page opened for it."""
    build: Callable[[str, dict[str, str]], Prepared] = _with_photo if photo else _without_photo
    return [
        build(code, {"csrf_token": token, "submission_key": key} | words(number).fields(category))
        for number, (code, token, key, category) in enumerate(islice(open_pages(server, codes), count))
    ]


def open_pages(server: Server, codes: list[str]) -> Iterator[tuple[str, str, str, str]]:
    """Opens doorway pages for ever: code, token, submission key and a category the page offers."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        for code in cycle(codes):
            status, page, _ = read_page(connection, f"/d/{code}")
            if status != 200:
                raise BenchError(f"{server.name} answered /d/{code} with {status}")
            yield code, hidden(page, "csrf_token"), hidden(page, "submission_key"), offered_category(page)
    finally:
        connection.close()


def hidden(page: str, name: str) -> str:
    """The value of the input called `name`, whatever the order of its attributes."""
    for tag in re.findall(r"<input\b[^>]*>", page):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if attributes.get("name") == name:
            return unescape(attributes.get("value", ""))
    raise BenchError(f"the page has no input named {name}")


def offered_category(page: str) -> str:
    """The first category with a value that the page offers, as options or as radio buttons; empty if none."""
    select = re.search(r'<select\b[^>]*\bname="category".*?</select>', page, re.DOTALL)
    tags = re.findall(r"<option\b[^>]*>", select[0]) if select else re.findall(r"<input\b[^>]*>", page)
    for tag in tags:
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if (select or attributes.get("name") == "category") and attributes.get("value"):
            return unescape(attributes["value"])
    return ""


@cache
def photo_bytes() -> bytes:
    """A JPEG of about 200 kB that looks like nothing, always the same."""
    grain = Image.frombytes("RGB", (400, 300), Random(1).randbytes(400 * 300 * 3))
    picture = grain.resize((1600, 1200), Image.Resampling.BICUBIC)
    smaller = [_jpeg(picture, quality) for quality in range(10, 96, 3)]
    return min(smaller, key=lambda one: abs(len(one) - PHOTO_BYTES))


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    out = BytesIO()
    picture.save(out, "JPEG", quality=quality)
    return out.getvalue()


def _floor_session(connection: http.client.HTTPConnection, code: str) -> tuple[str, str]:
    status, page, cookie = read_page(connection, f"/d/{code}")
    if status != 200 or not cookie:
        raise BenchError(f"the floor answered /d/{code} with {status} and cookie {cookie!r}")
    return hidden(page, "csrf_token"), cookie


def _without_photo(code: str, fields: dict[str, str]) -> Prepared:
    body = _parts(fields) + f"--{_BOUNDARY}--\r\n".encode()
    return Prepared(_post(code, f"multipart/form-data; boundary={_BOUNDARY}", len(body)) + body)


def _with_photo(code: str, fields: dict[str, str]) -> Prepared:
    start = (
        _parts(fields)
        + (
            f"--{_BOUNDARY}\r\n"
            'Content-Disposition: form-data; name="photo1"; filename="photo.jpg"\r\n'
            "Content-Type: image/jpeg\r\n\r\n"
        ).encode()
    )
    start += _own_beginning()
    end = f"\r\n--{_BOUNDARY}--\r\n".encode()
    length = len(start) + len(filler()) + len(end)
    return Prepared(_post(code, f"multipart/form-data; boundary={_BOUNDARY}", length) + start, end)


def filler() -> bytes:
    """The part every photo shares: all but its first two bytes."""
    return photo_bytes()[2:]


def _own_beginning() -> bytes:
    # a comment of its own makes each photo different from all the others, as real ones are
    comment = str(uuid.uuid4()).encode()
    return b"\xff\xd8\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment


def _parts(fields: dict[str, str]) -> bytes:
    return "".join(
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ).encode()


def _post(code: str, media_type: str, length: int, cookie: str = "") -> bytes:
    lines = [
        f"POST /d/{code} HTTP/1.1",
        "Host: 127.0.0.1",
        f"Content-Type: {media_type}",
        f"Content-Length: {length}",
    ]
    if cookie:
        lines.append(f"Cookie: {cookie}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
