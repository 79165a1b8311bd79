"""What went to 12345: where each hand-over stands, what the hotline last said, and what a person does where the
wire does not reach."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app import config
from app.access import audit
from app.access.actor import Actor
from app.access.permissions import Permission, may
from app.errors import NotFound, Refused
from app.forwarding import by_hand, channels
from app.forwarding import queries as forwarding
from app.forwarding.answers import HELD
from app.reading import reading
from app.web.auth.sign_in import actor
from app.web.desk import bp, phrases
from app.web.typed import typed_in
from app.web.words import by_field

STATES = tuple(phrases.FORWARDINGS)
OTHERS = tuple(state for state in STATES if state != HELD)
AT_MOST = 100
LONGEST_RESULT = 500
SOLVED = {"yes": True, "no": False}
Form = Mapping[str, str]


@dataclass(frozen=True)
class Tried:
    """What somebody sent that was not taken: which forwarding, which act, its faults by field, every word typed."""

    id: str = ""
    act: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    typed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Stopped:
    """A channel over which nothing goes out: since when, and why in words."""

    since: datetime
    why: str


@bp.get("/forwardings/")
def forwardings() -> str:
    """Hand-overs within scope, narrowed to one state when asked: what waits for a person first, oldest first."""
    here = request.args.get("state", "")
    page = _draw(here)
    audit.saw(actor(), "forwarding", here if here in STATES else "all", ("titles", "results"))
    return page


def _try_again(who: Actor, forwarding_id: str, _form: Form) -> None:
    by_hand.try_again(who, forwarding_id)


def _order(who: Actor, forwarding_id: str, form: Form) -> None:
    by_hand.write_down_order(who, forwarding_id, form.get("workorder_id", ""))


def _answer(who: Actor, forwarding_id: str, form: Form) -> None:
    status, result = form.get("status", ""), form.get("result", "").replace("\r\n", "\n").strip()
    solved = SOLVED.get(form.get("solved", "")) if status == "closed" else None
    if status == "closed" and solved is None:
        raise Refused("answer_missing", "solved")
    if len(result) > LONGEST_RESULT:
        raise Refused("field_too_long", "result", {"longest": LONGEST_RESULT})
    by_hand.write_down_answer(who, forwarding_id, status, result=result, solved=solved)


VERBS: dict[str, Callable[[Actor, str, Form], None]] = {
    "try_again": _try_again,
    "order": _order,
    "answer": _answer,
}


@bp.post("/forwardings/<forwarding_id>/<act>")
def forwarding_act(forwarding_id: str, act: str) -> Response | tuple[str, int]:
    """What a dispatcher does with one forwarding; what was typed is kept when it is not taken."""
    if not re.fullmatch(r"[0-9a-f-]{36}", forwarding_id):
        raise NotFound
    verb, here = VERBS.get(act), request.form.get("state", "")
    if verb is None:
        abort(404)
    try:
        verb(actor(), forwarding_id, request.form)
    except Refused as refused:
        return _draw(here, Tried(forwarding_id, act, by_field(refused), typed_in())), 422
    flash(str(phrases.FORWARDING_DONE[act]))
    return redirect(url_for("desk.forwardings", state=here if here in STATES else None), 303)


@bp.post("/forwardings/start-channel")
def start_channel() -> Response:
    """The set-up was put right: what waited goes out."""
    channels.start_again(actor(), config.active().hotline_channel)
    flash(_("接上了，等着的这就送出去。"))
    return redirect(url_for("desk.forwardings"), 303)


def _draw(state: str, tried: Tried | None = None) -> str:
    who, here = actor(), state if state in STATES else ""
    held = forwarding.listed(reading(), who, (HELD,), at_most=AT_MOST) if here in ("", HELD) else []
    states = tuple(state for state in OTHERS if here in ("", state))
    rows = forwarding.listed(reading(), who, states, at_most=AT_MOST) if states else []
    return render_template(
        "desk/forwardings.html",
        held=held[::-1],
        rows=rows,
        here=here,
        phrases=phrases,
        tried=tried or Tried(),
        may_act=may(who, Permission.FORWARD),
        stopped=_stopped(),
        most=AT_MOST,
        by_wire=config.active().hotline_channel != channels.MANUAL,
    )


def _stopped() -> Stopped | None:
    row = forwarding.channel(reading(), config.active().hotline_channel)
    if row is None or row.stopped_at is None:
        return None
    fault = (row.reason or "").partition("@")[0].rpartition("_")[2]
    return Stopped(row.stopped_at, str(phrases.CHANNEL_FAULTS.get(fault, phrases.CHANNEL_FAULTS["settings"])))
