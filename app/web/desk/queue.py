"""The queue: what came, by state, what cannot wait on top."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from flask import render_template, request
from flask_babel import lazy_gettext as _l

from app.access.actor import Actor
from app.cases import queries as cases
from app.cases.workflow import State
from app.reading import reading
from app.web.auth.sign_in import actor
from app.web.desk import bp, notices, reading_in
from app.web.desk.rail import standings
from app.web.words import STAFF_STATES

PAGE_SIZE = 25
TABS: dict[str, tuple[State, ...]] = {
    "received": (State.RECEIVED,),
    "queued": (State.QUEUED,),
    "in_progress": (State.IN_PROGRESS,),
    "resolved": (State.RESOLVED,),
    "forwarded": (State.FORWARDED,),
    "all": tuple(State),
}
TAB_WORDS = {key: STAFF_STATES[states[0]] for key, states in TABS.items()} | {"all": _l("全部")}


@dataclass(frozen=True)
class Tab:
    """One tab over the list."""

    key: str
    word: str
    count: int
    is_here: bool


@bp.get("/")
def queue() -> str:
    """A page of the queue, narrowed to a tab and a community."""
    tab = request.args.get("state", "received")
    states = TABS.get(tab, TABS["received"])
    community = _community(actor(), request.args.get("community", ""))
    scope = actor() if community is None else replace(actor(), community_ids=frozenset({community}))
    after = reading_in.row_id(request.args.get("after", ""))
    rows = cases.queue(reading(), scope, states, after=after, size=PAGE_SIZE + 1)
    return render_template(
        "desk/queue.html",
        rows=rows[:PAGE_SIZE],
        more=len(rows) > PAGE_SIZE,
        after=after,
        community=community,
        tab=tab if tab in TABS else "received",
        tabs=_tabs(tab, community),
        notices=notices.mine(),
        communities=sorted(
            {one.community_id: one.community for one in standings()}.items(), key=lambda one: one[1]
        ),
    )


def _community(who: Actor, written: str) -> int | None:
    """The community to narrow to; one outside the actor's scope narrows to nothing of theirs: it is ignored."""
    found = reading_in.row_id(written)
    known = {one.community_id for one in standings()}
    return found if found in known and who.kind is not None else None


def _tabs(here: str, community: int | None) -> list[Tab]:
    counts: Counter[State | None] = Counter()
    for one in standings():
        if community in (None, one.community_id):
            counts[one.state] += one.count
    return [
        Tab(key, str(TAB_WORDS[key]), sum(counts[state] for state in states), key == here)
        for key, states in TABS.items()
    ]
