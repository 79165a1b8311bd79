"""Photos: a look at the header in the request, quarantine, and re-encoding in the worker.

Nothing a resident sent is ever served as sent; what cannot be re-encoded is deleted."""

from __future__ import annotations

import hashlib
import io
import os
import secrets
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import BinaryIO

from PIL import ExifTags, Image, UnidentifiedImageError
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import config
from app.cases.models import Photo
from app.db import transaction
from app.errors import Refused

QUARANTINED, READY, REFUSED = "quarantined", "ready", "refused"
LARGEST_FILE = 20 * 1024 * 1024
MOST_PIXELS = 60_000_000
MOST_PIXELS_OF = {"JPEG": 60_000_000, "HEIF": 50_000_000}  # JPEG is shrunk while it is read
MOST_PIXELS_ELSE = 25_000_000  # unpacked whole: 34 bytes of WebP can be a gigabyte
LONGEST_EDGE = 1600
JPEG_QUALITY = 82
FORMATS = ("JPEG", "PNG", "WEBP", "HEIF", "GIF")
MOST_PHOTOS = 6
_TURNS: dict[object, Image.Transpose] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


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

    Raises Refused at `field` when it is too big, no picture, or has too many pixels."""
    body = stream.read(LARGEST_FILE + 1)
    if len(body) > LARGEST_FILE:
        raise Refused("photo_too_big", field, {"megabytes": LARGEST_FILE // 1024 // 1024})
    image_format, width, height = _header(body, field)
    name = secrets.token_hex(16)
    path = quarantine(name)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(body)
    return TakenIn(name, f"image/{image_format.lower()}", len(body), width, height)


def let_go(taken_in: Iterable[TakenIn]) -> None:
    """Delete quarantined files whose report was not saved."""
    for photo in taken_in:
        quarantine(photo.media_name).unlink(missing_ok=True)


def reencode(media_name: str, *, give_up: bool = False) -> None:
    """Make the servable picture of a quarantined one: upright, small, without metadata; then delete the
    original. What cannot be re-encoded, or is given up, is marked refused and deleted too.

    Raises OSError when the disk fails: the picture may be good."""
    source = quarantine(media_name)
    try:
        sent = source.read_bytes()
    except FileNotFoundError:
        body = served(media_name).read_bytes() if served(media_name).exists() else b""
    else:
        body = b"" if give_up else _cleaned(sent)
    if body:
        served(media_name).parent.mkdir(parents=True, exist_ok=True)
        served(media_name).write_bytes(body)
    _settle(media_name, body)
    source.unlink(missing_ok=True)


def quarantine(media_name: str) -> Path:
    """Where a photo lies as it was sent."""
    return Path(config.active().media_url) / "quarantine" / media_name


def served(media_name: str) -> Path:
    """Where the re-encoded photo lies."""
    return Path(config.active().media_url) / "photos" / media_name[:2] / f"{media_name}.jpg"


def of_report(session: Session, report_id: int) -> list[Photo]:
    """A report's photos in the order they were sent."""
    return list(session.scalars(select(Photo).where(Photo.report_id == report_id).order_by(Photo.id)))


def _header(body: bytes, field: str) -> tuple[str, int, int]:
    _register_heif()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(body), formats=FORMATS) as image:
                image_format, (width, height) = image.format or "", image.size
    except Image.DecompressionBombError as bomb:
        raise Refused("photo_too_large", field) from bomb
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as wrong:
        raise Refused("photo_unreadable", field) from wrong
    if width * height > MOST_PIXELS_OF.get(image_format, MOST_PIXELS_ELSE):
        raise Refused("photo_too_large", field)
    return image_format, width, height


def _cleaned(body: bytes) -> bytes:
    try:
        return _clean(body)
    except Exception:  # the decoders raise whatever a broken or hostile file makes them stumble over
        return b""


def _clean(body: bytes) -> bytes:
    _register_heif()
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        with Image.open(io.BytesIO(body), formats=FORMATS) as image:
            image.draft("RGB", (LONGEST_EDGE, LONGEST_EDGE))
            small = image.convert("RGB")
    small.thumbnail(
        (LONGEST_EDGE, LONGEST_EDGE)
    )  # before it is turned: every copy of a large one costs memory
    turn = _TURNS.get(_orientation(small))
    upright = small if turn is None else small.transpose(turn)
    fresh = Image.new("RGB", upright.size)
    fresh.paste(upright)
    out = io.BytesIO()
    fresh.save(out, "JPEG", quality=JPEG_QUALITY, optimize=True)
    return out.getvalue()


def _orientation(image: Image.Image) -> object:
    """What the picture's own notes say of how it was held; None where they say nothing, or nonsense."""
    try:
        return image.getexif().get(ExifTags.Base.Orientation)
    except Exception:  # notes nobody can read are no reason to throw the picture away
        return None


def _settle(media_name: str, body: bytes) -> None:
    with transaction() as session:
        photo = session.scalars(select(Photo).where(Photo.media_name == media_name)).one_or_none()
        if photo is None or photo.state == READY:
            return
        photo.state = READY if body else REFUSED
        if body:
            photo.media_type, photo.size = "image/jpeg", len(body)
            photo.sha256 = hashlib.sha256(body).hexdigest()
            with Image.open(io.BytesIO(body)) as image:
                photo.width, photo.height = image.size


@cache
def _register_heif() -> None:
    """Costs start-up time, and only photos need it."""
    import pillow_heif

    pillow_heif.register_heif_opener()
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
