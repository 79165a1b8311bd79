"""Lists of cases that are taken away as a file: what the filter and the scope show, and nobody's name or telephone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy.orm import Session

from app.access import audit
from app.access.actor import Actor
from app.access.permissions import Permission, require
from app.cases import queue
from app.cases.masking import masked
from app.cases.narrowing import Wanted
from app.cases.queue import Listed
from app.db import transaction

MOST = 20_000
_AT_ONCE = 500


def note(actor: Actor, form: str, narrowed_by: Sequence[str]) -> None:
    """Write down that a list leaves the house, before it does: as which kind of file, narrowed by which fields.
    Raises Forbidden."""
    require(actor, Permission.EXPORT)
    with transaction() as session:
        audit.record(session, actor, "export_queue", "queue", form, narrowed_by)


def listed(session: Session, actor: Actor, wanted: Wanted, most: int = MOST) -> Iterator[Listed]:
    """The rows of the list in its order, `most` of them at the most."""
    after, left = "", most
    while left > 0:
        page = queue.page(session, actor, wanted, after=after, size=min(_AT_ONCE, left), with_channel=True)
        yield from page.rows
        left -= len(page.rows)
        if page.after is None:
            return
        after = page.after


def title(row: Listed) -> str:
    """The first line of the resident's words, without any number in it that could call or name somebody."""
    return masked(row.title)
