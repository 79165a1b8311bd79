"""Who visits the pages: residents in browsers of their own, staff at their desks, and what a client saw."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from tests.desk.conftest import Desk
from tests.forwarding.scripted import ScriptedGateway
from tests.linting.client import LintingClient
from tests.world import World

_addresses = count(1)


@dataclass
class House:
    """The application, its people, its hotline and its clock."""

    app: Flask
    world: World
    sit_down: Callable[[str], Desk]
    gateway: ScriptedGateway
    work: Callable[[], dict[str, int]]
    at: Callable[[str], None]

    desks: dict[str, Desk] = field(default_factory=dict)

    def desk(self, who: str) -> Desk:
        """The desk of an account, where it stays logged in."""
        if who not in self.desks:
            self.desks[who] = self.sit_down(who)
        return self.desks[who]

    def resident(self) -> Resident:
        """Somebody at a door, on a network of their own."""
        return Resident(self.app.test_client())

    @property
    def get_routes(self) -> set[str]:
        """Endpoints of every GET route."""
        return {rule.endpoint for rule in self.app.url_map.iter_rules() if "GET" in (rule.methods or ())}


class Resident:
    """An anonymous browser; every answer has to have the status that was expected."""

    def __init__(self, client: object) -> None:
        assert isinstance(client, LintingClient)
        self.client = client
        number = next(_addresses)
        self.client.environ_base["REMOTE_ADDR"] = (
            f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        )

    def see(self, url: str, status: int = 200) -> str:
        """The text of a page."""
        return self._expected(self.client.get(url), "GET", url, status)

    def send(self, url: str, status: int, **fields: object) -> str:
        """The answer to a form; the address where it leads when that is another page."""
        answer = self.client.post(url, data=fields, content_type="multipart/form-data")
        text = self._expected(answer, "POST", url, status)
        return answer.headers["Location"] if status in (302, 303) else text

    def signs(self, url: str) -> dict[str, object]:
        """Token and key of the page at an address."""
        page = self.see(url)
        return {name: hidden(page, name) for name in ("csrf_token", "submission_key")}

    @staticmethod
    def _expected(answer: TestResponse, method: str, url: str, status: int) -> str:
        assert answer.status_code == status, f"{method} {url}: {answer.status_code}, not {status}"
        return answer.get_data().decode("utf-8", "replace")  # photos too


class GatheringClient(LintingClient):
    """Gathers what is wrong with the pages it fetched, and which routes it fetched, so that one tour tells
    every fault."""

    faults: list[str]
    fetched: set[str]

    def _look_at(self, response: TestResponse) -> None:
        request = response.request
        if request.method == "GET" and response.status_code < 400:
            self.fetched |= _endpoint(self.application, request.path)
        try:
            super()._look_at(response)
        except AssertionError as found:
            self.faults.append(str(found))


def _endpoint(app: Flask, path: str) -> set[str]:
    try:
        return {str(app.url_map.bind("mashang.test").match(path, method="GET")[0])}
    except HTTPException:
        return set()


def hidden(page: str, name: str) -> str:
    """The value of the first hidden field of this name."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return found[1]
