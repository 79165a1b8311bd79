"""Somebody at the desk who keys in, and what the page they send carries."""

from __future__ import annotations

from uuid import uuid4

from tests.desk.conftest import Desk, desk

__all__ = ["desk", "sent"]


def sent(desk: Desk, **fields: object) -> dict[str, object]:
    """A form that can be taken, changed as the test likes."""
    return {"submission_key": str(uuid4()), "channel": "phone", "text": "楼道灯坏了，晚上看不见。"} | fields
