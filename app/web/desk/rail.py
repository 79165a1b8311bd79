"""The frame of every staff page: where this role may go, and how many wait there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from flask import g, request, url_for
from flask_babel import lazy_gettext as _l

from app.access.actor import Actor, Role
from app.access.permissions import Permission, may
from app.cases import tally, unit_queries
from app.cases.tally import Standings
from app.cases.workflow import State
from app.reading import reading
from app.web.auth.sign_in import actor
from app.web.language import lang
from app.web.saying import told
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
    *("admin.import_categories", "admin.duty", "admin.add_duty", "admin.staff", "admin.person"),
    *("admin.add_staff", "admin.change_person", "admin.act_on_person"),
)
ITEMS = (
    (
        Permission.SEE_CASES,
        "desk.queue",
        "inbox",
        _l("队列"),
        State.RECEIVED,
        (
            "desk.queue",
            "desk.case",
            "desk.act",
            "desk.phone",
            "desk.bulk",
            "desk.bulk_do",
            "desk.bulk_act",
            "desk.undo_bulk",
        ),
    ),
    (
        Permission.KEY_IN,
        "desk.new",
        "phone",
        _l("录一件"),
        None,
        ("desk.new", "desk.key_in", "desk.keyed"),
    ),
    (
        Permission.IMPORT_LEDGER,
        "desk.ledgers",
        "inbox",
        _l("12345台账"),
        None,
        ("desk.ledgers", "desk.upload_ledger", "desk.ledger", "desk.take_lines"),
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
        Permission.KEEP_REPLIES,
        "desk.templates",
        "inbox",
        _l("现成的话"),
        None,
        (
            *("desk.templates", "desk.add_template", "desk.template", "desk.change_template"),
            *("desk.retire_template", "desk.take_back_template"),
        ),
    ),
    (
        Permission.SEE_UNIT_CASES,
        "desk.unit",
        "inbox",
        _l("要我们办的"),
        None,
        ("desk.unit", "desk.case", "desk.act", "desk.phone", "desk.add_photos"),
    ),
    (Permission.PRINT_CODES, "admin.codes", "door", _l("楼门码"), None, ("admin.codes", "admin.places")),
    (Permission.ADMINISTER, "admin.overview", "people", _l("管理"), None, OFFICE),
    (Permission.SEE_AUDIT, "admin.audit", "search", _l("审计"), None, ("admin.audit",)),
    (
        Permission.SEE_DESK,
        "admin.overview",
        "people",
        _l("我的账号"),
        None,
        ("admin.overview", "admin.logins", "admin.second_factor_page", "admin.recovery_codes"),
    ),
)

COUNTED = (State.RECEIVED, State.FORWARDED)


def rail() -> tuple[Item, ...]:
    """The items this account may open; of two that lead to one page, the first."""
    who = actor()
    asked = unit_queries.count_asked(reading(), who) if may(who, Permission.SEE_UNIT_CASES) else None
    counts = tuple((state, count(state)) for state in COUNTED) if may(who, Permission.SEE_CASES) else ()
    return _items(lang(), request.script_root, who, request.endpoint, counts, asked)


@lru_cache(maxsize=256)
def _items(
    _lang: str,
    root: str,
    who: Actor,
    endpoint: str | None,
    counts: tuple[tuple[State, int], ...],
    asked: int | None,
) -> tuple[Item, ...]:
    waiting: dict[State | None, int] = dict(counts)
    items = [
        Item(
            here(root, to),
            icon,
            told(word),
            asked if to == "desk.unit" else waiting.get(state),
            endpoint in pages,
        )
        for permission, to, icon, word, state, pages in ITEMS
        if may(who, permission)
    ]
    return tuple({item.url: item for item in reversed(items)}.values())[::-1]


@lru_cache(maxsize=100)
def here(_root: str, endpoint: str) -> str:
    """The address of a page without anything in it."""
    return url_for(endpoint)


def role_word(role: str) -> str:
    """A role as people say it."""
    return told(ROLES[Role(role)])


def count(state: State) -> int:
    """How many cases within scope stand in this state."""
    return standings().count(state)


def standings() -> Standings:
    """Cases by community and state within scope; asked once a page."""
    if "standings" not in g:
        g.standings = tally.standings(reading(), actor())
    found: Standings = g.standings
    return found
