"""A case-day, the visits of a day, and how each case ended it."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class CaseDay(Base):
    """A Saturday of a sub-district (办件日). Opened by staff, closed and released by the clock or early by
    a dispatcher's word."""

    __tablename__ = "case_day"
    __table_args__ = (UniqueConstraint("sub_district_id", "day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sub_district_id: Mapped[int] = mapped_column(ForeignKey("sub_district.id"))
    day: Mapped[date]
    opened_at: Mapped[datetime | None]
    opened_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    closed_at: Mapped[datetime | None]
    released_at: Mapped[datetime | None]


class Visit(Base):
    """Somebody stood at the door for a case (走访), and what came of it."""

    __tablename__ = "visit"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), index=True)
    doorway_id: Mapped[int] = mapped_column(ForeignKey("doorway.id"))
    case_day_id: Mapped[int | None] = mapped_column(ForeignKey("case_day.id"), index=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    visited_at: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(String(16))


class DayOutcome(Base):
    """How a case ended a case-day: resolved · in_hand · carried · due, then forwarded · rolled_over;
    recalled while the hold lasts; ended when it was withdrawn, declined or the like meanwhile."""

    __tablename__ = "day_outcome"
    __table_args__ = (UniqueConstraint("case_day_id", "case_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_day_id: Mapped[int] = mapped_column(ForeignKey("case_day.id"), index=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), index=True)
    outcome: Mapped[str] = mapped_column(String(12))
    decided_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    next_day: Mapped[date | None]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
