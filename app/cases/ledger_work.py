"""What is long about a ledger of 12345 is the worker's: reading it to its end, and taking every line that needs no
look. Each is a promise kept in short parts: what is urgent comes between them, and a death undoes one part alone."""

from __future__ import annotations

import tempfile
import zipfile
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app import clock, config
from app.access import audit
from app.access.actor import Actor
from app.access.permissions import Permission, may, require
from app.cases import importing, wording
from app.cases.models import LedgerFile, LedgerImport, LedgerLine
from app.db import db, transaction
from app.errors import Refused
from app.outbox import leasing, posting
from app.outbox.leasing import Leased
from app.places.unpacking import unpacked_size
from app.sealing import seal_bytes, unseal_bytes
from app.staff import queries as staff

if TYPE_CHECKING:
    from app.cases.orders import Orders

READ, TAKE = "ledger_read", "ledger_take"  # kinds of promises
WAITING, READY, BROKEN = "waiting", "ready", "broken"
SMALL = 512 * 1024  # bytes a counter's ledger comes to: some hundred lines, read while somebody waits
SMALL_UNPACKED = 3 * SMALL
PART_READ, PART_TAKEN = 1000, 40  # lines of one part: a second or so
TRIES = 4  # of one part: what has ended the worker, or failed, so often is given up
NOT_TAKEN = "没录上，请看一遍再录"


def hand_in(actor: Actor, path: Path, file_name: str) -> int:
    """Read a small ledger at once; keep a long one for the worker to read. Returns the id of the import. Raises
    Forbidden; Refused at `ledger` when it cannot be read at all, as far as that is known by now."""
    require(actor, Permission.IMPORT_LEDGER)
    if _is_small(path):
        return importing.look_through(actor, path, file_name)
    _must_look_like_one(path)
    return _keep(actor, path, file_name)


def ask_to_take(actor: Actor, import_id: int) -> None:
    """Promise to take every line that needs no look; asking twice is asking once. Raises Forbidden, NotFound."""
    with transaction() as session:
        here = importing.the_import(session, actor, import_id)
        if here.taker_id is None:
            here.taker_id, here.taken_to = actor.staff_id, 0
            posting.post_again(session, TAKE, str(here.id))


def read_on(item: Leased) -> None:
    """Read the next part of a ledger, or give it up. Raises whatever stops it: it is tried again."""
    import_id, session = int(item.ref), db.session()
    here = session.get(LedgerImport, import_id)
    if here is None or here.state != WAITING:
        leasing.keep(item)
        return
    actor = _who(session, here.staff_id)
    read = _orders(session, import_id) if actor is not None and item.attempts <= TRIES else None
    if actor is None or read is None or not read.orders:
        why = "交台账的人现在不能导入了" if actor is None else "读了几次都没读成，请分成几份再交"
        _give_up(item, import_id, read.broken if read is not None else why)
        return
    _read_part(item, actor, import_id, here.read_to, read)


def take_on(item: Leased) -> None:
    """Take the next part of the lines that need no look. What one refuses stops no other, and is written beside it.
    Raises whatever stops it: it is tried again."""
    import_id = int(item.ref)
    here = db.session().get(LedgerImport, import_id)
    actor = _who(db.session(), here.taker_id) if here is not None else None
    lines = dict[int, int]()
    if here is not None and actor is not None and item.attempts <= TRIES:
        lines = importing.ready_lines(db.session(), import_id, after=here.taken_to, most=PART_TAKEN)
    refused = importing.take(actor, import_id, lines)[1] if actor is not None and lines else {}
    with transaction() as session:
        here = session.get(LedgerImport, import_id)
        if here is None or not lines:
            if here is not None:
                here.taker_id = None
            leasing.kept(session, item)
        elif leasing.renew(session, item, config.active().lease_seconds):
            here.taken_to = max(lines.values())
            _say_not_taken(session, list(refused))
            leasing.further(session, item)


# ---- keeping -----------------------------------------------------------------------------------------------


def _is_small(path: Path) -> bool:
    if path.stat().st_size > SMALL:
        return False
    if not zipfile.is_zipfile(path):
        return True
    return unpacked_size(path) <= SMALL_UNPACKED


