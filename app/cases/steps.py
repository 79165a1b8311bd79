"""Where a case stands in the queue before its deadline is asked. Pure.

0 urgent · 1 due first, it does not wait for Saturday · 2 lifted by its neighbours · 3 ordinary. Neighbours lift an
ordinary case by one step and no other: however many join, danger and what is due first stay above it."""

from __future__ import annotations

ALL = range(4)
URGENT, DUE_FIRST, LIFTED, ORDINARY = ALL


def step_of(urgency: str, due_first: bool, homes: int, lift_at: int) -> int:
    """The step of a case: `urgency` is what was recognised in the words (empty for none), `homes` how many
    neighbours joined, `lift_at` from how many on they lift it (0: never)."""
    if urgency:
        return URGENT
    if due_first:
        return DUE_FIRST
    return LIFTED if 0 < lift_at <= homes else ORDINARY
