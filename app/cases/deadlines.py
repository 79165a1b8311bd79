"""Until when a case must be done. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

ONE_DAY = timedelta(days=1)


def before_order(due_at: datetime, now: datetime) -> datetime:
    """The desk's own deadline under one that another set: one day earlier where more than a day is left."""
    return due_at - ONE_DAY if due_at - now > ONE_DAY else due_at


def official(received_at: datetime, limit_hours: int) -> datetime:
    """The deadline on the order: natural time from receipt (Regulation art. 13)."""
    return received_at + timedelta(hours=limit_hours)


def internal(received_at: datetime, limit_hours: int) -> datetime:
    """The desk's own deadline: one day earlier where the limit leaves a day, else the same."""
    end = official(received_at, limit_hours)
    return end - ONE_DAY if timedelta(hours=limit_hours) > ONE_DAY else end
