"""How the page of a case sets out what may be done with it: under which heading, and what its residents will read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Generic, Protocol, TypeVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from app.cases.workflow import WORKFLOW, Note
from app.web.language import day
from app.web.told_lines import LINES


class Action(Protocol):
    """What is offered: one action, perhaps the main one."""

    @property
    def action(self) -> str: ...

    @property
    def is_main(self) -> bool: ...


Offered = TypeVar("Offered", bound=Action)

GROUPS: tuple[tuple[str, LazyString, tuple[str, ...]], ...] = (
    (
        "work",
        _l("办"),
        (
            *("triage", "start", "resolve", "answer", "in_hand", "carry_over"),
            *("assign", "extend", "reopen", "release"),
        ),
    ),
    ("ask", _l("问居民"), ("ask_resident",)),
    (
        "away",
        _l("转和退"),
        ("recall", "mark_due", "forward_now", "decline", "transfer", "set_aside"),
    ),
    ("join", _l("合并拆分"), ("merge", "unmerge", "split", "unsplit")),
)
"""Under which heading an action stands. Publishing stands beside the resident's words, the note in its own list."""
DAY_FIELD = {"in_hand": "next_day", "extend": "until"}


@dataclass(frozen=True)
class Group(Generic[Offered]):
    """A heading with what stands under it; `is_open` where something was tried there."""

    key: str
    word: str
    offers: list[Offered]
    is_open: bool


def grouped(offers: list[Offered], tried: str) -> list[Group[Offered]]:
    """The headings that have anything under them, without the main action, which stands above."""
    rest = {one.action: one for one in offers if not one.is_main}
    return [
        Group(key, str(word), [rest[name] for name in names if name in rest], tried in names)
        for key, word, names in GROUPS
        if any(name in rest for name in names)
    ]


@dataclass(frozen=True)
class Preview:
    """What a resident will read: the fixed sentence, with `{day}` where the day typed goes, and whether the words
    typed follow."""

    sentence: str
    pattern: str
    has_words: bool


def preview(action: str, typed: Mapping[str, str]) -> Preview | None:
    """The line this act will add to the receipt; None where residents read nothing of it."""
    move = WORKFLOW[action]
    if not move.told or action not in LINES:
        return None
    line = str(LINES[action])
    if action == "extend":
        line = str(_l("延到%(until)s，因为：", until="%(until)s"))
    field = DAY_FIELD.get(action, "next_day")
    pattern = line % {field: "{day}"} if "%(" in line else line
    chosen = _day(typed.get("next_day", "")) if action in DAY_FIELD else _("下一个办件日")
    if action not in DAY_FIELD:
        pattern = pattern.replace("{day}", chosen)
    return Preview(pattern.replace("{day}", chosen), pattern, move.note is Note.TOLD)


def _day(written: str) -> str:
    try:
        return str(day(date.fromisoformat(written[:10])))
    except ValueError:
        return str(_("您选的那天"))
