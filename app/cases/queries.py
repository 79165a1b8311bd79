"""Every SELECT on cases, with an English name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    cast,
    func,
    literal,
    literal_column,
    or_,
    select,
)
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from app.access.actor import Actor
from app.calendar import queries as calendar
from app.cases import news, publishing, scope
from app.cases.channels import Channel, has_resident
from app.cases.models import (
    BulkAct,
    BulkLine,
    CaseEvent,
    CaseFile,
    DataRequest,
    FollowUp,
    LedgerImport,
    LedgerLine,
    Photo,
    Report,
    Support,
)
from app.cases.rating import Rating, rating
from app.cases.told import LEFT_BY
from app.cases.workflow import ENDED, OPEN, State, has_aged_pages
from app.db import UtcDateTime
from app.errors import NotFound
from app.places.models import Building, Community, Doorway, SubDistrict
from app.prepared import Looking, bare


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
    waiting_since: datetime | None
    urgency: str


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
    CaseFile.waiting_since,
    CaseFile.urgency,
)


def _rows() -> Query:
    return (
        select(*_ROW)
        .join(Doorway, Doorway.id == CaseFile.doorway_id)
        .join(Building, Building.id == Doorway.building_id)
        .join(Community, Community.id == Building.community_id)
    )


def _in_scope(query: Query, actor: Actor) -> Query:
    return query.where(scope.clause(actor))


def _made(rows: Sequence[object]) -> list[Row]:
    made = []
    for row in rows:
        values = list(row)  # type: ignore[call-overload]
        values[4] = State(values[4])
        made.append(Row(*values))
    return made


def _there(names: tuple[str, ...], doors: ColumnElement[bool], states: Collection[State]) -> Query:
    """Cases within scope at these doors in these states."""
    of: Any = aliased(CaseFile)
    here = of.doorway_id.in_(select(Doorway.id).where(doors))
    known = of.state.in_([literal(state.value) for state in sorted(states)])
    return _of_these(names, of, select(of.id).where(here, known))


def _of_these(names: tuple[str, ...], of: Any, ids: Query) -> Query:
    """Rows of those of few cases that are within scope (`names`: those of `scope.values`), each asked by itself: SQLite
    knows nothing of how many there are of anything, and would rather look through the whole sub-district."""
    fits = select(CaseFile.id).where(CaseFile.id == of.id, scope.condition(names)).correlate(of).exists()
    return _rows().where(CaseFile.id.in_(ids.where(fits)))


def _looked_at(
    session: Session, actor: Actor, look: Callable[[tuple[str, ...]], Looking], **given: Any
) -> list[Row]:
    """Rows of a look made once for the names of a scope: putting one together costs more than asking it."""
    values = scope.values(actor)
    return _made(look(tuple(values)).rows(bare(session), values | given))


_CASE, _DOOR = bindparam("case", type_=Integer), bindparam("door", type_=Integer)
_BUILDING, _SINCE = bindparam("building", type_=Integer), bindparam("since", type_=UtcDateTime())
_MOST_NEAR: ColumnElement[Any] = literal_column("8")


def open_at_door(session: Session, actor: Actor, doorway_id: int) -> list[Row]:
    """What is open at this door, within scope."""
    return _looked_at(session, actor, _open_there, door=doorway_id)


@lru_cache
def _open_there(names: tuple[str, ...]) -> Looking:
    query = _there(names, Doorway.id == _DOOR, OPEN | {State.FORWARDED})
    return Looking(query.order_by(CaseFile.received_at))


def open_near(session: Session, actor: Actor, case: CaseFile) -> list[Row]:
    """What else is open in the same building, this door's first, at most eight: what a case might be one with."""
    return _looked_at(session, actor, _around, case=case.id, door=case.doorway_id)


