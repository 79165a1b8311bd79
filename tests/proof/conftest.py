"""The stand-in behind a tap that kills the worker at a chosen moment of a request."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import START
from tests.databases import settings_for
from tests.proof.tap import Tap
from tests.proof.workers import Workers
from tests.standin.running import TOKEN, RunningGateway, forked

FAULTS = "no-idempotency,lost-reply:0.15,slow:1:0.25"


@pytest.fixture
def hotline(tmp_path: Path) -> Iterator[RunningGateway]:
    """The stand-in, deaf to keys, losing some answers and holding all others for a quarter of a second."""
    running = forked(tmp_path / "hotline.db", "--faults", FAULTS)
    yield running
    running.end()


@pytest.fixture
def tap(hotline: RunningGateway, tmp_path: Path) -> Iterator[Tap]:
    running = Tap(hotline.url, tmp_path / "hotline.db")
    yield running
    running.stop()


@pytest.fixture
def environ(database_url: str, tmp_path: Path, tap: Tap) -> dict[str, str]:
    return settings_for(database_url, tmp_path) | {
        "MASHANG_NOW": START,
        "MASHANG_HOTLINE_CHANNEL": "workorder",
        "MASHANG_HOTLINE_URL": tap.url,
        "MASHANG_HOTLINE_TOKEN": TOKEN,
        "MASHANG_LEASE_SECONDS": "2",
        "MASHANG_RETRY_BASE_SECONDS": "2",
    }


@pytest.fixture
def workers(process_env: Callable[[], dict[str, str]]) -> Iterator[Workers]:
    started = Workers(process_env)
    yield started
    started.end()
