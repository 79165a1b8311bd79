"""The stand-in as a process of its own on a free port, and as an app for pages and validation."""

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from app.standin import Faults, create_gateway
from tests.standin.running import RunningGateway, forked, launched


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "orders" / "hotline.db"


@pytest.fixture
def start(store: Path) -> Iterator[Callable[..., RunningGateway]]:
    """Start the stand-in with these options, always on the same file; all of them end with the test."""
    running: list[RunningGateway] = []

    def start_one(*options: str) -> RunningGateway:
        running.append(forked(store, *options))
        return running[-1]

    yield start_one
    for gateway in running:
        gateway.end(signal.SIGKILL)


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    """One stand-in without faults for every test that brings keys of its own."""
    running = launched(tmp_path_factory.mktemp("hotline") / "hotline.db")
    yield running
    assert running.end() == 0


@pytest.fixture
def visitor(store: Path) -> FlaskClient:
    """A client of the app itself, without a socket; any bearer opens it."""
    return create_gateway(store, None, Faults()).test_client()
