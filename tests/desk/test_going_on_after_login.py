"""Where a login leads on to: a page of ours or nowhere, whatever the address says."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest

from app.db import transaction
from app.staff import sessions
from tests.linting.client import LintingClient
from tests.staff.telephone import Telephone, letters_on, log_in, set_up, token_on
from tests.world import World


@pytest.mark.parametrize(
    ("wanted", "reached"),
    [
        ("/desk/cases/2611-0001", "/desk/cases/2611-0001"),
        ("//evil.example", "/desk/"),
        ("/\\evil.example", "/desk/"),
        ("https://evil.example", "/desk/"),
        ("/\t/evil.example", "/desk/"),
        ("/\t\\evil.example", "/desk/"),
        ("javascript:alert(1)", "/desk/"),
        ("/desk/\r\nSet-Cookie: session=mine", "/desk/"),
    ],
)
def test_only_to_pages_of_ours(client: LintingClient, world: World, wanted: str, reached: str) -> None:
    answer = log_in(client, "worker", world.password, next_page=quote(wanted))
    assert answer.status_code == 302
    assert answer.headers["Location"] == reached


def test_the_way_on_leads_through_the_second_step(client: LintingClient, world: World) -> None:
    first = log_in(client, "dispatcher", world.password, next_page="/desk/case-days/")
    assert first.headers["Location"] == "/login/second-factor?next=/desk/case-days/"
    _telephone, codes = set_up(client, first)
    assert 'action="/desk/case-days/"' in codes.text


def _over(client: LintingClient, world: World) -> tuple[str, dict[str, str]]:
    """A worker's page of a case whose login ended while they typed; the address of its form and what is in it."""
    case = world.queued()
    log_in(client, "worker", world.password)
    page = client.get(f"/desk/cases/{case.number}").text
    sessions_ended(world)
    typed = {"csrf_token": token_on(page), "version": str(case.version), "note": "打过电话，周三上午有人。"}
    return f"/desk/cases/{case.number}/note", typed


def sessions_ended(world: World) -> None:
    with transaction() as session:
        sessions.end_all(session, world.staff["worker"])


def hidden_on(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))


OURS = {"Origin": "http://localhost"}


@pytest.mark.parametrize("cookie", ["kept", "gone"])
def test_what_was_typed_into_a_lost_session_is_sent_after_the_login(
    client: LintingClient, world: World, cookie: str
) -> None:
    url, typed = _over(client, world)
    if cookie == "gone":
        client.delete_cookie("session")
    answer = client.post(url, data=typed, headers=OURS)
    assert answer.status_code == 401
    assert typed["note"] in answer.text
    again = hidden_on(answer.text) | {"username": "worker", "password": world.password}
    wrong = client.post("/login", data=again | {"password": "wrong"}, headers=OURS)
    assert wrong.status_code == 422
    again = hidden_on(wrong.text) | {"username": "worker", "password": world.password}
    shown = client.post("/login", data=again, headers=OURS)
    assert shown.status_code == 200
    assert typed["note"] in shown.text
    sent = client.post(url, data=hidden_on(shown.text), headers=OURS)
    assert sent.status_code == 303
    case = world.events(world.case_numbered(url.split("/")[3]))
    assert case[-1].note == typed["note"]


def test_it_goes_through_the_second_step_too(client: LintingClient, world: World) -> None:
    url, typed = _over(client, world)
    page = client.post(url, data=typed, headers=OURS)
    again = hidden_on(page.text) | {"username": "dispatcher", "password": world.password}
    step = client.post("/login", data=again, headers=OURS)
    fields = hidden_on(step.text) | {"code": Telephone(letters_on(step.text)).code()}
    codes = client.post("/login/second-factor", data=fields, headers=OURS)
    assert f'action="{url}"' in codes.text
    assert client.post(url, data=hidden_on(codes.text), headers=OURS).status_code == 303


@pytest.mark.parametrize("origin", [{}, {"Origin": "https://evil.example"}, {"Origin": "null"}])
def test_another_site_puts_no_words_into_a_login(
    client: LintingClient, world: World, origin: dict[str, str]
) -> None:
    url, typed = _over(client, world)
    answer = client.post(url, data=typed, headers=origin)
    assert answer.status_code in (302, 400)
    assert "carried-" not in answer.text
    page = client.get("/login")
    fields = {"carried-to": url, "carried-f-note": "骗人的", "username": "worker", "password": world.password}
    answer = client.post("/login", data=hidden_on(page.text) | fields, headers=origin)
    assert answer.status_code == 302


@pytest.mark.parametrize(
    "to", ["https://evil.example/desk/", "//evil.example", "/d/7K2M9QX3", "javascript:1", ""]
)
def test_a_carried_form_goes_to_the_desk_only(client: LintingClient, world: World, to: str) -> None:
    page = client.get("/login")
    fields = {"carried-to": to, "carried-f-note": "x", "username": "worker", "password": world.password}
    answer = client.post("/login", data=hidden_on(page.text) | fields, headers=OURS)
    assert answer.status_code == 302
