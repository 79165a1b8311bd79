"""What an administrator changes on an account that is there. Whoever is changed has to log in anew, so that nobody
goes on with what they no longer may."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.access import audit
from app.access.actor import SYSTEM, Actor, Role
from app.access.permissions import require_office
from app.db import transaction
from app.errors import NotFound, Refused
from app.places.models import SubDistrict
from app.staff import accounts, queries, second_factor, sessions
from app.staff.models import Staff, StaffCommunity

LONGEST_NAME = 40


@dataclass(frozen=True)
class Changed:
    """What an account is to be: `communities` and `unit` by name, `supervisor` by user name or empty."""

    display_name: str
    role: str
    communities: Sequence[str] = ()
    unit: str = ""
    supervisor: str = ""


def change(actor: Actor, staff_id: int, changed: Changed) -> None:
    """Name, role, scope, unit and supervisor of an account. Raises NotFound, Forbidden; Refused: name_wrong,
    role_unknown, last_admin, not_oneself, community_unknown, community_missing, unit_missing, supervisor_…"""
    with _account(actor, staff_id) as (session, person):
        name = changed.display_name.strip()
        if not name or len(name) > LONGEST_NAME or not name.isprintable():
            raise Refused("name_wrong", "display_name", {"longest": LONGEST_NAME})
        role = accounts.role_named(changed.role)
        if role.value != person.role:
            _may_lose(session, actor, person)
            person.keeps_shared = accounts.begins_with_shared(session, actor, role)
        code = queries.sub_district_code(session, person.sub_district_id)
        covered = frozenset(accounts.covered_by(session, person.sub_district_id, role, changed.communities))
        had = queries.communities_of(session, person.id)
        before = (person.role, person.unit_id, had)
        person.display_name, person.role = name, role.value
        person.unit_id = accounts.unit_of(session, code, role, changed.unit)
        wanted = changed.supervisor.strip()
        person.supervisor_id = accounts.supervisor_id(session, person, wanted) if wanted else None
        for gone in had - covered:
            session.delete(session.get_one(StaffCommunity, (person.id, gone)))
        session.add_all(StaffCommunity(staff_id=person.id, community_id=each) for each in covered - had)
        if before != (person.role, person.unit_id, covered):
            sessions.end_all(session, person.id)
        fields = ("display_name", "role", "keeps_shared", "community_ids", "unit_id", "supervisor_id")
        audit.record(session, actor, "staff_changed", "staff", person.id, fields)


def let_go(actor: Actor, staff_id: int) -> None:
    """Close an account: its logins and links end. Raises NotFound, Forbidden; Refused: not_oneself, last_admin."""
    with _account(actor, staff_id) as (session, person):
        _may_lose(session, actor, person)
        person.is_active = False
        sessions.end_all(session, person.id)
        accounts.end_links(session, person)
        audit.record(session, actor, "staff_closed", "staff", person.id, ("is_active",))


def take_back(actor: Actor, staff_id: int) -> None:
    """Open a closed account again. Raises NotFound, Forbidden."""
    with _account(actor, staff_id) as (session, person):
        person.is_active = True
        audit.record(session, actor, "staff_opened", "staff", person.id, ("is_active",))


def end_logins(actor: Actor, staff_id: int) -> None:
    """End every login of somebody. Raises NotFound, Forbidden."""
    with _account(actor, staff_id) as (session, person):
        sessions.end_all(session, person.id)
        audit.record(session, actor, "sessions_ended", "staff", person.id, ("ended_at",))


def reset_second_factor(actor: Actor, staff_id: int) -> None:
    """For somebody whose telephone and recovery codes are lost: the next login sets up another. Raises NotFound,
    Forbidden; Refused: not_oneself."""
    with _account(actor, staff_id) as (session, person):
        if person.id == actor.staff_id:
            raise Refused("not_oneself")
        second_factor.forget(session, person)
        sessions.end_all(session, person.id)
        audit.record(session, actor, "second_factor_reset", "staff", person.id, ("totp_since",))


def reset_by_name(username: str, *, actor: Actor = SYSTEM) -> None:
    """The same from the command line. Raises NotFound."""
    with transaction() as session:
        person = queries.by_username(session, username)
        if person is None:
            raise NotFound
        staff_id = person.id
    reset_second_factor(actor, staff_id)


@contextmanager
def _account(actor: Actor, staff_id: int) -> Iterator[tuple[Session, Staff]]:
    """An account within the actor's reach, locked; raises NotFound for any other."""
    with transaction() as session:
        person = session.get(Staff, staff_id, with_for_update=True)
        if person is None:
            raise NotFound
        require_office(actor, person.sub_district_id)
        accounts.require_within_reach(actor, person)
        yield session, person


def _may_lose(session: Session, actor: Actor, person: Staff) -> None:
    """Nobody takes their own role away, and somebody is always left to administer."""
    if person.id == actor.staff_id:
        raise Refused("not_oneself", "role")
    if person.role == Role.ADMIN.value and person.is_active:
        # two who take each other's role away wait here, and the second finds that nobody else is left
        session.get_one(SubDistrict, person.sub_district_id, with_for_update=True, populate_existing=True)
        others = queries.with_role(session, person.sub_district_id, Role.ADMIN)
        if not [one for one in others if one.id != person.id]:
            raise Refused("last_admin", "role")
