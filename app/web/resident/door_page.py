"""The page at a door, drawn once and kept: everything on it depends on a handful of facts, so it is cached by
those facts, and only the token and the submission key are put in anew for every visit. The doors of a community
share one drawing, in which each puts its own code and name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from time import monotonic

from flask import current_app, render_template, request
from flask_login import current_user
from markupsafe import escape

from app import clock
from app.access.permissions import Permission, may
from app.cases import queries as cases
from app.cases.intake import promise
from app.cases.queries import Published
from app.categories import queries as categories
from app.places.queries import Door, door_by_code
from app.reading import reading
from app.web import tokens
from app.web.language import chosen, is_elder
from app.web.resident.neighbour import Neighbour
from app.web.resident.pictured import Tile, tiles
from app.web.sessions import brings_cookie
from app.web.words import KINDS

KEPT_PAGES = 512
KEPT_SECONDS = 5  # a change of settings or of a code is on every page after this long; a POST always asks
KEY_HERE, TOKEN_HERE = "@@submission_key@@", "@@csrf_token@@"  # in every form of the page
DONE_DAYS = 7  # so long a neighbours' case stands there after it was done
MOST_NEIGHBOURS = 12
OF_A_DOOR = {
    "code": "zzCODEzz",
    "building": "zzBUILDINGzz",
    "doorway": "zzDOORWAYzz",
}  # fit for an address too
_Own = dict[bytes, bytes]  # what of a door is on its page, ready to be put in


@dataclass(frozen=True)
class Promised:
    """What the page says about the day."""

    day: date
    tentative: bool


@dataclass
class Sent:
    """A form as it came in, for the page that hands it back. `joining` is the same for “me too”: its faults
    by field."""

    typed: Mapping[str, str]
    errors: dict[str, str] = field(default_factory=dict)
    earlier_receipt: str | None = None
    wait_until: datetime | None = None
    held: Mapping[str, str] = field(default_factory=dict)
    joining: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Visited:
    """What visitors without a cookie were shown at a door in this slot: nothing else it depends on changes within."""

    slot: int
    door: Door
    drawing: bytes
    own: _Own


class Kept:
    """The pages, promises and published cases one application keeps in memory."""

    def __init__(self) -> None:
        self.drawings: dict[tuple[object, ...], bytes] = {}
        self.visited: dict[tuple[str, str, bool], _Visited] = {}
        self.tiles: tuple[int, list[Tile]] = (0, [])
        self.promises: dict[int, tuple[int, Promised]] = {}
        self.doors: dict[str, tuple[float, Door]] = {}
        self.neighbours: dict[int, tuple[int, tuple[Published, ...]]] = {}


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
    drawing, own = _page(_kept(), door)
    key = tokens.new_key()
    return drawing % {**own, b"key": key.encode(), b"token": tokens.issue(door.code, key).encode()}


def _page(kept: Kept, door: Door) -> tuple[bytes, _Own]:
    """The page of a door as it is now, but for what this visit alone puts in. Residents bring no cookie, and
    within one slot all of them see the same."""
    if brings_cookie(request):
        return _drawing(kept, door, for_staff=_has_desk(door)), _own(door)
    view, slot = (door.code, chosen(), is_elder()), _slot()
    visited = kept.visited.get(view)
    if visited is None or visited.slot != slot or visited.door is not door:
        visited = _Visited(slot, door, _drawing(kept, door, for_staff=False), _own(door))
        if len(kept.visited) >= KEPT_PAGES:
            kept.visited.clear()
        kept.visited[view] = visited
    return visited.drawing, visited.own


def _own(door: Door) -> _Own:
    return {name.encode(): escape(getattr(door, name)).encode() for name in OF_A_DOOR}


def _drawing(kept: Kept, door: Door, *, for_staff: bool) -> bytes:
    """The page for any door of this community with these neighbours' words."""
    promised, said = _promised(kept, door.sub_district_id), neighbours(door)
    marks = OF_A_DOOR
    anywhere = replace(
        door, doorway_id=0, code=marks["code"], building=marks["building"], doorway=marks["doorway"]
    )
    slot, shown = kept.tiles
    if slot != _slot():
        shown = tiles(categories.in_use(reading()))
        kept.tiles = (_slot(), shown)
    facts = (anywhere, promised, said, tuple(shown), chosen(), is_elder(), for_staff)
    drawing = kept.drawings.get(facts)
    if drawing is None:
        drawn = _draw(anywhere, promised, said, Sent({}), KEY_HERE, TOKEN_HERE, shown, for_staff=for_staff)
        drawing = _with_holes(drawn)
        if len(kept.drawings) >= KEPT_PAGES:
            kept.drawings.clear()
        kept.drawings[facts] = drawing
    return drawing


