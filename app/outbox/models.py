"""The one outbox table. Rows name things by reference; personal data never enters."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class OutboxItem(Base):
    """One promise: do `kind` for `ref`, not before `due_at` (business time).

    `not_before` (back-off) and `leased_until` are real time. `key` makes posting twice one promise."""

    __tablename__ = "outbox_item"
    __table_args__ = (Index("ix_outbox_item_waiting", "done_at", "due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    ref: Mapped[str] = mapped_column(String(64))
    key: Mapped[str] = mapped_column(String(120), unique=True)
    due_at: Mapped[datetime]
    not_before: Mapped[datetime | None]
    leased_until: Mapped[datetime | None]
    lease: Mapped[str | None] = mapped_column(String(32))
    attempts: Mapped[int] = mapped_column(default=0)
    first_tried_at: Mapped[datetime | None]
    fault: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
