"""The page at a door, drawn once and kept: everything on it depends on a handful of facts, so it is cached by
those facts, and only the token and the submission key are put in anew for every visit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from time import monotonic

from flask import current_app, render_template, request
from flask_login import current_user

from app import clock
from app.access.permissions import Permission, may
from app.cases.intake import promise
from app.categories import queries as categories
from app.places.queries import Door, door_by_code
from app.reading import reading
from app.web import tokens
from app.web.language import chosen, is_elder
from app.web.words import KINDS

KEPT_PAGES = 512
KEPT_SECONDS = 5  # a change of settings or of a code is on every page after this long; a POST always asks
KEY_HERE, TOKEN_HERE = "@@submission_key@@", "@@csrf_token@@"
Parts = tuple[bytes, bytes, bytes]


@dataclass(frozen=True)
class Promised:
    """What the page says about the day."""

    day: date
    tentative: bool


@dataclass
class Sent:
    """A form as it came in, for the page that hands it back."""

    typed: Mapping[str, str]
    errors: dict[str, str] = field(default_factory=dict)
    earlier_receipt: str | None = None
    wait_until: datetime | None = None


class Kept:
    """The pages and promises one application keeps in memory."""

    def __init__(self) -> None:
        self.pages: dict[tuple[object, ...], Parts] = {}
        self.promises: dict[int, tuple[int, Promised]] = {}
        self.doors: dict[str, tuple[float, Door]] = {}


def door_at(code: str) -> Door | None:
    """The door of a code for showing its page: an active one is looked up once in a few seconds."""
    doors = _kept().doors
    known = doors.get(code)
    now = monotonic()
    if known is not None and known[0] > now:
        return known[1]
    door = door_by_code(reading(), code)
    if len(doors) >= KEPT_PAGES:
        doors.clear()
    if door is not None and door.status == "active":
        doors[code] = (now + KEPT_SECONDS, door)
    else:
        doors.pop(code, None)
    return door


def fresh(door: Door) -> bytes:
    """The page of a door for one visit."""
    kept = _kept()
    promised, for_staff = _promised(kept, door.sub_district_id), _has_desk(door)
    facts = (door, promised, chosen(), is_elder(), for_staff)
    parts = kept.pages.get(facts)
    if parts is None:
        parts = _split(_draw(door, promised, Sent({}), KEY_HERE, TOKEN_HERE, for_staff=for_staff))
        if len(kept.pages) >= KEPT_PAGES:
            kept.pages.clear()
        kept.pages[facts] = parts
    key = tokens.new_key()
    before, between, after = parts
    return b"".join((before, tokens.issue(door.code, key).encode(), between, key.encode(), after))


def again(door: Door, sent: Sent, key: str) -> str:
    """The page once more after it was refused, with what was typed."""
    token = tokens.issue(door.code, key)
    return _draw(door, _promised(_kept(), door.sub_district_id), sent, key, token, for_staff=_has_desk(door))


def _has_desk(door: Door) -> bool:
    """Whether whoever is logged in on this browser has a desk that covers this door. Only a browser that sends
    a cookie is asked: residents send none, and their page is not to cost a look into a session."""
    if not request.cookies or not current_user.is_authenticated:
        return False
    who = current_user.actor
    return may(who, Permission.SEE_CASES) and bool(who.covers(door.sub_district_id, door.community_id))


def _kept() -> Kept:
    kept: Kept = current_app.extensions.setdefault("mashang-door-pages", Kept())
    return kept


def _split(page: str) -> Parts:
    before, rest = page.split(TOKEN_HERE)
    between, after = rest.split(KEY_HERE)
    return before.encode(), between.encode(), after.encode()


def _draw(door: Door, promised: Promised, sent: Sent, key: str, token: str, *, for_staff: bool) -> str:
    return render_template(
        "resident/form.html",
        door=door,
        promised=promised,
        sent=sent,
        typed=sent.typed,
        errors=sent.errors,
        submission_key=key,
        token=token,
        kinds=KINDS,
        categories=categories.in_use(reading()),
        for_staff=for_staff,
        photos_lost=any(upload.filename for upload in request.files.values()),
    )


def _promised(kept: Kept, sub_district_id: int) -> Promised:
    slot = int(clock.now().timestamp()) // KEPT_SECONDS
    known = kept.promises.get(sub_district_id)
    if known is not None and known[0] == slot:
        return known[1]
    connection = reading().connection()
    terms = categories.terms_without_category(connection)
    found = promise(connection, sub_district_id, clock.now(), terms)
    kept.promises[sub_district_id] = (slot, Promised(found.promised_on, found.tentative))
    return kept.promises[sub_district_id][1]
