"""A forwarding (转 12345) and the work order the hotline holds for it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class Forwarding(Base):
    """One hand-over of a case. `id` is the idempotency key and the external id; a case returned and
    forwarded again is a new one with the next `sequence`.

    `state`: waiting (to be delivered, outcome may be unknown) · delivered · ended (answered, returned or
    refused) · held (for a person, `held_for` says why). `handed` is written when it goes out: ids of the `reports`
    whose words went along, `contact_of` the one whose name and telephone did; None for what went out before this
    was written down, or has not gone out."""

    __tablename__ = "forwarding"
    __table_args__ = (UniqueConstraint("case_id", "sequence"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), index=True)
    sequence: Mapped[int]
    case_day: Mapped[date | None]
    legal_basis: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10), default="waiting", index=True)
    sent_at: Mapped[datetime | None]  # the first time a request may have reached the gateway
    held_for: Mapped[str | None] = mapped_column(String(40))
    created_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    handed: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class WorkOrder(Base):
    """A work order (工单) as the hotline last told it."""

    __tablename__ = "work_order"

    id: Mapped[int] = mapped_column(primary_key=True)
    forwarding_id: Mapped[str] = mapped_column(ForeignKey("forwarding.id"), unique=True)
    workorder_id: Mapped[str] = mapped_column(String(80), index=True)
    status: Mapped[str] = mapped_column(String(16), default="accepted")
    lead_unit: Mapped[str] = mapped_column(String(80), default="")
    result: Mapped[str] = mapped_column(Text, default="")
    solved: Mapped[bool | None]
    satisfaction: Mapped[str | None] = mapped_column(String(20))
    due_at: Mapped[datetime | None]
    updated_at: Mapped[datetime | None]
    read_at: Mapped[datetime]


class HotlineChannel(Base):
    """Whether a channel is stopped (wrong set-up), since when and why; one row a channel."""

    __tablename__ = "hotline_channel"

    name: Mapped[str] = mapped_column(String(12), primary_key=True)
    stopped_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(String(80))


class HotlinePush(Base):
    """One push of the hotline, whatever came of it: what it was about, never what it said."""

    __tablename__ = "hotline_push"

    id: Mapped[int] = mapped_column(primary_key=True)
    received_at: Mapped[datetime]
    digest: Mapped[str] = mapped_column(String(64))
    external_id: Mapped[str] = mapped_column(String(64), default="")
    workorder_id: Mapped[str] = mapped_column(String(80), default="")
    status: Mapped[str] = mapped_column(String(16), default="")
    updated_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(String(16))
