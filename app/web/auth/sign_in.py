"""Who is logged in. Flask-Login behind one module; its session protection stays off, because it would
fingerprint the raw X-Forwarded-For header."""

from __future__ import annotations

from typing import cast

from flask import Flask
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user

from app.access.actor import Actor
from app.places.models import SubDistrict
from app.reading import reading
from app.staff import queries as staff
from app.staff.models import Staff


class SignedIn(UserMixin):  # type: ignore[misc]
    """The person of this session, as pages and verbs need them."""

    def __init__(self, person: Staff, actor: Actor, sub_district: SubDistrict) -> None:
        self.id = person.id
        self.name = person.display_name or person.username
        self.role = person.role
        self.actor = actor
        self.sub_district_id = sub_district.id
        self.sub_district = sub_district.name
        self.sub_district_code = sub_district.code
        self._epoch = person.session_epoch

    def get_id(self) -> str:
        return f"{self.id}:{self._epoch}"


def init_app(app: Flask) -> None:
    """Load the person of each session; one whose epoch has risen is nobody."""
    manager = LoginManager(app)
    manager.session_protection = None
    manager.user_loader(_load)


def sign_in(person: Staff) -> None:
    """Begin a session."""
    login_user(_signed_in(person))


def sign_out() -> None:
    """End the session."""
    logout_user()


def actor() -> Actor:
    """The actor of this session; only behind a gate that asks for a permission."""
    return cast("SignedIn", current_user).actor


def _load(session_id: str) -> SignedIn | None:
    staff_id, _, epoch = session_id.partition(":")
    if not staff_id.isdecimal():
        return None
    person = staff.by_id(reading(), int(staff_id))
    if person is None or not person.is_active or str(person.session_epoch) != epoch:
        return None
    return _signed_in(person)


def _signed_in(person: Staff) -> SignedIn:
    session = reading()
    return SignedIn(
        person, staff.actor_of(session, person), session.get_one(SubDistrict, person.sub_district_id)
    )
