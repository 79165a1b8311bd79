"""Write the audit log: what was done, inside the transaction of what it tells of; what was seen, by itself."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, ScalarSelect, column, insert, select
from sqlalchemy import table as named
from sqlalchemy.orm import Session

from app import clock
from app.access.actor import Actor, ActorKind
from app.access.models import AuditEntry
from app.db import db, table, write_together

SEEN_FOR_SECONDS = 600.0
MOST_REMEMBERED = 20_000
_log = logging.getLogger("mashang.audit")
_guard = threading.Lock()
_seen: WeakKeyDictionary[Engine, dict[tuple[object, ...], float]] = WeakKeyDictionary()


class Unwritten(RuntimeError):
    """The database took a line of the audit log and kept none: something stands in between."""


def record(
    session: Session,
    actor: Actor,
    act: str,
    object_kind: str,
    object_id: int | str,
    fields: Sequence[str] = (),
    *,
    sub_district_id: int | None = None,
) -> None:
    """Append one line: `fields` are names of what was seen or changed, never what was in them.

    The line is read by the auditors of the actor's sub-district; of an actor that has none (the clock, the command
    line) by those of `sub_district_id`, else of the place of the staff account, case or sub-district it is about.
    Raises Unwritten, and so undoes the act, when the database swallows the line."""
    _append(session.connection(), actor, act, object_kind, object_id, fields, sub_district_id)


def saw(
    actor: Actor, object_kind: str, object_id: int | str, fields: Sequence[str] = (), *, act: str = "see"
) -> None:
    """Write down that a member of staff was shown something: call it from a view when the page is drawn and before
    it is answered, outside any transaction (what was read before is let go).

    `object_id` is the number of a case, an id, a code or a word such as `open`; `fields` name what was shown, one of
    several as `photo:17`. Never a value: a search by telephone is `saw(actor, "search", "phone", ("phone",))`, an
    export `saw(actor, "export", "cases", columns, act="export")`, a print view `act="print"`.

    The same person, object and fields are written once in ten minutes, so that reloading does not flood; an
    export is written each time. Never fails the page: what could not be written is in the process's log."""
    saw_each(actor, object_kind, (object_id,), fields, act=act)


def saw_each(
    actor: Actor,
    object_kind: str,
    object_ids: Iterable[int | str],
    fields: Sequence[str] = (),
    *,
    act: str = "see",
) -> None:
    """The same for a page that shows the same fields of several objects: a line for each, written at once."""
    if actor.kind is not ActorKind.STAFF:
        return
    try:
        looks = [(actor.staff_id, act, object_kind, str(each), tuple(fields)) for each in object_ids]
        new = [look for look in looks if act == "export" or not _was_written(db.engine, look)]

        def write(connection: Connection) -> None:
            for look in new:
                _append(connection, actor, act, object_kind, look[3], fields, None)

        if new:
            write_together(write)
            _remember(db.engine, new)
    except Exception:
        _log.exception("%s: that it was seen could not be written down", object_kind)


def _append(
    connection: Connection,
    actor: Actor,
    act: str,
    object_kind: str,
    object_id: int | str,
    fields: Sequence[str],
    sub_district_id: int | None,
) -> None:
    place: Any = actor.sub_district_id if sub_district_id is None else sub_district_id
    if place is None and object_kind in _PLACES:
        place = _PLACES[object_kind](str(object_id))
    line = dict(
        at=clock.now(),
        actor_kind=actor.kind.value,
        staff_id=actor.staff_id,
        act=act,
        object_kind=object_kind,
        object_id=str(object_id),
        fields=",".join(fields),
        sub_district_id=place,
    )
    statement = insert(table(AuditEntry)).values(line).inline()
    kept = connection.execute(statement, execution_options={"preserve_rowcount": True}).rowcount
    if kept != 1:
        raise Unwritten(f"{act} {object_kind}: the audit log did not keep its line")


def _of_staff(staff_id: str) -> ScalarSelect[Any] | None:
    staff = named("staff", column("id"), column("sub_district_id"))
    if not staff_id.isdecimal():
        return None
    return select(staff.c.sub_district_id).where(staff.c.id == int(staff_id)).scalar_subquery()


def _of_case(number: str) -> ScalarSelect[Any]:
    case = named("case_file", column("number"), column("sub_district_id"))
    return select(case.c.sub_district_id).where(case.c.number == number).scalar_subquery()


def _of_sub_district(code: str) -> ScalarSelect[Any]:
    place = named("sub_district", column("id"), column("code"))
    return select(place.c.id).where(place.c.code == code).scalar_subquery()


_PLACES: dict[str, Callable[[str], ScalarSelect[Any] | None]] = {
    "staff": _of_staff,
    "case": _of_case,
    "sub_district": _of_sub_district,
}
"""Where a thing belongs, asked in the very statement that writes the line. By name: the rooms are above this one."""


def _was_written(engine: Engine, look: tuple[object, ...]) -> bool:
    with _guard:
        at = _seen.get(engine, {}).get(look)
    return at is not None and time.monotonic() - at < SEEN_FOR_SECONDS


def _remember(engine: Engine, looks: Iterable[tuple[object, ...]]) -> None:
    with _guard:
        mine = _seen.setdefault(engine, {})
        for look in looks:
            mine.pop(look, None)  # to the end: the oldest stand first
            mine[look] = time.monotonic()
        while len(mine) > MOST_REMEMBERED:
            del mine[next(iter(mine))]