def _must_look_like_one(path: Path) -> None:
    """Whatever can be said about a long file within a second or two; the worker says the rest."""
    from app.cases.orders import MANNER, read_orders
    from app.places.spreadsheet import NotASpreadsheet, read_at_all

    try:
        read_at_all(path, MANNER)
    except NotASpreadsheet as broken:
        why = f"第{broken.line}行：{broken.reason}"
        raise Refused("ledger_unreadable", "ledger", {"reason": why}) from broken
    if path.suffix == ".csv":  # the only kind of which a part is read without the whole
        head = read_orders(path, most=1)
        if not head.orders:
            raise Refused("ledger_unreadable", "ledger", {"reason": head.broken})


def _keep(actor: Actor, path: Path, file_name: str) -> int:
    body = path.read_bytes()
    with transaction() as session:
        made = LedgerImport(
            sub_district_id=actor.sub_district_id,
            staff_id=actor.staff_id,
            file_name=wording.without_control_characters(file_name)[-120:],
            made_at=clock.now(),
            finished=0,
            lines=0,
            state=WAITING,
        )
        session.add(made)
        session.flush()
        sealed = seal_bytes(body, column="ledger_file", row=str(made.id))
        session.add(LedgerFile(ledger_import_id=made.id, suffix=path.suffix, sealed=sealed))
        posting.post(session, READ, str(made.id))
        audit.record(session, actor, "ledger_read", "ledger_import", made.id)
        return made.id


# ---- reading -----------------------------------------------------------------------------------------------


def _orders(session: Session, import_id: int) -> Orders:
    head = select(func.substr(LedgerFile.sealed, 1, 13)).where(LedgerFile.ledger_import_id == import_id)
    return _orders_of(import_id, bytes(session.execute(head).scalar_one()))


@lru_cache(maxsize=1)  # the parts of one ledger follow each other: its file is taken apart once
def _orders_of(import_id: int, _nonce: bytes) -> Orders:
    """What a file says. Numbers of imports may come again, what a file was sealed with does not."""
    from app.cases.orders import read_orders

    file = db.session().get_one(LedgerFile, import_id)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "ledger").with_suffix(file.suffix)
        path.touch(mode=0o600)
        path.write_bytes(unseal_bytes(file.sealed, column="ledger_file", row=str(import_id)))
        db.session().expunge(file)
        return read_orders(path)


def _read_part(item: Leased, actor: Actor, import_id: int, read_to: int, read: Orders) -> None:
    every = importing.still_open(read)
    left = [one for one in every if one.line > read_to]
    part = left[:PART_READ]
    rows = importing.Matching(db.session(), actor, part).rows()
    with transaction() as session:
        if not leasing.renew(session, item, config.active().lease_seconds):
            return  # another worker has it by now
        here = session.get_one(LedgerImport, import_id)
        here.lines, here.finished = len(read.orders), len(read.orders) - len(every)
        here.read_to = part[-1].line if part else read_to
        if len(left) > len(part):
            importing.lay_out(session, import_id, rows)
            leasing.further(session, item)
            return
        importing.lay_out(session, import_id, [*rows, *([importing.broken_row(read)] if read.broken else [])])
        importing.keep_heard(session, here, read)
        _is_read(session, here, READY)
        leasing.kept(session, item)


def _give_up(item: Leased, import_id: int, why: str) -> None:
    with transaction() as session:
        here = session.get_one(LedgerImport, import_id)
        here.broken = why[:200]
        _is_read(session, here, BROKEN)
        leasing.kept(session, item)


def _is_read(session: Session, here: LedgerImport, state: str) -> None:
    here.state = state
    session.execute(delete(LedgerFile).where(LedgerFile.ledger_import_id == here.id))
    _orders_of.cache_clear()


# ---- both --------------------------------------------------------------------------------------------------


def _who(session: Session, staff_id: int | None) -> Actor | None:
    """Who asked for it, as they may act now; None for who may not any more."""
    person = staff.by_id(session, staff_id) if staff_id is not None else None
    if person is None or not person.is_active:
        return None
    actor = staff.actor_of(session, person)
    return actor if may(actor, Permission.IMPORT_LEDGER) else None


def _say_not_taken(session: Session, line_ids: list[int]) -> None:
    for line_id in line_ids:
        line = session.get(LedgerLine, line_id)
        if line is not None and ["", NOT_TAKEN] not in line.faults:
            line.faults = [*line.faults, ["", NOT_TAKEN]]
