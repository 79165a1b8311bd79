"""One's own logins, second factor and recovery codes."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.errors import Refused
from app.reading import reading
from app.staff import queries as staff
from app.staff import second_factor, sessions
from app.web.admin import bp
from app.web.auth import second_step
from app.web.auth.sign_in import actor, me
from app.web.words import message

Answer = str | Response | tuple[str, int]


@bp.get("/logins")
def logins() -> str:
    """Where one is logged in, and what stands behind the password."""
    person = staff.by_id(reading(), me().id)
    codes = staff.recovery_codes(reading(), me().id)
    return render_template(
        "admin/logins.html",
        running=sessions.running(me().id),
        person=person,
        left=sum(one.used_at is None for one in codes),
    )


@bp.post("/logins/<int(max=2147483647):login_id>/end")
def end_login(login_id: int) -> Response:
    """End one of one's own."""
    sessions.end(actor(), login_id)
    flash(_("那一处退出了。"))
    return redirect(url_for("admin.logins"), 303)


@bp.post("/logins/end-others")
def end_other_logins() -> Response:
    """End all but this one."""
    sessions.end_others(actor(), me().login_id)
    flash(_("别处都退出了。"))
    return redirect(url_for("admin.logins"), 303)


@bp.route("/second-factor", methods=["GET", "POST"])
def second_factor_page() -> Answer:
    """Put a second factor behind one's own password."""
    if me().has_second_factor:
        return redirect(url_for("admin.logins"))
    if request.method == "GET":
        return _offered("")
    try:
        codes = second_factor.confirm(me().id, request.form.get("code", ""), f"login:{me().login_id}")
    except Refused as refused:
        return _offered(message(refused)), 422
    return render_template("admin/recovery_codes.html", codes=codes)


def _offered(error: str) -> str:
    offered = second_step.offer(me().id, me().username, f"login:{me().login_id}")
    return render_template("admin/second_factor.html", error=error, offered=offered)


@bp.post("/recovery-codes")
def recovery_codes() -> Answer:
    """Other recovery codes, shown once."""
    try:
        codes = second_factor.new_recovery_codes(actor())
    except Refused as refused:
        flash(message(refused))
        return redirect(url_for("admin.logins"), 303)
    return render_template("admin/recovery_codes.html", codes=codes)
