"""`flask workflow`: docs/workflow.md, written from the table that buttons and guards use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from app.access.permissions import MAY
from app.cases.workflow import AT_WORK, ENDED, OPEN, WORKFLOW, Move, Note, State

NOTES = {
    Note.NONE: "—",
    Note.PRIVATE: "may be written, for staff",
    Note.TOLD: "must be written, residents read it",
    Note.REASON: "must be written, for staff",
}
GROUPS = ((frozenset(State), "any"), (OPEN, "open"), (AT_WORK, "at work"))


@click.command("workflow")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="The file; else standard output."
)
def workflow(out: Path | None) -> None:
    """Write the life of a case as a page of tables."""
    text = page()
    if out is None:
        click.echo(text, nl=False)
        return
    out.write_text(text, encoding="utf-8")
    click.echo(f"actions={len(WORKFLOW)} states={len(State)}")


def page() -> str:
    """The whole page, Markdown."""
    return "\n".join((*_head(), *_states(), *_actions())) + "\n"


def _head() -> Iterator[str]:
    yield "# The life of a case"
    yield ""
    yield "Written by `make workflow` from `app/cases/workflow.py`; change it there."
    yield ""
    yield f"*Open* is {_listed(OPEN)}. *At work* is {_listed(AT_WORK)}."
    yield ""


def _states() -> Iterator[str]:
    yield "## States"
    yield ""
    yield "| state | kind | reached by | left by |"
    yield "|---|---|---|---|"
    for state in State:
        reached = [name for name, move in WORKFLOW.items() if move.target is state]
        left = [
            name
            for name, move in WORKFLOW.items()
            if state in move.sources and move.target not in (None, state)
        ]
        yield f"| `{state}` | {_kind(state)} | {_code(reached)} | {_code(left)} |"
    yield ""


def _actions() -> Iterator[str]:
    yield "## Actions"
    yield ""
    yield "| action | from | to | permission | who | words | residents are told | open pages are stale |"
    yield "|---|---|---|---|---|---|---|---|"
    for name, move in WORKFLOW.items():
        cells = (
            f"`{name}`",
            _sources(move),
            _target(move),
            f"`{move.permission}`",
            _who(move),
            NOTES[move.note],
        )
        yield f"| {' | '.join(cells)} | {_yes(move.told)} | {_yes(move.ages_pages)} |"


def _kind(state: State) -> str:
    if state in OPEN:
        return "open"
    return "ended" if state in ENDED else "with 12345"


def _sources(move: Move) -> str:
    for group, name in GROUPS:
        if move.sources == group:
            return name
    if len(move.sources) > len(State) // 2:
        return f"any but {_listed(frozenset(State) - move.sources)}"
    return _listed(move.sources)


def _target(move: Move) -> str:
    return "unchanged" if move.target is None else f"`{move.target}`"


def _who(move: Move) -> str:
    return ", ".join(sorted(str(one) for one in MAY[move.permission]))


def _listed(states: frozenset[State]) -> str:
    return _code(state for state in State if state in states)


def _code(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "—"


def _yes(is_so: bool) -> str:
    return "yes" if is_so else "no"
