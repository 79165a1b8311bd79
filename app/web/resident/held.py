"""Photos that came with a try that was not finished: they wait in quarantine, and the page carries signed
references to them, so that nobody has to choose them again. A reference is good for its own page only."""

from __future__ import annotations

from collections.abc import Sequence

from flask import request

from app.cases import photos
from app.cases.photos import MOST_PHOTOS, TakenIn
from app.cases.wording import is_submission_key
from app.errors import Refused
from app.places.queries import Door
from app.web import throttle, tokens

FIELDS = tuple(f"held{number}" for number in range(1, MOST_PHOTOS + 1))


def carried_in(door: Door, key: str) -> list[TakenIn]:
    """The photos this form refers to, each once; a reference of another page is none."""
    found: dict[str, TakenIn] = {}
    for name in FIELDS:
        written = request.form.get(name, "")
        named = tokens.signed_photo(door.code, key, written) if written and is_submission_key(key) else None
        if named is not None:
            media_name, media_type, *sizes = named.split(" ")
            size, width, height = map(int, sizes)
            found[media_name] = TakenIn(media_name, media_type, size, width, height)
    return list(found.values())


def to_carry(door: Door, key: str, waiting: Sequence[TakenIn]) -> dict[str, str]:
    """Hidden fields for the next page, signed for its key."""
    return {
        name: tokens.sign_photo(door.code, key, _named(photo))
        for name, photo in zip(FIELDS, waiting, strict=False)
    }


def too_many(waiting: Sequence[TakenIn], taken_in: Sequence[TakenIn]) -> list[Refused]:
    """Six in all, however they came."""
    if len(waiting) + len(taken_in) <= MOST_PHOTOS:
        return []
    return [Refused("photos_too_many", "photo1", {"most": MOST_PHOTOS})]


def may_wait(taken_in: Sequence[TakenIn]) -> bool:
    """Whether these photos may wait for the page to be sent to its end: what waits is no report, and is not to
    fill the disk."""
    size = sum(photo.size for photo in taken_in)
    return not taken_in or (photos.has_room_for(size) and throttle.may_hold(size, request.remote_addr or ""))


def _named(photo: TakenIn) -> str:
    return f"{photo.media_name} {photo.media_type} {photo.size} {photo.width} {photo.height}"
