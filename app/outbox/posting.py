"""Promise something: a row in the transaction of the change that makes it necessary."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app import clock
from app.db import table
from app.outbox.models import OutboxItem


def post(session: Session, kind: str, ref: str, *, key: str | None = None, due: datetime | None = None) -> None:
    """Add one promise. `key` defaults to `kind:ref`; a key used before raises IntegrityError, so choose it."""
    moment = clock.now()
    session.connection().execute(
        insert(table(OutboxItem)).values(
            kind=kind, ref=ref, key=key or f"{kind}:{ref}", due_at=due or moment, created_at=moment, attempts=0
        )
    )
