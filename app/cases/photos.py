"""Photos: a look at the header in the request, quarantine, and re-encoding in the worker.

Nothing anybody sent is ever served as sent; what cannot be re-encoded is deleted."""

from __future__ import annotations

import hashlib
import logging
import os
import secrets
import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from sqlalchemy.orm import Session

from app import clock, config
from app.cases import queries
from app.cases.picture_header import read_header
from app.db import db, transaction
from app.errors import Refused

if TYPE_CHECKING:
    from app.cases.reencoding import Picture

_log = logging.getLogger(__name__)
QUARANTINED, READY, REFUSED = "quarantined", "ready", "refused"
LARGEST_FILE = 20 * 1024 * 1024
MOST_PHOTOS = 6
LEAST_FREE = 1024**3
UNCLAIMED_FOR = timedelta(hours=26)  # a page may ask something first and be sent again within a day


@dataclass(frozen=True)
class TakenIn:
    """A photo in quarantine: its name there, and what its header says."""

    media_name: str
    media_type: str
    size: int
    width: int
    height: int


def take_in(stream: BinaryIO, field: str) -> TakenIn:
    """Look at the header and put the file into quarantine, unchanged.

    Raises Refused at `field` when it is too big, no picture, or has too many pixels, or when the disk does not
    take it: the words that came with it are worth more than a page that says our fault."""
    body = _read(stream, field)
    if len(body) > LARGEST_FILE:
        raise Refused("photo_too_big", field, {"megabytes": LARGEST_FILE // 1024 // 1024})
    header = read_header(body)
    if header is None:
        raise Refused("photo_unreadable", field)
    if header.is_too_large:
        raise Refused("photo_too_large", field)
    name = secrets.token_hex(16)
    _put(quarantine(name), body, field)
    return TakenIn(name, f"image/{header.kind.lower()}", len(body), header.width, header.height)


def _read(stream: BinaryIO, field: str) -> bytes:
    try:
        return stream.read(LARGEST_FILE + 1)
    except OSError as full:
        raise Refused("photo_not_kept", field) from full


def _put(path: Path, body: bytes, field: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(body)
    except OSError as full:
        _log.exception("quarantine does not take a photo")
        with suppress(OSError):
            path.unlink(missing_ok=True)
        raise Refused("photo_not_kept", field) from full


def has_room_for(size: int) -> bool:
    """Whether the disk holds so many bytes that may never be asked for again, and keeps a gigabyte,
    or a tenth of a small one, for what must be kept."""
    folder = quarantine("")
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        disk = shutil.disk_usage(folder)
    except OSError:
        return False
    return disk.free - size > min(disk.total // 10, LEAST_FREE)


def let_go(taken_in: Iterable[TakenIn]) -> None:
    """Delete quarantined files whose report was not saved."""
    for photo in taken_in:
        quarantine(photo.media_name).unlink(missing_ok=True)


def reencode(media_name: str, *, give_up: bool = False) -> None:
    """Make the servable picture of a quarantined one: upright, small, without metadata; then delete the
    original. What cannot be re-encoded, or is given up, is marked refused and deleted too.

    Raises OSError when the disk fails: the picture may be good."""
    source, target = quarantine(media_name), served(media_name)
    picture = None if give_up else _picture_of(source, target)
    if picture is not None:
        _write(target, picture.body)
    if not _settle(media_name, picture):
        target.unlink(missing_ok=True)
    source.unlink(missing_ok=True)


def sweep() -> int:
    """Delete what lies in quarantine and belongs to nothing: its process ended before the report was saved, or
    its page was never sent again. Returns how many."""
    folder = quarantine("")
    if not folder.is_dir():
        return 0
    before = (clock.real_now() - UNCLAIMED_FOR).timestamp()
    with os.scandir(folder) as entries:
        old = [entry.name for entry in entries if entry.stat().st_mtime < before]
    if not old:
        return 0
    with Session(db.engine) as session:
        claimed = queries.claimed_photos(session, old)
    unclaimed = [name for name in old if name not in claimed]
    for name in unclaimed:
        (folder / name).unlink(missing_ok=True)
    return len(unclaimed)


def remove(media_name: str) -> None:
    """Delete the files of a photo whose row is gone; twice changes nothing."""
    for path in (quarantine(media_name), served(media_name)):
        path.unlink(missing_ok=True)


def quarantine(media_name: str) -> Path:
    """Where a photo lies as it was sent."""
    return Path(config.active().media_url) / "quarantine" / media_name


def served(media_name: str) -> Path:
    """Where the re-encoded photo lies."""
    return Path(config.active().media_url) / "photos" / media_name[:2] / f"{media_name}.jpg"


def _picture_of(source: Path, target: Path) -> Picture | None:
    from app.cases import reencoding  # the decoders: no web process ever loads them

    try:
        return reencoding.reencoded(source.read_bytes())
    except FileNotFoundError:  # a worker was ended between deleting the original and keeping its promise
        return reencoding.made_before(target.read_bytes()) if target.exists() else None


def _write(target: Path, body: bytes) -> None:
    """The whole file or none: what a full disk cut short never stands where pictures are served from."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = quarantine(f"{target.stem}.part")
    try:
        part.write_bytes(body)
        part.replace(target)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def _settle(media_name: str, picture: Picture | None) -> bool:
    """Write down what came of it; whether there is a picture to be served now."""
    with transaction() as session:
        photo = queries.photo_named(session, media_name)
        if photo is None:
            return False
        if photo.state == READY:
            return True
        photo.state = READY if picture else REFUSED
        if picture:
            photo.media_type, photo.size = "image/jpeg", len(picture.body)
            photo.sha256 = hashlib.sha256(picture.body).hexdigest()
            photo.width, photo.height = picture.width, picture.height
        return picture is not None