@lru_cache
def _around(names: tuple[str, ...]) -> Looking:
    door = aliased(Doorway)
    building = select(door.building_id).where(door.id == _DOOR).scalar_subquery()
    query = _there(names, Doorway.building_id == building, OPEN).where(CaseFile.id != _CASE)
    return Looking(query.order_by(CaseFile.doorway_id != _DOOR, CaseFile.id.desc()).limit(_MOST_NEAR))


_LAST: ColumnElement[Any] = literal_column("200")


def earlier_at_door(session: Session, actor: Actor, case: CaseFile, since: datetime) -> list[Row]:
    """What else was said at this door since a moment, in whatever state, at most the eight newest; what comes before its
    last two hundred cases is not looked at."""
    return _looked_at(session, actor, _earlier, case=case.id, door=case.doorway_id, since=since)


@lru_cache
def _earlier(names: tuple[str, ...]) -> Looking:
    last, of = aliased(CaseFile), aliased(CaseFile)
    here = select(last.id).where(last.doorway_id == _DOOR).order_by(last.id.desc()).limit(_LAST)
    ids = select(of.id).where(of.id.in_(select(here.subquery().c.id)))
    query = _of_these(names, of, ids).where(CaseFile.id != _CASE, CaseFile.received_at >= _SINCE)
    return Looking(query.order_by(CaseFile.received_at.desc(), CaseFile.id.desc()).limit(_MOST_NEAR))


def number_of(session: Session, case_id: int | None) -> str:
    """The number of a case; empty without one."""
    return session.scalar(select(CaseFile.number).where(CaseFile.id == case_id)) or ""


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
    if case is None or not scope.reaches(session, actor, case):
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


def histories_of(session: Session, report: Report) -> dict[int, Sequence[CaseEvent]]:
    """The histories on a report's way, oldest line first, by case: of the case it is in, of those merged into
    that one, and of the one it was split off; among them is the one it came with."""
    found: dict[int, Sequence[CaseEvent]] = {}
    asked = [report.case_id]
    while asked:
        for case_id in asked:
            found[case_id] = history(session, case_id)
        merged = session.scalars(select(CaseFile.id).where(CaseFile.merged_into_id.in_(asked)))
        off = [
            event.data["from"]
            for case_id in asked
            for event in found[case_id]
            if event.action == "split_from" and report.id in event.data["reports"]
        ]
        asked = [case_id for case_id in {*merged, *off} if case_id not in found]
    return found


def histories_ever(session: Session, report: Report) -> dict[int, Sequence[CaseEvent]]:
    """The same with every case the report was put into for a while and came out of again: what was said of it there,
    or is kept of it there, is not on its way any more."""
    found = histories_of(session, report)
    while True:
        went = {
            event.data["into"]
            for events in found.values()
            for event in events
            if event.action in LEFT_BY and report.id in event.data.get("reports", ())
        }
        if went <= found.keys():
            return found
        found |= {case_id: history(session, case_id) for case_id in sorted(went - found.keys())}


def cases_stood_in(session: Session, report: Report) -> set[int]:
    """Every case this report has ever stood in, also one it was merged into and taken out of again."""
    came = select(CaseEvent.case_id).where(CaseEvent.report_id == report.id).distinct()
    found, asked = set[int](), {report.case_id, *session.scalars(came)}
    while asked:
        found |= asked
        lines = select(CaseEvent.data).where(CaseEvent.case_id.in_(asked), CaseEvent.action.in_(LEFT_BY))
        went = [data["into"] for data in session.scalars(lines) if report.id in data.get("reports", ())]
        asked = set(went) - found
    return found


def reports_in(session: Session, case_id: int) -> Sequence[Report]:
    """The reports of a case with their “me too”, the earliest first."""
    query = select(Report).where(Report.case_id == case_id).options(selectinload(Report.support))
    return session.scalars(query.order_by(Report.id)).all()