def _with_holes(drawn: str) -> bytes:
    """A drawing as a format of bytes: `%(code)b` and so on where its marks are."""
    drawn = drawn.replace("%", "%%")
    for name, mark in (OF_A_DOOR | {"key": KEY_HERE, "token": TOKEN_HERE}).items():
        drawn = drawn.replace(mark, f"%({name})b")
    return drawn.encode()


def again(door: Door, sent: Sent, key: str) -> str:
    """The page once more after it was refused, with what was typed and what the neighbours have said by now."""
    token, promised = tokens.issue(door.code, key), _promised(_kept(), door.sub_district_id)
    lost = any(upload.filename for upload in request.files.values())
    said, for_staff = _look_up(door), _has_desk(door)
    shown = tiles(categories.in_use(reading()))
    return _draw(door, promised, said, sent, key, token, shown, for_staff=for_staff, photos_lost=lost)


def neighbours(door: Door) -> tuple[Published, ...]:
    """What the neighbours of a door have said, as published; looked up once in a few seconds."""
    known = _kept().neighbours
    slot = _slot()
    found = known.get(door.doorway_id)
    if found is not None and found[0] == slot:
        return found[1]
    if len(known) >= KEPT_PAGES:
        known.clear()
    known[door.doorway_id] = (slot, _look_up(door))
    return known[door.doorway_id][1]


def _look_up(door: Door) -> tuple[Published, ...]:
    since = clock.now() - timedelta(days=DONE_DAYS)
    return tuple(cases.published_at_door(reading().connection(), door.doorway_id, since, MOST_NEIGHBOURS))


def _has_desk(door: Door) -> bool:
    """Whether whoever is logged in on this browser has a desk that covers this door. Only a browser that sends
    a cookie is asked: residents send none, and their page is not to cost a look into a session."""
    if not brings_cookie(request) or not current_user.is_authenticated:
        return False
    who = current_user.actor
    return may(who, Permission.SEE_CASES) and bool(who.covers(door.sub_district_id, door.community_id))


def _kept() -> Kept:
    extensions = current_app.extensions
    kept: Kept | None = extensions.get("mashang-door-pages")
    return extensions.setdefault("mashang-door-pages", Kept()) if kept is None else kept


def _draw(
    door: Door,
    promised: Promised,
    said: Sequence[Published],
    sent: Sent,
    key: str,
    token: str,
    shown: Sequence[Tile],
    *,
    for_staff: bool,
    photos_lost: bool = False,
) -> str:
    return render_template(
        "resident/form_elder.html" if is_elder() else "resident/form.html",
        door=door,
        promised=promised,
        neighbours=[Neighbour.of(one) for one in said],
        sent=sent,
        typed=sent.typed,
        held=sent.held,
        errors=sent.errors,
        submission_key=key,
        token=token,
        kinds=KINDS,
        tiles=shown,
        for_staff=for_staff,
        photos_lost=photos_lost,
    )


def _slot() -> int:
    return int(clock.now().timestamp()) // KEPT_SECONDS


def _promised(kept: Kept, sub_district_id: int) -> Promised:
    slot = _slot()
    known = kept.promises.get(sub_district_id)
    if known is not None and known[0] == slot:
        return known[1]
    connection = reading().connection()
    terms = categories.terms_without_category(connection)
    found = promise(connection, sub_district_id, clock.now(), terms)
    kept.promises[sub_district_id] = (slot, Promised(found.promised_on, found.tentative))
    return kept.promises[sub_district_id][1]
