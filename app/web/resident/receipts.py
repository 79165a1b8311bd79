"""The receipt: what became of it, and what a resident may still say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from flask import make_response, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from app.cases import (
    asking,
    data_requests,
    follow_up,
    links,
    own_contact,
    own_report,
    photos,
    urgency,
    wording,
)
from app.cases import queries as cases
from app.cases.follow_up import Answers
from app.cases.models import Report
from app.errors import ManyRefused, NotFound, Refused
from app.reading import reading
from app.web import errors, pictures, throttle, tokens
from app.web.errors import retry_at, typed_words
from app.web.language import clock_time
from app.web.resident import bp
from app.web.resident.receipt_page import Again, draw
from app.web.typed import typed_in
from app.web.words import by_field

Answer = Response | str | tuple[str, int]


@bp.get("/r/")
def find_receipt() -> Answer:
    """Type a receipt in; one given in `?receipt=` goes to its page."""
    written = request.args.get("receipt", "")
    if not written:
        return render_template("resident/find_receipt.html", written="", is_wrong=False)
    receipt = wording.read_receipt(written)
    if receipt is None:
        return _never_given(written)
    return redirect(url_for("resident.receipt", receipt=receipt))


@bp.get("/r/<receipt>")
def receipt(receipt: str) -> Answer:
    """The page of a receipt."""
    report = report_of(receipt)
    return not_given(receipt) if report is None else draw(report)


@bp.post("/r/<receipt>/add")
def add(receipt: str) -> Answer:
    """Add words, photos or both to one's own report."""

    phone = request.form.get("phone", "").strip()

    def verb(plain: str, key: str) -> None:
        own_contact.check_phone(phone)
        with pictures.taken_in() as sent:
            sent.is_saved = own_report.add(plain, key, _text("text"), sent)
        if phone:  # typed into a form at the door that was to be a report of its own
            own_contact.leave_phone(plain, phone, wants_call=bool(request.form.get("call_back")))

    return act_on(receipt, "add", verb)


@bp.post("/r/<receipt>/answer")
def answer(receipt: str) -> Answer:
    """Answer what staff asked."""
    return act_on(receipt, "answer", lambda plain, key: asking.answer(plain, key, _text("text")))


@bp.post("/r/<receipt>/call-me")
def call_me(receipt: str) -> Answer:
    """Ask to be called first, on the telephone held or on one given now."""
    phone = request.form.get("phone", "")
    return act_on(receipt, "call_me", lambda plain, key: own_contact.call_me(plain, key, phone))


@bp.post("/r/<receipt>/forget-phone")
def forget_phone(receipt: str) -> Answer:
    """Delete name, telephone and mail at once."""
    return act_on(receipt, "forget_phone", own_contact.forget_phone)


@bp.post("/r/<receipt>/data-request")
def data_request(receipt: str) -> Answer:
    """See everything held, on the receipt itself, or ask for it to be deleted."""
    kind = request.form.get("kind", "")
    return act_on(
        receipt,
        "data_request",
        lambda plain, key: data_requests.ask(plain, key, kind),
        anchor="held" if kind == "see" else "data",
        held="1" if kind == "see" else None,
    )


@bp.post("/r/<receipt>/withdraw")
def withdraw(receipt: str) -> Answer:
    """Take one's own report back."""
    return act_on(receipt, "withdraw", lambda plain, _key: own_report.withdraw(plain))


@bp.post("/r/<receipt>/follow-up", endpoint="follow_up")
def judge(receipt: str) -> Answer:
    """Judge: contacted, solved, satisfied."""
    form = request.form
    answers = Answers(
        form.get("contacted", ""), form.get("solved", ""), form.get("satisfaction", ""), _text("note")
    )
    return act_on(receipt, "follow_up", lambda plain, key: follow_up.answer(plain, key, answers))


@bp.get("/media/<token>")
def photo(token: str) -> Answer:
    """A re-encoded photo, for whoever was handed this expiring link."""
    media_name = links.read_photo_token(token)
    found = cases.photo_by_name(reading(), media_name) if media_name else None
    if found is None or not found.is_shown_outside:
        raise NotFound
    try:
        answer = send_file(photos.served(found.photo.media_name), mimetype="image/jpeg")
    except FileNotFoundError as gone:
        raise NotFound from gone
    answer.headers["Cache-Control"] = "no-store"
    return answer


def act_on(
    receipt: str,
    form: str,
    verb: Callable[[str, str], None],
    anchor: str | None = None,
    held: str | None = None,
) -> Answer:
    """One act on one's own report: token, verb, then the page again, with what it is to show."""
    report = report_of(receipt)
    if report is None:
        return not_given(receipt)
    key = request.form.get("submission_key", "")
    wrong = tokens.fault(report.receipt, key, request.form.get("csrf_token", ""))
    until = throttle.too_many_at(report.receipt, request.remote_addr or "")
    if until is not None and not _is_urgent():
        when: dict[str, str | int] = {"time": clock_time(datetime.fromtimestamp(until, UTC))}
        answer = make_response(
            draw(report, Again(typed_in(), by_field(Refused("too_many", params=when)), form)), 429
        )
        return retry_at(answer, until)
    if wrong:
        return draw(report, Again(typed_in(), by_field(Refused(wrong)), form)), 422
    try:
        verb(report.receipt, key)
    except (Refused, ManyRefused) as refused:
        reading().expire_all()
        return draw(report, Again(typed_in(), by_field(refused), form)), 422
    throttle.count_act(report.receipt, key)
    return redirect(url_for("resident.receipt", receipt=report.receipt, _anchor=anchor, held=held), 303)


def report_of(written: str) -> Report | None:
    """The report of a receipt as somebody wrote it; None for one nobody was given."""
    plain = wording.read_receipt(written)
    return cases.report_by_receipt(reading(), plain) if plain else None


def not_given(written: str) -> Answer:
    """The page for a receipt nobody was given; who tries many of them is told when to come back."""
    until = throttle.too_many_wrong_receipts(request.remote_addr or "")
    return _never_given(written) if until is None else errors.too_many(until)


def _is_urgent() -> bool:
    """Whether these words may pass although there were too many: danger is always told."""
    words = " ".join((_text("text"), _text("note")))
    return urgency.recognised(words) is not None and throttle.may_call_for_help(request.remote_addr or "")


def _never_given(written: str) -> tuple[str, int]:
    shown = wording.without_control_characters(written)
    page = render_template("resident/find_receipt.html", written=shown, is_wrong=True, kept=typed_words())
    return page, 404


def _text(name: str) -> str:
    return request.form.get(name, "").replace("\r\n", "\n")
