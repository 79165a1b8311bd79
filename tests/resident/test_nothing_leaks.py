"""A crawl of every public address without login finds no name, telephone, flat or photo of anybody."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

from flask import Flask
from sqlalchemy import select

from app.cases import handling, photos
from app.cases.models import CaseFile, Photo
from app.db import db, transaction
from app.web.gates import GATES, Open
from tests.linting.client import LintingClient
from tests.resident.test_saying import fill, jpeg, send
from tests.world import World

PLANTED = {"name": "欧阳小满", "phone": "13912345678", "spot": "17层1703", "email": "man@example.org"}
WORDS = "我家17层1703的暖气不热"


def _plant(client: LintingClient, world: World) -> str:
    """One report with everything private in it, resolved, its photo re-encoded; returns its number."""
    form = fill(client, world, **PLANTED, text=WORDS, photo1=(jpeg(), "a.jpg"), consent_forward="1")
    receipt = send(client, world, form).headers["Location"].rsplit("/", 1)[1]
    photos.reencode(db.session.scalars(select(Photo.media_name)).one())
    case = world.case(receipt)
    handling.act(world.actor("dispatcher"), case.number, "triage", case.version)
    return str(case.number)


def _public_addresses(app: Flask, world: World, number: str) -> set[str]:
    """Every GET route, with every value an outsider can know or guess put into it."""
    door = world.doors[0]
    with transaction() as session:
        media = session.scalars(select(Photo.media_name)).one()
        case_id = session.scalars(select(CaseFile.id)).one()
    values = [door.code, door.community_code, number, str(case_id), media, "2026-11-28", "1"]
    addresses = set()
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()):
            continue
        for value in values:
            address = re.sub(r"<[^>]*>", value, rule.rule)
            addresses |= {address, f"{address}?lang=en"}
    return addresses


def _crawl(client: LintingClient, start: set[str]) -> dict[str, str]:
    pages: dict[str, str] = {}
    waiting = set(start)
    while waiting:
        address = waiting.pop()
        answer = client.get(address)
        pages[address] = answer.get_data(as_text=True) if answer.mimetype != "image/jpeg" else "a photo"
        links = re.findall(r'(?:href|src|action)="([^"#]+)"', pages[address])
        if answer.location:
            links.append(answer.location)
        for link in links:
            parts = urlsplit(urljoin(address, link.replace("&amp;", "&")))
            target = parts.path + (f"?{parts.query}" if parts.query else "")
            if parts.scheme in ("", "http") and target not in pages:
                waiting.add(target)
    return pages


def test_no_public_page_shows_anything_private(app: Flask, client: LintingClient, world: World) -> None:
    number = _plant(client, world)
    case = db.session.scalars(select(CaseFile)).one()
    assert case.visibility == "private"
    outsider = app.test_client()
    pages = _crawl(outsider, _public_addresses(app, world, number))  # type: ignore[arg-type]
    assert len(pages) > 20
    for address, page in pages.items():
        for secret in (*PLANTED.values(), "1703", WORDS):
            assert secret not in page, f"{secret} on {address}"
        # as a masked number begins; keys, tokens and receipts of chance hold these digits now and then
        assert not re.search(r"(?<![\w-])139(?![\w-])", page), f"139 on {address}"
        assert page != "a photo", address


def test_a_route_without_a_gate_answers_nothing(app: Flask, client: LintingClient, world: World) -> None:
    assert GATES["resident.form"] is Open.ANYONE
    del GATES["public.privacy"]
    try:
        assert client.get("/privacy").status_code == 403
    finally:
        GATES["public.privacy"] = Open.ANYONE