def data_requests_of(session: Session, report_id: int) -> Sequence[DataRequest]:
    """What was asked about the data of a report, the earliest first."""
    query = select(DataRequest).where(DataRequest.report_id == report_id)
    return session.scalars(query.order_by(DataRequest.id)).all()


def open_data_requests(session: Session, sub_district_id: int) -> Sequence[tuple[DataRequest, Report]]:
    """Requests nobody has settled, the earliest first, with the reports they are about."""
    query = (
        select(DataRequest, Report)
        .join(Report, Report.id == DataRequest.report_id)
        .options(joinedload(Report.case))
        .where(DataRequest.sub_district_id == sub_district_id, DataRequest.settled_at.is_(None))
    )
    return [(row[0], row[1]) for row in session.execute(query.order_by(DataRequest.id))]


def follow_ups_of(session: Session, report_id: int) -> Sequence[FollowUp]:
    """Every answer given for a report, the earliest first."""
    return session.scalars(
        select(FollowUp).where(FollowUp.report_id == report_id).order_by(FollowUp.id)
    ).all()


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
            is_taken_back=report.withdrawn_at is not None
            or report.id in undone
            or not has_resident(report.channel),
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
    query = select(Photo).where(Photo.case_id == case_id, Photo.is_cleared.is_(True), Photo.state == "ready")
    return session.scalars(query.order_by(Photo.id)).all()


def resolved_before(session: Session, moment: datetime, sub_district_id: int) -> list[int]:
    """Ids of cases resolved before `moment` and not judged since."""
    query = select(CaseFile.id).where(
        CaseFile.sub_district_id == sub_district_id,
        CaseFile.state == State.RESOLVED.value,
        CaseFile.resolved_at < moment,
    )
    return list(session.scalars(query))


@dataclass(frozen=True)
class Published:
    """What the neighbours may see of a case, and nothing else: staff's public words, the day, the state."""

    number: str
    words: str
    said_on: date
    state: State
    due_first: bool
    homes: int
    building: str
    is_here: bool

    @property
    def is_done(self) -> bool:
        """Whether it is solved: then nobody joins it any more."""
        return self.state in publishing.SHOWN_DONE


_PUBLISHED = (
    CaseFile.number,
    CaseFile.public_words,
    CaseFile.received_at,
    CaseFile.state,
    CaseFile.due_first,
    CaseFile.homes,
    Building.name,
)


def _published(*more: ColumnElement[Any]) -> Query:
    """Cases that staff published and that may still be shown: the mark alone is not trusted, for what it stood
    on may have changed since."""
    states = [state.value for state in (*publishing.SHOWN_OPEN, *publishing.SHOWN_DONE)]
    return (
        select(*_PUBLISHED, *more)
        .join(Doorway, Doorway.id == CaseFile.doorway_id)
        .join(Building, Building.id == Doorway.building_id)
        .where(
            CaseFile.visibility.in_(publishing.CIRCLES),
            CaseFile.public_words != "",
            CaseFile.state.in_(states),
            or_(CaseFile.kind.is_(None), CaseFile.kind.not_in(publishing.NEVER_SHOWN_KINDS)),
        )
    )


def _as_published(row: Any) -> Published:
    number, words, received_at, state, due_first, homes, building, is_here = row
    said_on = calendar.today(received_at)
    return Published(number, words, said_on, State(state), due_first, homes, building, bool(is_here))


def _near(doorway_id: int) -> ColumnElement[bool]:
    """Published to this door, or to the community from its building."""
    building = select(Doorway.building_id).where(Doorway.id == doorway_id).scalar_subquery()
    return and_(
        Doorway.building_id == building,
        or_(CaseFile.doorway_id == doorway_id, CaseFile.visibility == publishing.COMMUNITY),
    )


def _one_of(column: Any, values: Sequence[str]) -> ColumnElement[bool]:
    """`IN`, as statements that are built once need it."""
    return or_(*(column == value for value in values))


