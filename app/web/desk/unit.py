"""The officer's door: what the unit was asked for, one case as far as it is the unit's business; and, on the
dispatchers' page of a case, which units are on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import render_template

from app.access.actor import Actor
from app.access.permissions import Permission, may
from app.cases import queries as cases
from app.cases import scope, unit_queries
from app.cases.contact import Contact, masked_contacts
from app.cases.models import CaseEvent, CaseFile, CaseUnit
from app.cases.scope import LEAD
from app.cases.workflow import WORKFLOW, State
from app.places import queries as places
from app.places.models import SubDistrict
from app.reading import reading
from app.staff import queries as staff
from app.units import queries as units
from app.web.auth.sign_in import actor
from app.web.desk import bp, notices, phrases
from app.web.words import KINDS, STAFF_STATES, shape

# what of a case's history is an officer's business; who saw whose telephone, and what residents asked about their
# own data, is not
READ = frozenset(
    {
        "receive",
        "triage",
        "start",
        "visit",
        "in_hand",
        "carry_over",
        "extend",
        "extend_by_clock",
        "add_photo",
        "add",
        "answered",
        "resolve",
        "answer",
        "unit_done",
        "not_solved",
        "not_solved_again",
        "rate",
        "reopen",
        "close",
        "withdraw",
        "forward_now",
        "release_due",
        "returned",
        "closed_unsolved",
        "hotline_resolved",
        "assign_unit",
        "release_unit",
        "unit_answer",
        "unit_returns",
    }
)
BETWEEN_UNITS = frozenset({"assign_unit", "release_unit", "unit_answer", "unit_returns"})


@bp.get("/unit")
def unit() -> str:
    """What my unit was asked for, by when it is due; then what it has behind it."""
    session, who = reading(), actor()
    names = units.names(session, {who.unit_id} if who.unit_id else set())
    return render_template(
        "desk/unit.html",
        unit=next(iter(names.values()), ""),
        asked=unit_queries.asked_of(session, who),
        done=unit_queries.done_by(session, who),
        most=unit_queries.MOST_SHOWN,
        phrases=phrases,
        state_words=STAFF_STATES,
        state_shape=lambda one: shape(one.state),
        notices=notices.mine(),
    )


@dataclass(frozen=True)
class Line:
    """One line of history as an officer reads it; `note` and `told` are empty where they are not for them."""

    at: object
    who: str
    word: str
    unit: str
    told: str
    note: str


def draw_for_unit(
    number: str, tried: object, contacts: Sequence[Contact] = (), since: Sequence[CaseEvent] = ()
) -> str:
    """The page of a case for an officer: the matter, the words as they are, the photos, what the unit is to do. How
    to reach residents stands on it only while the unit leads. Raises NotFound, also out of scope."""
    session, who = reading(), actor()
    case = cases.case_page(session, who, number)
    parts = unit_queries.parts_of_case(session, case.id)
    part = _own(who, parts)
    is_live = part.ended_at is None
    reports = [report for report in case.reports if report.withdrawn_at is None]
    seen = {one.report_id: one for one in contacts}
    held = masked_contacts(case) if is_live and part.part == LEAD else []
    return render_template(
        "desk/unit_case.html",
        case=case,
        reports=reports,
        part=part,
        is_live=is_live,
        others=[one for one in parts if one.is_live and one.part.unit_id != who.unit_id],
        offers=_offers(case, part) if is_live else [],
        waited_for=[one.unit for one in parts if one.part in unit_queries.outstanding(session, case.id)],
        door=places.door_of(session, case.doorway_id),
        state=State(case.state),
        state_word=STAFF_STATES[State(case.state)],
        shape=shape(State(case.state), due_first=case.due_first),
        kinds=KINDS,
        phrases=phrases,
        tried=tried,
        since=_lines(who, part, since),
        lines=_lines(who, part, case.events),
        taken=cases.staff_photos(session, case.id),
        may_add_photos=is_live and State(case.state) in WORKFLOW["add_photo"].sources,
        contacts=[(seen.get(one.report_id, one), one.report_id in seen) for one in held],
    )


def _own(who: Actor, parts: Sequence[unit_queries.PartOf]) -> CaseUnit:
    """The part the unit has now, or else the last one it may still look back at."""
    mine = [one.part for one in parts if one.part.unit_id == who.unit_id]
    live = [one for one in mine if one.ended_at is None]
    return (live or [one for one in mine if one.outcome in scope.STILL_SEEN])[-1]


def _offers(case: CaseFile, part: CaseUnit) -> list[str]:
    """What leads on from here for this part, the main one first: only who leads may say that it is done."""
    state = State(case.state)
    actions = (
        ("unit_done", "unit_answer", "unit_returns") if part.part == LEAD else ("unit_answer", "unit_returns")
    )
    return [action for action in actions if state in WORKFLOW[action].sources]


def _lines(who: Actor, part: CaseUnit, events: Sequence[CaseEvent]) -> list[Line]:
    """The history without what colleagues wrote for each other. Words to one resident alone stay between them; what
    passes between the desk and another unit is read by who leads."""
    session = reading()
    people = staff.names(session, {one.staff_id for one in events if one.staff_id is not None})
    names = units.names(session, {one.data["unit"] for one in events if "unit" in one.data})
    lines = []
    for event in events:
        whose = event.data.get("unit")
        theirs = event.action in BETWEEN_UNITS and whose != who.unit_id
        if event.action not in READ or (theirs and part.part != LEAD):
            continue
        told = event.told if event.report_id is None else ""
        note = event.note if event.action in BETWEEN_UNITS else ""
        name = people.get(event.staff_id or 0) or str(phrases.ACTORS[event.actor_kind])
        word = str(phrases.HISTORY[event.action])
        lines.append(Line(event.at, name, word, names.get(whose or 0, ""), told, note))
    return lines


@dataclass(frozen=True)
class Section:
    """Who is on a case, for the dispatchers' page: each part with its unit, and the names another can be asked by."""

    parts: list[unit_queries.PartOf]
    names: dict[int, str]
    options: list[str]
    may_ask: bool
    may_release: bool


def section(who: Actor, case: CaseFile) -> Section:
    """The units of a case."""
    session = reading()
    parts = unit_queries.parts_of_case(session, case.id)
    may_assign = may(who, Permission.ASSIGN_UNITS)
    may_ask = may_assign and State(case.state) in WORKFLOW["assign_unit"].sources
    options: list[str] = []
    if may_ask:
        code = session.get_one(SubDistrict, case.sub_district_id).code
        known = {one.name for one in units.of_sub_district(session, code)}
        options = sorted(known | ({case.lead_unit} if case.lead_unit else set()))
    ids = {one.part.unit_id for one in parts}
    return Section(
        parts,
        units.names(session, ids) if ids else {},
        options,
        may_ask,
        may_assign and State(case.state) in WORKFLOW["release_unit"].sources,
    )
