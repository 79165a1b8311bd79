"""A sub-district's own times, and days that its staff settled themselves."""

from __future__ import annotations

from datetime import date, time

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class CaseDaySettings(Base):
    """Times of the weekly case-day in the sub-district's zone; weekdays count from Monday = 0.
    A sub-district without a row keeps the defaults of `app.calendar.saturdays.Rhythm`."""

    __tablename__ = "case_day_settings"

    sub_district_id: Mapped[int] = mapped_column(ForeignKey("sub_district.id"), primary_key=True)
    weekday: Mapped[int]
    cutoff_weekday: Mapped[int]
    cutoff_time: Mapped[time]
    closing_time: Mapped[time]
    release_weekday: Mapped[int]
    release_time: Mapped[time]
    max_carries: Mapped[int]
    follow_up_days: Mapped[int]


class CalendarDay(Base):
    """A day whose standing staff settled: `is_open` says whether a case-day is held."""

    __tablename__ = "calendar_day"
    __table_args__ = (UniqueConstraint("sub_district_id", "day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sub_district_id: Mapped[int] = mapped_column(ForeignKey("sub_district.id"))
    day: Mapped[date]
    is_open: Mapped[bool]
    note: Mapped[str] = mapped_column(String(80), default="")
