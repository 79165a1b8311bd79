"""Two clocks. Business time decides Saturdays and deadlines and may start elsewhere (MASHANG_NOW);
real time decides leases, back-off, signatures and one-time codes and never lies."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_offset = timedelta(0)


def real_now() -> datetime:
    """The machine's time, aware, UTC."""
    return datetime.now(UTC)


def now() -> datetime:
    """Business time, aware, UTC."""
    return real_now() + _offset


def start_at(moment: datetime | None) -> None:
    """Let business time start at `moment` now and run on; None follows the real clock."""
    global _offset  # noqa: PLW0603 - one business clock a process, on purpose
    _offset = timedelta(0) if moment is None else moment - real_now()
