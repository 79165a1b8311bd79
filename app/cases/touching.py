"""Noting that a case changed, for the counts and the index, in the transaction of the change."""

from __future__ import annotations

from sqlalchemy import Connection, insert

from app.cases.queue_models import CaseTouched
from app.db import table
from app.prepared import Adding

_TOUCHED = Adding(lambda _dialect: insert(table(CaseTouched)))


def touch(
    connection: Connection,
    case_id: int,
    place: tuple[int, int],
    from_state: str | None = None,
    to_state: str | None = None,
) -> None:
    """Note in the caller's transaction that a case changed; `place` is its sub-district and community. With states
    that differ it moved; `from_state` None means it is new."""
    moved = from_state != to_state
    _TOUCHED.run(
        connection,
        {
            "case_id": case_id,
            "sub_district_id": place[0],
            "community_id": place[1],
            "from_state": from_state if moved else None,
            "to_state": to_state if moved else None,
        },
    )
