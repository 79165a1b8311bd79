"""A telephone stands in full nowhere on the desk but where somebody asked to see it, and said why."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest

from app.cases import data_requests, own_contact
from app.commands import worker
from app.forwarding import handover
from app.notices import telling
from app.outbox import leasing
from tests.desk.conftest import Desk
from tests.world import World

PHONE, NAME, EMAIL = "13912345678", "周阿姨", "zhou@example.org"
KEY = "11111111-1111-4111-8111-11111111111{}"
PAGES = (
    "/desk/",
    "/desk/?state=all",
    "/desk/case-days/",
    "/desk/case-days/2026-11-28",
    "/desk/case-days/2026-11-28/close",
    "/desk/forwardings/",
    "/desk/data-requests/",
    "/admin/",
)


def test_masked_everywhere_until_asked_for(
    desk: Callable[[str], Desk], world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    waiting = world.queued(phone=PHONE, name=NAME, email=EMAIL)
    handed = world.queued(phone=PHONE, name=NAME, email=EMAIL, text="电梯停了", consent_forward=True)
    handover.forward_now(world.actor("dispatcher"), handed.number, handed.version)
    receipt = waiting.reports[0].receipt
    own_contact.call_me(receipt, KEY.format(1))
    data_requests.ask(receipt, KEY.format(2), "delete")
    for item in leasing.take(60, list(telling.TOLD), at_most=50):
        worker.HANDLERS[item.kind](item)
    at_desk = desk("dispatcher")
    doors = f"/desk/doors/{world.doors[0].code}"
    for url in (*PAGES, doors, *(f"/desk/cases/{case.number}" for case in (waiting, handed))):
        page = at_desk.page(url)
        assert [secret for secret in (PHONE, NAME, EMAIL) if secret in page] == [], url
    assert "139 **** 5678" in at_desk.page(f"/desk/cases/{waiting.number}")
    opened = at_desk.post(f"/desk/cases/{waiting.number}/phone", reason="约上门时间")
    assert PHONE in opened.text
    assert PHONE not in at_desk.page(f"/desk/cases/{waiting.number}")
    assert PHONE not in caplog.text
    assert PHONE not in "".join(f"{item.ref}{item.key}" for item in world.outbox())
