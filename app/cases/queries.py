"""Every SELECT on cases, with an English name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.access.actor import Actor
from app.cases.models import CaseEvent, CaseFile, FollowUp, Photo, Report, Support
from app.cases.rating import Rating, rating
from app.cases.workflow import OPEN, State
from app.errors import NotFound
from app.places.models import Building, Community, Doorway, SubDistrict


@dataclass(frozen=True)
class Row:
    """A case in a list: what a row of the queue, a day or a door shows."""

    id: int
    number: str
    version: int
    title: str
    state: State
    kind: str | None
    lead_unit: str
    due_first: bool
    received_at: datetime
    due_at: datetime
    internal_due_at: datetime
    case_day: date
    promised_on: date
    carries: int
    due_marked_at: datetime | None
    triaged_at: datetime | None
    category_id: int | None
    handler_id: int | None
    doorway_id: int
    doorway: str
    building: str
    community_id: int
    community: str
    homes: int


Query = Select[*tuple[Any, ...]]

_ROW = (
    CaseFile.id,
    CaseFile.number,
    CaseFile.version,
    CaseFile.title,
    CaseFile.state,
    CaseFile.kind,
    CaseFile.lead_unit,
    CaseFile.due_first,
    CaseFile.received_at,
    CaseFile.due_at,
    CaseFile.internal_due_at,
    CaseFile.case_day,
    CaseFile.promised_on,
    CaseFile.carries,
    CaseFile.due_marked_at,
    CaseFile.triaged_at,
    CaseFile.category_id,
    CaseFile.handler_id,
    CaseFile.doorway_id,
    Doorway.name,
    Building.name,
    Community.id,
    Community.name,
    CaseFile.homes,
)


def _rows() -> Query:
    return (
        select(*_ROW)
        .join(Doorway, Doorway.id == CaseFile.doorway_id)
        .join(Building, Building.id == Doorway.building_id)
        .join(Community, Community.id == Building.community_id)
    )


def _in_scope(query: Query, actor: Actor) -> Query:
    query = query.where(CaseFile.sub_district_id == actor.sub_district_id)
    if actor.community_ids is not None:
        query = query.where(CaseFile.community_id.in_(actor.community_ids))
    return query


def _made(rows: Sequence[object]) -> list[Row]:
    made = []
    for row in rows:
        values = list(row)  # type: ignore[call-overload]
        values[4] = State(values[4])
        made.append(Row(*values))
    return made


def queue(
    session: Session, actor: Actor, states: Sequence[State], *, after: int | None = None, size: int = 25
) -> list[Row]:
    """A page of the queue within the actor's scope: by step (`cases/steps.py`), then by internal deadline.
    `after` is the id of the last case of the page before."""
    query = _in_scope(_rows(), actor).where(CaseFile.state.in_([state.value for state in states]))
    order = (CaseFile.step, CaseFile.internal_due_at, CaseFile.id)
    if after is not None:
        last = session.get(CaseFile, after)
        if last is not None:
            query = query.where(_later_than(last))
    return _made(session.execute(query.order_by(*order).limit(size)).all())


def _later_than(last: CaseFile) -> ColumnElement[bool]:
    """Rows after `last` in the queue's order."""
    behind = or_(
        CaseFile.internal_due_at > last.internal_due_at,
        and_(CaseFile.internal_due_at == last.internal_due_at, CaseFile.id > last.id),
    )
    return or_(CaseFile.step > last.step, and_(CaseFile.step == last.step, behind))


def counts_by_state(session: Session, actor: Actor) -> dict[State, int]:
    """How many cases stand in each state, within the actor's scope; absent means none."""
    query = _in_scope(select(CaseFile.state, func.count()), actor).group_by(CaseFile.state)
    return {State(state): count for state, count in session.execute(query).all()}


def open_at_door(session: Session, actor: Actor, doorway_id: int) -> list[Row]:
    """What is open at this door, within scope."""
    states = [state.value for state in OPEN | {State.FORWARDED}]
    query = _in_scope(_rows(), actor).where(CaseFile.doorway_id == doorway_id, CaseFile.state.in_(states))
    return _made(session.execute(query.order_by(CaseFile.received_at)).all())


def on_list(session: Session, actor: Actor, day: date) -> list[Row]:
    """The cases on the list of a case-day, in walking order: community, building, doorway. Those that ended
    before the day was closed stay on it."""
    query = _in_scope(_rows(), actor).where(CaseFile.case_day == day)
    order = (Community.name, Building.id, Doorway.id, CaseFile.id)
    return _made(session.execute(query.order_by(*order)).all())


