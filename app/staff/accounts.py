"""Accounts: making one, setting its password by a one-time link, checking a password.

Hashing takes real time on purpose, so it is always done outside the writers' line."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from app import clock
from app.access import audit
from app.access.actor import SYSTEM, Actor, Role
from app.access.permissions import MAY, Permission, may_keep_shared, require_office
from app.db import db, transaction
from app.errors import Forbidden, NotFound, Refused
from app.staff import queries, sessions
from app.staff.models import PasswordLink, Staff, StaffCommunity
from app.units.models import Unit

if TYPE_CHECKING:
    from pwdlib import PasswordHash

LEAST_PASSWORD = 10
LONGEST_PASSWORD = 200
LINK_LIFE = timedelta(days=3)
_USERNAME = re.compile(r"[\w.@-]{2,60}")


@dataclass(frozen=True)
class Added:
    """A new account; `link_token` opens /set-password/<token> once, None when a password was given."""

    staff_id: int
    link_token: str | None


def add_staff(
    username: str,
    role: str,
    *,
    sub_district_code: str,
    display_name: str = "",
    communities: Sequence[str] = (),
    unit: str = "",
    password: str | None = None,
    actor: Actor = SYSTEM,
) -> Added:
    """Make an account. `communities` are names or codes; a unit not on the list yet is put on it.

    Without a password, a one-time link of three days is made. An administrator of the only sub-district keeps what an
    installation shares; where there are more, `let_keep_shared` gives it. Raises Refused: username_wrong,
    username_taken, role_unknown, sub_district_unknown, community_unknown, community_missing, unit_missing,
    password_short, password_long."""
    if not _USERNAME.fullmatch(username):
        raise Refused("username_wrong", "username")
    known_role = role_named(role)
    hashed = None if password is None else hash_password(password)
    with transaction() as session:
        sub_district_id = queries.sub_district_id(session, sub_district_code)
        if sub_district_id is None:
            raise Refused("sub_district_unknown", "sub_district", {"code": sub_district_code})
        require_office(actor, sub_district_id)
        if queries.by_username(session, username) is not None:
            raise Refused("username_taken", "username", {"username": username})
        covered = covered_by(session, sub_district_id, known_role, communities)
        person = Staff(
            username=username,
            display_name=display_name or username,
            role=known_role.value,
            sub_district_id=sub_district_id,
            unit_id=unit_of(session, sub_district_code, known_role, unit),
            password_hash=hashed,
            created_at=clock.now(),
            keeps_shared=begins_with_shared(session, actor, known_role),
        )
        session.add(person)
        session.flush()
        session.add_all(StaffCommunity(staff_id=person.id, community_id=each) for each in covered)
        token = None if hashed else _new_link(session, person)
        audit.record(session, actor, "staff_added", "staff", person.id, ("username", "role"))
        return Added(person.id, token)


def new_link(username: str, *, actor: Actor = SYSTEM) -> str:
    """A fresh one-time link for an account whose earlier one ran out; earlier links end. Raises NotFound."""
    with transaction() as session:
        person = queries.by_username(session, username)
        if person is None or not person.is_active:
            raise NotFound
        require_office(actor, person.sub_district_id)
        require_within_reach(actor, person)
        end_links(session, person)
        audit.record(session, actor, "password_link_made", "staff", person.id)
        return _new_link(session, person)


def let_keep_shared(username: str, may: bool) -> None:
    """Give an administrator what every sub-district of the installation shares, or take it away: only the command line
    does. Raises NotFound for an account that is not there or not active; Refused: shared_role."""
    with transaction() as session:
        person = queries.by_username(session, username)
        if person is None or not person.is_active:
            raise NotFound
        if Role(person.role) is not Role.ADMIN:
            raise Refused("shared_role", "username", {"username": username})
        person.keeps_shared = may
        audit.record(session, SYSTEM, "shared_office_set", "staff", person.id, ("keeps_shared",))


def begins_with_shared(session: Session, actor: Actor, role: Role) -> bool:
    """Whether somebody whom the actor gives this role keeps what an installation shares from the start: an administrator
    of the only sub-district, unless the actor has it not either."""
    return role is Role.ADMIN and may_keep_shared(actor) and len(queries.sub_district_codes(session)) == 1


def is_within_reach(actor: Actor, person: Staff) -> bool:
    """Whether this administrator may do all that the account may: else they would come to it by its next password."""
    return may_keep_shared(actor) or not person.keeps_shared


def require_within_reach(actor: Actor, person: Staff) -> None:
    """Pass for an account the actor may change. Raises Forbidden."""
    if not is_within_reach(actor, person):
        raise Forbidden(Permission.ADMINISTER)


def set_supervisor(username: str, supervisor: str | None, *, actor: Actor = SYSTEM) -> None:
    """Who is told when a resident says a second time that what this person handled is not solved; None: the
    leader. Raises NotFound for an account that is not there or not active; Refused: supervisor_unknown,
    supervisor_far for one of another sub-district, supervisor_self, supervisor_role for one who sees no cases."""
    with transaction() as session:
        person = queries.by_username(session, username)
        if person is None or not person.is_active:
            raise NotFound
        person.supervisor_id = None if supervisor is None else supervisor_id(session, person, supervisor)
        audit.record(session, actor, "supervisor_set", "staff", person.id, ("supervisor_id",))


def supervisor_id(session: Session, person: Staff, username: str) -> int:
    """Somebody's supervisor by name, inside the caller's transaction. Raises Refused as `set_supervisor` does."""
    other = queries.by_username(session, username)
    if other is None or not other.is_active:
        raise Refused("supervisor_unknown", "supervisor", {"supervisor": username})
    if other.id == person.id:
        raise Refused("supervisor_self", "supervisor")
    if other.sub_district_id != person.sub_district_id:
        raise Refused("supervisor_far", "supervisor", {"supervisor": username})
    if Role(other.role) not in MAY[Permission.SEE_CASES]:
        raise Refused("supervisor_role", "supervisor", {"supervisor": username})
    return other.id


def link_is_good(token: str) -> bool:
    """Whether this token would still open its page."""
    return _link(db.session(), token) is not None


def set_password(token: str, password: str) -> int:
    """Use a one-time link; ends every session of the account and returns its id.

    Raises Refused: link_ended for a token that is unknown, used or over three days old; password_short,
    password_long."""
    if not link_is_good(token):
        raise Refused("link_ended")
    hashed = hash_password(password)
    with transaction() as session:
        link = _link(session, token)
        if link is None:
            raise Refused("link_ended")
        person = session.get_one(Staff, link.staff_id, with_for_update=True)
        if link not in end_links(session, person):
            raise Refused("link_ended")
        person.password_hash = hashed
        sessions.end_all(session, person.id)
        audit.record(session, SYSTEM, "password_set", "staff", person.id, ("password_hash",))
        return person.id


def check_password(username: str, password: str) -> Staff | None:
    """The active account this name and password open, or None. One hash is always computed, so that time
    does not tell which names exist. A hash of older strength is renewed."""
    person = queries.by_username(db.session(), username) if _USERNAME.fullmatch(username) else None
    usable = person is not None and person.is_active and person.password_hash is not None
    stand_in = _nobodys_hash()
    kept = person.password_hash if person is not None and usable else stand_in
    matches, renewed = _verify(password[: LONGEST_PASSWORD + 1], kept or stand_in)
    if person is None or not usable or not matches:
        return None
    if renewed is not None:
        _renew(person.id, person.password_hash, renewed)
    return person


def hash_password(password: str) -> str:
    """Argon2id hash of a password. Raises Refused for one that is too short or too long."""
    if len(password) < LEAST_PASSWORD:
        raise Refused("password_short", "password", {"least": LEAST_PASSWORD})
    if len(password) > LONGEST_PASSWORD:
        raise Refused("password_long", "password", {"longest": LONGEST_PASSWORD})
    return _hasher().hash(password)


@cache
def _hasher() -> PasswordHash:
    from pwdlib import PasswordHash
    from pwdlib.hashers.argon2 import Argon2Hasher

    return PasswordHash((Argon2Hasher(),))


@cache
def _nobodys_hash() -> str:
    return _hasher().hash(secrets.token_hex(16))


def _verify(password: str, kept: str) -> tuple[bool, str | None]:
    from pwdlib.exceptions import UnknownHashError

    try:
        return _hasher().verify_and_update(password, kept)
    except UnknownHashError:
        return False, None


def _renew(staff_id: int, checked: str | None, renewed: str) -> None:
    """Keep the stronger hash, unless the password was changed meanwhile."""
    with transaction() as session:
        person = session.get_one(Staff, staff_id)
        if person.password_hash == checked:
            person.password_hash = renewed


def role_named(role: str) -> Role:
    """A role by its name. Raises Refused: role_unknown."""
    try:
        return Role(role)
    except ValueError as unknown:
        raise Refused("role_unknown", "role", {"role": role}) from unknown


def covered_by(session: Session, sub_district_id: int, role: Role, communities: Sequence[str]) -> set[int]:
    """Ids of the communities named. Raises Refused: community_unknown, community_missing."""
    covered = set()
    for wanted in communities:
        found = queries.community_id(session, sub_district_id, wanted)
        if found is None:
            raise Refused("community_unknown", "community", {"community": wanted})
        covered.add(found)
    if role is Role.WORKER and not covered:
        raise Refused("community_missing", "community")
    return covered


def unit_of(session: Session, sub_district_code: str, role: Role, name: str) -> int | None:
    """The unit of this name, put on the list if it is not there yet. Raises Refused: unit_missing."""
    if not name.strip():
        if role is Role.OFFICER:
            raise Refused("unit_missing", "unit")
        return None
    found = queries.unit_id(session, sub_district_code, name.strip())
    if found is not None:
        return found
    unit = Unit(sub_district_code=sub_district_code, name=name.strip())
    session.add(unit)
    session.flush()
    return unit.id


def _new_link(session: Session, person: Staff) -> str:
    token = secrets.token_urlsafe(24)
    expires_at = clock.real_now() + LINK_LIFE
    session.add(PasswordLink(staff_id=person.id, token_digest=_digest(token), expires_at=expires_at))
    return token


def _link(session: Session, token: str) -> PasswordLink | None:
    return queries.usable_link(session, _digest(token), clock.real_now())


def end_links(session: Session, person: Staff) -> Sequence[PasswordLink]:
    """End an account's one-time links inside the caller's transaction; those that were ended."""
    ended = queries.unused_links(session, person.id)
    for link in ended:
        link.used_at = clock.real_now()
    return ended


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
