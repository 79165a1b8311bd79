"""The doors of an account: log in, log out, set a password."""

from __future__ import annotations

import re

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.access.actor import Role
from app.errors import Refused
from app.staff import accounts
from app.web import throttle
from app.web.auth import sign_in
from app.web.words import message

bp = Blueprint("auth", __name__)
_OURS = re.compile(r"/(?![/\\])\S*")  # a path of this house, nothing a browser reads as another's
FIRST_PAGE = {
    Role.WORKER: "desk.queue",
    Role.DISPATCHER: "desk.queue",
    Role.LEADER: "desk.queue",
    Role.OFFICER: "desk.unit",
}


@bp.route("/login", methods=["GET", "POST"])
def login() -> str | Response | tuple[str, int]:
    """Log in; the answer to a wrong name and a wrong password is the same."""
    if request.method == "GET":
        return render_template("auth/login.html", error="")
    if not throttle.may_log_in(request.remote_addr or "", request.form.get("username", "")):
        return render_template("auth/login.html", error=_("试得太多了，过几分钟再来。")), 429
    person = accounts.check_password(request.form.get("username", ""), request.form.get("password", ""))
    if person is None:
        return render_template("auth/login.html", error=_("用户名或密码不对。")), 422
    kept = session.get("lang")
    session.clear()
    if kept:
        session["lang"] = kept
    sign_in.sign_in(person)
    return redirect(_next(Role(person.role)))


@bp.post("/logout")
def logout() -> Response:
    """End the session."""
    sign_in.sign_out()
    return redirect(url_for("auth.login"))


@bp.route("/set-password/<token>", methods=["GET", "POST"])
def set_password(token: str) -> str | Response | tuple[str, int]:
    """Set a password by a link that works once."""
    if not accounts.link_is_good(token):
        return render_template("auth/link_used.html"), 410
    if request.method == "GET":
        return render_template("auth/set_password.html", error="")
    try:
        accounts.set_password(token, request.form.get("password", ""))
    except Refused as refused:
        return render_template("auth/set_password.html", error=message(refused)), 422
    return redirect(url_for("auth.login"))


def _next(role: Role) -> str:
    """Where the person was going, if that is a page of ours."""
    wanted = request.args.get("next", "")
    if _OURS.fullmatch(wanted) and wanted.isprintable():
        return wanted
    return url_for(FIRST_PAGE.get(role, "admin.overview"))
