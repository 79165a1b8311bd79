"""Somebody's telephone with an authenticator on it: reads the secret from the page, shows codes."""

from __future__ import annotations

import re
from datetime import timedelta

import pyotp
from werkzeug.test import TestResponse

from app import clock
from tests.linting.client import LintingClient


class Telephone:
    """Shows a code for the secret somebody put into it."""

    def __init__(self, letters: str) -> None:
        self._totp = pyotp.TOTP(letters.replace(" ", ""))

    def code(self, *, steps: int = 0) -> str:
        """What it shows now, or some half minutes from now."""
        return self._totp.at(clock.real_now() + timedelta(seconds=30 * steps))


def letters_on(page: str) -> str:
    """The secret a page of setting up shows."""
    found = re.search(r'<b class="num secret"[^>]*>([A-Z2-7 ]+)</b>', page)
    assert found, page
    return found[1]


def token_on(page: str) -> str:
    """The token of a page's form."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found, page
    return found[1]


def log_in(client: LintingClient, username: str, password: str, *, next_page: str = "") -> TestResponse:
    """Give name and password on the page."""
    address = f"/login?next={next_page}" if next_page else "/login"
    typed = {"csrf_token": token_on(client.get(address).text), "username": username, "password": password}
    return client.post(address, data=typed)


def set_up(client: LintingClient, step: TestResponse) -> tuple[Telephone, TestResponse]:
    """Put the secret into a telephone at the first login; `step` is the answer that leads to the page of it."""
    address = step.headers["Location"]
    page = client.get(address).text
    telephone = Telephone(letters_on(page))
    return telephone, client.post(address, data={"csrf_token": token_on(page), "code": telephone.code()})
