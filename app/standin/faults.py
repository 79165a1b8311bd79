"""What the stand-in does wrong on purpose: reading a fault spec and rolling its dice."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

BEFORE_ANYTHING = ("drop", "500", "503", "409")
KNOWN = (*BEFORE_ANYTHING, "422", "lost-reply", "slow", "late", "no-idempotency")
DEFAULT_SECONDS: Mapping[str, float] = MappingProxyType({"slow": 5.0, "late": 10.0})
LONGEST_SECONDS = 3600.0
_DICE = random.SystemRandom()


class BadFaultSpec(ValueError):
    """The fault spec cannot be read; the message says which part and why."""


@dataclass(frozen=True)
class Faults:
    """Which faults are on: a chance from 0 to 1 for each name, and how long `slow` and `late` last.

    Every fault rolls its own die on every accepted POST; an absent one never comes up.
    """

    chances: Mapping[str, float] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=lambda: dict(DEFAULT_SECONDS))

    @classmethod
    def parse(cls, spec: str) -> "Faults":
        """Read `NAME[:CHANCE[:SECONDS]]` parts joined by commas; an empty spec is no fault at all.

        Raises BadFaultSpec for an unknown or repeated name, a chance outside 0..1, or seconds that are not
        between 0 and an hour or stand on a fault that has none.
        """
        chances: dict[str, float] = {}
        seconds = dict(DEFAULT_SECONDS)
        for part in spec.split(",") if spec.strip() else []:
            name, *numbers = (piece.strip() for piece in part.split(":"))
            _check_name(name, part, chances)
            if len(numbers) > (2 if name in DEFAULT_SECONDS else 1):
                raise BadFaultSpec(f"“{part}”: {name} takes no further field")
            chances[name] = _number(numbers[0], part, "chance", 1.0) if numbers else 1.0
            if len(numbers) == 2:
                seconds[name] = _number(numbers[1], part, "number of seconds", LONGEST_SECONDS)
        return cls(chances, seconds)

    def strikes(self, name: str) -> bool:
        """Roll the die of one fault."""
        chance = self.chances.get(name, 0.0)
        return chance > 0 and _DICE.random() < chance

    def describe(self) -> str:
        """The faults that are on, in the notation they are given in; empty when there is none."""
        return ",".join(self._describe_one(name) for name in KNOWN if self.chances.get(name, 0.0) > 0)

    def _describe_one(self, name: str) -> str:
        tail = f":{self.seconds[name]:g}" if name in DEFAULT_SECONDS else ""
        return f"{name}:{self.chances[name]:g}{tail}"


def _check_name(name: str, part: str, seen: Mapping[str, float]) -> None:
    if name not in KNOWN:
        raise BadFaultSpec(f"“{part}”: no such fault; there are {' '.join(KNOWN)}")
    if name in seen:
        raise BadFaultSpec(f"“{part}”: {name} is given twice")


def _number(text: str, part: str, what: str, most: float) -> float:
    try:
        value = float(text)
    except ValueError:
        raise BadFaultSpec(f"“{part}”: “{text}” is not a {what}") from None
    if not 0 <= value <= most:
        raise BadFaultSpec(f"“{part}”: a {what} lies between 0 and {most:g}")
    return value
