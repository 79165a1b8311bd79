"""The orders the stand-in holds: one SQLite file of its own, every change durable before it is answered."""

import json
import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, get_args
from zoneinfo import ZoneInfo

Status = Literal["accepted", "assigned", "in_progress", "returned", "closed"]
Satisfaction = Literal["satisfied", "basically_satisfied", "dissatisfied"]
STATUSES: tuple[Status, ...] = get_args(Status)
SATISFACTIONS: tuple[Satisfaction, ...] = get_args(Satisfaction)
PAGE = 50
BEIJING = ZoneInfo("Asia/Shanghai")

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS orders (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    workorder_id TEXT NOT NULL UNIQUE,
    idempotency_key TEXT NOT NULL,
    external_id TEXT NOT NULL,
    dossier TEXT NOT NULL,
    received_at TEXT NOT NULL,
    shown_from TEXT NOT NULL,
    status TEXT NOT NULL,
    lead_unit TEXT,
    result TEXT,
    solved INTEGER,
    satisfaction TEXT,
    updated_at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS orders_by_key ON orders (idempotency_key);
CREATE INDEX IF NOT EXISTS orders_by_external_id ON orders (external_id);
CREATE TABLE IF NOT EXISTS happenings (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    workorder_id TEXT NOT NULL REFERENCES orders (workorder_id),
    at TEXT NOT NULL,
    what TEXT NOT NULL,
    detail TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS happenings_by_order ON happenings (workorder_id);
"""


@dataclass(frozen=True)
class Order:
    """One order and what the city says of it. Times are aware, in UTC; `dossier` is the body received."""

    number: int
    workorder_id: str
    dossier: dict[str, Any]
    received_at: datetime
    status: Status
    lead_unit: str | None
    result: str | None
    solved: bool | None
    satisfaction: Satisfaction | None
    updated_at: datetime

    def as_contract(self) -> dict[str, Any]:
        """The object of GET /workorders/{id}, of a look-up's items, and of the web hook."""
        return {
            "workorder_id": self.workorder_id,
            "external_id": self.dossier["external_id"],
            "status": self.status,
            "lead_unit": self.lead_unit,
            "supporting_units": self.dossier["supporting_units"],
            "due_at": self.dossier["due_at"],
            "result": self.result,
            "solved": self.solved,
            "satisfaction": self.satisfaction,
            "updated_at": self.updated_at.astimezone(BEIJING).isoformat(timespec="microseconds"),
        }


@dataclass(frozen=True)
class Answer:
    """What a person playing the city sets on an order."""

    status: Status
    lead_unit: str | None
    result: str | None
    solved: bool | None
    satisfaction: Satisfaction | None


@dataclass(frozen=True)
class Happening:
    """What befell an order later: `received_again`, `answered`, `pushed` or `push_failed`."""

    at: datetime
    what: str
    detail: str


class Orders:
    """The file of orders. One connection behind one lock; other processes may open the same file.

    Raises sqlite3.Error when the file cannot be opened, read or written.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._file = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
        self._file.row_factory = sqlite3.Row
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            self._file.execute(f"PRAGMA {pragma}")
        self._file.executescript(_SCHEMA)

    def close(self) -> None:
        self._file.close()

    def ping(self) -> None:
        """Raise sqlite3.Error unless the file answers."""
        self._rows("SELECT 1")

    def make(
        self, key: str, dossier: dict[str, Any], *, honour_key: bool, hidden_for: float
    ) -> tuple[Order, bool]:
        """The order of this key, and whether it was made just now; on disk when this returns.

        With `honour_key` off every call makes another order. A new one is kept out of look-ups for
        `hidden_for` seconds.
        """
        with self._writing() as file:
            known = self._of_key(key) if honour_key else None
            if known:
                self._note(known.workorder_id, "received_again", "")
                return known, False
            now = _now()
            workorder_id = self._unused_id(now)
            file.execute(
                "INSERT INTO orders (workorder_id, idempotency_key, external_id, dossier, received_at,"
                " shown_from, status, lead_unit, updated_at) VALUES (?, ?, ?, ?, ?, ?, 'accepted', ?, ?)",
                (workorder_id, key, str(dossier["external_id"]), json.dumps(dossier, ensure_ascii=False),
                 _wire(now), _wire(now + timedelta(seconds=hidden_for)), dossier["lead_unit"], _wire(now)),
            )  # fmt: skip
            return self._one(workorder_id), True

    def is_known(self, key: str) -> bool:
        return self._of_key(key) is not None

    def find(self, workorder_id: str) -> Order | None:
        rows = self._rows("SELECT * FROM orders WHERE workorder_id = ?", workorder_id)
        return _order(rows[0]) if rows else None

    def shown_by_external_id(self, external_id: str) -> list[Order]:
        """Every order a look-up shows for this forwarding, oldest first."""
        found = "SELECT * FROM orders WHERE external_id = ? AND shown_from <= ? ORDER BY number"
        return [_order(row) for row in self._rows(found, external_id, _wire(_now()))]

    def newest(self, before: int | None = None) -> list[Order]:
        """Up to PAGE orders, newest first, older than the order numbered `before`."""
        page = "SELECT * FROM orders WHERE number < ? ORDER BY number DESC LIMIT ?"
        return [_order(row) for row in self._rows(page, before or 2**62, PAGE)]

    def count(self) -> int:
        return int(self._rows("SELECT count(*) FROM orders")[0][0])

    def answer(self, workorder_id: str, answer: Answer) -> Order:
        """Write what the city says. `updated_at` always moves forward, also when the clock does not."""
        with self._writing() as file:
            before = self._one(workorder_id)
            now = max(_now(), before.updated_at + timedelta(microseconds=1))
            file.execute(
                "UPDATE orders SET status = ?, lead_unit = ?, result = ?, solved = ?, satisfaction = ?,"
                " updated_at = ? WHERE workorder_id = ?",
                (answer.status, answer.lead_unit, answer.result, answer.solved, answer.satisfaction,
                 _wire(now), workorder_id),
            )  # fmt: skip
            self._note(workorder_id, "answered", answer.status)
            return self._one(workorder_id)

    def note(self, workorder_id: str, what: str, detail: str) -> None:
        """Keep a happening of an order for its page."""
        with self._writing():
            self._note(workorder_id, what, detail)

    def happenings(self, workorder_id: str) -> list[Happening]:
        """What befell an order, newest first."""
        rows = self._rows(
            "SELECT * FROM happenings WHERE workorder_id = ? ORDER BY number DESC", workorder_id
        )
        return [Happening(datetime.fromisoformat(row["at"]), row["what"], row["detail"]) for row in rows]

    def _note(self, workorder_id: str, what: str, detail: str) -> None:
        self._file.execute(
            "INSERT INTO happenings (workorder_id, at, what, detail) VALUES (?, ?, ?, ?)",
            (workorder_id, _wire(_now()), what, detail),
        )

    def _of_key(self, key: str) -> Order | None:
        rows = self._rows("SELECT * FROM orders WHERE idempotency_key = ? ORDER BY number LIMIT 1", key)
        return _order(rows[0]) if rows else None

    def _one(self, workorder_id: str) -> Order:
        order = self.find(workorder_id)
        if order is None:
            raise LookupError(workorder_id)
        return order

    def _unused_id(self, now: datetime) -> str:
        while True:
            tail = "".join(secrets.choice(_ALPHABET) for _ in range(6))
            workorder_id = f"YS{now.astimezone(BEIJING):%Y%m%d}-{tail}"
            if self.find(workorder_id) is None:
                return workorder_id

    def _rows(self, select: str, *values: object) -> list[sqlite3.Row]:
        with self._lock:
            return self._file.execute(select, values).fetchall()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._file.execute("BEGIN IMMEDIATE")
            try:
                yield self._file
                self._file.execute("COMMIT")
            except BaseException:
                if self._file.in_transaction:
                    self._file.execute("ROLLBACK")
                raise


def _order(row: sqlite3.Row) -> Order:
    return Order(
        number=row["number"],
        workorder_id=row["workorder_id"],
        dossier=json.loads(row["dossier"]),
        received_at=datetime.fromisoformat(row["received_at"]),
        status=row["status"],
        lead_unit=row["lead_unit"],
        result=row["result"],
        solved=None if row["solved"] is None else bool(row["solved"]),
        satisfaction=row["satisfaction"],
        updated_at=datetime.fromisoformat(row["updated_at"]),
    )


def _now() -> datetime:
    return datetime.now(UTC)


def _wire(moment: datetime) -> str:
    # Always six decimals: the texts are compared as texts.
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
