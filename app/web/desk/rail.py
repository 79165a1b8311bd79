"""The frame of every staff page: where this role may go, and how many wait there."""

from __future__ import annotations

from dataclasses import dataclass

from flask import g, request, url_for
from flask_babel import lazy_gettext as _l

from app.access.actor import Role
from app.access.permissions import Permission, may
from app.cases import queries as cases
from app.cases import unit_queries
from app.cases.queries import Standing
from app.cases.workflow import State
from app.reading import reading
from app.web.auth.sign_in import actor
from app.web.words import ROLES


@dataclass(frozen=True)
class Item:
    """One place to go."""

    url: str
    icon: str
    word: str
    count: int | None
    is_here: bool


ITEMS = (
    (
        Permission.SEE_CASES,
        "desk.queue",
        "inbox",
        _l("队列"),
        State.RECEIVED,
        ("desk.queue", "desk.case", "desk.act", "desk.phone"),
    ),
    (
        Permission.SEE_CASES,
        "desk.case_days",
        "day",
        _l("办件日"),
        None,
        ("desk.case_days", "desk.case_day", "desk.closing", "desk.open_day", "desk.close_day"),
    ),
    (
        Permission.SEE_FORWARDINGS,
        "desk.forwardings",
        "send",
        _l("转12345"),
        State.FORWARDED,
        ("desk.forwardings", "desk.forwarding_act"),
    ),
    (
        Permission.SETTLE_DATA_REQUESTS,
        "desk.data_requests",
        "eye",
        _l("要删信息的"),
        None,
        ("desk.data_requests", "desk.settle_data_request"),
    ),
    (
        Permission.SEE_UNIT_CASES,
        "desk.unit",
        "inbox",
        _l("要我们办的"),
        None,
        ("desk.unit", "desk.case", "desk.act", "desk.phone", "desk.add_photos"),
    ),
    (Permission.SEE_DESK, "admin.overview", "people", _l("我的账号"), None, ("admin.overview",)),
)


def rail() -> list[Item]:
    """The items this account may open."""
    return [
        Item(
            url_for(endpoint),
            icon,
            str(word),
            _waiting(endpoint, state),
            request.endpoint in pages,
        )
        for permission, endpoint, icon, word, state, pages in ITEMS
        if may(actor(), permission)
    ]


def _waiting(endpoint: str, state: State | None) -> int | None:
    if endpoint == "desk.unit":
        return unit_queries.count_asked(reading(), actor())
    return None if state is None else count(state)


def role_word(role: str) -> str:
    """A role as people say it."""
    return str(ROLES[Role(role)])


def count(state: State) -> int:
    """How many cases within scope stand in this state."""
    return sum(one.count for one in standings() if one.state is state)


def standings() -> list[Standing]:
    """Cases by community and state within scope; asked once a page."""
    if "standings" not in g:
        g.standings = cases.standings(reading(), actor())
    found: list[Standing] = g.standings
    return found
