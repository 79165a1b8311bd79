"""What must not be read from a copy of the database, at rest: AES-GCM, key id in front, bound to table and column."""

from __future__ import annotations

import hashlib
import secrets
from functools import cache
from typing import TYPE_CHECKING

from app import config

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12


def seal(value: str, *, column: str, row: str) -> bytes:
    """Encrypt one value for one column of one row: key id, nonce, ciphertext. `row` names the row for good: the
    receipt of a report, the name of an account."""
    return seal_bytes(value.encode(), column=column, row=row)


def seal_bytes(value: bytes, *, column: str, row: str) -> bytes:
    """The same for what is no text."""
    key = config.active().field_keys[0]
    nonce = secrets.token_bytes(NONCE_BYTES)
    return _key_id(key) + nonce + _cipher(key).encrypt(nonce, value, _bound_to(column, row))


def unseal(sealed: bytes, *, column: str, row: str) -> str:
    """Decrypt; raises ValueError when no configured key fits."""
    return unseal_bytes(sealed, column=column, row=row).decode()


def unseal_bytes(sealed: bytes, *, column: str, row: str) -> bytes:
    """The same for what is no text."""
    from cryptography.exceptions import InvalidTag

    unfit: InvalidTag | None = None
    nonce, body = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    for key in config.active().field_keys:
        if _key_id(key) != sealed[:1]:
            continue
        try:
            return _cipher(key).decrypt(nonce, body, _bound_to(column, row))
        except InvalidTag as wrong:
            unfit = wrong  # one pair of keys in 256 shares its id: the other may fit
    raise unfit or ValueError(f"{column}: sealed with a key that is not configured")


@cache
def _cipher(key: bytes) -> AESGCM:
    """Made once a key, and its library loaded with the first: most processes' first answers need neither."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(key)


@cache
def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"key-id" + key).digest()[:1]


def _bound_to(column: str, row: str) -> bytes:
    return f"{column}|{row}".encode()
