"""Times of a sub-district as they stand in the database."""

from __future__ import annotations

from datetime import UTC, date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import config
from app.calendar.models import CalendarDay, CaseDaySettings
from app.calendar.saturdays import IsOpen, Rhythm


def rhythm_of(session: Session, sub_district_id: int) -> Rhythm:
    """The sub-district's own times, or the defaults."""
    row = session.get(CaseDaySettings, sub_district_id)
    if row is None:
        return Rhythm()
    return Rhythm(
        row.weekday, row.cutoff_weekday, row.cutoff_time, row.closing_time, row.release_weekday,
        row.release_time, row.max_carries, row.follow_up_days,
    )


def settled_by(session: Session, sub_district_id: int) -> IsOpen:
    """The days staff settled themselves, as the rule wants them."""
    rows = session.execute(
        select(CalendarDay.day, CalendarDay.is_open).where(CalendarDay.sub_district_id == sub_district_id)
    ).all()
    days = {day: is_open for day, is_open in rows}
    return days.get


def local(moment: datetime) -> datetime:
    """A moment on the sub-district's wall clock, without zone."""
    return moment.astimezone(config.active().timezone).replace(tzinfo=None)


def utc(wall: datetime) -> datetime:
    """A wall-clock time of the sub-district as a moment."""
    return wall.replace(tzinfo=config.active().timezone).astimezone(UTC)


def today(moment: datetime) -> date:
    """The local date of a moment."""
    return local(moment).date()
