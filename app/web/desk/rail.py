"""The frame of every staff page: where this role may go, and how many wait there."""

from __future__ import annotations

from dataclasses import dataclass

from flask import g, request, url_for
from flask_babel import lazy_gettext as _l

from app.access.actor import Role
from app.access.permissions import Permission, may
from app.cases import queries as cases
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


# the pages behind the administrator's overview
OFFICE = (
    *("admin.overview", "admin.units", "admin.add_unit", "admin.change_unit", "admin.retire_unit"),
    *("admin.take_back_unit", "admin.communities", "admin.change_community", "admin.settings"),
    *(
        "admin.change_settings",
        "admin.change_limits",
        "admin.settle_day",
        "admin.categories",
        "admin.category",
    ),
    *("admin.new_category", "admin.add_category", "admin.change_category", "admin.preview_categories"),
    *("admin.import_categories", "admin.duty", "admin.add_duty"),
)
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
    (Permission.PRINT_CODES, "admin.codes", "door", _l("楼门码"), None, ("admin.codes", "admin.places")),
    (Permission.ADMINISTER, "admin.overview", "people", _l("管理"), None, OFFICE),
    (Permission.SEE_DESK, "admin.overview", "people", _l("我的账号"), None, ("admin.overview",)),
)


def rail() -> list[Item]:
    """The items this account may open; of two that lead to one page, the first."""
    return list({item.url: item for item in reversed(_allowed())}.values())[::-1]


def _allowed() -> list[Item]:
    return [
        Item(
            url_for(endpoint),
            icon,
            str(word),
            None if state is None else count(state),
            request.endpoint in pages,
        )
        for permission, endpoint, icon, word, state, pages in ITEMS
        if may(actor(), permission)
    ]


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
