"""Photos: looked at on the way in, served only re-encoded, upright and without metadata."""

from __future__ import annotations

import hashlib
import io
import struct
import zlib
from collections.abc import Callable
from uuid import uuid4

import pillow_heif
import pytest
from PIL import Image

from app.access.actor import resident
from app.cases import intake, photos
from app.cases.models import Photo
from app.cases.wording import Words
from app.db import db
from app.errors import Refused
from tests.world import World

SECRET = "测试相机-GPS-39.9162"
LYING = 6  # EXIF: the top of the picture is at the right


def _exif() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = LYING
    exif[0x010F] = "SecretCamera"
    exif.get_ifd(0x8825)[2] = (39.0, 54.0, 58.0)
    return exif


def _picture(width: int = 400, height: int = 300) -> Image.Image:
    """Red on the left half, blue on the right, so that turning shows."""
    image = Image.new("RGB", (width, height), (200, 30, 30))
    image.paste((30, 30, 200), (width // 2, 0, width, height))
    return image


def _saved(image_format: str, **options: object) -> bytes:
    pillow_heif.register_heif_opener()
    out = io.BytesIO()
    _picture().save(out, image_format, exif=_exif().tobytes(), **options)  # type: ignore[arg-type]
    return out.getvalue()


def _bomb() -> bytes:
    """A PNG of 200 megapixels in a few kilobytes of header and nothing behind it."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 20_000, 10_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 90_000))
        + chunk(b"IEND", b"")
    )


@pytest.fixture
def sent(world: World) -> Callable[[bytes], Photo]:
    """Take one file in with a report, re-encode it as the worker does, and fetch its row."""

    def send(body: bytes) -> Photo:
        taken_in = photos.take_in(io.BytesIO(body), "photo1")
        assert photos.quarantine(taken_in.media_name).read_bytes() == body
        assert not photos.served(taken_in.media_name).exists()
        receipt = intake.receive(resident(), world.doors[0], str(uuid4()), Words(photos=1), [taken_in])
        photos.reencode(taken_in.media_name)
        [photo] = world.case(receipt).reports[0].photos
        return photo

    return send


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_a_photo_is_served_upright_and_without_metadata(
    sent: Callable[[bytes], Photo], image_format: str
) -> None:
    body = _saved(image_format)
    photo = sent(body)
    served = photos.served(photo.media_name).read_bytes()
    assert (photo.state, photo.media_type, photo.size) == ("ready", "image/jpeg", len(served))
    assert photo.sha256 == hashlib.sha256(served).hexdigest()
    assert b"SecretCamera" not in served
    with Image.open(io.BytesIO(served)) as image:
        assert image.format == "JPEG"
        assert not image.getexif()
        assert "exif" not in image.info
        assert image.size == (photo.width, photo.height) == (300, 400)
        top, bottom = image.getpixel((150, 40)), image.getpixel((150, 360))
    assert isinstance(top, tuple)
    assert isinstance(bottom, tuple)
    assert top[0] > top[2], "red was left, and is on top when upright"
    assert bottom[2] > bottom[0]
    assert not photos.quarantine(photo.media_name).exists()


def test_a_big_photo_is_made_small(sent: Callable[[bytes], Photo]) -> None:
    out = io.BytesIO()
    _picture(4000, 3000).save(out, "JPEG")
    photo = sent(out.getvalue())
    assert (photo.width, photo.height) == (1600, 1200)


@pytest.mark.parametrize("mode", ["RGBA", "P", "L", "CMYK", "1"])
def test_every_colour_model_becomes_a_picture(sent: Callable[[bytes], Photo], mode: str) -> None:
    out = io.BytesIO()
    _picture().convert(mode).save(out, "JPEG" if mode == "CMYK" else "PNG")
    assert sent(out.getvalue()).state == "ready"


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ("这不是照片，是文字。".encode(), "photo_unreadable"),
        (b"", "photo_unreadable"),
        (b"\xff\xd8\xff\xe0", "photo_unreadable"),
        (b"GIF89a", "photo_unreadable"),
        (b"%PDF-1.7 not a picture", "photo_unreadable"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "photo_unreadable"),
        (_bomb(), "photo_too_large"),
        (_saved("WEBP")[:-150], "photo_unreadable"),  # their headers cannot be read without the rest
        (_saved("HEIF")[:-150], "photo_unreadable"),
        (b"\0" * (photos.LARGEST_FILE + 1), "photo_too_big"),
    ],
    ids=[
        "text",
        "nothing",
        "four bytes",
        "stub",
        "pdf",
        "svg",
        "bomb",
        "half a webp",
        "half a heic",
        "too long",
    ],
)
def test_what_is_no_photo_is_refused_at_its_field(world: World, body: bytes, key: str) -> None:
    with pytest.raises(Refused) as refused:
        photos.take_in(io.BytesIO(body), "photo3")
    assert (refused.value.key, refused.value.field) == (key, "photo3")
    assert not list(photos.quarantine("x").parent.glob("*"))


@pytest.mark.parametrize("image_format", ["JPEG", "PNG"])
def test_a_truncated_photo_is_refused_by_the_worker_and_deleted(
    sent: Callable[[bytes], Photo], image_format: str
) -> None:
    body = _saved(image_format)
    photo = sent(body[:-150])
    assert (photo.state, photo.sha256) == ("refused", None)
    assert not photos.quarantine(photo.media_name).exists()
    assert not photos.served(photo.media_name).exists()


def test_reencoding_again_changes_nothing(sent: Callable[[bytes], Photo]) -> None:
    photo = sent(_saved("JPEG"))
    served = photos.served(photo.media_name).read_bytes()
    photos.reencode(photo.media_name)
    db.session.rollback()
    db.session.expire_all()
    again = db.session().get_one(Photo, photo.id)
    assert (again.state, again.sha256) == ("ready", hashlib.sha256(served).hexdigest())
    assert photos.served(photo.media_name).read_bytes() == served


def test_a_worker_killed_after_the_picture_was_written_finishes_the_row(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken_in = photos.take_in(io.BytesIO(_saved("PNG")), "photo1")
    receipt = intake.receive(resident(), world.doors[0], str(uuid4()), Words(photos=1), [taken_in])
    with monkeypatch.context() as patched:
        patched.setattr(photos, "_settle", _killed)
        with pytest.raises(KeyboardInterrupt):
            photos.reencode(taken_in.media_name)
    photos.reencode(taken_in.media_name)
    [photo] = world.case(receipt).reports[0].photos
    assert photo.state == "ready"


def test_what_was_not_saved_is_let_go(world: World) -> None:
    taken_in = [photos.take_in(io.BytesIO(_saved("JPEG")), "photo1")]
    photos.let_go(taken_in)
    photos.let_go(taken_in)
    assert not photos.quarantine(taken_in[0].media_name).exists()


def _killed(*_arguments: object) -> None:
    raise KeyboardInterrupt
