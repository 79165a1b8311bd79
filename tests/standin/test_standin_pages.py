"""The pages on which a person plays the city, and the push that follows a change."""

import hashlib
import hmac
import json
import re
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
import pytest
from flask.testing import FlaskClient

from app.standin import Faults, Push, create_gateway
from app.standin.words import ENGLISH
from tests.standin.running import dossier

BEARER = {"Authorization": "Bearer anything"}
CLOSED = {
    "status": "closed",
    "lead_unit": "区城管委",
    "result": "灯换好了",
    "solved": "yes",
    "satisfaction": "basically_satisfied",
}
TEMPLATES = Path(create_gateway.__code__.co_filename).parent / "templates"


def _make(visitor: FlaskClient, key: str = "f-1", **changed: Any) -> str:
    made = visitor.post(
        "/workorders", json=dossier(key, **changed), headers=BEARER | {"Idempotency-Key": key}
    )
    assert made.status_code == 201
    return str(made.get_json()["workorder_id"])


def _told(visitor: FlaskClient, workorder_id: str) -> dict[str, Any]:
    told: dict[str, Any] = visitor.get(f"/workorders/{workorder_id}", headers=BEARER).get_json()
    return told


def _page(visitor: FlaskClient, url: str, status: int = 200) -> Element:
    """A page, once it is seen to keep the rules of the house."""
    answer = visitor.get(url)
    assert answer.status_code == status
    return _checked(answer.text, answer.headers["Content-Security-Policy"])


def _checked(text: str, policy: str) -> Element:
    """One h1, a title, a language, a label for each field, unique ids, nothing inline, a strict policy."""
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    page: Element = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(text)
    assert page.get("lang") in ("zh-CN", "en")
    assert len(page.findall(".//h1")) == 1
    title = page.find(".//title")
    assert title is not None
    assert title.text
    ids = [element.get("id") for element in page.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    labelled = {label.get("for") for label in page.findall(".//label")}
    fields = [field for kind in ("input", "select", "textarea") for field in page.findall(f".//{kind}")]
    assert all(field.get("id") in labelled for field in fields)
    assert not page.findall(".//script")
    assert not page.findall(".//style")
    assert not [element for element in page.iter() if element.get("style") or element.get("onclick")]
    return page


def _words(page: Element) -> str:
    return " ".join("".join(page.itertext()).split())


def test_the_list_is_newest_first_and_leads_to_each_order(visitor: FlaskClient) -> None:
    assert "还没有工单。" in _words(_page(visitor, "/"))
    older = _make(visitor, "f-1", title="旧的一件")
    newer = _make(visitor, "f-2", title="新的一件", case_number="2611-0362")
    page = _page(visitor, "/")
    assert "演示热线·非官方" in _words(page)
    links = [link.get("href") for link in page.findall(".//tbody//a")]
    assert links == [f"/orders/{newer}", f"/orders/{older}"]
    row = "".join(page.findall(".//tbody/tr")[0].itertext())
    assert all(shown in row for shown in (newer, "2611-0362", "新的一件", "已接收"))


def test_a_long_list_goes_on_over_the_page(visitor: FlaskClient) -> None:
    numbers = [_make(visitor, f"f-{number}") for number in range(53)]
    seen: list[str] = []
    url = "/"
    while url:
        page = _page(visitor, url)
        seen += [str(link.text) for link in page.findall(".//tbody//a")]
        url = next((a.get("href", "") for a in page.findall(".//a") if a.text == "更早的"), "")
    assert seen == numbers[::-1]


def test_the_order_page_shows_everything_received(visitor: FlaskClient) -> None:
    page = _page(visitor, f"/orders/{_make(visitor)}")
    shown = page.find(".//pre")
    assert shown is not None
    assert json.loads(shown.text or "") == dossier("f-1")


def test_a_person_answers_for_the_city(visitor: FlaskClient) -> None:
    workorder_id = _make(visitor)
    before = _told(visitor, workorder_id)
    answer = visitor.post(f"/orders/{workorder_id}", data=CLOSED)
    assert (answer.status_code, answer.location) == (303, f"/orders/{workorder_id}")
    told = _told(visitor, workorder_id)
    assert told.pop("updated_at") > before["updated_at"]
    assert {name: told[name] for name in CLOSED} == CLOSED | {"solved": True}
    page = _page(visitor, f"/orders/{workorder_id}")
    chosen = {
        select.get("name"): option.get("value")
        for select in page.findall(".//select")
        for option in select.findall("option[@selected]")
    }
    assert chosen == {"status": "closed", "solved": "yes", "satisfaction": "basically_satisfied"}
    assert "灯换好了" in _words(page)
    assert "改了答复" in _words(page)


@pytest.mark.parametrize(("solved", "told"), [("yes", True), ("no", False), ("unknown", None)])
@pytest.mark.parametrize("status", ["accepted", "assigned", "in_progress", "returned", "closed"])
def test_every_status_and_outcome_can_be_set(
    visitor: FlaskClient, status: str, solved: str, told: bool | None
) -> None:
    workorder_id = _make(visitor)
    form = {"status": status, "solved": solved, "lead_unit": "", "result": " ", "satisfaction": ""}
    assert visitor.post(f"/orders/{workorder_id}", data=form).status_code == 303
    answered = _told(visitor, workorder_id)
    assert (answered["status"], answered["solved"]) == (status, told)
    assert [answered[name] for name in ("lead_unit", "result", "satisfaction")] == [None] * 3


@pytest.mark.parametrize(
    ("field", "value"),
    [("status", "lost"), ("status", ""), ("solved", "maybe"), ("satisfaction", "5"), ("result", "长" * 4001)],
)
def test_a_wrong_answer_is_said_beside_its_field(visitor: FlaskClient, field: str, value: str) -> None:
    workorder_id = _make(visitor)
    before = _told(visitor, workorder_id)
    answer = visitor.post(f"/orders/{workorder_id}", data=CLOSED | {field: value})
    assert answer.status_code == 422
    page = _checked(answer.text, answer.headers["Content-Security-Policy"])
    wrong = page.find(f".//*[@id='{field}']")
    assert wrong is not None
    assert wrong.get("aria-describedby") == f"{field}-wrong"
    assert page.find(f".//*[@id='{field}-wrong']") is not None
    assert "区城管委" in {element.get("value") for element in page.findall(".//input")}
    assert _told(visitor, workorder_id) == before


def test_an_empty_form_is_no_answer(visitor: FlaskClient) -> None:
    workorder_id = _make(visitor)
    assert visitor.post(f"/orders/{workorder_id}").status_code == 422
    assert _told(visitor, workorder_id)["status"] == "accepted"


def test_a_form_from_another_site_is_refused(visitor: FlaskClient) -> None:
    workorder_id = _make(visitor)
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    assert visitor.post(f"/orders/{workorder_id}", data=CLOSED, headers=elsewhere).status_code == 403
    assert _told(visitor, workorder_id)["status"] == "accepted"


def test_what_is_not_there_has_a_friendly_page(visitor: FlaskClient) -> None:
    assert "没有这一页" in _words(_page(visitor, "/orders/YS-none", 404))
    assert "No such page" in _words(_page(visitor, "/nowhere?lang=en", 404))
    assert visitor.post("/orders/YS-none", data=CLOSED).status_code == 404
    assert visitor.get("/?before=x").status_code == 200


def test_english_is_kept_from_page_to_page_and_leaves_no_chinese(visitor: FlaskClient) -> None:
    plain = dict.fromkeys(("title", "description", "lead_unit"), "x")
    workorder_id = _make(visitor, supporting_units=[], handled=[], category=None, **plain)
    answer = visitor.post(f"/orders/{workorder_id}?lang=en", data=CLOSED | {"lead_unit": "x", "result": "x"})
    assert answer.location == f"/orders/{workorder_id}?lang=en"
    for url in ("/?lang=en", answer.location):
        page = _page(visitor, url)
        assert page.get("lang") == "en"
        for told in page.findall(".//pre"):
            told.text = ""
        assert not re.search("[\u4e00-\u9fff]", _words(page).replace("中文", ""))


def test_every_phrase_of_the_templates_has_english() -> None:
    said = {
        phrase
        for template in TEMPLATES.glob("*.html")
        for phrase in re.findall(r"say\('([^']+)'\)", template.read_text(encoding="utf-8"))
    }
    assert said
    assert said <= set(ENGLISH)


def test_the_style_and_icon_are_its_own(visitor: FlaskClient) -> None:
    page = _page(visitor, "/")
    for link in page.findall(".//link"):
        assert visitor.get(str(link.get("href"))).status_code == 200


class Hook(HTTPServer):
    """A web hook that keeps what it is sent and answers `status`."""

    status = 200

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _HookHandler)
        self.got: list[tuple[str, dict[str, str], bytes]] = []


