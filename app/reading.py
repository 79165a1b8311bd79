"""What pages read with. Writing has its own way: `app.db.transaction`, inside verbs only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from app.db import db, reading_engine


def reading() -> Session:
    """The session of this request or command, for queries."""
    return db.session()


@contextmanager
def looking() -> Iterator[Connection]:
    """A bare connection for a few quick looks (`app.prepared`) where a session would cost more than the looks
    themselves."""
    with reading_engine(db.engine).connect() as connection:
        yield connection
