"""Which way a report came. Pure."""

from __future__ import annotations

from enum import StrEnum


class Channel(StrEnum):
    """How somebody said it."""

    SCAN = "scan"  # the resident's own, by the code at the door
    PHONE = "phone"
    WALK_IN = "walk_in"
    WECHAT_GROUP = "wechat_group"
    GRID_PATROL = "grid_patrol"
    MAIL = "mail"
    HOTLINE = "hotline"  # out of a ledger of 12345


KEYED = (Channel.PHONE, Channel.WALK_IN, Channel.WECHAT_GROUP, Channel.GRID_PATROL, Channel.MAIL)
"""Those a person at the desk writes down, in the order they are offered."""

OF_STAFF = frozenset({Channel.GRID_PATROL})
"""What staff saw themselves: no resident stands behind it, so nobody is called, and nobody's rating of it is valid."""


def has_resident(channel: str) -> bool:
    """Whether a resident said it, who can be called and may judge."""
    return channel not in OF_STAFF
