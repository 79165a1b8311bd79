"""Photos that come with a form: six single inputs, `photo1` to `photo6`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

from flask import request

from app.cases import photos
from app.cases.photos import TakenIn
from app.errors import ManyRefused, Refused

FIELDS = tuple(f"photo{number}" for number in range(1, photos.MOST_PHOTOS + 1))


class Pictures(list[TakenIn]):
    """Photos in quarantine that are let go unless something was saved with them."""

    is_saved = False


@contextmanager
def taken_in() -> Iterator[Pictures]:
    """The photos of this request, in quarantine for as long as this lasts; set `is_saved` to keep them.

    Raises ManyRefused when one of them cannot be taken in."""
    pictures, faults = Pictures(), []
    try:
        for name in FIELDS:
            upload = request.files.get(name)
            if upload is None or not upload.filename:
                continue
            try:
                pictures.append(photos.take_in(cast("BinaryIO", upload.stream), name))
            except Refused as refused:
                faults.append(refused)
        if faults:
            raise ManyRefused(faults)
        yield pictures
    finally:
        if not pictures.is_saved:
            photos.let_go(pictures)
