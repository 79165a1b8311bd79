"""The table: what was measured, beside what it must be and what it should be."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Literal


@dataclass(frozen=True)
class Limit:
    """A bound a figure is held to, as `≥ 1.0×` or `≤ 20 ms`."""

    direction: Literal["≥", "≤"]
    value: float
    unit: str = "×"

    def holds(self, measured: float) -> bool:
        return measured >= self.value if self.direction == "≥" else measured <= self.value

    def __str__(self) -> str:
        return f"{self.direction} {self.value:g}{_spaced(self.unit)}"


def at_least(value: float, unit: str = "×") -> Limit:
    return Limit("≥", value, unit)


def at_most(value: float, unit: str = "×") -> Limit:
    return Limit("≤", value, unit)


@dataclass(frozen=True)
class Row:
    """One figure: a value for each round, or the reason there is none."""

    what: str
    must: Limit
    goal: Limit
    values: Sequence[float] = ()
    reasons: Sequence[str] = field(default=())

    @property
    def verdict(self) -> str:
        if self.reasons or not self.values:
            return "no figure"
        middle = median(self.values)
        if self.goal.holds(middle):
            return "goal"
        return "must" if self.must.holds(middle) else "MISSED"

    def measured(self) -> str:
        """The median, and smallest to largest of all rounds."""
        return "—" if self.reasons or not self.values else spread(self.values, self.must.unit)


def spread(values: Sequence[float], unit: str) -> str:
    """`median unit (smallest–largest)`."""
    middle = f"{_short(median(values))}{_spaced(unit)}"
    return middle if len(values) == 1 else f"{middle} ({_short(min(values))}–{_short(max(values))})"


def printed(rows: Sequence[Row]) -> str:
    """The table as Markdown, then a line for each figure that is missing and why."""
    head = ["what", "measured: median (spread)", "must", "goal", "holds"]
    lines = [head] + [[row.what, row.measured(), str(row.must), str(row.goal), row.verdict] for row in rows]
    return "\n".join([aligned(lines), *_excuses(rows)])


def _excuses(rows: Sequence[Row]) -> list[str]:
    by_reason: dict[str, list[str]] = {}
    for row in rows:
        for reason in row.reasons:
            by_reason.setdefault(reason, []).append(row.what)
    return [f"No figure for {'; '.join(names)}: {reason}" for reason, names in by_reason.items()]


def aligned(lines: Sequence[Sequence[str]]) -> str:
    """Markdown of a table whose first line is its head, its columns padded to one width."""
    widths = [max(_columns(cell) for cell in column) for column in zip(*lines, strict=True)]
    rows = ["| " + " | ".join(_padded(cell, width) for cell, width in zip(line, widths, strict=True)) + " |"
            for line in lines]  # fmt: skip
    rows.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(rows)


def _short(value: float) -> str:
    if value == int(value) and abs(value) < 1e6:
        return f"{value:.0f}"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _spaced(unit: str) -> str:
    return unit if unit in ("×", "") else f" {unit}"


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _columns(text))
