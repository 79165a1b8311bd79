"""The queue: what came, by state, what cannot wait on top; narrowed, searched, a page at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from flask import flash, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from app.access.permissions import Permission, may
from app.cases import exporting, queue, search
from app.cases.wording import KINDS
from app.reading import reading
from app.web.auth.sign_in import actor
from app.web.desk import bp, news, notices, wanted
from app.web.desk.lines import queue_lines
from app.web.desk.rail import standings
from app.web.desk.wanted import FIELDS, TABS, Filter
from app.web.pieces import piece
from app.web.saying import tell as _
from app.web.typed import fit
from app.web.words import KINDS as KIND_WORDS
from app.web.words import STAFF_STATES

TAB_WORDS = {key: STAFF_STATES[states[0]] for key, states in TABS.items()} | {"all": _l("全部")}
DUE_WORDS = {"overdue": _l("过期了"), "today": _l("今天到期"), "week": _l("这周到期")}
TYPED = ("q", "caller")
SAFE = "!$'()*,/:;?@"  # as everywhere else in addresses
FOLDED = set(FIELDS) - {"state", "community", "category", "due", "q", "caller"}


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
    kept, may_tick = asked.kept, bool(page.rows) and may(actor(), Permission.TRIAGE)
    query, on_duty = urlencode(kept, safe=SAFE), notices.on_duty()
    return render_template(
        "desk/queue.html",
        filled={
            "lines": queue_lines(page.rows, may_tick),
            "q": kept.get("q", ""),
            "news": news.address(),
            "caller": kept.get("caller", ""),
            "sought": urlencode({name: kept[name] for name in TYPED if name in kept}, safe=SAFE),
            "query": query,
            "back": request.query_string.decode("ascii", "ignore")[:500],
            "further": f"{query}&after={page.after}" if query else f"after={page.after}",
        },
        shown={
            "kept": tuple((name, "" if name in TYPED else value) for name, value in kept.items()),
            "tab": asked.tab,
            "counts": None if asked.is_narrowed else _counts(asked.wanted.community),
            "is_narrowed": asked.is_narrowed,
            "can_be_saved": asked.can_be_saved,
            "is_newest_first": asked.wanted.is_newest_first,
            "is_folded_open": bool(kept.keys() & FOLDED),
            "is_sought": asked.is_search,
            "ignored": tuple(asked.ignored),
            "choices": asked.choices,
            "communities": tuple(standings().communities.items()),
            "saved": asked.saved,
            "notices": notices.mine(),
            "names": on_duty.names,
            "next_at": on_duty.next_at,
            "has_rows": bool(page.rows),
            "has_more": page.after is not None,
            "is_further": after != "",
            "may_tick": may_tick,
            "may_triage": may(actor(), Permission.TRIAGE),
            "may_export": bool(page.rows) and may(actor(), Permission.EXPORT),
            "errors": _said(errors),
            "written": _said(typed),
        },
    )


def _said(words: Mapping[str, str] | None) -> tuple[tuple[str, str], ...]:
    return tuple((name, str(word)) for name, word in (words or {}).items())


def _counts(community: int | None) -> tuple[int, ...]:
    """How many cases stand under each tab."""
    counted = standings().count
    return tuple(sum(counted(state, community) for state in states) for states in TABS.values())


def tab_address(root: str, kept: Mapping[str, Any], tab: str) -> str:
    """Where the same is shown under another tab; what was looked for is added by the page."""
    named = {name: value for name, value in kept.items() if name not in TYPED} | {"state": tab}
    return f"{root}?{urlencode(named, safe=SAFE)}"


bp.record_once(
    lambda state: state.app.jinja_env.globals.update(
        queue_fields=FIELDS,
        due_words=DUE_WORDS,
        queue_kinds={kind: KIND_WORDS[kind] for kind in KINDS},
        most_exported=exporting.MOST,
        piece=piece,
        tab_words=TAB_WORDS,
        tab_address=tab_address,
    )
)