class _HookHandler(BaseHTTPRequestHandler):
    server: Hook

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, dict(self.headers), body))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def hook() -> Iterator[Hook]:
    with Hook() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def _pushing(store: Path, url: str) -> FlaskClient:
    return create_gateway(store, None, Faults(), Push(url, "a-secret")).test_client()


def test_a_change_is_pushed_signed(store: Path, hook: Hook) -> None:
    visitor = _pushing(store, f"http://127.0.0.1:{hook.server_port}")
    workorder_id = _make(visitor)
    visitor.post(f"/orders/{workorder_id}", data=CLOSED)
    [(path, headers, body)] = hook.got
    assert path == "/hooks/hotline"
    assert json.loads(body) == _told(visitor, workorder_id)
    stamp = headers["X-Mashang-Timestamp"]
    assert abs(int(stamp) - time.time()) < 60
    expected = hmac.new(b"a-secret", f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    assert headers["X-Mashang-Signature"] == f"sha256={expected}"
    assert "推送成功" in _words(_page(visitor, f"/orders/{workorder_id}"))


def test_a_push_that_fails_is_told_and_can_be_sent_again(store: Path, hook: Hook) -> None:
    visitor = _pushing(store, f"http://127.0.0.1:{hook.server_port}/hooks/hotline")
    workorder_id = _make(visitor)
    hook.status = 503
    assert visitor.post(f"/orders/{workorder_id}", data=CLOSED).status_code == 303
    assert "推送没成功 HTTP 503" in _words(_page(visitor, f"/orders/{workorder_id}"))
    assert _told(visitor, workorder_id)["status"] == "closed"
    hook.status = 200
    assert visitor.post(f"/orders/{workorder_id}/push").status_code == 303
    assert "推送成功 HTTP 200" in _words(_page(visitor, f"/orders/{workorder_id}"))
    assert [json.loads(body) for _, _, body in hook.got] == [_told(visitor, workorder_id)] * 2


def test_a_hook_nobody_answers_is_told(store: Path, hook: Hook) -> None:
    visitor = _pushing(store, "http://127.0.0.1:9/hooks/hotline")
    workorder_id = _make(visitor)
    assert visitor.post(f"/orders/{workorder_id}", data=CLOSED).status_code == 303
    assert "推送没成功 ConnectError" in _words(_page(visitor, f"/orders/{workorder_id}"))


def test_without_a_hook_there_is_nothing_to_push(visitor: FlaskClient) -> None:
    workorder_id = _make(visitor)
    assert visitor.post(f"/orders/{workorder_id}/push").status_code == 404
    assert "再推送一次" not in _words(_page(visitor, f"/orders/{workorder_id}"))
