"""Every SELECT on case-days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import case as sql_case
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.calendar.models import CalendarDay
from app.case_days.models import CaseDay, DayOutcome, Visit
from app.cases.models import CaseFile
from app.cases.workflow import OPEN
from app.db import upsert


def day_of(session: Session, sub_district_id: int, day: date) -> CaseDay | None:
    """The case-day's own row; None while nobody did anything with it."""
    return session.scalars(
        select(CaseDay).where(CaseDay.sub_district_id == sub_district_id, CaseDay.day == day)
    ).one_or_none()


def locked_day(session: Session, sub_district_id: int, day: date) -> CaseDay:
    """The case-day's row, made if missing, locked until the transaction ends."""
    wanted = (CaseDay.sub_district_id == sub_district_id, CaseDay.day == day)
    query = select(CaseDay).where(*wanted).with_for_update()
    found = session.scalars(query).one_or_none()
    if found is not None:
        return found
    # somebody else may be making it this very moment
    session.connection().execute(
        upsert(CaseDay, session.get_bind().dialect.name)
        .values(sub_district_id=sub_district_id, day=day)
        .on_conflict_do_nothing(index_elements=["sub_district_id", "day"])
    )
    return session.scalars(query).one()


def was_opened(session: Session, day: CaseDay) -> bool:
    """Whether anybody worked this day: opened it, visited, or decided something."""
    if day.opened_at is not None:
        return True
    visited = session.scalar(select(func.count()).select_from(Visit).where(Visit.case_day_id == day.id))
    decided = session.scalar(
        select(func.count())
        .select_from(DayOutcome)
        .where(DayOutcome.case_day_id == day.id, DayOutcome.decided_by.is_not(None))
    )
    return bool(visited or decided)


def outcomes(session: Session, day_id: int) -> dict[int, DayOutcome]:
    """How cases ended the day, by case id."""
    rows = session.scalars(select(DayOutcome).where(DayOutcome.case_day_id == day_id)).all()
    return {row.case_id: row for row in rows}


def outcome_of(session: Session, day_id: int, case_id: int) -> DayOutcome | None:
    """How one case ended the day, so far."""
    return session.scalars(
        select(DayOutcome).where(DayOutcome.case_day_id == day_id, DayOutcome.case_id == case_id)
    ).one_or_none()


def counts(session: Session, day_id: int) -> dict[str, int]:
    """How many cases ended the day in each way."""
    query = select(DayOutcome.outcome, func.count()).where(DayOutcome.case_day_id == day_id)
    return {row[0]: row[1] for row in session.execute(query.group_by(DayOutcome.outcome))}


def due_cases(session: Session, day_id: int) -> list[int]:
    """Ids of the cases of this day that wait, marked, for the hold to end."""
    query = (
        select(DayOutcome.case_id)
        .join(CaseFile, CaseFile.id == DayOutcome.case_id)
        .where(
            DayOutcome.case_day_id == day_id, DayOutcome.outcome == "due", CaseFile.due_marked_at.is_not(None)
        )
    )
    return list(session.scalars(query.order_by(DayOutcome.case_id)))


def left_due(session: Session, day_id: int) -> list[tuple[DayOutcome, CaseFile]]:
    """Outcomes still `due` although their case is not marked any more: somebody dealt with it meanwhile."""
    query = (
        select(DayOutcome, CaseFile)
        .join(CaseFile, CaseFile.id == DayOutcome.case_id)
        .where(
            DayOutcome.case_day_id == day_id, DayOutcome.outcome == "due", CaseFile.due_marked_at.is_(None)
        )
    )
    return [(row[0], row[1]) for row in session.execute(query.order_by(DayOutcome.case_id))]


def visits_to(session: Session, case_ids: Sequence[int]) -> dict[int, list[Visit]]:
    """Visits by case, oldest first."""
    found: dict[int, list[Visit]] = {}
    for visit in session.scalars(select(Visit).where(Visit.case_id.in_(case_ids)).order_by(Visit.id)):
        found.setdefault(visit.case_id, []).append(visit)
    return found


def unreleased(session: Session, sub_district_id: int) -> Sequence[CaseDay]:
    """Closed days whose hold has not been ended yet, earliest first."""
    query = select(CaseDay).where(
        CaseDay.sub_district_id == sub_district_id,
        CaseDay.closed_at.is_not(None),
        CaseDay.released_at.is_(None),
    )
    return session.scalars(query.order_by(CaseDay.day)).all()


def recent(session: Session, sub_district_id: int, *, at_most: int = 12) -> Sequence[CaseDay]:
    """The last case-days somebody or the clock did something with, newest first."""
    return session.scalars(
        select(CaseDay)
        .where(CaseDay.sub_district_id == sub_district_id)
        .order_by(CaseDay.day.desc())
        .limit(at_most)
    ).all()


# ---- days that staff settle ----------------------------------------------------------------------------


def settled_row(session: Session, sub_district_id: int, day: date) -> CalendarDay | None:
    """Staff's own word on a day, locked until the transaction ends."""
    wanted = (CalendarDay.sub_district_id == sub_district_id, CalendarDay.day == day)
    return session.scalars(select(CalendarDay).where(*wanted).with_for_update()).one_or_none()


def settled_rows(session: Session, sub_district_id: int, since: date) -> Sequence[CalendarDay]:
    """Staff's own words on days from `since` on."""
    return session.scalars(
        select(CalendarDay).where(CalendarDay.sub_district_id == sub_district_id, CalendarDay.day >= since)
    ).all()


def open_cases_of(session: Session, sub_district_id: int, day: date) -> list[int]:
    """Ids of the open cases on a day's list."""
    query = select(CaseFile.id).where(
        CaseFile.sub_district_id == sub_district_id,
        CaseFile.case_day == day,
        CaseFile.state.in_(sorted(OPEN)),
    )
    return list(session.scalars(query.order_by(CaseFile.id)))


def open_by_day(session: Session, sub_district_id: int, since: date) -> dict[date, tuple[int, int]]:
    """How many open cases stand on each day's list from `since` on, and how many of their dates are not certain."""
    expected = func.count(sql_case((CaseFile.promise_tentative.is_(True), CaseFile.id)))
    query = (
        select(CaseFile.case_day, func.count(), expected)
        .where(
            CaseFile.sub_district_id == sub_district_id,
            CaseFile.case_day >= since,
            CaseFile.state.in_(sorted(OPEN)),
        )
        .group_by(CaseFile.case_day)
    )
    return {day: (count, uncertain) for day, count, uncertain in session.execute(query)}
