"""A filter of the queue as an address carries it, and back. What cannot be one is left out, and said."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l

from app.access.permissions import Permission, may
from app.cases import search, tally
from app.cases.choices import Choices, Saved, asking, choices
from app.cases.narrowing import DUE, EVERY_STATE, Wanted
from app.cases.search import Sought
from app.cases.wording import KINDS
from app.cases.workflow import State
from app.places.codes import read_code
from app.reading import reading
from app.web.auth.sign_in import actor
from app.web.desk import notices, reading_in
from app.web.desk.rail import standings
from app.web.typed import fit
from app.web.words import CHANNELS

TABS: dict[str, tuple[State, ...]] = {
    "received": (State.RECEIVED,),
    "queued": (State.QUEUED,),
    "in_progress": (State.IN_PROGRESS,),
    "resolved": (State.RESOLVED,),
    "forwarded": (State.FORWARDED,),
    "all": EVERY_STATE,
}
FIELDS = {
    "state": _l("状态"),
    "community": _l("社区"),
    "building": _l("楼"),
    "door": _l("楼门"),
    "category": _l("类别"),
    "kind": _l("种类"),
    "unit": _l("主责"),
    "handler": _l("经办"),
    "due": _l("期限"),
    "day": _l("办件日"),
    "channel": _l("渠道"),
    "waiting": _l("等居民回答"),
    "phone": _l("电话"),
    "since": _l("收到，从"),
    "until": _l("收到，到"),
    "q": _l("找"),
    "caller": _l("按电话找"),
}
"""What an address may narrow by, in the order it is written in."""

MINE = "mine"
_BEYOND = set(FIELDS) - {"state", "community"}
_YES_NO = {"yes": True, "no": False}


@dataclass
class Filter:
    """What an address asks for: `kept` is the same, written the one way; `ignored` names what was not understood."""

    wanted: Wanted
    kept: dict[str, Any]
    choices: Choices
    saved: tuple[Saved, ...]
    ignored: list[str] = field(default_factory=list)

    @property
    def tab(self) -> str:
        """Under which tab it stands."""
        return self.kept.get("state") or ("all" if self.is_search else "received")

    @property
    def is_search(self) -> bool:
        """Whether something is looked for."""
        return bool(self.kept.keys() & {"q", "caller"})

    @property
    def is_narrowed(self) -> bool:
        """Whether it is narrowed by more than tabs count."""
        return bool(self.kept.keys() & _BEYOND)

    @property
    def can_be_saved(self) -> bool:
        """Whether more is chosen than a tab; whom somebody looked for by telephone is not kept."""
        return bool(self.kept.keys() - {"state", "caller"})


def read(args: Mapping[str, str]) -> Filter:
    """The filter of an address or a form, with all there is to choose from."""
    given = dict(args.items())  # the first of each; asking a MultiDict for what it lacks costs an exception
    written = {name: fit(given[name]).strip() for name in FIELDS if given.get(name, "").strip()}
    community = reading_in.row_id(written.get("community", ""))
    building = reading_in.row_id(written.get("building", ""))
    asked = asking(actor(), community, building)
    notices.ask_with(tally.question(actor()), asked.question)
    offered, saved = choices(reading(), asked)
    communities = standings().communities.keys()
    found, kept, ignored = dict[str, Any](), dict[str, Any](), list[str]()
    readers = _readers(offered, communities) if written else {}
    for name, value in written.items():
        read_as = readers[name](value)
        if read_as is None:
            ignored.append(str(FIELDS[name]))
            continue
        kept[name] = read_as.pop("kept", value)
        found |= read_as
    made = Filter(Wanted(), kept, offered, saved, ignored)
    made.wanted = Wanted(**({"states": TABS[made.tab]} | found))
    return made


Reader = Callable[[str], dict[str, Any] | None]


def _readers(choices: Choices, communities: Collection[int]) -> dict[str, Reader]:
    """How each field is read; None for what it cannot be."""
    return {
        "state": lambda value: {} if value in TABS else None,
        "community": _id("community", communities),
        "building": _id("building", choices.buildings),
        "door": _id("doorway", choices.doorways),
        "category": lambda value: _category(value, choices),
        "kind": _one_of("kind", KINDS),
        "unit": _one_of("lead_unit", choices.units),
        "handler": lambda value: _handler(value, choices),
        "due": _one_of("due", DUE),
        "day": _day("case_day"),
        "channel": _one_of("channel", CHANNELS),
        "waiting": lambda value: {"waiting": True} if value == "1" else None,
        "phone": lambda value: {"phone": _YES_NO[value]} if value in _YES_NO else None,
        "since": _day("since"),
        "until": _day("until"),
        "q": _words,
        "caller": _caller,
    }


def _known(value: int | None, among: Any) -> int | None:
    return value if value in among else None


def _id(name: str, among: Any) -> Reader:
    def read_id(value: str) -> dict[str, Any] | None:
        found = _known(reading_in.row_id(value), among)
        return None if found is None else {name: found, "kept": str(found)}

    return read_id


def _one_of(name: str, among: Any) -> Reader:
    return lambda value: {name: value} if value in among else None


def _day(name: str) -> Reader:
    def read_day(value: str) -> dict[str, Any] | None:
        if not re.fullmatch(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}", value):
            return None
        try:
            return {name: date.fromisoformat(value)}
        except ValueError:
            return None

    return read_day


def _category(value: str, choices: Choices) -> dict[str, Any] | None:
    if value in choices.codes:
        return {"category": value}
    return {"level1": value} if value in choices.level1 else None


def _handler(value: str, choices: Choices) -> dict[str, Any] | None:
    if value == MINE:
        return {"handler": actor().staff_id}
    return _id("handler", choices.people)(value)


def _words(value: str) -> dict[str, Any] | None:
    value = value[: search.LONGEST]
    code = read_code(value)
    if code is not None:
        return {"door_code": code, "kept": value}
    sought = Sought.read(value)
    return None if sought is None else {"sought": sought, "kept": value}


def _caller(value: str) -> dict[str, Any] | None:
    is_index = re.fullmatch(r"[0-9a-f]{64}", value) is not None
    return {"caller": value} if is_index and may(actor(), Permission.SEE_CONTACT) else None
