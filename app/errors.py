"""What a verb may answer instead of doing its work. Messages are keys; the doors translate them."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass


class MashangError(Exception):
    """Anything a verb refuses on purpose; never a defect."""


@dataclass
class Refused(MashangError):
    """Input that cannot be taken: which message, at which field, with which values to fill in."""

    key: str
    field: str | None = None
    params: dict[str, str | int] = dataclasses.field(default_factory=dict)

    def __str__(self) -> str:
        where = f" ({self.field})" if self.field else ""
        return f"{self.key}{where} {self.params or ''}".strip()


@dataclass
class ManyRefused(MashangError):
    """Several refusals at once, so that a form shows every fault and not the first."""

    refusals: list[Refused]

    def __str__(self) -> str:
        return "; ".join(map(str, self.refusals))


class NotFound(MashangError):
    """No such thing, or not within what this actor may see: the answer is the same."""


class Forbidden(MashangError):
    """This actor may not do this."""


@dataclass
class Stale(MashangError):
    """The page was older than the case: what it showed is no longer so."""

    case_number: str
    seen_version: int
    version: int
