"""Who is logged in. Flask-Login behind one module; its session protection stays off, because it would
fingerprint the raw X-Forwarded-For header."""

from __future__ import annotations

import hashlib
import secrets
import time
from typing import Any, cast

from flask import Flask, g, request, session
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user

from app import clock
from app.access.actor import Actor
from app.reading import reading
from app.staff import queries as staff
from app.staff import sessions
from app.staff.models import Staff
from app.staff.queries import Login
from app.staff.sessions import Place
from app.web.auth.devices import device_of, network_shown

HALF_SECONDS = 600  # so long the second step waits for somebody to find their telephone
_HALF = "half_login"
_HERE: Any = g


class SignedIn(UserMixin):  # type: ignore[misc]
    """The person of this session, as pages and verbs need them."""

    def __init__(self, login: Login, token: str) -> None:
        person = login.person
        self.id = person.id
        self.username = person.username
        self.name = person.display_name or person.username
        self.role = person.role
        self.actor = login.actor
        self.sub_district_id = person.sub_district_id
        self.sub_district = person.sub_district
        self.sub_district_code = person.sub_district_code
        self.login_id = login.row.id
        self.seen_at = login.row.seen_at
        self.is_fresh = sessions.is_fresh(login.row.authenticated_at)
        self.has_second_factor = person.totp_since is not None
        self._token = token

    def get_id(self) -> str:
        return self._token


def init_app(app: Flask) -> None:
    """Load the person of each session; one whose login is over is nobody."""
    manager = LoginManager(app)
    manager.session_protection = None
    manager.user_loader(_load)


def sign_in(person: Staff) -> None:
    """Begin a login; whatever the browser's session held before ends, but for its language."""
    kept = session.get("lang")
    session.clear()
    if kept:
        session["lang"] = kept
    place = Place(device_of(request.user_agent.string), network_shown(request.remote_addr or ""))
    login_user(_load(sessions.begin(person.id, place)))


def sign_in_half(person: Staff) -> None:
    """The password was right; the second step is still to come, and nothing is open until then."""
    session[_HALF] = [person.id, int(time.time()), _print_of(person), secrets.token_hex(8)]


def half_signed_in() -> Staff | None:
    """Whose second step this is; None when there was no first one, or too long ago, or things changed since."""
    staff_id, at, printed, _name = session.get(_HALF) or (None, 0, "", "")
    if staff_id is None or time.time() - at > HALF_SECONDS:
        return None
    person = staff.by_id(reading(), staff_id)
    return person if person is not None and person.is_active and _print_of(person) == printed else None


def half_login() -> str:
    """The name of this half login: what it is offered, no other is."""
    return str(session[_HALF][3])


def sign_out() -> None:
    """End the login, so that a copy of its cookie is worth nothing."""
    if current_user.is_authenticated:
        sessions.end(current_user.actor, current_user.login_id)
    logout_user()


def actor() -> Actor:
    """The actor of this session; only behind a gate that asks for a permission."""
    return me().actor


def me() -> SignedIn:
    """The person of this session; only behind a gate that asks for a permission."""
    here = _HERE._get_current_object()  # a page asks dozens of times, and each look through the proxies costs
    known: SignedIn | None = here.get("me")
    if known is None or known is not here.get("_login_user"):
        known = here.me = cast("SignedIn", current_user._get_current_object())
    return known


def _load(token: str) -> SignedIn | None:
    login = staff.login(reading(), sessions.digest(token))
    if login is None or not login.person.is_active or sessions.is_over(login.row, clock.real_now()):
        return None
    return SignedIn(login, token)


def _print_of(person: Staff) -> str:
    """Changes with the password, so that an old first step is none."""
    return hashlib.sha256((person.password_hash or "").encode()).hexdigest()[:16]
