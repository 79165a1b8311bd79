"""The duty roster (值班表): who reads urgent reports at which hour of the week, and keeping the list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.access import audit
from app.access.actor import SYSTEM, Actor, Role
from app.access.permissions import MAY, Permission, require_office
from app.calendar import queries as calendar
from app.db import transaction
from app.errors import NotFound, Refused
from app.staff import queries, roster
from app.staff.models import DutyShift, Staff
from app.staff.queries import Duty
from app.staff.roster import Shift


@dataclass(frozen=True)
class Reading:
    """Whether somebody reads urgent reports now. `next_at` is from when somebody does: the moment itself where
    somebody reads already, None where the roster is empty."""

    is_read: bool
    next_at: datetime | None


def reading_at(
    session: Session, sub_district_id: int, moment: datetime, *, community_id: int | None = None
) -> Reading:
    """Whether anybody on duty reads at this moment, else when next, within a week. With a community, only
    people who cover it count."""
    known = [duty for duty in queries.roster(session, sub_district_id) if duty.covers(community_id)]
    return _reading(known, moment)


def on_duty(
    session: Session, sub_district_id: int, moment: datetime, *, community_id: int | None = None
) -> list[int]:
    """Ids of the active accounts on duty at this moment; with a community, of those who cover it."""
    wall = calendar.local(moment)
    known = queries.roster(session, sub_district_id)
    return sorted({duty.staff_id for duty in known if duty.covers(community_id) and duty.shift.holds(wall)})


def names_at(session: Session, sub_district_id: int, moment: datetime) -> tuple[list[str], Reading]:
    """Display names of who is on duty at this moment, and the same as `reading_at`: for staff pages."""
    wall, known = calendar.local(moment), queries.roster(session, sub_district_id)
    return sorted({duty.name for duty in known if duty.shift.holds(wall)}), _reading(known, moment)


def _reading(known: Sequence[Duty], moment: datetime) -> Reading:
    wall, shifts = calendar.local(moment), [duty.shift for duty in known]
    if any(shift.holds(wall) for shift in shifts):
        return Reading(is_read=True, next_at=moment)
    begins = roster.next_start(shifts, wall)
    return Reading(is_read=False, next_at=None if begins is None else calendar.utc(begins))


def add(username: str, days: str, starts: str, ends: str, *, actor: Actor = SYSTEM) -> list[Shift]:
    """Put somebody on the roster, every week; hours that overlap with theirs become one shift. Returns the
    shifts they now have on those weekdays.

    Raises Forbidden; NotFound for an account that is not there, not active or another sub-district's; Refused: duty_days_wrong, duty_time_wrong,
    duty_role for somebody who may not see cases."""
    wanted = roster.shifts(days, starts, ends)
    with transaction() as session:
        person = queries.by_username(session, username)
        if person is None or not person.is_active:
            raise NotFound
        require_office(actor, person.sub_district_id)
        if Role(person.role) not in MAY[Permission.SEE_CASES]:
            raise Refused("duty_role", "username", {"username": username})
        kept = _replace(session, person, wanted)
        audit.record(session, actor, "duty_added", "staff", person.id, ("weekday", "starts", "ends"))
        return kept


def remove(shift_id: int, *, actor: Actor = SYSTEM) -> None:
    """Take one shift off the roster. Raises Forbidden, NotFound."""
    with transaction() as session:
        row = session.get(DutyShift, shift_id)
        if row is None:
            raise NotFound
        require_office(actor, row.sub_district_id)
        audit.record(session, actor, "duty_removed", "staff", row.staff_id, ("weekday", "starts", "ends"))
        session.delete(row)


def _replace(session: Session, person: Staff, wanted: list[Shift]) -> list[Shift]:
    """Write the union of these hours and the person's own on the same weekdays."""
    rows = queries.shifts_of(session, person.id, {shift.weekday for shift in wanted})
    there = {Shift(row.weekday, row.starts, row.ends): row for row in rows}
    union = roster.merged([*there, *wanted])
    for shift, row in there.items():
        if shift not in union:
            session.delete(row)
    session.add_all(
        DutyShift(
            sub_district_id=person.sub_district_id,
            staff_id=person.id,
            weekday=shift.weekday,
            starts=shift.starts,
            ends=shift.ends,
        )
        for shift in union
        if shift not in there
    )
    return union
