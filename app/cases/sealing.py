"""Names, telephones and mail addresses: sealed at rest, masked on pages, and a keyed HMAC index that finds a
telephone by exact match; an unkeyed hash of eleven digits would fall in an hour."""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import date
from functools import cache

from app import config
from app.sealing import seal, unseal

__all__ = ["masked", "network_day", "phone_index", "seal", "unseal"]


def phone_index(phone: str) -> str:
    """The blind index of a telephone: equal for equal digits under the oldest key."""
    key = _index_key(config.active().field_keys[-1])
    return hmac.digest(key, re.sub(r"\D", "", phone).encode(), "sha256").hex()


def network_day(network: str, day: date) -> str:
    """A keyed digest of a network and a day: tells that two came from one network on one day, and not from
    which. Under the oldest key, as the index of telephones."""
    key = _network_key(config.active().field_keys[-1])
    return hmac.digest(key, f"{day.isoformat()}|{network}".encode(), "sha256").hex()


def masked(phone: str) -> str:
    """`138 **** 0000`: enough to recognise one's own, too little to call."""
    digits = re.sub(r"\D", "", phone)
    return f"{digits[:3]} **** {digits[-4:]}" if len(digits) >= 8 else "****"


@cache
def _index_key(key: bytes) -> bytes:
    return hashlib.sha256(b"phone-index" + key).digest()


@cache
def _network_key(key: bytes) -> bytes:
    return hashlib.sha256(b"network-day" + key).digest()