def _at_door() -> Query:
    door = bindparam("door", type_=Integer)
    here = (CaseFile.doorway_id == door).label("is_here")
    building = select(Doorway.building_id).where(Doorway.id == door).scalar_subquery()
    opened, done = (
        _one_of(CaseFile.state, [state.value for state in states])
        for states in (publishing.SHOWN_OPEN, publishing.SHOWN_DONE)
    )
    may_be_shown = [CaseFile.kind != kind for kind in publishing.NEVER_SHOWN_KINDS]
    return (
        select(*_PUBLISHED, here)
        .join(Doorway, Doorway.id == CaseFile.doorway_id)
        .join(Building, Building.id == Doorway.building_id)
        .where(
            Doorway.building_id == building,
            or_(
                and_(CaseFile.doorway_id == door, _one_of(CaseFile.visibility, publishing.CIRCLES)),
                CaseFile.visibility == publishing.COMMUNITY,
            ),
            CaseFile.public_words != "",
            or_(CaseFile.kind.is_(None), and_(*may_be_shown)),
            or_(opened, and_(done, CaseFile.resolved_at >= bindparam("since", type_=UtcDateTime()))),
        )
        .order_by(done, here.desc(), CaseFile.id.desc())
        .limit(bindparam("most", type_=Integer))
    )


_AT_DOOR = Looking(_at_door())


def published_at_door(
    connection: Connection, doorway_id: int, done_since: datetime, most: int
) -> list[Published]:
    """What the neighbours of a door have said, as far as it is published to them: open ones first, then what
    was solved since `done_since`; the door's own before the rest of the building, newest first."""
    rows = _AT_DOOR.rows(connection, {"door": doorway_id, "since": done_since, "most": most})
    return [_as_published(row) for row in rows]


def published_near(session: Session, doorway_id: int, number: str) -> Published | None:
    """The same for one case, however long ago it was solved; None also for one that exists and may not be
    shown at this door."""
    here = (CaseFile.doorway_id == doorway_id).label("is_here")
    query = _published(here).where(_near(doorway_id), CaseFile.number == number)
    row = session.execute(query).one_or_none()
    return None if row is None else _as_published(row)


def published_in(session: Session, community_id: int, *, start: int = 0, size: int = 25) -> list[Published]:
    """What staff published to a community, newest first, from the `start`th on. What is for one door alone is not in it."""
    nowhere = (CaseFile.doorway_id < 0).label("is_here")
    query = _published(nowhere).where(
        CaseFile.community_id == community_id, CaseFile.visibility == publishing.COMMUNITY
    )
    newest = query.order_by(CaseFile.published_at.desc(), CaseFile.id.desc())
    rows = session.execute(newest.offset(start).limit(size))
    return [_as_published(row) for row in rows]


def counts_in(session: Session, community_id: int) -> dict[State, int]:
    """How many cases published to a community stand in each state, for the board. Others are not in it: a number
    that rises by one would tell of a case that is nobody's business."""
    shown = _published().where(
        CaseFile.community_id == community_id, CaseFile.visibility == publishing.COMMUNITY
    )
    query = shown.with_only_columns(CaseFile.state, func.count()).group_by(CaseFile.state)
    return {State(state): count for state, count in session.execute(query).all()}


def sub_district_of(session: Session, sub_district_id: int) -> SubDistrict:
    """The sub-district of a case or an actor."""
    return session.get_one(SubDistrict, sub_district_id)


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


