"""From quarantine to the shelf: within seconds, whoever is killed and whatever fills up, and nothing is left lying."""

from __future__ import annotations

import io
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import uuid4

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select

from app import clock
from app.access.actor import resident
from app.cases import intake, photos
from app.cases.models import Photo
from app.cases.wording import Words
from app.commands import worker
from app.config import ROOT
from app.db import db
from app.outbox.leasing import Leased
from app.outbox.models import OutboxItem
from tests.world import World

SECONDS = 8.0  # counted from the report, on whatever else this machine does


def jpeg() -> io.BytesIO:
    body = io.BytesIO()
    Image.effect_noise((300, 200), 60).convert("RGB").save(body, "JPEG")
    return io.BytesIO(body.getvalue())


def sent(world: World, number: int = 1) -> str:
    """A report with one photo; the name the photo has in quarantine."""
    taken_in = photos.take_in(jpeg(), f"photo{number}")
    intake.receive(resident(), world.doors[0], str(uuid4()), Words(text="看照片", photos=1), [taken_in])
    return taken_in.media_name


def state_of(name: str) -> str:
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(select(Photo.state).where(Photo.media_name == name)).one()


def item(name: str, attempts: int) -> Leased:
    return Leased(0, "photo", name, "", attempts, clock.real_now())


@contextmanager
def full_disk() -> Iterator[None]:
    """No file may grow beyond a kilobyte, as on a disk without room."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def living(process_env: Callable[[], dict[str, str]], world: World) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "flask", "worker"], cwd=ROOT, env=process_env(),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    yield process
    process.kill()
    process.wait()


def until(is_so: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


def test_a_photo_can_be_seen_seconds_after_the_report(living: subprocess.Popen[bytes], world: World) -> None:
    first = sent(world)
    assert until(lambda: state_of(first) == photos.READY, 60), "the worker came up"
    began = time.monotonic()
    second = sent(world)
    assert until(lambda: state_of(second) == photos.READY, SECONDS)
    print(f"seen {time.monotonic() - began:.1f} s after the report")
    assert photos.served(second).exists()
    assert not photos.quarantine(second).exists()
    assert living.poll() is None


def test_photos_go_before_everything_that_can_wait(
    world: World, process_env: Callable[[], dict[str, str]]
) -> None:
    for _ in range(8):
        world.report()
    name = sent(world)
    subprocess.run(
        [sys.executable, "-m", "flask", "worker", "--once"], cwd=ROOT, env=process_env(), check=True,
        capture_output=True,
    )  # fmt: skip
    assert state_of(name) == photos.READY
    done = {one.ref: one.done_at for one in db.session.scalars(select(OutboxItem)) if one.done_at}
    assert min(done, key=lambda ref: done[ref]) == name


def test_a_full_disk_costs_nobody_their_photo(app: Flask, world: World) -> None:
    name = sent(world)
    with full_disk(), pytest.raises(OSError, match="too large"):
        worker._make_picture(item(name, 1))
    assert state_of(name) == photos.QUARANTINED
    assert [path.name for path in photos.quarantine("").iterdir()] == [name], "no half of a file is left"
    assert not photos.served(name).exists()
    worker._make_picture(item(name, 2))
    assert state_of(name) == photos.READY


def test_what_fails_again_and_again_is_given_up_and_deleted(app: Flask, world: World) -> None:
    name = sent(world)
    with full_disk(), pytest.raises(OSError, match="too large"):
        worker._make_picture(item(name, worker.PICTURE_TRIES))
    worker._make_picture(item(name, worker.PICTURE_TRIES + 1))
    assert state_of(name) == photos.REFUSED
    assert not list(photos.quarantine("").iterdir())
    assert not photos.served(name).exists()


def test_giving_up_takes_nothing_back_that_is_ready(app: Flask, world: World) -> None:
    name = sent(world)
    original = photos.quarantine(name).read_bytes()
    photos.reencode(name)
    photos.quarantine(name).write_bytes(original)  # a worker was killed before it deleted this
    photos.reencode(name, give_up=True)
    assert state_of(name) == photos.READY
    assert photos.served(name).exists()
    assert not photos.quarantine(name).exists()


def test_a_photo_of_no_report_is_never_put_on_the_shelf(app: Flask, world: World) -> None:
    taken_in = photos.take_in(jpeg(), "photo1")
    photos.reencode(taken_in.media_name)
    assert not photos.served(taken_in.media_name).exists()
    assert not photos.quarantine(taken_in.media_name).exists()


def test_what_nobody_claimed_is_swept_by_the_clock(app: Flask, world: World) -> None:
    claimed, unclaimed, fresh = sent(world), *(photos.take_in(jpeg(), "photo1").media_name for _ in "12")
    half = photos.quarantine(f"{unclaimed}.part")
    half.write_bytes(b"half of a picture")
    long_ago = (clock.real_now() - photos.UNCLAIMED_FOR - timedelta(minutes=1)).timestamp()
    for path in (photos.quarantine(claimed), photos.quarantine(unclaimed), half):
        os.utime(path, (long_ago, long_ago))
    worker._tick()
    assert {path.name for path in photos.quarantine("").iterdir()} == {claimed, fresh}
    assert photos.sweep() == 0
    worker._make_picture(item(claimed, 1))
    assert state_of(claimed) == photos.READY


def test_sweeping_where_nothing_ever_lay_is_nothing(app: Flask) -> None:
    assert photos.sweep() == 0
