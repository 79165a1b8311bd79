"""Turning promises into notices at the desk: who is told of what, as one table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from app import clock
from app.access.actor import Actor, Role
from app.access.permissions import Permission, require
from app.cases import unit_queries
from app.db import transaction, upsert
from app.errors import NotFound
from app.notices import queries
from app.notices.models import Notice
from app.outbox import leasing, posting
from app.outbox.leasing import Leased
from app.staff import duty
from app.staff import queries as staff


@dataclass(frozen=True)
class Subject:
    """What a notice is about, as its page is named, and where: a community, or a whole sub-district."""

    ref: str
    sub_district_id: int
    community_id: int | None = None
    unit_id: int | None = None


@dataclass(frozen=True)
class Reader:
    """Who is told: one person, or everybody of a role who covers the subject's place."""

    role: Role | None = None
    staff_id: int | None = None

    def __str__(self) -> str:
        return self.role.value if self.role else f"staff-{self.staff_id}"


Finder = Callable[[Session, str], list[Subject]]
Chosen = Callable[[Session, Subject], list[Reader]]
UNREAD_AFTER = timedelta(minutes=10)


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


def _urgent_and_unread(session: Session, ref: str) -> list[Subject]:
    """The case, while nobody has read that it is urgent since it was told, nor done anything with it."""
    number, since = alarm_of(ref)
    return [] if queries.was_seen(session, number, "urgent_report", since) else _case(session, number)


def alarm_of(ref: str) -> tuple[str, datetime]:
    """Number and moment of the telling that a promise `number:unix seconds` is about; to the microsecond, for
    what was read in the same second was read before it."""
    number, _, seconds = ref.partition(":")
    return number, datetime.fromtimestamp(float(seconds or 0), UTC)


_W, _D, _L, _A = Role.WORKER, Role.DISPATCHER, Role.LEADER, Role.ADMIN


def _on_duty(session: Session, subject: Subject) -> list[Reader]:
    """Each person on duty now who covers the place, and the community's workers, who are nearest; without anybody
    on duty, everybody who might look."""
    people = duty.on_duty(session, subject.sub_district_id, clock.now(), community_id=subject.community_id)
    if not people:
        return [Reader(role) for role in (_D, _L, _W)]
    near = staff.workers_of(session, subject.community_id)
    return [Reader(staff_id=one) for one in dict.fromkeys([*people, *near])]


def _supervisor(session: Session, subject: Subject) -> list[Reader]:
    """The supervisor of who handles the case; without one, the leader."""
    supervisor = queries.supervisor_of_handler(session, subject.ref)
    return [Reader(_L) if supervisor is None else Reader(staff_id=supervisor)]


def _act(session: Session, act_id: str) -> list[Subject]:
    return [Subject(act_id, place) for place in queries.place_of_bulk_act(session, act_id)]


def _account(session: Session, staff_id: str) -> list[Subject]:
    person = staff.by_id(session, int(staff_id))
    return [] if person is None else [Subject(person.username, person.sub_district_id)]


def _its_owner(session: Session, subject: Subject) -> list[Reader]:
    """Whose account it is."""
    person = staff.by_username(session, subject.ref)
    return [] if person is None else [Reader(staff_id=person.id)]


def _handler(session: Session, subject: Subject) -> list[Reader]:
    """Who has the case now, if anybody still has."""
    return [Reader(staff_id=one) for one in queries.handler_of_case(session, subject.ref)]


def _given(session: Session, subject: Subject) -> list[Reader]:
    """Whoever the cases of a bulk act were given to."""
    return [Reader(staff_id=one) for one in queries.handler_of_bulk_act(session, subject.ref)]


def _part(session: Session, part_id: str) -> list[Subject]:
    """The case a unit has, or had, a part in, and that unit."""
    return [Subject(*row) for row in unit_queries.place_of_part(session, int(part_id))]


def _officers(session: Session, subject: Subject) -> list[Reader]:
    """Everybody of the unit that it is about."""
    people = staff.officers_of(session, subject.sub_district_id, subject.unit_id)
    return [Reader(staff_id=one) for one in people]


def _officers_who_lead(session: Session, subject: Subject) -> list[Reader]:
    """Everybody of the unit that leads, when it is about another: others answer to it."""
    lead = unit_queries.lead_of(session, subject.ref)
    return [] if lead in (None, subject.unit_id) else _officers(session, replace(subject, unit_id=lead))