def contacts_to_forget(
    session: Session, sub_district_id: int, before: datetime, at_most: int, *, only: int | None = None
) -> list[tuple[int, int]]:
    """Reports (or `only` this one), with their cases, that still hold a name, a telephone or a mail address although their case ended,
    or they were taken back, before a moment. Resolved is no end: the resident may still be asked."""
    over = [state.value for state in ENDED - {State.RESOLVED}]
    moved = select(CaseEvent.id).where(
        CaseEvent.case_id == CaseFile.id,
        CaseEvent.at >= before,
        or_(CaseEvent.from_state.is_(None), CaseEvent.from_state != CaseEvent.to_state),
    )
    held = or_(
        Report.phone_sealed.is_not(None), Report.name_sealed.is_not(None), Report.email_sealed.is_not(None)
    )
    query = (
        select(Report.id, CaseFile.id)
        .join(CaseFile, CaseFile.id == Report.case_id)
        .outerjoin(Support, Support.report_id == Report.id)
        .where(
            CaseFile.sub_district_id == sub_district_id,
            held,
            or_(
                and_(CaseFile.state.in_(over), ~moved.exists()),
                Report.withdrawn_at < before,
                Support.undone_at < before,
            ),
        )
    )
    if only is not None:
        query = query.where(Report.id == only)
    return [(row[0], row[1]) for row in session.execute(query.order_by(Report.id).limit(at_most))]


# ---- those who joined -----------------------------------------------------------------------------------


def network_has_counted(session: Session, case_id: int, network_day: str) -> bool:
    """Whether a neighbour from this network counts for the case on this day."""
    query = select(Support.report_id).where(
        Support.case_id == case_id,
        Support.network_day == network_day,
        Support.is_counted.is_(True),
        Support.undone_at.is_(None),
    )
    return session.scalars(query.limit(1)).first() is not None


def next_of_network(session: Session, support: Support) -> Support | None:
    """The one who joined from the same network on the same day without being counted, if any: should the one
    who counts take it back, they count."""
    query = select(Support).where(
        Support.case_id == support.case_id,
        Support.network_day == support.network_day,
        Support.is_counted.is_(False),
        Support.undone_at.is_(None),
    )
    return session.scalars(query.order_by(Support.report_id).limit(1)).first()


def report_by_key(session: Session, submission_key: str) -> Report | None:
    """The report that was sent under this key."""
    return session.scalars(select(Report).where(Report.submission_key == submission_key)).one_or_none()


# ---- many at once ------------------------------------------------------------------------------------


def by_numbers(session: Session, actor: Actor, numbers: Sequence[str]) -> dict[str, Row]:
    """These cases as rows by number, within scope."""
    query = _in_scope(_rows(), actor).where(CaseFile.number.in_(numbers))
    return {row.number: row for row in _made(session.execute(query).all())}


def bulk_act(session: Session, actor: Actor, act_id: int) -> BulkAct:
    """What was done at once to several cases, with its lines; raises NotFound, also where it was somebody else's and
    none of its cases is within scope."""
    act = session.get(BulkAct, act_id, options=[selectinload(BulkAct.lines)])
    if act is None or act.sub_district_id != actor.sub_district_id:
        raise NotFound
    touched = select(CaseFile.id).where(
        scope.clause(actor), CaseFile.id.in_([one.case_id for one in act.lines])
    )
    if act.staff_id != actor.staff_id and session.scalars(touched.limit(1)).first() is None:
        raise NotFound
    return act


def recent_bulk_acts(session: Session, staff_id: int, at_most: int = 20) -> list[tuple[BulkAct, int]]:
    """What somebody did at once lately, newest first, and to how many cases."""
    lines = select(func.count()).where(BulkLine.bulk_act_id == BulkAct.id).scalar_subquery()
    query = select(BulkAct, lines).where(BulkAct.staff_id == staff_id)
    return [(row[0], row[1]) for row in session.execute(query.order_by(BulkAct.id.desc()).limit(at_most))]


def last_touches(session: Session, case_ids: Sequence[int]) -> dict[int, CaseEvent]:
    """The last line in each of these cases' histories that made pages opened before it stale."""
    lines = select(CaseEvent).where(CaseEvent.case_id.in_(case_ids)).order_by(CaseEvent.id)
    return {one.case_id: one for one in session.scalars(lines) if has_aged_pages(one.action, one.data)}


