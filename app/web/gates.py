"""Every route has a gate, and the gates are one table. A route missing here answers 403 and fails a test.

`ANYONE` is the resident's side of the line: no login, no cookie. Everything else names a permission; which
communities a person covers is asked again by the queries and verbs behind the view."""

from __future__ import annotations

from enum import Enum

from flask import Flask, Response, abort, redirect, request, url_for
from flask_login import current_user

from app.access.permissions import Permission, may


class Open(Enum):
    """Not behind a permission."""

    ANYONE = "anyone"
    SIGNED = "signed"  # anonymous, but the request carries its own proof: a signature or a token


ANYONE, SIGNED = Open.ANYONE, Open.SIGNED

GATES: dict[str, Permission | Open] = {
    # residents and the public
    "public.home": ANYONE,
    "public.board": ANYONE,
    "public.privacy": ANYONE,
    "resident.type_code": ANYONE,
    "resident.form": ANYONE,
    "resident.submit": ANYONE,
    "resident.receipt": ANYONE,
    "resident.find_receipt": ANYONE,
    "resident.add": ANYONE,
    "resident.call_me": ANYONE,
    "resident.forget_phone": ANYONE,
    "resident.data_request": ANYONE,
    "resident.withdraw": ANYONE,
    "resident.answer": ANYONE,
    "resident.promise": ANYONE,
    "resident.follow_up": ANYONE,
    "resident.me_too": ANYONE,
    "resident.while_typing": ANYONE,
    "resident.undo": ANYONE,
    "resident.recovered": ANYONE,
    "resident.recover": ANYONE,
    "resident.photo": SIGNED,
    # machines
    "assets.asset": ANYONE,
    "api.healthz": ANYONE,
    "api.readyz": ANYONE,
    "api.hotline_push": SIGNED,
    # accounts
    "auth.login": ANYONE,
    "auth.set_password": SIGNED,
    "auth.logout": Permission.SEE_DESK,
    # the desk
    "desk.queue": Permission.SEE_CASES,
    "desk.case": Permission.SEE_CASES,
    "desk.print_case": Permission.SEE_CASES,
    "desk.put_in": Permission.HANDLE,
    "desk.act": Permission.HANDLE,
    "desk.phone": Permission.SEE_CONTACT,
    "desk.add_photos": Permission.HANDLE,
    "desk.photo": Permission.SEE_CASES,
    "desk.door": Permission.SEE_CASES,
    "desk.visit": Permission.RUN_CASE_DAY,
    "desk.case_days": Permission.SEE_CASES,
    "desk.case_day": Permission.SEE_CASES,
    "desk.open_day": Permission.RUN_CASE_DAY,
    "desk.closing": Permission.CLOSE_CASE_DAY,
    "desk.close_day": Permission.CLOSE_CASE_DAY,
    "desk.forwardings": Permission.SEE_FORWARDINGS,
    "desk.forwarding_act": Permission.FORWARD,
    "desk.start_channel": Permission.FORWARD,
    "desk.data_requests": Permission.SETTLE_DATA_REQUESTS,
    "desk.settle_data_request": Permission.SETTLE_DATA_REQUESTS,
    "desk.read_notice": Permission.SEE_DESK,
    # whoever has an account but no cases to see
    "admin.overview": Permission.SEE_DESK,
}


def init_app(app: Flask) -> None:
    """Ask the table before every request."""
    app.before_request(_ask)


def _ask() -> Response | None:
    if request.endpoint is None:
        return None  # no such page: 404 says so
    gate = GATES.get(request.endpoint)
    if gate is None:
        abort(403)
    if isinstance(gate, Open):
        return None
    if not current_user.is_authenticated:
        return redirect(url_for("auth.login", next=request.full_path.rstrip("?")))  # type: ignore[return-value]
    if not may(current_user.actor, gate):
        abort(403)
    return None