TOLD: dict[str, tuple[Finder, tuple[Role | Chosen, ...]]] = {
    "urgent_report": (_case, (_on_duty,)),
    "urgent_unread": (_urgent_and_unread, (_D, _L)),
    "alert_failed": (_case, (_D, _A)),
    "report_received": (_case, (_W, _D)),
    "set_aside_by_rule": (_case, (_D,)),
    "not_solved": (_case, (_D, _L)),
    "not_solved_again": (_case, (_D, _supervisor)),
    "call_wanted": (_case, (_W, _D)),
    "data_request": (_case, (_D,)),
    "resident_answered": (_case, (_W, _D)),
    "unit_asked": (_part, (_officers,)),
    "unit_released": (_part, (_officers,)),
    "unit_answered": (_part, (_D, _officers_who_lead)),
    "unit_done": (_part, (_D,)),
    "unit_returned": (_part, (_D,)),
    "rolled_over": (_case, (_D, _L)),
    "returned": (_forwarding, (_D,)),
    "closed_unsolved": (_forwarding, (_D,)),
    "forwarding_held": (_forwarding, (_D,)),
    "undelivered_24h": (_forwarding, (_D,)),
    "channel_stopped": (_everywhere, (_D, _A)),
    "day_closed": (_day, (_D,)),
    "day_not_opened": (_day, (_D, _L)),
    "assigned": (_case, (_handler,)),
    "assigned_many": (_act, (_given,)),
    "assign_undone": (_act, (_given,)),
    "second_step_closed": (_account, (_A, _its_owner)),
}
"""Outbox kind → how to find what it is about, and who is told: roles, or people chosen by a rule. The kind is the
notice's message key."""

CALLED_OUT: dict[str, str | None] = {"urgent_report": "urgent_unread", "urgent_unread": None}
"""What is also sent beyond the desk → what is told if nobody has read it after UNREAD_AFTER."""


def tell(item: Leased) -> None:
    """Write the notices of one promise, once each; a subject that is gone tells nobody."""
    find, told = TOLD[item.kind]
    with transaction() as session:
        for subject in find(session, item.ref):
            for reader in _readers(session, subject, told):
                _write(session, item, subject, reader)
            if item.kind in CALLED_OUT:
                _call_out(session, item, subject.ref)
        leasing.kept(session, item)


def _readers(session: Session, subject: Subject, told: tuple[Role | Chosen, ...]) -> list[Reader]:
    """Each once, in the order of the table."""
    found: dict[Reader, None] = {}
    for one in told:
        found |= dict.fromkeys([Reader(one)] if isinstance(one, Role) else one(session, subject))
    return list(found)


def _call_out(session: Session, item: Leased, number: str) -> None:
    """Beyond the desk, each telling of danger for itself; but while one of this case stands there that nobody has
    seen, those of the next ten minutes are the same alarm: twenty neighbours are no twenty."""
    from app.notices import alerts

    unread, now = CALLED_OUT[item.kind], clock.now()
    if unread is None:
        alerts.promise(session, item.kind, number, item.id)
        return
    last = queries.last_alarm(session, unread, number)
    since = alarm_of(last)[1] if last else None
    if (
        since is not None
        and now < since + UNREAD_AFTER
        and not queries.was_seen(session, number, item.kind, since)
    ):
        return
    alerts.promise(session, item.kind, number, item.id)
    ref = f"{number}:{now.timestamp():.6f}"
    posting.post_once(session, unread, ref, key=f"{unread}:{number}:{item.id}", due=now + UNREAD_AFTER)


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


def _write(session: Session, item: Leased, subject: Subject, reader: Reader) -> None:
    """One notice; what is urgent and stands there unread already says so."""
    role, staff_id = reader.role.value if reader.role else None, reader.staff_id
    if item.kind in CALLED_OUT and queries.stands_unread(
        session, item.kind, subject.ref, role=role, staff_id=staff_id
    ):
        return
    session.connection().execute(
        upsert(Notice, session.get_bind().dialect.name)
        .values(
            key=f"{item.kind}:{item.id}:{subject.sub_district_id}:{reader}",
            kind=item.kind,
            ref=subject.ref,
            sub_district_id=subject.sub_district_id,
            community_id=subject.community_id,
            role=role,
            staff_id=staff_id,
            created_at=clock.now(),
        )
        .on_conflict_do_nothing(index_elements=["key"])
    )
