"""Write the audit log, inside the transaction of what it tells of."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app import clock
from app.access.actor import Actor
from app.access.models import AuditEntry
from app.db import table


def record(
    session: Session,
    actor: Actor,
    act: str,
    object_kind: str,
    object_id: int | str,
    fields: Sequence[str] = (),
) -> None:
    """Append one line: `fields` are names of what was seen or changed, never what was in them."""
    session.connection().execute(
        insert(table(AuditEntry)).values(
            at=clock.now(),
            actor_kind=actor.kind.value,
            staff_id=actor.staff_id,
            act=act,
            object_kind=object_kind,
            object_id=str(object_id),
            fields=",".join(fields),
        )
    )