def ids_on_list(session: Session, sub_district_id: int, day: date, states: Sequence[State]) -> list[int]:
    """Ids of the cases of a day's list that stand in one of these states."""
    query = select(CaseFile.id).where(
        CaseFile.sub_district_id == sub_district_id,
        CaseFile.case_day == day,
        CaseFile.state.in_([state.value for state in states]),
    )
    return list(session.scalars(query.order_by(CaseFile.id)))


def waiting_days(session: Session, sub_district_id: int) -> list[date]:
    """The case-days on whose lists open cases stand, earliest first."""
    query = select(CaseFile.case_day).where(
        CaseFile.sub_district_id == sub_district_id, CaseFile.state.in_([state.value for state in OPEN])
    )
    return sorted(set(session.scalars(query.distinct())))


def case_page(session: Session, actor: Actor, number: str) -> CaseFile:
    """A case with reports, photos, additions and history; raises NotFound also when out of scope."""
    case = session.scalars(
        select(CaseFile)
        .where(CaseFile.number == number)
        .options(
            selectinload(CaseFile.reports).selectinload(Report.photos),
            selectinload(CaseFile.reports).selectinload(Report.additions),
            selectinload(CaseFile.reports).joinedload(Report.support),
            selectinload(CaseFile.events),
        )
    ).one_or_none()
    if case is None or not actor.covers(case.sub_district_id, case.community_id):
        raise NotFound
    return case


def report_by_receipt(session: Session, receipt: str) -> Report | None:
    """The report a receipt opens, with its case; None for one that was never given."""
    return session.scalars(
        select(Report).where(Report.receipt == receipt).options(joinedload(Report.case))
    ).one_or_none()


def history(session: Session, case_id: int) -> Sequence[CaseEvent]:
    """A case's history, oldest first."""
    return session.scalars(select(CaseEvent).where(CaseEvent.case_id == case_id).order_by(CaseEvent.id)).all()


def last_follow_up(session: Session, report_id: int) -> FollowUp | None:
    """The answers that count for a report."""
    return session.scalars(
        select(FollowUp).where(FollowUp.report_id == report_id).order_by(FollowUp.id.desc()).limit(1)
    ).one_or_none()


def rating_of(session: Session, report: Report) -> tuple[Rating, FollowUp | None]:
    """How a report stands with the three questions, and the answers that count, if any were given."""
    return ratings_of(session, [report])[report.id]


def ratings_of(session: Session, reports: Sequence[Report]) -> dict[int, tuple[Rating, FollowUp | None]]:
    """The same for several reports, by their ids."""
    ids = [report.id for report in reports]
    last = select(func.max(FollowUp.id)).where(FollowUp.report_id.in_(ids)).group_by(FollowUp.report_id)
    answers = {one.report_id: one for one in session.scalars(select(FollowUp).where(FollowUp.id.in_(last)))}
    undone = set(
        session.scalars(
            select(Support.report_id).where(Support.report_id.in_(ids), Support.undone_at.is_not(None))
        )
    )
    found = {}
    for report in reports:
        answer, done_at = answers.get(report.id), report.case.resolved_at
        standing = rating(
            State(report.case.state),
            is_taken_back=report.withdrawn_at is not None or report.id in undone,
            is_answered=answer is not None,
            is_answered_since=answer is not None and (done_at is None or answer.answered_at >= done_at),
        )
        found[report.id] = (standing, answer)
    return found


@dataclass(frozen=True)
class PhotoOf:
    """A photo with the case it belongs to; `report` is None for one that staff took."""

    photo: Photo
    case: CaseFile
    report: Report | None

    @property
    def is_shown(self) -> bool:
        """Whether it may be looked at, by whoever else may: re-encoded, and its report not taken back."""
        return self.photo.state == "ready" and (self.report is None or self.report.withdrawn_at is None)

    @property
    def is_shown_outside(self) -> bool:
        """The same beyond the desk: of what staff took only what they said shows no faces, plates or papers."""
        return self.is_shown and (self.report is not None or self.photo.is_cleared)


def photo_by_name(session: Session, media_name: str) -> PhotoOf | None:
    """A photo, of a report or taken by staff, and the case it belongs to."""
    row = session.execute(
        select(Photo, CaseFile, Report)
        .outerjoin(Report, Report.id == Photo.report_id)
        .join(CaseFile, CaseFile.id == func.coalesce(Photo.case_id, Report.case_id))
        .where(Photo.media_name == media_name)
    ).one_or_none()
    return None if row is None else PhotoOf(row[0], row[1], row[2])


