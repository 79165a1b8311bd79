"""The form at a door, and what becomes of it when it is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, BinaryIO, cast

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import clock
from app.access.actor import resident
from app.cases import intake, photos, urgency, wording
from app.cases.intake import OtherWords
from app.cases.photos import TakenIn
from app.cases.wording import Words
from app.errors import ManyRefused, Refused
from app.places import codes
from app.places.queries import Door, door_by_code, door_of
from app.reading import looking, reading
from app.staff import duty
from app.web import throttle, tokens
from app.web.errors import retry_at, typed_words
from app.web.resident import bp, door_page, held
from app.web.resident.door_page import Sent
from app.web.typed import fit, typed_in
from app.web.words import by_field

PHOTO_FIELDS = tuple(f"photo{number}" for number in range(1, photos.MOST_PHOTOS + 1))
TYPED = ("kind", "category", "spot", "name", "phone", "email")
CARRIED = ("text", *TYPED, "call_back", "consent_forward", "written_at", "website")
Answer = Response | str | tuple[str, int]


@bp.get("/d/")
def type_code() -> Answer:
    """Type the code in; a code given in `?code=` goes to its door."""
    written = request.args.get("code", "")
    if not written:
        return render_template("resident/type_code.html", written="", is_wrong=False)
    door = door_named(written)
    return unknown(written) if door is None else redirect(url_for("resident.form", code=door.code))


@bp.get("/d/<code>")
def form(code: str) -> Answer:
    """The form of a door."""
    plain = codes.read_code(code)
    door = None if plain is None else door_page.door_at(plain)
    if door is None:
        return unknown(code)
    if door.status != "active":
        return gone(door)
    return Response(door_page.fresh(door), content_type="text/html; charset=utf-8")


@bp.post("/d/<code>")
def submit(code: str) -> Answer:
    """Take a report in; whatever is refused comes back with everything typed."""
    door = door_named(code)
    if door is None:
        return unknown(code)
    if door.status != "active":
        return gone(door)
    key = request.form.get("submission_key", "")
    until = throttle.too_many_from(door.code, request.remote_addr or "", key)
    if until is not None and not may_pass(request.form.get("text", "")):
        page = _again(door, key, 429, wait_until=datetime.fromtimestamp(until, UTC))
        return retry_at(make_response(page), until)
    wrong = tokens.fault(door.code, key, request.form.get("csrf_token", ""))
    if wrong:
        return _danger_first(door, key) or _again(door, key, 422, errors=by_field(Refused(wrong)))
    if request.form.get("change_words"):
        return _again(door, key, 200)
    return _receive(door, key)


def _receive(door: Door, key: str) -> Answer:
    taken_in: list[TakenIn] = []
    saved = False
    try:
        waiting = held.carried_in(door, key)
        words, faults = _words(len(waiting)), _take_in_photos(taken_in)
        crowded = held.too_many(waiting, taken_in)
        # the page with the telephone numbers comes first, once, and no photo keeps it back
        is_new = not request.form.get("urgent_seen")
        danger = urgency.recognised(words.text) if is_new else None
        if danger is not None:
            wording.check(words)
            saved = not crowded and held.may_wait(taken_in)
            kept, lost = (waiting + taken_in, bool(faults)) if saved else (waiting, True)
            return _call_first(door, key, danger.kind, kept, photos_lost=lost)
        if faults or crowded:
            every = wording.faults(words) + faults + crowded
            return _again(door, key, 422, errors=by_field(ManyRefused(every)))
        receipt = intake.receive(resident(), door, key, words, taken_in, waiting, is_calm=is_new)
        saved = True
        throttle.count_taken(door.code, request.remote_addr or "", key)
        return redirect(url_for("resident.receipt", receipt=receipt), 303)
    except (Refused, ManyRefused) as refused:
        errors = by_field(refused)
        # a key that is good for nothing here is not handed back
        return _again(door, tokens.new_key() if "submission_key" in errors else key, 422, errors=errors)
    except OtherWords as other:
        # photos that waited may belong to the earlier report by now
        return _again(door, tokens.new_key(), 422, carries=False, earlier_receipt=other.receipt)
    finally:
        if not saved:
            photos.let_go(taken_in)


def may_pass(text: str) -> bool:
    """Whether words may pass although there were too many: who is in danger is told whom to call whatever the
    limits say, and heard up to a limit of its own."""
    if urgency.recognised(text) is None:
        return False
    return not request.form.get("urgent_seen") or throttle.may_call_for_help(request.remote_addr or "")


def _danger_first(door: Door, key: str) -> str | None:
    """The telephone numbers before the fault of a page whose token is good no more; its photos are not looked at."""
    danger = None if request.form.get("urgent_seen") else urgency.recognised(request.form.get("text", ""))
    if danger is None:
        return None
    kept = key if wording.is_submission_key(key) else tokens.new_key()
    waiting = held.carried_in(door, key)
    return _call_first(door, kept, danger.kind, waiting, photos_lost=True)


def _call_first(door: Door, key: str, kind: str, waiting: list[TakenIn], *, photos_lost: bool) -> str:
    typed = {name: value for name, value in typed_in().items() if name in CARRIED and value}
    return call_first(door, key, kind, typed, held.to_carry(door, key, waiting), photos_lost=photos_lost)


def call_first(
    door: Door,
    key: str,
    kind: str,
    typed: Mapping[str, str],
    waiting: Mapping[str, str] | None = None,
    to: str = "resident.submit",
    *,
    photos_lost: bool = False,
) -> str:
    """Telephone numbers before anything else; the form is behind one more button, with all that was sent."""
    return render_template(
        "resident/urgent.html",
        door=door,
        urgent_kind=kind,
        duty=duty.reading_at(reading(), door.sub_district_id, clock.now(), community_id=door.community_id),
        typed=typed,
        held=waiting or {},
        photos_lost=photos_lost and any(upload.filename for upload in request.files.values()),
        send_to=url_for(to, code=door.code),
        submission_key=key,
        token=tokens.issue(door.code, key),
    )


def _take_in_photos(taken_in: list[TakenIn]) -> list[Refused]:
    faults = []
    for name in PHOTO_FIELDS:
        upload = request.files.get(name)
        if upload is None or not upload.filename:
            continue
        try:
            taken_in.append(photos.take_in(cast("BinaryIO", upload.stream), name))
        except Refused as refused:
            faults.append(refused)
    return faults


def _words(waiting: int = 0) -> Words:
    form = request.form
    return Words(
        text=form.get("text", "").replace("\r\n", "\n"),
        **{name: form.get(name, "").strip() for name in TYPED},
        call_back=bool(form.get("call_back")),
        consent_forward=bool(form.get("consent_forward")),
        written_at=_moment(form.get("written_at", "")),
        photos=waiting
        + sum(1 for name in PHOTO_FIELDS if (upload := request.files.get(name)) and upload.filename),
        is_trapped=bool(form.get("website")),
    )


def _moment(written: str) -> datetime | None:
    """When a report that waited for signal was written; a moment nobody can read is no reason to refuse."""
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        return None
    return moment if moment.tzinfo and 2000 <= moment.year < 2100 else None


def _again(door: Door, key: str, status: int, *, carries: bool = True, **told: Any) -> tuple[str, int]:
    """The page once more with everything typed; it may keep its key, for nothing was saved under it."""
    kept = key if wording.is_submission_key(key) else tokens.new_key()
    waiting = held.carried_in(door, request.form.get("submission_key", "")) if carries else []
    sent = Sent(typed_in(), held=held.to_carry(door, kept, waiting), **told)
    return door_page.again(door, _as_asked(sent), kept), status


def _as_asked(sent: Sent) -> Sent:
    """The one tap that asks for a call stands apart from the form: its telephone and its faults go back there."""
    if not request.form.get("one_tap"):
        return sent
    errors = {"ring" if name == "phone" else name: words for name, words in sent.errors.items()}
    return replace(sent, typed={"ring": sent.typed.get("phone", "")}, errors=errors)


def door_named(written: str) -> Door | None:
    code = codes.read_code(written)
    if code is None:
        return None
    with looking() as connection:
        return door_by_code(connection, code)


def unknown(written: str) -> tuple[str, int]:
    kept = typed_words()
    return render_template("resident/type_code.html", written=fit(written), is_wrong=True, kept=kept), 404


def gone(door: Door) -> tuple[str, int]:
    """An old sticker: replaced leads on to the new one, stolen or abused to the telephone."""
    replaced = door_of(reading(), door.doorway_id) if door.revoked_reason == "replaced" else None
    carried_on = {name: value for name, value in typed_in().items() if name in CARRIED and value}
    note = fit(request.form.get("note", ""))
    if note:
        carried_on.setdefault("text", note)
    return render_template(
        "resident/gone.html",
        door=door,
        replaced=replaced,
        kept=typed_words(),
        carried_on=carried_on,
        key=tokens.new_key(),
    ), 410
