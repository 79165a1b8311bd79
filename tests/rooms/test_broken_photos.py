"""Files that look like photos in their first bytes and are none: deleted and told, never tried for ever."""

from __future__ import annotations

import io
from uuid import uuid4

import pillow_heif
import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select

from app.access.actor import resident
from app.cases import intake, photos
from app.cases.models import Photo
from app.cases.reencoding import reencoded
from app.cases.wording import Words
from app.db import db
from app.errors import Refused
from tests.world import World


def _heic() -> bytes:
    pillow_heif.register_heif_opener()
    body = io.BytesIO()
    Image.effect_noise((64, 48), 60).convert("RGB").save(body, "HEIF")
    return body.getvalue()


def _jpeg_with_notes() -> tuple[bytes, range]:
    """A picture with notes on how it was held, and where in the file those notes lie."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "maker"
    body = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(body, "JPEG", exif=exif)
    whole = body.getvalue()
    start = whole.index(b"Exif\0\0") + 6
    return whole, range(start, start + len(exif.tobytes()) - 6)


def _sent(world: World, body: bytes) -> str:
    taken_in = photos.take_in(io.BytesIO(body), "photo1")
    intake.receive(resident(), world.doors[0], str(uuid4()), Words(text="看照片", photos=1), [taken_in])
    return taken_in.media_name


def _kept(media_name: str) -> Photo:
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(select(Photo).where(Photo.media_name == media_name)).one()


def test_a_file_that_breaks_the_decoder_is_refused_and_deleted(app: Flask, world: World) -> None:
    whole = _heic()
    broken = [
        whole[:place] + wrong + whole[place + 1 :] for place in (95, 257, 325) for wrong in (b"\0", b"\xff")
    ]
    for body in broken:
        try:
            name = _sent(world, body)
        except Refused:
            continue  # seen on the way in already
        photos.reencode(name)
        assert _kept(name).state != photos.QUARANTINED
        assert not photos.quarantine(name).exists()
        assert photos.served(name).exists() == (_kept(name).state == photos.READY)
    states = [row.state for row in db.session.scalars(select(Photo))]
    assert states.count(photos.REFUSED) >= len(states) - 2, "nearly all of them"


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_nonsense_in_its_notes_costs_no_picture() -> None:
    whole, notes = _jpeg_with_notes()
    for place in notes:
        for wrong in (0, 1, 2, 3, 5, 12, 255):
            assert reencoded(whole[:place] + bytes([wrong]) + whole[place + 1 :])


def test_a_picture_that_ended_the_worker_again_and_again_is_given_up(app: Flask, world: World) -> None:
    name = _sent(world, _heic())
    photos.reencode(name, give_up=True)
    assert _kept(name).state == photos.REFUSED
    assert not photos.quarantine(name).exists()


def test_a_disk_that_fails_costs_nobody_their_photo(
    app: Flask, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = _sent(world, _heic())
    path = photos.quarantine(name)
    with monkeypatch.context() as broken:
        broken.setattr(
            type(path), "read_bytes", lambda _path: (_ for _ in ()).throw(OSError(5, "Input/output error"))
        )
        with pytest.raises(OSError, match="Input/output"):
            photos.reencode(name)
    assert _kept(name).state == photos.QUARANTINED
    photos.reencode(name)
    assert _kept(name).state == photos.READY
