"""How lines of the audit log are sealed: a keyed mark for each line, a keyed code over the marks and the link
before. Pure.

Whoever has the database without the key can make neither; whoever has the key can make both."""

from __future__ import annotations

import hashlib
import hmac
import json
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

FORMAT = b"mashang audit 1\n"
NOTHING_BEFORE = "00" * 32
HEAD_DIGITS = 16
_MARK = struct.Struct(">q16s")  # the line's id, its mark


@dataclass(frozen=True)
class Key:
    """What seals are made with. `id` tells which of several it was, and nothing about it."""

    id: str
    secret: bytes


@dataclass(frozen=True)
class Head:
    """The end of the chain as it is printed: short enough to copy from paper, long enough that no other fits."""

    number: int
    last_id: int
    mac: str

    def __str__(self) -> str:
        return f"{self.number}:{self.mac[:HEAD_DIGITS]}"


def derive(field_key: bytes) -> Key:
    """The key for seals that goes with a field key (HKDF, RFC 5869): neither tells the other."""
    extracted = hmac.digest(bytes(32), field_key, "sha256")
    secret = hmac.digest(extracted, b"mashang audit seal\x01", "sha256")
    return Key(hashlib.sha256(b"audit-key-id" + secret).hexdigest()[:16], secret)


def mark_of(key: Key, line: Sequence[object]) -> bytes:
    """The keyed mark of one line, whatever kind of database it was read from."""
    return hmac.digest(key.secret, FORMAT + b"line\n" + _written(line), "sha256")[:16]


def marks_of(key: Key, lines: Sequence[Sequence[object]]) -> bytes:
    """Ids and marks of these lines, each beginning with its id, as a seal keeps them."""
    return b"".join(_MARK.pack(line[0], mark_of(key, line)) for line in lines)


def unpacked(marks: bytes) -> Iterator[tuple[int, bytes]]:
    """Id and mark of every line of a seal, in order. Raises ValueError for what is no list of marks."""
    try:
        yield from _MARK.iter_unpack(marks)
    except struct.error as wrong:
        raise ValueError("no list of marks") from wrong


def mac_of(key: Key, before: str, header: Sequence[object], marks: bytes) -> str:
    """The code of a link: over the code of the link before, what the link says of itself, and its marks."""
    said = _written(header)
    body = FORMAT + b"seal\n" + before.encode() + struct.pack(">I", len(said)) + said + marks
    return hmac.digest(key.secret, body, "sha256").hex()


def _written(values: Sequence[object]) -> bytes:
    """Number, moment, and whatever follows, in one way only: no two rows are written alike."""
    number, moment, *rest = values
    return json.dumps([number, _moment(moment), *rest], separators=(",", ":"), default=repr).encode()


def _moment(value: object) -> object:
    """A moment in UTC in one spelling, however the database hands it out; SQLite keeps it as text. What is none
    stays as it is, and fits no mark."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return value
    if not isinstance(value, datetime):
        return value
    utc = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return utc.isoformat(timespec="microseconds")
