"""The session that pages read with. Writing has its own way: `app.db.transaction`, inside verbs only."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.db import db


def reading() -> Session:
    """The session of this request or command, for queries."""
    return db.session()
