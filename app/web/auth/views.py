"""The doors of an account: log in, its second step, log out, set a password, give it once more."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from app.access.actor import Role
from app.errors import Refused
from app.staff import accounts, second_factor
from app.staff.models import Staff
from app.staff.second_factor import Standing
from app.web import throttle
from app.web.auth import going_on, second_step, sign_in
from app.web.words import message

bp = Blueprint("auth", __name__)
_OURS = re.compile(r"/(?![/\\])\S*")  # a path of this house, nothing a browser reads as another's
FIRST_PAGE = {
    Role.WORKER: "desk.queue",
    Role.DISPATCHER: "desk.queue",
    Role.LEADER: "desk.queue",
    Role.OFFICER: "desk.unit",
}
Answer = str | Response | tuple[str, int]


@bp.route("/login", methods=["GET", "POST"])
def login() -> Answer:
    """Log in; the answer to a wrong name and a wrong password is the same."""
    if request.method == "GET":
        return _login_page()
    if not throttle.may_log_in(request.remote_addr or "", request.form.get("username", "")):
        return _login_page(_("试得太多了，过几分钟再来。"), 429)
    person = accounts.check_password(request.form.get("username", ""), request.form.get("password", ""))
    if person is None:
        return _login_page(_("用户名或密码不对。"), 422)
    standing = second_factor.standing(person)
    if standing is Standing.NOTHING:
        sign_in.sign_in(person)
        return going_on.lead_on(_next(Role(person.role)))
    sign_in.sign_in_half(person)
    if not going_on.carried():
        step = "auth.code" if standing is Standing.CODE else "auth.set_up_second_factor"
        return redirect(url_for(step, next=request.args.get("next") or None))
    return _code_page() if standing is Standing.CODE else _set_up_page(person)


def _login_page(error: str = "", status: int = 200) -> tuple[str, int]:
    page = render_template(
        "auth/login.html", error=error, carried=going_on.carried(), action=request.full_path
    )
    return page, status


@bp.route("/login/code", methods=["GET", "POST"])
def code() -> Answer:
    """The code of the telephone, or a recovery code."""
    person = sign_in.half_signed_in()
    if person is None:
        return redirect(url_for("auth.login", next=request.args.get("next") or None))
    if request.method == "GET":
        return _code_page()
    if not throttle.may_take_second_step(request.remote_addr or "", person.id):
        return _code_page(_("试得太多了，过几分钟再来。"), 429)
    try:
        is_right = second_factor.check(person.id, request.form.get("code", ""))
    except Refused as refused:
        return _code_page(message(refused), 429)
    if not is_right:
        return _code_page(_("验证码不对，或者已经用过一次。等手机上换一个再填。"), 422)
    sign_in.sign_in(person)
    return going_on.lead_on(_next(Role(person.role)))


def _code_page(error: str = "", status: int = 200) -> tuple[str, int]:
    action = url_for("auth.code", next=request.args.get("next") or None)
    return render_template("auth/code.html", error=error, carried=going_on.carried(), action=action), status


@bp.route("/login/second-factor", methods=["GET", "POST"])
def set_up_second_factor() -> Answer:
    """Put the second factor into a telephone at the first login that needs it."""
    person = sign_in.half_signed_in()
    if person is None or second_factor.standing(person) is not Standing.SET_UP:
        return redirect(url_for("auth.login", next=request.args.get("next") or None))
    if request.method == "GET":
        return _set_up_page(person)
    if not throttle.may_take_second_step(request.remote_addr or "", person.id):
        return _set_up_page(person, _("试得太多了，过几分钟再来。"), 429)
    try:
        codes = second_factor.confirm(person.id, request.form.get("code", ""), sign_in.half_login())
    except Refused as refused:
        return _set_up_page(person, message(refused), 422)
    sign_in.sign_in(person)
    onward = urlsplit(_next(Role(person.role)))
    return render_template(
        "auth/recovery_codes.html",
        codes=codes,
        going_on=going_on.form_to_send(),
        onward=onward.path,
        asked=parse_qsl(onward.query),
    )


def _set_up_page(person: Staff, error: str = "", status: int = 200) -> tuple[str, int]:
    """The page with the secret, as a picture and as letters."""
    offered = second_step.offer(person.id, person.username, sign_in.half_login())
    action = url_for("auth.set_up_second_factor", next=request.args.get("next") or None)
    page = render_template(
        "auth/second_factor.html", error=error, offered=offered, carried=going_on.carried(), action=action
    )
    return page, status


@bp.route("/confirm", methods=["GET", "POST"])
def confirm() -> Answer:
    """The password once more before a dangerous page; what was sent to a dangerous act is asked at its own address
    (`gates`)."""
    if request.method == "POST":
        error = second_step.prove(current_user)
        if error:
            return render_template("auth/confirm.html", error=error, act="", carried=[]), 422
        return redirect(_next(Role(current_user.role)), 303)
    return render_template("auth/confirm.html", error="", act="", carried=[])


@bp.post("/logout")
def logout() -> Response:
    """End the session."""
    sign_in.sign_out()
    session.clear()
    return redirect(url_for("auth.login"))


@bp.route("/set-password/<token>", methods=["GET", "POST"])
def set_password(token: str) -> Answer:
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
