"""A page of the test's own application in a real browser: smaller than the journeys, which go through the whole
product."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from waitress import create_server

from tests.conftest import Makers
from tests.databases import DatabaseMaker
from tests.journeys.conftest import browser

__all__ = ["browser"]


@pytest.fixture
def maker(makers: Makers) -> DatabaseMaker:
    """What a browser sees does not depend on the database."""
    return makers["sqlite"]


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """The application behind its real web server; where it listens."""
    server = create_server(app, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.close()
    thread.join(5)
