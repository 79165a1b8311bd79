"""Turning promises into notices at the desk: who is told of what, as one table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app import clock
from app.access.actor import Actor, Role
from app.access.permissions import Permission, require
from app.db import table, transaction
from app.errors import NotFound
from app.notices import queries
from app.notices.models import Notice
from app.outbox import leasing
from app.outbox.leasing import Leased


@dataclass(frozen=True)
class Subject:
    """What a notice is about, as its page is named, and where: a community, or a whole sub-district."""

    ref: str
    sub_district_id: int
    community_id: int | None = None


Finder = Callable[[Session, str], list[Subject]]


def _case(session: Session, number: str) -> list[Subject]:
    return [Subject(*row) for row in queries.place_of_case(session, number)]


def _forwarding(session: Session, forwarding_id: str) -> list[Subject]:
    return [Subject(*row) for row in queries.place_of_forwarding(session, forwarding_id)]


def _day(session: Session, day_id: str) -> list[Subject]:
    return [
        Subject(day.isoformat(), sub_district) for day, sub_district in queries.place_of_day(session, day_id)
    ]


def _everywhere(session: Session, ref: str) -> list[Subject]:
    return [Subject(ref, sub_district) for sub_district in queries.every_sub_district(session)]


_W, _D, _L, _A = Role.WORKER, Role.DISPATCHER, Role.LEADER, Role.ADMIN

TOLD: dict[str, tuple[Finder, tuple[Role, ...]]] = {
    "report_received": (_case, (_W, _D)),
    "not_solved": (_case, (_D, _L)),
    "rolled_over": (_case, (_D, _L)),
    "returned": (_forwarding, (_D,)),
    "closed_unsolved": (_forwarding, (_D,)),
    "forwarding_held": (_forwarding, (_D,)),
    "undelivered_24h": (_forwarding, (_D,)),
    "channel_stopped": (_everywhere, (_D, _A)),
    "day_closed": (_day, (_D,)),
    "day_not_opened": (_day, (_D, _L)),
}
"""Outbox kind → how to find what it is about, and the roles told. The kind is the notice's message key."""


def tell(item: Leased) -> None:
    """Write the notices of one promise, once each; a subject that is gone tells nobody."""
    find, roles = TOLD[item.kind]
    with transaction() as session:
        for subject in find(session, item.ref):
            for role in roles:
                _write(session, item, subject, role)
        leasing.kept(session, item)


def mark_read(actor: Actor, notice_id: int) -> None:
    """Somebody of those told has read it; it is read for all of them. Twice changes nothing. Raises NotFound
    for what was not told to this actor, Forbidden."""
    require(actor, Permission.SEE_DESK)
    with transaction() as session:
        notice = queries.told_to(session, actor, notice_id)
        if notice is None:
            raise NotFound
        if notice.read_at is None:
            notice.read_at, notice.read_by = clock.now(), actor.staff_id


def _write(session: Session, item: Leased, subject: Subject, role: Role) -> None:
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    session.connection().execute(
        dialect.insert(table(Notice))
        .values(
            key=f"{item.kind}:{item.id}:{subject.sub_district_id}:{role.value}",
            kind=item.kind,
            ref=subject.ref,
            sub_district_id=subject.sub_district_id,
            community_id=subject.community_id,
            role=role.value,
            created_at=clock.now(),
        )
        .on_conflict_do_nothing(index_elements=["key"])
    )