def photo_named(session: Session, media_name: str) -> Photo | None:
    """The same alone."""
    return session.scalars(select(Photo).where(Photo.media_name == media_name)).one_or_none()


def claimed_photos(session: Session, media_names: Sequence[str]) -> set[str]:
    """Which of these names belong to a photo."""
    return set(session.scalars(select(Photo.media_name).where(Photo.media_name.in_(media_names))))


def staff_photos(session: Session, case_id: int) -> Sequence[Photo]:
    """What staff photographed of a case, in the order it was sent."""
    return session.scalars(select(Photo).where(Photo.case_id == case_id).order_by(Photo.id)).all()


def after_photos(session: Session, case_id: int) -> Sequence[Photo]:
    """Those of them that the residents of the case may see."""
    query = select(Photo).where(
        Photo.case_id == case_id, Photo.is_cleared.is_(True), Photo.state == "ready"
    )
    return session.scalars(query.order_by(Photo.id)).all()


def resolved_before(session: Session, moment: datetime, sub_district_id: int) -> list[int]:
    """Ids of cases resolved before `moment` and not judged since."""
    query = select(CaseFile.id).where(
        CaseFile.sub_district_id == sub_district_id,
        CaseFile.state == State.RESOLVED.value,
        CaseFile.resolved_at < moment,
    )
    return list(session.scalars(query))


def published_in(session: Session, community_id: int) -> Sequence[CaseFile]:
    """Cases of a community that staff published to it, newest first, in their public words only."""
    return session.scalars(
        select(CaseFile)
        .where(CaseFile.community_id == community_id, CaseFile.visibility == "community")
        .order_by(CaseFile.id.desc())
        .limit(50)
    ).all()


def counts_in(session: Session, community_id: int) -> dict[State, int]:
    """How many cases of a community stand in each state, for the public board."""
    query = select(CaseFile.state, func.count()).where(CaseFile.community_id == community_id)
    return {State(state): count for state, count in session.execute(query.group_by(CaseFile.state)).all()}


def sub_district_of(session: Session, sub_district_id: int) -> SubDistrict:
    """The sub-district of a case or an actor."""
    return session.get_one(SubDistrict, sub_district_id)


@dataclass(frozen=True)
class Standing:
    """How many cases of a community stand in a state; `state` None for a community without any."""

    community_id: int
    community: str
    state: State | None
    count: int


def standings(session: Session, actor: Actor) -> list[Standing]:
    """Every community within the actor's scope with its cases by state: tabs, filter and rail in one look."""
    query = (
        select(Community.id, Community.name, CaseFile.state, func.count(CaseFile.id))
        .outerjoin(CaseFile, CaseFile.community_id == Community.id)
        .where(Community.sub_district_id == actor.sub_district_id)
        .group_by(Community.id, Community.name, CaseFile.state)
        .order_by(Community.name)
    )
    if actor.community_ids is not None:
        query = query.where(Community.id.in_(actor.community_ids))
    rows = session.execute(query).all()
    return [Standing(row[0], row[1], None if row[2] is None else State(row[2]), row[3]) for row in rows]


def by_ids(session: Session, actor: Actor, case_ids: Sequence[int]) -> list[Row]:
    """These cases as rows, within scope, in walking order."""
    query = _in_scope(_rows(), actor).where(CaseFile.id.in_(case_ids))
    return _made(session.execute(query.order_by(Community.name, Building.id, Doorway.id, CaseFile.id)).all())


def counts_by_day(session: Session, actor: Actor) -> dict[date, dict[State, int]]:
    """How many cases stand on each case-day's list in each state, within scope."""
    query = _in_scope(select(CaseFile.case_day, CaseFile.state, func.count()), actor)
    counts: dict[date, dict[State, int]] = {}
    for day, state, count in session.execute(query.group_by(CaseFile.case_day, CaseFile.state)).all():
        counts.setdefault(day, {})[State(state)] = count
    return counts


def reports_of(session: Session, case_ids: Sequence[int]) -> dict[int, list[Report]]:
    """The reports of these cases with their photos, oldest first."""
    query = select(Report).where(Report.case_id.in_(case_ids)).options(selectinload(Report.photos))
    found: dict[int, list[Report]] = {}
    for report in session.scalars(query.order_by(Report.id)):
        found.setdefault(report.case_id, []).append(report)
    return found


def files(session: Session, case_ids: Sequence[int]) -> Sequence[CaseFile]:
    """These cases themselves, for a rule that looks at more than a row."""
    return session.scalars(select(CaseFile).where(CaseFile.id.in_(case_ids)).order_by(CaseFile.id)).all()
