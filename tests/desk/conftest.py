"""Somebody at the desk: with the session that logging in leaves, posting forms with its token."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask, session
from flask_wtf.csrf import generate_csrf
from werkzeug.test import TestResponse

from app.reading import reading
from app.staff.models import Staff
from app.web.auth import sign_in
from tests.linting.client import LintingClient
from tests.world import World

DAY = "2026-11-28"


class Desk:
    """One account's browser. The session is begun as the page of the login begins it, without the page: two pages and
    a slow hash for each of hundreds of tests would prove nothing more. test_sitting_down.py holds the two equal."""

    def __init__(self, client: LintingClient, staff_id: int) -> None:
        self.client = client
        app = client.application
        visit = app.test_request_context(environ_base=client.environ_base)
        with app.app_context(), visit:  # nothing of the test's own context
            sign_in.sign_in(reading().get_one(Staff, staff_id))
            self.token = generate_csrf()
            begun = dict(session)
        with client.session_transaction() as kept:
            kept.update(begun)

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


@pytest.fixture
def desk(app: Flask, world: World) -> Callable[[str], Desk]:
    """`desk("dispatcher")`: that account, logged in, in a browser of its own."""

    def sit_down(who: str) -> Desk:
        client = app.test_client()
        assert isinstance(client, LintingClient)
        return Desk(client, world.staff[who])

    return sit_down
