"""A scripted gateway over a real socket, and a city sub-district that forwards to it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from app.cases.models import CaseFile
from app.commands import worker
from app.db import db, transaction
from app.forwarding import handover
from app.forwarding.channels import PROMISES
from app.forwarding.models import Forwarding
from app.outbox import leasing
from tests.conftest import START
from tests.databases import settings_for
from tests.forwarding.scripted import TOKEN, ScriptedGateway
from tests.world import World

SECRET = "a-web-hook-secret-for-tests"


@pytest.fixture
def gateway() -> Iterator[ScriptedGateway]:
    running = ScriptedGateway()
    yield running
    running.stop()


@pytest.fixture
def environ(database_url: str, tmp_path: Path, gateway: ScriptedGateway) -> dict[str, str]:
    return settings_for(database_url, tmp_path) | {
        "MASHANG_NOW": START,
        "MASHANG_HOTLINE_CHANNEL": "workorder",
        "MASHANG_HOTLINE_URL": gateway.url,
        "MASHANG_HOTLINE_TOKEN": TOKEN,
        "MASHANG_HOTLINE_WEBHOOK_SECRET": SECRET,
        "MASHANG_LEASE_SECONDS": "4",
        "MASHANG_RETRY_BASE_SECONDS": "30",
    }


@pytest.fixture
def work(world: World) -> Callable[[], dict[str, int]]:
    """One `worker --once` in this process; what was put back before is tried at once."""

    def once() -> dict[str, int]:
        with transaction() as session:
            leasing.hasten(session, PROMISES)
        return dict(worker._drain(threading.Event()))

    return once


@pytest.fixture
def forward(world: World) -> Callable[..., Forwarding]:
    """A sorted case, forwarded by a dispatcher and not delivered yet."""

    def make(**words: object) -> Forwarding:
        return send_on(world, world.queued(**words))

    return make


def send_on(world: World, case: CaseFile) -> Forwarding:
    """Forward this case now; the newest forwarding of it."""
    handover.forward_now(world.actor("dispatcher"), case.number, case.version)
    return newest(case.id)


def newest(case_id: int) -> Forwarding:
    """The last forwarding of a case, as the database has it now."""
    db.session.rollback()
    db.session.expire_all()
    query = select(Forwarding).where(Forwarding.case_id == case_id).order_by(Forwarding.sequence.desc())
    return db.session.scalars(query.limit(1)).one()


def case_of(forwarding: Forwarding) -> CaseFile:
    """Its case, as the database has it now."""
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(CaseFile, forwarding.case_id)
