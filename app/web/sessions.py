"""Sessions of staff. Whoever brings no cookie gets no work done for one: residents never have any."""

from __future__ import annotations

from flask import Flask, Request, Response
from flask import request as asked
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin


class StaffSessions(SecureCookieSessionInterface):
    """Flask's signed cookie, opened only where there is one."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if "Cookie" not in request.headers:
            return self.session_class()
        return super().open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Nothing in it, nothing changed and no cookie brought: nothing to do."""
        if session or session.modified or "Cookie" in asked.headers:
            super().save_session(app, session, response)
