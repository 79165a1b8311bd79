"""The receipt: what became of it, and what a resident may still say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from flask import redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from app import config
from app.cases import asking, follow_up, links, own_report, photos, wording
from app.cases import queries as cases
from app.cases.follow_up import Answers
from app.cases.models import Report
from app.cases.workflow import OPEN, WORKFLOW, State
from app.errors import ManyRefused, NotFound, Refused
from app.forwarding import queries as forwardings
from app.places.queries import door_of_doorway
from app.reading import reading
from app.web import pictures, throttle, tokens
from app.web.resident import bp
from app.web.resident.timeline import ORDERS, told_lines
from app.web.typed import typed_in
from app.web.words import SATISFACTIONS, by_field, shape, told_state

PHOTO_LIFETIME = timedelta(minutes=30)
Answer = Response | str | tuple[str, int]


@dataclass
class Again:
    """What was refused on this page, and what was typed into it."""

    typed: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    form: str = ""


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
    return not_given(receipt) if report is None else _page(report, Again())


@bp.post("/r/<receipt>/add")
def add(receipt: str) -> Answer:
    """Add words or photos to one's own report."""
    return _act(receipt, "add", _add)


def _add(plain: str, key: str) -> None:
    with pictures.taken_in() as sent:
        sent.is_saved = own_report.add(plain, key, _text("text"), sent)


@bp.post("/r/<receipt>/answer", endpoint="answer")
def answer_question(receipt: str) -> Answer:
    """Answer what staff asked."""
    return _act(receipt, "answer", lambda plain, key: asking.answer(plain, key, _text("text")))


@bp.post("/r/<receipt>/withdraw")
def withdraw(receipt: str) -> Answer:
    """Take one's own report back."""
    return _act(receipt, "withdraw", lambda plain, _key: own_report.withdraw(plain))


@bp.post("/r/<receipt>/follow-up", endpoint="follow_up")
def answer(receipt: str) -> Answer:
    """Judge: contacted, solved, satisfied."""
    form = request.form
    answers = Answers(
        form.get("contacted", ""), form.get("solved", ""), form.get("satisfaction", ""), _text("note")
    )
    return _act(receipt, "follow_up", lambda plain, key: follow_up.answer(plain, key, answers))


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


def _act(receipt: str, form: str, verb: Callable[[str, str], None]) -> Answer:
    """One act on one's own report: token, verb, then the page again."""
    report = report_of(receipt)
    if report is None:
        return not_given(receipt)
    key = request.form.get("submission_key", "")
    wrong = tokens.fault(report.receipt, key, request.form.get("csrf_token", ""))
    if throttle.too_many_at(report.receipt, request.remote_addr or ""):
        return _page(report, Again(typed_in(), by_field(Refused("too_many")), form)), 429
    if wrong:
        return _page(report, Again(typed_in(), by_field(Refused(wrong)), form)), 422
    try:
        verb(report.receipt, key)
    except (Refused, ManyRefused) as refused:
        reading().expire_all()
        return _page(report, Again(typed_in(), by_field(refused), form)), 422
    return redirect(url_for("resident.receipt", receipt=report.receipt), 303)


def report_of(written: str) -> Report | None:
    """The report of a receipt as somebody wrote it; None for one nobody was given, and it is counted."""
    plain = wording.read_receipt(written)
    address = request.remote_addr or ""
    if not throttle.may_try_receipts(address):
        return None
    report = cases.report_by_receipt(reading(), plain) if plain else None
    if report is None:
        throttle.count_wrong_receipt(address)
    return report


def not_given(written: str) -> tuple[str, int]:
    """The page for a receipt nobody was given."""
    if not throttle.may_try_receipts(request.remote_addr or ""):
        return render_template("errors/429.html", staff=False, typed=[]), 429
    return _never_given(written)


def _never_given(written: str) -> tuple[str, int]:
    shown = wording.without_control_characters(written)
    return render_template("resident/find_receipt.html", written=shown, is_wrong=True), 404


def _page(report: Report, again: Again) -> str:
    session, case = reading(), report.case
    state = State(case.state)
    key = tokens.new_key()
    return render_template(
        "resident/receipt.html",
        report=report,
        case=case,
        state=state,
        again=again,
        key=key,
        token=tokens.issue(report.receipt, key),
        door=door_of_doorway(session, report.doorway_id),
        word=told_state(state, due_first=case.due_first),
        shape=shape(state, due_first=case.due_first),
        lines=told_lines(cases.history(session, case.id), report.id),
        pictures=[(photo, _link(photo.media_name)) for photo in report.photos if report.withdrawn_at is None],
        order=next(reversed(forwardings.orders_of_case(session, case.id)), None),
        order_words=ORDERS,
        satisfactions=SATISFACTIONS,
        may_judge=state in WORKFLOW["rate"].sources and report.withdrawn_at is None,
        judged=cases.last_follow_up(session, report.id),
        may_withdraw=state in OPEN and report.withdrawn_at is None,
        is_waiting=state in OPEN,
    )


def _link(media_name: str) -> str:
    """A link of our own page: only the path, so that it works behind whatever address was typed."""
    return links.photo_url(media_name, PHOTO_LIFETIME).removeprefix(config.active().base_url)


def _text(name: str) -> str:
    return request.form.get(name, "").replace("\r\n", "\n")
