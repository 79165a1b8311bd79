"""Notices to staff, shown at the desk until read."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class Notice(Base):
    """A message to a role (within a community, or the whole sub-district) or to one person.
    `kind` is a message key, `ref` what it is about (a case number, a date); `key` makes it once."""

    __tablename__ = "notice"
    __table_args__ = (Index("ix_notice_for", "sub_district_id", "role", "read_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(120), unique=True)
    kind: Mapped[str] = mapped_column(String(40))
    ref: Mapped[str] = mapped_column(String(64))
    sub_district_id: Mapped[int] = mapped_column(ForeignKey("sub_district.id"))
    community_id: Mapped[int | None] = mapped_column(ForeignKey("community.id"))
    role: Mapped[str | None] = mapped_column(String(12))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    read_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
