"""Every route has a gate, and the gates are one table. A route missing here answers 403 and fails a test.

`ANYONE` is the resident's side of the line: no login, no cookie. Everything else names a permission; which
communities a person covers is asked again by the queries and verbs behind the view."""

from __future__ import annotations

from enum import Enum
from typing import cast

from flask import Flask, Response, abort, make_response, redirect, render_template, request, url_for
from flask_login import current_user

from app.access.permissions import Permission, may
from app.staff import sessions
from app.web.auth import going_on, second_step


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
    "auth.code": SIGNED,
    "auth.set_up_second_factor": SIGNED,
    "auth.confirm": Permission.SEE_DESK,
    "auth.logout": Permission.SEE_DESK,
    # the desk
    "desk.queue": Permission.SEE_CASES,
    "desk.find": Permission.SEE_CASES,
    "desk.save_filter": Permission.SEE_CASES,
    "desk.change_filter": Permission.SEE_CASES,
    "desk.export_queue": Permission.EXPORT,
    "desk.case": Permission.SEE_CASE,
    "desk.act": Permission.WORK_ON_CASE,
    "desk.print_case": Permission.SEE_CASES,
    "desk.put_in": Permission.HANDLE,
    "desk.phone": Permission.SEE_CONTACT,
    "desk.add_photos": Permission.WORK_ON_CASE,
    "desk.photo": Permission.SEE_CASE,
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
    "desk.unit": Permission.SEE_UNIT_CASES,
    "desk.read_notice": Permission.SEE_DESK,
    # many at once, and what came meanwhile
    "desk.bulk": Permission.TRIAGE,
    "desk.bulk_do": Permission.TRIAGE,
    "desk.bulk_act": Permission.SEE_CASES,
    "desk.undo_bulk": Permission.TRIAGE,
    "desk.news": Permission.SEE_CASES,
    # keying-in
    "desk.new": Permission.KEY_IN,
    "desk.key_in": Permission.KEY_IN,
    "desk.find_places": Permission.KEY_IN,
    "desk.find_alike": Permission.KEY_IN,
    "desk.keyed": Permission.KEY_IN,
    "desk.slip": Permission.KEY_IN,
    "desk.ledgers": Permission.IMPORT_LEDGER,
    "desk.upload_ledger": Permission.IMPORT_LEDGER,
    "desk.ledger": Permission.IMPORT_LEDGER,
    "desk.ledger_progress": Permission.IMPORT_LEDGER,
    "desk.take_lines": Permission.IMPORT_LEDGER,
    "desk.ledger_faults": Permission.IMPORT_LEDGER,
    # ready sentences
    "desk.templates": Permission.KEEP_REPLIES,
    "desk.add_template": Permission.KEEP_REPLIES,
    "desk.usual_templates": Permission.KEEP_REPLIES,
    "desk.template": Permission.KEEP_REPLIES,
    "desk.change_template": Permission.KEEP_REPLIES,
    "desk.retire_template": Permission.KEEP_REPLIES,
    "desk.take_back_template": Permission.KEEP_REPLIES,
    # whoever has an account but no cases to see
    "admin.overview": Permission.SEE_DESK,
    "admin.logins": Permission.SEE_DESK,
    "admin.end_login": Permission.SEE_DESK,
    "admin.end_other_logins": Permission.SEE_DESK,
    "admin.second_factor_page": Permission.SEE_DESK,
    "admin.recovery_codes": Permission.SEE_DESK,
    # accounts
    "admin.staff": Permission.ADMINISTER,
    "admin.add_staff": Permission.ADMINISTER,
    "admin.person": Permission.ADMINISTER,
    "admin.change_person": Permission.ADMINISTER,
    "admin.act_on_person": Permission.ADMINISTER,
    # the audit log
    "admin.audit": Permission.SEE_AUDIT,
    "admin.audit_export": Permission.SEE_AUDIT,
    # the administrator
    "admin.units": Permission.ADMINISTER,
    "admin.add_unit": Permission.ADMINISTER,
    "admin.change_unit": Permission.ADMINISTER,
    "admin.retire_unit": Permission.ADMINISTER,
    "admin.take_back_unit": Permission.ADMINISTER,
    "admin.communities": Permission.ADMINISTER,
    "admin.change_community": Permission.ADMINISTER,
    "admin.settings": Permission.ADMINISTER,
    "admin.change_settings": Permission.ADMINISTER,
    "admin.change_limits": Permission.ADMINISTER,
    "admin.settle_day": Permission.ADMINISTER,
    "admin.categories": Permission.ADMINISTER,
    "admin.categories_table": Permission.ADMINISTER,
    "admin.new_category": Permission.ADMINISTER,
    "admin.add_category": Permission.ADMINISTER,
    "admin.category": Permission.ADMINISTER,
    "admin.change_category": Permission.ADMINISTER,
    "admin.retire_category": Permission.ADMINISTER,
    "admin.take_back_category": Permission.ADMINISTER,
    "admin.preview_categories": Permission.ADMINISTER,
    "admin.import_categories": Permission.ADMINISTER,
    "admin.duty": Permission.ADMINISTER,
    "admin.add_duty": Permission.ADMINISTER,
    "admin.remove_duty": Permission.ADMINISTER,
    # who prints and hangs the codes
    "admin.places": Permission.PRINT_CODES,
    "admin.places_table": Permission.PRINT_CODES,
    "admin.codes": Permission.PRINT_CODES,
}

FRESH = frozenset(
    {
        "admin.add_staff",
        "admin.change_person",
        "admin.act_on_person",
        "admin.second_factor_page",
        "admin.recovery_codes",
        "admin.end_other_logins",
        # what is not easily taken back, or carries much away
        "admin.change_settings",
        "admin.change_limits",
        "admin.settle_day",
        "admin.add_category",
        "admin.change_category",
        "admin.retire_category",
        "admin.take_back_category",
        "admin.change_unit",
        "admin.retire_unit",
        "admin.change_community",
        "admin.remove_duty",
        "admin.import_categories",
        "admin.audit_export",
        "desk.export_queue",
        "desk.settle_data_request",  # what is deleted is nowhere any more
    }
)
"""What asks for the password once more when it was not given lately (`sessions.FRESH_FOR`): whoever finds a desk
left open, or has a copy of its cookie, gets no further than the day's work."""

UNATTENDED = frozenset({"desk.news", "desk.ledger_progress"})
"""What pages ask for by themselves: nobody need be there, so it keeps no login alive."""


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
        if request.method == "POST" and going_on.from_our_page():
            return going_on.log_in_first()
        return cast("Response", redirect(url_for("auth.login", next=request.full_path.rstrip("?"))))
    if not may(current_user.actor, gate):
        abort(403)
    if request.endpoint not in UNATTENDED:
        sessions.see(current_user.login_id, current_user.seen_at)
    return _prove_first() if request.endpoint in FRESH and not current_user.is_fresh else None


def _prove_first() -> Response | None:
    """The password once more. A page is left for it; an act is asked at its own address, with its form in it."""
    if request.method != "POST":
        return cast("Response", redirect(url_for("auth.confirm", next=request.full_path.rstrip("?"))))
    error = second_step.prove(current_user) if "confirm_password" in request.form else ""
    if "confirm_password" in request.form and not error:
        return None
    fields = going_on.of_this_form()
    page = render_template("auth/confirm.html", error=error, act=request.full_path, carried=fields)
    return make_response(page, 422 if error else 401)
