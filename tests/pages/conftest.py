"""A house with a hotline to forward to, and everybody who visits its pages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from tests.conftest import START
from tests.databases import settings_for
from tests.desk.conftest import Desk, desk
from tests.forwarding.conftest import SECRET, gateway, work
from tests.forwarding.scripted import TOKEN, ScriptedGateway
from tests.pages.visitors import House
from tests.world import World

__all__ = ["desk", "gateway", "work"]


@pytest.fixture
def environ(database_url: str, tmp_path: Path, gateway: ScriptedGateway) -> dict[str, str]:
    return settings_for(database_url, tmp_path) | {
        "MASHANG_NOW": START,
        "MASHANG_HOTLINE_CHANNEL": "workorder",
        "MASHANG_HOTLINE_URL": gateway.url,
        "MASHANG_HOTLINE_TOKEN": TOKEN,
        "MASHANG_HOTLINE_WEBHOOK_SECRET": SECRET,
        "MASHANG_SMS_URL": "http://127.0.0.1:9/",  # nobody listens there
        "MASHANG_LIMITS": "door=100000,network=30,page=10",
    }


@pytest.fixture
def house(
    app: Flask,
    world: World,
    desk: Callable[[str], Desk],
    gateway: ScriptedGateway,
    work: Callable[[], dict[str, int]],
    at: Callable[[str], None],
) -> House:
    """The house and everybody in it."""
    return House(app, world, desk, gateway, work, at)
