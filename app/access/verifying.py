"""Walk the whole chain of the audit log and find the first thing that is not as it was sealed. Needs as much
memory for a million lines as for a thousand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.access import queries, triggers
from app.access.chain import HEAD_DIGITS, NOTHING_BEFORE, Head, Key, mac_of, mark_of, unpacked
from app.errors import MashangError

LINES_AT_ONCE = 2000
SEALS_AT_ONCE = 50
Printed = tuple[int, str]


@dataclass
class Broken(MashangError):
    """The first fault found, in words."""

    what: str

    def __str__(self) -> str:
        return self.what


@dataclass(frozen=True)
class Verdict:
    """Nothing was found: so many seals and lines were walked, so many lines stand after the last seal."""

    seals: int
    lines: int
    unsealed: int
    unsealed_since: datetime | None
    head: Head | None


def verify(session: Session, keys: Mapping[str, Key], printed: Sequence[Printed] = ()) -> Verdict:
    """Walk everything sealed up to now; `printed` are heads somebody copied from the log or the minutes. Raises
    Broken, naming the first seal or line that was altered, taken away or put in."""
    seals = lines = 0
    try:
        head = queries.head(session)
        for row, count in _walk(session, keys, head):
            seals, lines = seals + 1, lines + count
            _compare(row, printed)
        for number, digits in printed:
            if head is None or number > head.number:
                raise Broken(f"cut off: seal {number}:{digits} was printed, {_ends(head)}")
            if number < 1:
                raise Broken(f"seal {number} was printed? The first seal is number 1")
        left, since = queries.unsealed(session, head.last_id if head else None)
        wrong = triggers.faults(session.connection(), triggers.APPEND_ONLY)
    except (DBAPIError, ValueError) as unreadable:
        told = getattr(unreadable, "orig", None) or unreadable
        raise Broken(f"cannot be read after {lines} lines: {str(told).splitlines()[0]}") from unreadable
    if wrong:
        raise Broken(f"every sealed line is as it was sealed, but {'; '.join(wrong)}")
    return Verdict(seals, lines, left, since, head)


def _ends(head: Head | None) -> str:
    return "there is none" if head is None else f"the last one there is {head}"


def _compare(seal: Any, printed: Sequence[Printed]) -> None:
    for number, digits in printed:
        if number == seal.number and not seal.mac.startswith(digits.lower()):
            there = seal.mac[: max(HEAD_DIGITS, len(digits))]
            raise Broken(f"rewritten: seal {number} was printed as {digits}, and is now {there}")


def _walk(session: Session, keys: Mapping[str, Key], head: Head | None) -> Iterator[tuple[Any, int]]:
    """Every seal that holds, with the number of its lines."""
    lines = _Lines(session, head.last_id if head else None)
    before, expected = NOTHING_BEFORE, 1
    for seal in _seals(session, head):
        if seal.number != expected:
            raise Broken(
                f"seal {expected} is missing" if seal.number > expected else f"seal {seal.number} was put in"
            )
        yield seal, _hold_against(seal, keys, before, lines)
        before, expected = seal.mac, expected + 1
    if head is not None and lines.next is not None:
        raise Broken(f"line {lines.next[0]} was put in")


def _hold_against(seal: Any, keys: Mapping[str, Key], before: str, lines: _Lines) -> int:
    """The seal against its code, its lines against their marks; how many lines."""
    key = keys.get(str(seal.key_id))
    if key is None:
        raise Broken(
            f"seal {seal.number} was made with key {seal.key_id}, which MASHANG_FIELD_KEYS does not hold: "
            "nothing from there on can be verified"
        )
    header = (seal.number, seal.at, seal.first_id, seal.last_id, seal.count, seal.key_id)
    marks = bytes(seal.marks) if isinstance(seal.marks, (bytes, memoryview)) else b""
    if mac_of(key, before, header, marks) != seal.mac:
        raise Broken(f"seal {seal.number} was altered, or does not follow the seal before it")
    count = 0
    for line_id, mark in unpacked(marks):
        _hold_line(seal, key, lines.next, line_id, mark)
        lines.advance()
        count += 1
    return count


def _hold_line(seal: Any, key: Key, line: Any | None, line_id: int, mark: bytes) -> None:
    if line is None or line[0] > line_id:
        rest = ", and every line after it" if line is None else ""
        raise Broken(f"line {line_id} is missing{rest} (seal {seal.number})")
    if line[0] < line_id:
        raise Broken(f"line {line[0]} was put in (before seal {seal.number} was made, it was not there)")
    if mark_of(key, line) != mark:
        raise Broken(f"line {line_id} was altered (seal {seal.number})")


def _seals(session: Session, head: Head | None) -> Iterator[Any]:
    number: int | None = None
    while head is not None:
        page = queries.seals_after(session, number, up_to=head.number, at_most=SEALS_AT_ONCE)
        yield from page
        if len(page) < SEALS_AT_ONCE:
            return
        number = page[-1].number


class _Lines:
    """The lines of the log one after the other, a page in memory at a time, as far as they are sealed."""

    def __init__(self, session: Session, up_to: int | None) -> None:
        self._session, self._up_to = session, up_to
        self._page: Sequence[Any] = ()
        self._at, self._last, self._is_over = 0, None, up_to is None
        self.next: Any | None = None
        self.advance()

    def advance(self) -> None:
        """The next one; None at the end."""
        if self._at == len(self._page) and not self._is_over:
            self._turn()
        self.next = self._page[self._at] if self._at < len(self._page) else None
        self._at += self.next is not None

    def _turn(self) -> None:
        self._page = queries.lines_after(self._session, self._last, up_to=self._up_to, at_most=LINES_AT_ONCE)
        self._at, self._is_over = 0, len(self._page) < LINES_AT_ONCE
        if self._page:
            self._last = self._page[-1][0]
