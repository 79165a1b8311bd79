"""Logins: begun, seen, proved anew, ended. A login is a row, so that a copied cookie is worth nothing once it was
logged out of. Real time counts here, whatever the business clock says."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from app import clock
from app.access import audit
from app.access.actor import Actor
from app.db import db, transaction
from app.errors import NotFound
from app.staff import queries
from app.staff.models import StaffSession
from app.staff.queries import Sitting

IDLE = timedelta(hours=12)  # a Saturday at the doors, with a lunch
LONGEST = timedelta(days=14)
SEEN_EVERY = timedelta(minutes=5)
FRESH_FOR = timedelta(minutes=15)


@dataclass(frozen=True)
class Place:
    """Where somebody logs in from, coarsely: browser and system, and the network."""

    device: str = ""
    network: str = ""


def begin(staff_id: int, place: Place = Place()) -> str:
    """Begin a login; returns what its cookie is to carry."""
    token = secrets.token_urlsafe(24)
    now = clock.real_now()
    with transaction() as session:
        session.add(
            StaffSession(
                staff_id=staff_id,
                token_digest=digest(token),
                begun_at=now,
                seen_at=now,
                authenticated_at=now,
                device=place.device[:60],
                network=place.network[:43],
            )
        )
    return token


def digest(token: str) -> str:
    """What is kept of the cookie's word."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def is_over(login: StaffSession | Sitting, now: datetime) -> bool:
    """Whether this login has ended or run out."""
    return login.ended_at is not None or now - login.seen_at > IDLE or now - login.begun_at > LONGEST


def is_fresh(authenticated_at: datetime) -> bool:
    """Whether the password was given so lately that dangerous acts need not ask for it."""
    return clock.real_now() - authenticated_at <= FRESH_FOR


def see(login_id: int, seen_at: datetime) -> None:
    """Note that this login is used, a few times an hour at most."""
    now = clock.real_now()
    if now - seen_at < SEEN_EVERY:
        return
    with transaction() as session:
        used = StaffSession.id == login_id, StaffSession.ended_at.is_(None), StaffSession.seen_at < now
        session.execute(update(StaffSession).where(*used).values(seen_at=now))


def prove(login_id: int) -> None:
    """The password was given again in this login."""
    with transaction() as session:
        session.execute(
            update(StaffSession).where(StaffSession.id == login_id).values(authenticated_at=clock.real_now())
        )


def end(actor: Actor, login_id: int) -> None:
    """End one of one's own logins. Raises NotFound for anybody else's."""
    with transaction() as session:
        login = session.get(StaffSession, login_id)
        if login is None or login.staff_id != actor.staff_id:
            raise NotFound
        if login.ended_at is None:
            login.ended_at = clock.real_now()
            audit.record(session, actor, "session_ended", "staff", login.staff_id, ("ended_at",))


def end_others(actor: Actor, kept: int) -> None:
    """End every login of one's own but this one."""
    if actor.staff_id is None:
        raise NotFound
    with transaction() as session:
        end_all(session, actor.staff_id, kept=kept)
        audit.record(session, actor, "sessions_ended", "staff", actor.staff_id, ("ended_at",))


def end_all(session: Session, staff_id: int, *, kept: int | None = None) -> None:
    """End an account's logins inside the caller's transaction, all but `kept`."""
    running = (
        StaffSession.staff_id == staff_id,
        StaffSession.ended_at.is_(None),
        StaffSession.id != (kept or 0),
    )
    session.execute(update(StaffSession).where(*running).values(ended_at=clock.real_now()))


def running(staff_id: int) -> list[StaffSession]:
    """An account's logins that are neither ended nor run out, the one used last first."""
    now = clock.real_now()
    return [one for one in queries.logins_of(db.session(), staff_id) if not is_over(one, now)]
