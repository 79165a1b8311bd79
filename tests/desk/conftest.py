"""Somebody at the desk: logged in through the page, posting forms with the token of the page they stand on."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.linting.client import LintingClient
from tests.world import World

DAY = "2026-11-28"


class Desk:
    """One account's browser."""

    def __init__(self, client: LintingClient, who: str, password: str) -> None:
        self.client = client
        self.who = who
        self.token = self._token("/login")
        answer = client.post("/login", data={"csrf_token": self.token, "username": who, "password": password})
        assert answer.status_code == 302
        self.token = self._token("/admin/")

    def get(self, url: str) -> TestResponse:
        """Fetch a page."""
        return self.client.get(url)

    def page(self, url: str) -> str:
        """The text of a page that must be there."""
        answer = self.client.get(url)
        assert answer.status_code == 200, f"{url}: {answer.status_code}"
        return answer.get_data(as_text=True)

    def post(self, url: str, **fields: object) -> TestResponse:
        """Send a form."""
        return self.client.post(url, data={"csrf_token": self.token, **fields})

    def _token(self, url: str) -> str:
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.client.get(url).get_data(as_text=True))
        assert found is not None
        return found.group(1)


@pytest.fixture
def desk(app: Flask, world: World) -> Callable[[str], Desk]:
    """`desk("dispatcher")`: that account, logged in, in a browser of its own."""

    def sit_down(who: str) -> Desk:
        client = app.test_client()
        assert isinstance(client, LintingClient)
        return Desk(client, who, world.password)

    return sit_down
