"""Names, telephones and mail addresses at rest: AES-GCM, key id in front, bound to table and column.

A keyed HMAC index finds a telephone by exact match; an unkeyed hash of eleven digits would fall in an hour."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

from app import config

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12


def seal(value: str, *, column: str, row: str) -> bytes:
    """Encrypt one value for one column of one row (`row` is the report's receipt): key id, nonce, ciphertext."""
    key = config.active().field_keys[0]
    nonce = secrets.token_bytes(NONCE_BYTES)
    return _key_id(key) + nonce + _cipher(key).encrypt(nonce, value.encode(), _bound_to(column, row))


def unseal(sealed: bytes, *, column: str, row: str) -> str:
    """Decrypt; raises ValueError when no configured key fits."""
    from cryptography.exceptions import InvalidTag

    unfit: InvalidTag | None = None
    nonce, body = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    for key in config.active().field_keys:
        if _key_id(key) != sealed[:1]:
            continue
        try:
            return _cipher(key).decrypt(nonce, body, _bound_to(column, row)).decode()
        except InvalidTag as wrong:
            unfit = wrong  # one pair of keys in 256 shares its id: the other may fit
    raise unfit or ValueError(f"{column}: sealed with a key that is not configured")


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
def _cipher(key: bytes) -> AESGCM:
    """Made once a key, and its library loaded with the first: most processes' first answers need neither."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(key)


@cache
def _index_key(key: bytes) -> bytes:
    return hashlib.sha256(b"phone-index" + key).digest()


@cache
def _network_key(key: bytes) -> bytes:
    return hashlib.sha256(b"network-day" + key).digest()


@cache
def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"key-id" + key).digest()[:1]


def _bound_to(column: str, row: str) -> bytes:
    return f"{column}|{row}".encode()
