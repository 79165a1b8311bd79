"""Who acts. Ids only: an Actor can be logged, compared and passed on without carrying a person."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What somebody is at the sub-district."""

    WORKER = "worker"
    DISPATCHER = "dispatcher"
    OFFICER = "officer"
    PRINTER = "printer"
    LEADER = "leader"
    AUDITOR = "auditor"
    ADMIN = "admin"


class ActorKind(StrEnum):
    """Where an act comes from."""

    STAFF = "staff"
    RESIDENT = "resident"
    SYSTEM = "system"  # the clock
    HOTLINE = "hotline"  # the city's answer


@dataclass(frozen=True)
class Actor:
    """Somebody or something that acts.

    `community_ids` None means the whole sub-district; `report_id` is what a resident's receipt opens. An officer
    (`unit_id`) covers no place at all: which cases are theirs is asked case by case (`cases/scope.py`).
    `keeps_shared`: may change what every sub-district of the installation shares."""

    kind: ActorKind
    staff_id: int | None = None
    role: Role | None = None
    sub_district_id: int | None = None
    community_ids: frozenset[int] | None = None
    unit_id: int | None = None
    report_id: int | None = None
    keeps_shared: bool = False

    @property
    def is_officer(self) -> bool:
        """Whether this is somebody of a unit, who sees that unit's cases and nothing else."""
        return self.kind is ActorKind.STAFF and self.role is Role.OFFICER

    def covers(self, sub_district_id: int, community_id: int | None) -> bool:
        """Whether this place is within the actor's scope."""
        if self.kind is not ActorKind.STAFF:
            return True
        if self.is_officer:
            return False
        if self.sub_district_id != sub_district_id:
            return False
        return self.community_ids is None or community_id in self.community_ids


SYSTEM = Actor(ActorKind.SYSTEM)
HOTLINE = Actor(ActorKind.HOTLINE)


def resident(report_id: int | None = None) -> Actor:
    """Whoever holds the receipt of this report; without one, somebody at a door."""
    return Actor(ActorKind.RESIDENT, report_id=report_id)