_LINE = (
    CaseEvent.id,
    CaseEvent.action,
    CaseEvent.from_state,
    CaseEvent.to_state,
    CaseEvent.data,
    CaseFile.number,
    CaseFile.version,
    CaseFile.state,
    CaseFile.sub_district_id,
    CaseFile.community_id,
    CaseEvent.at,
)


def lines_after(session: Session, place: news.Place, at_most: int = 500) -> list[news.Line]:
    """The lines of all histories from a place on, in the order they were written."""
    later = or_(CaseEvent.id > place.last, CaseEvent.id.in_(place.missing))
    query = select(*_LINE).join(CaseFile, CaseFile.id == CaseEvent.case_id).where(later)
    return [news.Line(*row) for row in session.execute(query.order_by(CaseEvent.id).limit(at_most))]


def lines_since(session: Session, moment: datetime, at_most: int = 200) -> tuple[news.Place, list[news.Line]]:
    """The last lines of all histories, and those of them that are not older than a moment: for a page that was
    drawn then. Found by their number, however long the histories are."""
    query = select(*_LINE).join(CaseFile, CaseFile.id == CaseEvent.case_id)
    rows = list(session.execute(query.order_by(CaseEvent.id.desc()).limit(at_most)))[::-1]
    first = news.Place(rows[0][0] - 1) if rows else news.Place(0)
    place = news.after(first, [row[0] for row in rows])
    return place, [news.Line(*row) for row in rows if row.at >= moment]


# ---- keying-in -----------------------------------------------------------------------------------------


def open_in_building(session: Session, actor: Actor, building_id: int, doorway_id: int) -> list[Row]:
    """What is open in a building within scope, this door's first, newest first: what somebody may be saying again."""
    return _looked_at(session, actor, _in_building, building=building_id, door=doorway_id)


@lru_cache
def _in_building(names: tuple[str, ...]) -> Looking:
    query = _there(names, Doorway.building_id == _BUILDING, OPEN | {State.FORWARDED})
    return Looking(
        query.order_by(CaseFile.doorway_id != _DOOR, CaseFile.id.desc()).limit(literal_column("40"))
    )


def counts_by_channel(session: Session, actor: Actor, since: datetime) -> dict[str, int]:
    """How many reports came by each channel since then, within the actor's scope; absent means none."""
    query = _in_scope(
        select(Report.channel, func.count()).join(CaseFile, CaseFile.id == Report.case_id), actor
    )
    query = query.where(Report.received_at >= since).group_by(Report.channel)
    return {channel: count for channel, count in session.execute(query)}  # noqa: C416


def last_channel(session: Session, staff_id: int | None) -> str | None:
    """The channel of what this person wrote down last."""
    query = select(Report.channel).where(Report.keyed_by_id == staff_id)
    return session.scalars(query.order_by(Report.id.desc()).limit(1)).first()


def keyed_report(session: Session, actor: Actor, receipt: str) -> Report:
    """A report somebody of the staff wrote down, with its case; raises NotFound also when out of scope."""
    report = report_by_receipt(session, receipt)
    if report is None or report.keyed_by_id is None:
        raise NotFound
    if not actor.covers(report.case.sub_district_id, report.case.community_id):
        raise NotFound
    return report


def orders_known(session: Session, sub_district_id: int, numbers: Sequence[str]) -> dict[str, str]:
    """Which of these work orders of 12345 are cases of a sub-district already: the case's number by the order's."""
    found: dict[str, str] = {}
    for at in range(0, len(numbers), 500):
        query = (
            select(Report.order_number, CaseFile.number)
            .join(CaseFile, CaseFile.id == Report.case_id)
            .where(
                Report.order_number.in_(numbers[at : at + 500]), CaseFile.sub_district_id == sub_district_id
            )
        )
        found |= {order: number for order, number in session.execute(query) if order}
    return found


