"""Where a login leads on to: a page of ours or nowhere, whatever the address says."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest

from tests.linting.client import LintingClient
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
    address = f"/login?next={quote(wanted)}"
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(address).text)
    assert found
    typed = {"csrf_token": found[1], "username": "dispatcher", "password": world.password}
    answer = client.post(address, data=typed)
    assert answer.status_code == 302
    assert answer.headers["Location"] == reached
