"""The short way to a desk is the way through the page: tests that take it prove what they would have proved."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask

from app.staff import second_factor
from tests.desk.conftest import Desk
from tests.linting.client import LintingClient
from tests.staff.telephone import log_in, set_up
from tests.world import ROLES, World


@pytest.mark.parametrize("who", list(ROLES))
def test_sitting_down_leaves_what_logging_in_leaves(
    app: Flask, world: World, desk: Callable[[str], Desk], who: str
) -> None:
    through_the_page = app.test_client()
    assert isinstance(through_the_page, LintingClient)
    answer = log_in(through_the_page, who, world.password)
    if ROLES[who] in second_factor.REQUIRED:
        _telephone, answer = set_up(through_the_page, answer)
        assert answer.status_code == 200
    else:
        assert answer.status_code == 302
    _token(through_the_page, "/admin/")
    short, long = _session(desk(who).client), _session(through_the_page)
    assert short.pop("_user_id") != long.pop("_user_id")  # each login is one of its own
    assert short == long


def test_the_token_is_one_a_page_would_give(desk: Callable[[str], Desk]) -> None:
    at_desk = desk("worker")
    at_desk.token = _token(at_desk.client, "/admin/")
    assert at_desk.post("/logout").status_code == 302


def _token(client: LintingClient, address: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(address).text)
    assert found
    return found[1]


def _session(client: LintingClient) -> dict[str, object]:
    with client.session_transaction() as kept:
        assert kept.pop("csrf_token")  # a random one for each session
        return dict(kept)
