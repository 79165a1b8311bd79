"""The audit log: ids and field names, never values; and its seals."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class AuditEntry(Base):
    """Who did or saw what, when. Append-only, in the database itself (`triggers.py`).

    `sub_district_id`: whose auditor reads it; None for what concerns the installation. No foreign keys: a line
    must outlive what it tells of."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_place", "sub_district_id", "id"),
        Index("ix_audit_entry_when", "sub_district_id", "at"),
        Index("ix_audit_entry_who", "sub_district_id", "staff_id", "id"),
        Index("ix_audit_entry_act", "sub_district_id", "act", "id"),
        Index("ix_audit_entry_what", "sub_district_id", "object_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor_kind: Mapped[str] = mapped_column(String(12))
    staff_id: Mapped[int | None]
    act: Mapped[str] = mapped_column(String(40))
    object_kind: Mapped[str] = mapped_column(String(24))
    object_id: Mapped[str] = mapped_column(String(64))
    fields: Mapped[str] = mapped_column(String(200), default="")
    sub_district_id: Mapped[int | None]


class AuditSeal(Base):
    """One link of the chain: the lines from `first_id` to `last_id`, and a keyed code over them and the link before.

    `marks` holds a line's id and a keyed mark of its content for each line, so that a fault can be named."""

    __tablename__ = "audit_seal"
    __table_args__ = (Index("ix_audit_seal_at", "at", "number"),)

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    first_id: Mapped[int]
    last_id: Mapped[int]
    count: Mapped[int]
    key_id: Mapped[str] = mapped_column(String(16))
    mac: Mapped[str] = mapped_column(String(64))
    marks: Mapped[bytes] = mapped_column(LargeBinary)
