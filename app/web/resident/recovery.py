"""A lost receipt: by short message where this installation can send one, else in person. The answer is the same
for every number, so that nobody learns who has said something here."""

from __future__ import annotations

from dataclasses import dataclass

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.errors import NotFound, Refused
from app.notices import recovering
from app.web import throttle, tokens
from app.web.resident import bp
from app.web.typed import typed_in
from app.web.words import by_field

PLACE = "recover"  # what the token is bound to: no receipt, no door


@dataclass(frozen=True)
class Form:
    """The form for a telephone, fresh for one page."""

    key: str
    token: str


@bp.app_template_global("recovery")
def recovery() -> Form | None:
    """A fresh form; None where no short messages are sent."""
    if not recovering.is_offered():
        return None
    key = tokens.new_key()
    return Form(key, tokens.issue(PLACE, key))


@bp.get("/r/recover")
def recovered() -> Response | str:
    """What everybody is told who has asked."""
    if not recovering.is_offered():
        return redirect(url_for("resident.find_receipt"))
    return render_template("resident/recovered.html", times=recovering.A_DAY)


@bp.post("/r/recover")
def recover() -> Response | tuple[str, int]:
    """Ask for the receipts of a telephone. Too often on a day, or the same page twice, is answered alike and
    does nothing."""
    if not recovering.is_offered():
        raise NotFound
    key = request.form.get("submission_key", "")
    wrong = tokens.fault(PLACE, key, request.form.get("csrf_token", ""))
    if wrong:
        return _again(Refused(wrong))
    try:
        phone = recovering.readable(request.form.get("phone", ""))
    except Refused as refused:
        return _again(refused)
    if throttle.may_recover(request.remote_addr or "", key):
        recovering.ask(phone)
    return redirect(url_for("resident.recovered"), 303)


def _again(refused: Refused) -> tuple[str, int]:
    errors = by_field(refused)
    return render_template(
        "resident/find_receipt.html", written="", is_wrong=False, typed=typed_in(), errors=errors
    ), 422
