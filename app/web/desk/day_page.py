"""A case-day as its pages show it: the walk building by building, how each stop stands, what is due."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby

from app import clock
from app.access import queries as audit_queries
from app.access.actor import Actor
from app.access.chain import Head
from app.calendar import queries as calendar
from app.calendar.saturdays import Rhythm, closing_of, hold_ends, is_open
from app.case_days import queries as days
from app.case_days.models import CaseDay, DayOutcome, Visit
from app.cases import queries as cases
from app.cases.queries import Row
from app.cases.workflow import AT_WORK, ENDED, OPEN, State
from app.errors import NotFound
from app.reading import reading
from app.staff import queries as staff
from app.web.desk import phrases
from app.web.words import STAFF_STATES, shape


@dataclass(frozen=True)
class Stop:
    """One case on the walk: its place in it, and how it stands today. Once the day is over for it (`is_over`: it
    went on to another day, or the hold has ended) the day's own record stands, whatever came later."""

    no: int
    row: Row
    outcome: DayOutcome | None
    visits: Sequence[Visit]
    is_over: bool = False

    @property
    def stands(self) -> str:
        """One of the outcomes, `open` while nothing is decided, or `ended` for what left in another way."""
        if self.is_over and self.outcome is not None:
            return self.outcome.outcome
        if self.row.state in (State.RESOLVED, State.CLOSED):
            return "resolved"
        if self.row.state is State.FORWARDED:
            return "forwarded"
        if self.row.state in ENDED:
            return "ended"
        if self.outcome is not None and self.outcome.outcome not in ("resolved", "forwarded"):
            return self.outcome.outcome
        return "open"

    @property
    def word(self) -> str:
        """How it stands, for the chip."""
        if self.stands == "ended":
            return str(STAFF_STATES[self.row.state])
        if self.stands == "open" and self.visits:
            return str(phrases.VISITS[self.visits[-1].outcome])
        return str(phrases.OUTCOMES[self.stands])

    @property
    def shape(self) -> str:
        """The class of the chip."""
        return shape(self.row.state) if self.stands == "ended" else phrases.OUTCOME_SHAPES[self.stands]

    @property
    def is_undecided(self) -> bool:
        """Whether the closing still has to say something about it."""
        return self.stands == "open" and self.row.state in OPEN

    @property
    def can_be_decided(self) -> bool:
        """Whether it is sorted, so that one of the four outcomes can be chosen."""
        return self.row.state in AT_WORK


@dataclass(frozen=True)
class Day:
    """A case-day within somebody's scope."""

    day: date
    row: CaseDay | None
    rhythm: Rhythm
    stops: Sequence[Stop]
    names: Mapping[int, str]
    now: datetime
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def buildings(self) -> list[tuple[str, str, list[Stop]]]:
        """Community and building with their stops, in walking order."""
        groups = groupby(self.stops, key=lambda stop: (stop.row.community, stop.row.building))
        return [(community, building, list(stops)) for (community, building), stops in groups]

    @property
    def undecided(self) -> list[Stop]:
        """What the closing has to decide."""
        return [stop for stop in self.stops if stop.is_undecided]

    @property
    def due(self) -> list[Stop]:
        """What goes to 12345 when the hold ends."""
        return [stop for stop in self.stops if stop.stands == "due"]

    @property
    def closes_at(self) -> datetime:
        """Closing time on the wall."""
        return closing_of(self.day, self.rhythm)

    @property
    def releases_at(self) -> datetime:
        """The end of the hold on the wall; of a day not closed yet, were it closed now."""
        closed = self.row.closed_at if self.row is not None else None
        return hold_ends(self.day, calendar.local(closed) if closed else self.now, self.rhythm)

    @property
    def is_today(self) -> bool:
        """Whether it is the day itself."""
        return self.now.date() == self.day

    @property
    def has_come(self) -> bool:
        """Whether the day is here or past."""
        return self.now.date() >= self.day

    @property
    def stage(self) -> str:
        """ahead · waiting (come, nobody opened it) · opened · closed (the hold runs) · released."""
        if self.row is not None and self.row.released_at:
            return "released"
        if self.row is not None and self.row.closed_at:
            return "closed"
        if self.row is not None and self.row.opened_at:
            return "opened"
        return "waiting" if self.has_come else "ahead"


def day_of(who: Actor, day: date) -> Day:
    """The day within the actor's scope; raises NotFound for a date on which nothing was and nothing is held."""
    session = reading()
    sub_district = who.sub_district_id or 0
    row = days.day_of(session, sub_district, day)
    rhythm = calendar.rhythm_of(session, sub_district)
    outcomes = days.outcomes(session, row.id) if row else {}
    stops = _stops(who, day, outcomes, is_over=row is not None and row.released_at is not None)
    if row is None and not stops and not _is_held(sub_district, day, rhythm):
        raise NotFound
    people = {one for outcome in outcomes.values() for one in (outcome.person_id, outcome.decided_by) if one}
    people |= {visit.staff_id for stop in stops for visit in stop.visits}
    names = staff.names(session, people | ({row.opened_by} if row and row.opened_by else set()))
    counts = Counter(stop.stands for stop in stops)
    return Day(day, row, rhythm, stops, names, calendar.local(clock.now()), counts)


def sealed_by(day: Day) -> Head | None:
    """The head of the audit log's chain as of the closing; of a day that is not closed yet, as of now. It stands in
    the minutes, so that what is cut off the log later can be found against a sheet of paper."""
    closed = day.row.closed_at if day.row is not None else None
    return audit_queries.head_at(reading(), closed or clock.now())


def _stops(who: Actor, day: date, outcomes: Mapping[int, DayOutcome], *, is_over: bool) -> list[Stop]:
    """The list of the day, and what was on it and has gone on to another day."""
    session = reading()
    rows = {row.id: row for row in cases.on_list(session, who, day)}
    elsewhere = [case_id for case_id in outcomes if case_id not in rows]
    if elsewhere:
        rows |= {row.id: row for row in cases.by_ids(session, who, elsewhere)}
    order = sorted(rows.values(), key=lambda row: (row.community, row.building, row.doorway_id, row.id))
    visits = days.visits_to(session, list(rows)) if rows else {}
    return [
        Stop(
            no,
            row,
            outcomes.get(row.id),
            _of_the_day(visits.get(row.id, ()), day),
            is_over=is_over or row.case_day != day,
        )
        for no, row in enumerate(order, start=1)
    ]


def _of_the_day(visits: Sequence[Visit], day: date) -> list[Visit]:
    return [visit for visit in visits if calendar.today(visit.visited_at) == day]


def _is_held(sub_district_id: int, day: date, rhythm: Rhythm) -> bool:
    return day.weekday() == rhythm.weekday and is_open(day, calendar.settled_by(reading(), sub_district_id))
