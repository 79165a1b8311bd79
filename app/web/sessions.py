"""Sessions of staff. Whoever brings no cookie gets no work done for one: residents never have any."""

from __future__ import annotations

from flask import Flask, Request, Response
from flask import request as asked
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from itsdangerous import URLSafeTimedSerializer


def brings_cookie(request: Request) -> bool:
    """Whether the browser sent any. Asked of the server's own words: reading headers or cookies costs more."""
    return "HTTP_COOKIE" in request.environ


class StaffSessions(SecureCookieSessionInterface):
    """Flask's signed cookie, opened only where there is one, by what signs and reads it: made once."""

    def __init__(self) -> None:
        self._serializer: URLSafeTimedSerializer | None = None

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        if self._serializer is None:
            self._serializer = super().get_signing_serializer(app)
        return self._serializer

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if not brings_cookie(request):
            return self.session_class()
        return super().open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Nothing in it, nothing changed and no cookie brought: nothing to do."""
        if session or session.modified or brings_cookie(asked):
            super().save_session(app, session, response)
