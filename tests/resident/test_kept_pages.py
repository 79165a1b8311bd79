"""A door's page is drawn once and kept: every visitor still gets their own, in their view, under the same policy."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from itsdangerous import TimestampSigner
from markupsafe import escape

from app.db import transaction
from app.places.models import Building, Doorway
from app.web import tokens
from app.web.headers import POLICY
from tests.linting.client import LintingClient
from tests.resident.test_saying import hidden
from tests.world import PASSWORD, World

VIEWS = {
    "": ("zh-CN", False),
    "?lang=en": ("en", False),
    "?elder=1": ("zh-CN", True),
    "?lang=en&elder=1": ("en", True),
    "?lang=fr": ("zh-CN", False),
}


def test_each_visit_has_its_own_token_and_key(client: LintingClient, world: World) -> None:
    first, second = (client.get(f"/d/{world.doors[0].code}").text for _ in range(2))
    for name in ("csrf_token", "submission_key"):
        assert hidden(first, name) != hidden(second, name)
        assert len(set(re.findall(f'name="{name}" value="([^"]*)"', first))) == 1
    bare = [re.sub('name="(csrf_token|submission_key)" value="[^"]*"', "", page) for page in (first, second)]
    assert bare[0] == bare[1]
    assert "@@" not in first


@pytest.mark.parametrize("before", VIEWS)
@pytest.mark.parametrize("view", VIEWS)
def test_a_view_is_nobody_elses(client: LintingClient, world: World, before: str, view: str) -> None:
    address = f"/d/{world.doors[0].code}"
    client.get(address + before)
    page = client.get(address + view).text
    language, is_elder = VIEWS[view]
    assert f'<html lang="{language}"' in page
    assert ('name="one_tap"' in page) is is_elder


def test_a_desk_is_offered_to_staff_alone(client: LintingClient, world: World, app: Flask) -> None:
    address = f"/d/{world.doors[0].code}"
    stranger = app.test_client()
    assert "/desk/doors/" not in stranger.get(address).text
    token = hidden(client.get("/login").text, "csrf_token")
    client.post("/login", data={"csrf_token": token, "username": "worker", "password": PASSWORD})
    assert "/desk/doors/" in client.get(address).text
    assert "/desk/doors/" not in stranger.get(address).text
    assert "/desk/doors/" in client.get(address).text


def test_every_header_stands_once(client: LintingClient, world: World) -> None:
    headers = client.get(f"/d/{world.doors[0].code}").headers
    assert headers.getlist("Content-Security-Policy") == [POLICY]
    assert headers.getlist("Cache-Control") == ["no-store"]
    assert len({name.lower() for name, _ in headers}) == len(headers)
    assert "Set-Cookie" not in headers


def test_tokens_are_those_of_itsdangerous(app: Flask) -> None:
    """Pages that were opened before an update are still good after it."""
    signer = TimestampSigner(app.config["SECRET_KEY"], salt="resident-form")
    key = tokens.new_key()
    theirs = signer.sign(f"7K2M9QX3|{key}").decode().rsplit("|", 1)[1].split(".", 1)[1]
    assert tokens.fault("7K2M9QX3", key, theirs) is None
    assert signer.unsign(f"7K2M9QX3|{key}.{tokens.issue('7K2M9QX3', key)}")
    assert tokens.fault("7K2M9QX3", tokens.new_key(), theirs) == "page_broken"
    assert tokens.fault("AAAAAAAA", key, theirs) == "page_broken"


def test_names_of_a_door_stand_on_its_page_as_they_are(client: LintingClient, world: World) -> None:
    name = "100%(code)b<1&2>%s号楼"
    with transaction() as session:
        doorway = session.get_one(Doorway, world.doors[4].doorway_id)
        session.get_one(Building, doorway.building_id).name = name
    pages = [client.get(f"/d/{world.doors[at].code}").text for at in (4, 0, 4)]
    assert escape(name) in pages[0]
    assert escape(name) in pages[2]
    assert world.doors[0].building in pages[1]
    for door, page in zip((4, 0, 4), pages, strict=True):
        assert f'action="/d/{world.doors[door].code}"' in page
