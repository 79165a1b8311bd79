"""Times of a sub-district as they stand in the database."""

from __future__ import annotations

from datetime import UTC, date, datetime

from sqlalchemy import Connection, Integer, and_, bindparam, select
from sqlalchemy.orm import Session

from app import config
from app.calendar.models import CalendarDay, CaseDaySettings
from app.calendar.saturdays import IsOpen, Rhythm
from app.db import table
from app.prepared import Looking

_TIMES = table(CaseDaySettings).c
_RHYTHM = select(
    _TIMES.weekday,
    _TIMES.cutoff_weekday,
    _TIMES.cutoff_time,
    _TIMES.closing_time,
    _TIMES.release_weekday,
    _TIMES.release_time,
    _TIMES.max_carries,
    _TIMES.follow_up_days,
).where(_TIMES.sub_district_id == bindparam("place"))
_DAYS = table(CalendarDay).c
_SETTLED = select(_DAYS.day, _DAYS.is_open).where(_DAYS.sub_district_id == bindparam("place"))


def rhythm_of(session: Session, sub_district_id: int) -> Rhythm:
    """The sub-district's own times, or the defaults."""
    row = session.connection().execute(_RHYTHM, {"place": sub_district_id}).one_or_none()
    return Rhythm() if row is None else Rhythm(*row)


def settled_by(session: Session, sub_district_id: int) -> IsOpen:
    """The days staff settled themselves, as the rule wants them."""
    rows = session.connection().execute(_SETTLED, {"place": sub_district_id}).all()
    return {day: is_open for day, is_open in rows}.get  # noqa: C416 - typed rows, not pairs


_WEEK = Looking(
    select(*_RHYTHM.selected_columns, _DAYS.day, _DAYS.is_open).select_from(
        select(bindparam("place", type_=Integer).label("id"))
        .subquery("here")
        .outerjoin(table(CaseDaySettings), _TIMES.sub_district_id == bindparam("place"))
        .outerjoin(
            table(CalendarDay),
            and_(_DAYS.sub_district_id == bindparam("place"), _DAYS.day >= bindparam("since")),
        )
    )
)


def week_of(connection: Connection, sub_district_id: int, since: date) -> tuple[Rhythm, IsOpen]:
    """Rhythm and settled days from `since` on, in one statement: for where every one counts."""
    rows = _WEEK.rows(connection, {"place": sub_district_id, "since": since})
    *times, _day, _open = rows[0]
    rhythm = Rhythm() if times[0] is None else Rhythm(*times)
    return rhythm, {row[-2]: row[-1] for row in rows if row[-2] is not None}.get


def local(moment: datetime) -> datetime:
    """A moment on the sub-district's wall clock, without zone."""
    return moment.astimezone(config.active().timezone).replace(tzinfo=None)


def utc(wall: datetime) -> datetime:
    """A wall-clock time of the sub-district as a moment."""
    return wall.replace(tzinfo=config.active().timezone).astimezone(UTC)


def today(moment: datetime) -> date:
    """The local date of a moment."""
    return local(moment).date()
