"""“我家也是”: one tap at the door joins what a neighbour has said, one tap on the receipt takes it back."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import make_response, redirect, request, url_for

from app.access.actor import resident
from app.cases import joining, urgency, wording
from app.cases.intake import OtherWords
from app.errors import ManyRefused, Refused
from app.places.queries import Door
from app.web import throttle, tokens
from app.web.errors import retry_at
from app.web.resident import bp, door_page, receipts, saying
from app.web.resident.door_page import Sent
from app.web.resident.receipts import Answer
from app.web.resident.saying import door_named, gone, unknown
from app.web.typed import fit
from app.web.words import by_field

ANEW = frozenset({"not_here", "done_already"})  # there is nothing to join: it may be said anew


@bp.post("/d/<code>/me-too")
def me_too(code: str) -> Answer:
    """Join a case published at this door; whatever is refused comes back with everything typed."""
    door = door_named(code)
    if door is None:
        return unknown(code)
    if door.status != "active":
        return gone(door)
    key = request.form.get("submission_key", "")
    until = throttle.too_many_from(door.code, request.remote_addr or "", key)
    if until is not None and not saying.may_pass(_note()):
        page = _again(door, key, Sent(_typed(), wait_until=datetime.fromtimestamp(until, UTC)), 429)
        return retry_at(make_response(page), until)
    wrong = tokens.fault(door.code, key, request.form.get("csrf_token", ""))
    if wrong:
        good = key if wording.is_submission_key(key) else tokens.new_key()
        return _danger_first(door, good) or _again(
            door, key, Sent(_typed(), joining=by_field(Refused(wrong)))
        )
    return _join(door, key)


@bp.post("/r/<receipt>/undo")
def undo(receipt: str) -> Answer:
    """Take one's own “me too” back."""
    return receipts.act_on(receipt, "undo", lambda plain, _key: joining.undo(plain))


def _join(door: Door, key: str) -> Answer:
    note, phone = _note(), request.form.get("phone", "").strip()
    network = throttle.network_of(request.remote_addr or "")
    number = request.form.get("case", "")
    if request.form.get("change_words"):
        return _again(door, key, Sent(_typed()), 200)
    try:
        joining.check(note, phone, key)
        numbers = _danger_first(door, key)
        if numbers is not None:
            return numbers
        receipt = joining.join(resident(), door, number, key, note=note, phone=phone, network=network)
        throttle.count_taken(door.code, request.remote_addr or "", joining.key_of(key, number))
    except Refused as refused:
        is_anew = refused.key in ANEW
        typed = {"text": fit(note), "phone": fit(phone)} if is_anew else _typed()
        return _again(door, key, Sent(typed, joining=by_field(refused)))
    except ManyRefused as refused:
        return _again(door, key, Sent(_typed(), joining=by_field(refused)))
    except OtherWords as other:
        return _again(door, tokens.new_key(), Sent({"text": fit(note)}, earlier_receipt=other.receipt))
    return redirect(url_for("resident.receipt", receipt=receipt), 303)


def _danger_first(door: Door, key: str) -> str | None:
    """The telephone numbers before anything else, once; None where no note speaks of danger."""
    danger = None if request.form.get("urgent_seen") else urgency.recognised(_note())
    if danger is None:
        return None
    number, phone = request.form.get("case", ""), request.form.get("phone", "").strip()
    typed = {"case": fit(number), "note": fit(_note()), "phone": fit(phone)}
    return saying.call_first(door, key, danger.kind, typed=typed, to="resident.me_too")


def _again(door: Door, key: str, sent: Sent, status: int = 422) -> tuple[str, int]:
    """The page of the door once more; it may keep its key, for nothing was saved under it."""
    return door_page.again(door, sent, key if wording.is_submission_key(key) else tokens.new_key()), status


def _note() -> str:
    return request.form.get("note", "").replace("\r\n", "\n")


def _typed() -> dict[str, str]:
    """What was typed, under the names the page gives it beside the form of a report."""
    return {"me_note": fit(_note()), "me_phone": fit(request.form.get("phone", ""))}
