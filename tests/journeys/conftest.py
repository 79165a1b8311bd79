"""A house on an empty database, a browser, and pictures for the README."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.journeys.house import House, free_port
from tests.journeys.people import Pictures
from tests.journeys.proxy import Proxy

START = "2026-11-24T09:00:00+08:00"  # a Tuesday
QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--screenshots",
        metavar="DIR",
        help="save pictures along the story (name tests/journeys on the command line)",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Pictures are taken along one story; the others would only take the same ones again."""
    if config.getoption("screenshots", None):
        stories = [item for item in items if "house" in getattr(item, "fixturenames", ())]
        config.hook.pytest_deselected(items=[item for item in items if item not in stories[:1]])
        items[:] = stories[:1]


@pytest.fixture(scope="module")  # its event loop must not be running under other tests
def browser() -> Iterator[Browser]:
    """Chromium, Debian's if it is there, else Playwright's own."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=list(QUIET), env=os.environ | {"LANGUAGE": "zh_CN"}
        )
        yield chromium
        chromium.close()


@pytest.fixture
def pictures(request: pytest.FixtureRequest) -> Pictures:
    """Screenshots into the folder that was named; nothing without one."""
    folder = request.config.getoption("screenshots", None)
    return Pictures(Path(folder).resolve() if folder else None)


@pytest.fixture
def house(request: pytest.FixtureRequest, maker: Any, tmp_path: Path) -> Iterator[House]:
    """An installation on an empty database: as one runs it for a sub-district, PostgreSQL behind an HTTPS proxy, and
    as one tries it out, SQLite alone. The proxy knows nothing of the database, and each story takes minutes."""
    with ExitStack() as closing:
        database_url = maker.bare(tmp_path)
        closing.callback(maker.drop, database_url)
        port = free_port()
        if database_url.startswith("postgresql"):
            front = free_port()
            proxy = Proxy(tmp_path / "nginx", front, port)
            closing.callback(proxy.close)
            made = House(tmp_path, database_url, port, f"https://127.0.0.1:{front}", START, proxies=1)
        else:
            made = House(tmp_path, database_url, port, f"http://127.0.0.1:{port}", START)
        closing.callback(made.close)
        failed_before = request.session.testsfailed
        yield made
        if request.session.testsfailed > failed_before:
            print(made.logs())
