"""Limits by fixed windows, and the counters behind them. In one process they are counted here: a storage of `limits`
would start a thread at nearly every count, and loading that library costs 20 ms and 1.5 MB. What is shared by more
processes is counted by it."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Protocol, cast

CLEAR_EVERY = 60.0  # seconds


@dataclass(frozen=True)
class Limit:
    """So many in so many seconds."""

    amount: int
    seconds: int

    def key_for(self, *names: str) -> str:
        """The name of its counter for somebody."""
        return "/".join(("mashang", *names, str(self.amount), str(self.seconds)))


class Counters(Protocol):
    """What counts, as the storages of `limits` do."""

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count; a window begins with its first count and ends `expiry` seconds later."""

    def get(self, key: str) -> int:
        """The count of the window under way."""

    def get_expiry(self, key: str) -> float:
        """When the window under way ends, Unix time; now where none is."""


def counters_at(url: str) -> Counters:
    """The counters of this address; raises whatever the library does where it cannot be used."""
    if url.startswith("memory://"):
        return CountingInMemory()
    from limits.storage import storage_from_string

    return cast("Counters", storage_from_string(url))


class Limiter:
    """Limits held by these counters."""

    def __init__(self, counters: Counters) -> None:
        self.storage = counters

    def hit(self, limit: Limit, *names: str, cost: int = 1) -> bool:
        """Count; False when there were more than may be."""
        return self.storage.incr(limit.key_for(*names), limit.seconds, cost) <= limit.amount

    def test(self, limit: Limit, *names: str, cost: int = 1) -> bool:
        """Whether so much more would be within the limit; counts nothing."""
        return self.storage.get(limit.key_for(*names)) + cost <= limit.amount

    def window_ends(self, limit: Limit, *names: str) -> float:
        """When counting begins anew, Unix time."""
        return float(self.storage.get_expiry(limit.key_for(*names))) or time.time()


class CountingInMemory:
    """Counters of one process; what has run out is cleared once a minute, in passing."""

    def __init__(self) -> None:
        self._counts: dict[str, tuple[int, float]] = {}
        self._guard = threading.Lock()
        self._cleared = time.time()

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count; a window begins with its first count and ends `expiry` seconds later."""
        now = time.time()
        with self._guard:
            self._clear(now)
            count, ends = self._counts.get(key, (0, 0.0))
            count, ends = (count + amount, ends) if ends > now else (amount, now + expiry)
            self._counts[key] = (count, ends)
            return count

    def get(self, key: str) -> int:
        """The count of the window under way."""
        count, ends = self._counts.get(key, (0, 0.0))
        return count if ends > time.time() else 0

    def get_expiry(self, key: str) -> float:
        """When the window under way ends, Unix time; now where none is."""
        return max(self._counts.get(key, (0, 0.0))[1], time.time())

    def _clear(self, now: float) -> None:
        if now - self._cleared > CLEAR_EVERY:
            self._counts = {key: kept for key, kept in self._counts.items() if kept[1] > now}
            self._cleared = now
