"""Counting in memory for `limits`. Its own memory storage starts a thread at nearly every count and walks
over all keys in it; this one clears what has run out once a minute, in passing."""

from __future__ import annotations

import threading
import time

from limits.storage import Storage

CLEAR_EVERY = 60.0  # seconds


class CountingInMemory(Storage):
    """Fixed-window counters of one process, under the address `memory-counters://`."""

    STORAGE_SCHEME = ["memory-counters"]  # noqa: RUF012 - the library declares it so

    def __init__(self, uri: str | None = None, wrap_exceptions: bool = False, **options: str) -> None:
        super().__init__(uri, wrap_exceptions=wrap_exceptions, **options)
        self._counts: dict[str, tuple[int, float]] = {}
        self._guard = threading.Lock()
        self._cleared = time.time()

    @property
    def base_exceptions(self) -> type[Exception]:
        return ValueError

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

    def check(self) -> bool:
        """Memory is always there."""
        return True

    def reset(self) -> int:
        """Forget everything; returns how many windows there were."""
        with self._guard:
            count = len(self._counts)
            self._counts.clear()
            return count

    def clear(self, key: str) -> None:
        """Forget one key."""
        with self._guard:
            self._counts.pop(key, None)

    def _clear(self, now: float) -> None:
        if now - self._cleared > CLEAR_EVERY:
            self._counts = {key: kept for key, kept in self._counts.items() if kept[1] > now}
            self._cleared = now
