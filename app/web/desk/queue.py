"""The queue: what came, by state, what cannot wait on top; narrowed, searched, a page at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import flash, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from app.access.permissions import Permission, may
from app.cases import exporting, queue, search
from app.cases.wording import KINDS
from app.cases.workflow import State
from app.reading import reading
from app.web.auth.sign_in import actor
from app.web.desk import bp, notices, wanted
from app.web.desk.rail import here, standings
from app.web.desk.wanted import FIELDS, TABS, Filter
from app.web.pieces import piece
from app.web.saying import tell as _
from app.web.saying import told
from app.web.typed import fit
from app.web.words import KINDS as KIND_WORDS
from app.web.words import STAFF_STATES

TAB_WORDS = {key: STAFF_STATES[states[0]] for key, states in TABS.items()} | {"all": _l("全部")}
DUE_WORDS = {"overdue": _l("过期了"), "today": _l("今天到期"), "week": _l("这周到期")}
TYPED = ("q", "caller")
SAFE = "!$'()*,/:;?@"  # as everywhere else in addresses
FOLDED = set(FIELDS) - {"state", "community", "category", "due", "q", "caller"}


@dataclass(frozen=True)
class Tab:
    """One tab over the list; `count` None where what narrows the list does not narrow the count."""

    key: str
    word: str
    count: int | None
    is_here: bool


@bp.get("/", endpoint="queue")
def queue_page() -> str:
    """A page of the queue, as its address narrows it."""
    return draw(wanted.read(request.args), after=request.args.get("after", ""))


@bp.post("/find")
def find() -> Response:
    """The filter as an address. A whole telephone number is never part of one: its blind index is."""
    args: dict[str, Any] = {
        name: fit(request.form[name]).strip()[:200] for name in FIELDS if request.form.get(name, "").strip()
    }
    index = search.telephone(args.get("q", ""))
    if index is not None:
        del args["q"]
        if may(actor(), Permission.SEE_CONTACT):
            args["caller"] = index
        else:
            flash(_("按电话找，要能看电话的人来找。"))
    return redirect(url_for("desk.queue", **args), 303)


def draw(
    asked: Filter,
    *,
    after: str = "",
    errors: Mapping[str, str] | None = None,
    typed: Mapping[str, str] | None = None,
) -> str:
    """The page of the queue for this filter. Who looks for a telephone is written down first, whichever form it was."""
    if asked.wanted.caller:
        search.look_for_caller(actor())
    after = after if queue.is_place(after, asked.wanted) else ""
    page = queue.page(reading(), actor(), asked.wanted, after=after)
    return render_template(
        "desk/queue.html",
        asked=asked,
        kept=asked.kept,
        rows=page.rows,
        more=page.after,
        after=after,
        tab=asked.tab,
        tabs=_tabs(asked),
        notices=notices.mine(),
        communities=_communities(),
        kept_few=tuple((name, "" if name in TYPED else value) for name, value in asked.kept.items()),
        typed_in={name: asked.kept.get(name, "") for name in TYPED},
        is_folded_open=bool(asked.kept.keys() & FOLDED),
        saved=tuple(asked.saved),
        query=urlencode(asked.kept),
        may_export=may(actor(), Permission.EXPORT),
        errors=_said(errors),
        typed=_said(typed),
    )


def _said(words: Mapping[str, str] | None) -> tuple[tuple[str, str], ...]:
    return tuple((name, str(word)) for name, word in (words or {}).items())


def address(kept: Mapping[str, Any]) -> str:
    """Where the queue is narrowed like this."""
    query = urlencode({name: value for name, value in kept.items() if value is not None}, safe=SAFE)
    return f"{here(request.script_root, 'desk.queue')}{'?' if query else ''}{query}"


def _communities() -> tuple[tuple[int, str], ...]:
    names = {one.community_id: one.community for one in standings()}
    return tuple(sorted(names.items(), key=lambda one: one[1]))


def _tabs(asked: Filter) -> list[Tab]:
    counts: Counter[State | None] = Counter()
    for one in standings():
        if asked.wanted.community in (None, one.community_id):
            counts[one.state] += one.count
    return [
        Tab(
            key,
            told(TAB_WORDS[key]),
            None if asked.is_narrowed else sum(counts[state] for state in states),
            key == asked.tab,
        )
        for key, states in TABS.items()
    ]


bp.record_once(
    lambda state: state.app.jinja_env.globals.update(
        queue_fields=FIELDS,
        due_words=DUE_WORDS,
        queue_kinds={kind: KIND_WORDS[kind] for kind in KINDS},
        most_exported=exporting.MOST,
        piece=piece,
        queue_address=address,
    )
)