def is_from_hotline(session: Session, case_id: int) -> tuple[bool, bool]:
    """Whether any live report of a case came out of a ledger of 12345, and whether all of them did."""
    query = select(Report.channel).where(Report.case_id == case_id, Report.withdrawn_at.is_(None))
    came = {channel == Channel.HOTLINE.value for channel in session.scalars(query)}
    return True in came, came == {True}


# ---- ledgers of 12345 ------------------------------------------------------------------------------------


def open_words_at(
    session: Session, actor: Actor, doorway_ids: Collection[int]
) -> dict[int, list[tuple[str, str]]]:
    """What is being said in the open cases at these doors: number and words, by door."""
    found: dict[int, list[tuple[str, str]]] = {}
    states, every = [state.value for state in OPEN | {State.FORWARDED}], sorted(doorway_ids)
    for at in range(0, len(every), 500):
        query = select(CaseFile.doorway_id, CaseFile.number, Report.text).join(
            Report, Report.case_id == CaseFile.id
        )
        query = query.where(CaseFile.doorway_id.in_(every[at : at + 500]), CaseFile.state.in_(states))
        for doorway_id, number, text in session.execute(_in_scope(query, actor)):
            found.setdefault(doorway_id, []).append((number, text))
    return found


def said_by_phone(
    session: Session, actor: Actor, indexes: Collection[str], since: datetime
) -> dict[str, list[tuple[str, str]]]:
    """What whoever left these telephones (by their blind index) has said since then in cases still open."""
    found: dict[str, list[tuple[str, str]]] = {}
    states, every = [state.value for state in OPEN | {State.FORWARDED}], sorted(indexes)
    for at in range(0, len(every), 500):
        query = select(Report.phone_index, CaseFile.number, Report.text).join(
            CaseFile, CaseFile.id == Report.case_id
        )
        query = query.where(
            Report.phone_index.in_(every[at : at + 500]),
            Report.received_at >= since,
            CaseFile.state.in_(states),
        )
        for index, number, text in session.execute(_in_scope(query, actor)):
            found.setdefault(index, []).append((number, text))
    return found


def ledger_imports(session: Session, actor: Actor, since: datetime) -> Sequence[LedgerImport]:
    """Ledgers this person may look through that were read in since then, newest first."""
    query = select(LedgerImport).where(
        LedgerImport.sub_district_id == actor.sub_district_id, LedgerImport.made_at >= since
    )
    if actor.community_ids is not None:
        query = query.where(LedgerImport.staff_id == actor.staff_id)
    return session.scalars(query.order_by(LedgerImport.id.desc())).all()


def ledger_counts(session: Session, import_id: int) -> dict[str, int]:
    """How many lines of a ledger came to what."""
    query = select(LedgerLine.outcome, func.count()).where(LedgerLine.ledger_import_id == import_id)
    return {outcome: count for outcome, count in session.execute(query.group_by(LedgerLine.outcome))}  # noqa: C416


def ledger_lines(
    session: Session, import_id: int, outcomes: Sequence[str], *, after: int = 0, size: int = 50
) -> Sequence[LedgerLine]:
    """Lines of a ledger that came to one of these, by their order in it."""
    query = select(LedgerLine).where(
        LedgerLine.ledger_import_id == import_id, LedgerLine.outcome.in_(outcomes), LedgerLine.line > after
    )
    return session.scalars(query.order_by(LedgerLine.line).limit(size)).all()


def faulty_lines(session: Session, import_id: int) -> Sequence[tuple[int, str, list[list[str]]]]:
    """Every line of a ledger about which something is to be said: its number, its order's, and what."""
    query = select(LedgerLine.line, LedgerLine.order_number, LedgerLine.faults).where(
        LedgerLine.ledger_import_id == import_id, cast(LedgerLine.faults, String) != "[]"
    )
    return [(line, order, faults) for line, order, faults in session.execute(query.order_by(LedgerLine.line))]
