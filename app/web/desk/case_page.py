"""Everything the page of one case shows, gathered before it is drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from flask import render_template

from app import clock
from app.access.actor import Actor
from app.access.permissions import Permission, may
from app.calendar import queries as calendar
from app.cases import extending, hotline_answers, publishing, splitting
from app.cases import queries as cases
from app.cases.contact import Contact, masked_contacts
from app.cases.likeness import similar
from app.cases.models import CaseEvent, CaseFile, Report
from app.cases.workflow import WORKFLOW, Note, State, has_aged_pages
from app.categories import queries as categories
from app.categories.models import Category
from app.errors import Refused, Stale
from app.forwarding import queries as forwarding
from app.forwarding.eligibility import reasons_against_by_hand
from app.forwarding.handover import facts_of
from app.places import queries as places
from app.places.queries import Door
from app.reading import reading
from app.staff import queries as staff
from app.staff.queries import Colleague
from app.web.auth.sign_in import actor
from app.web.desk import choices, phrases, replies, unit
from app.web.seen import shows
from app.web.words import KINDS, SATISFACTIONS, STAFF_STATES, message, shape

MAIN = {
    State.RECEIVED: "triage",
    State.QUEUED: "start",
    State.IN_PROGRESS: "resolve",
    State.SET_ASIDE: "release",
}


EARLIER = timedelta(days=365)


@dataclass(frozen=True)
class Offer:
    """One action this account may take now. `why_not` says in words why it is shown but cannot be pressed."""

    action: str
    word: str
    icon: str | None
    note: Note
    note_label: str
    reader: str
    is_main: bool
    why_not: str = ""


@dataclass(frozen=True)
class Tried:
    """What somebody sent that was not taken: the action, its faults by field, and every word typed."""

    action: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    typed: Mapping[str, str] = field(default_factory=dict)
    stale: Stale | None = None


SHOWN = ("words", "spot", "photos", "additions", "history", "ratings", "phone_masked")


@shows("case", SHOWN)
def draw(number: str, tried: Tried | None = None, contacts: Sequence[Contact] = ()) -> str:
    """The page of a case. Raises NotFound, also out of scope."""
    session, who = reading(), actor()
    if who.is_officer:
        return _for_officer(number, tried or Tried(), contacts)
    case = cases.case_page(session, who, number)
    handed = forwarding.of_case(session, case.id)
    orders = {order.forwarding_id: order for order in forwarding.orders_of_case(session, case.id)}
    tried, offers = tried or Tried(), _offers(who, case)
    near = cases.open_near(session, who, case) if may(who, Permission.HANDLE) else []
    category, door = categories.by_id(session, case.category_id), _door(case)
    may_merge = any(one.action == "merge" for one in offers)
    seen = {one.report_id: one for one in contacts}
    return render_template(
        "desk/case.html",
        case=case,
        state=State(case.state),
        state_word=STAFF_STATES[State(case.state)],
        shape=shape(State(case.state), due_first=case.due_first),
        offers=offers,
        groups=choices.grouped(offers, tried.action),
        preview=choices.preview,
        tried=tried,
        door=door,
        category=category,
        tree=_tree(case),
        kinds=KINDS,
        people=_colleagues(case),
        names=_names(case),
        since=_since(case, tried.stale),
        contacts=[(seen.get(one.report_id, one), one.report_id in seen) for one in masked_contacts(case)],
        near=near if may_merge else [],
        alike=_alike(case, near),
        may_merge=may_merge,
        other_doors=_other_doors(case),
        merged_into=cases.number_of(session, case.merged_into_id),
        may_see_contact=may(who, Permission.SEE_CONTACT),
        ratings=cases.ratings_of(session, case.reports),
        hotline_heard=hotline_answers.of_reports(session, case.reports),
        satisfactions=SATISFACTIONS,
        taken=cases.staff_photos(session, case.id),
        may_add_photos=may(who, Permission.HANDLE) and State(case.state) in WORKFLOW["add_photo"].sources,
        handed=[(one, orders.get(one.id)) for one in handed],
        phrases=phrases,
        tomorrow=calendar.today(clock.now()),
        due_on=calendar.today(case.due_at),
        may_leave=_may_leave(case),
        replies=replies.offered(case, category, door or places.door_of_doorway(session, case.doorway_id)),
        earlier=cases.earlier_at_door(session, who, case, clock.now() - EARLIER),
        may_see_forwardings=may(who, Permission.SEE_FORWARDINGS),
        on_it=unit.section(who, case),
    )


def _for_officer(number: str, tried: Tried, contacts: Sequence[Contact]) -> str:
    case = cases.case_page(reading(), actor(), number)
    return unit.draw_for_unit(number, tried, contacts, _since(case, tried.stale))


def _offers(who: Actor, case: CaseFile) -> list[Offer]:
    """Buttons from the workflow table: what leads from here, and what this role may."""
    state = State(case.state)
    offers = []
    for action, word in phrases.BUTTONS.items():
        move = WORKFLOW[action]
        if state in move.sources and may(who, move.permission) and _fits(action, case):
            label = phrases.NOTE_LABELS.get(action, "")
            reader = phrases.NOTE_READERS.get(move.note, "")
            main = MAIN.get(state) == action
            offers.append(
                Offer(
                    action,
                    str(word),
                    phrases.ICONS.get(action),
                    move.note,
                    str(label),
                    str(reader),
                    main,
                    _why_not(action, case),
                )
            )
    return sorted(offers, key=lambda offer: not offer.is_main)


def _fits(action: str, case: CaseFile) -> bool:
    """What the marks of a case add to the table."""
    asked = FITTING.get(action)
    return asked is None or asked(case)


def _is_free(case: CaseFile) -> bool:
    return case.due_marked_at is None or may(actor(), Permission.CLOSE_CASE_DAY)


FITTING: dict[str, Callable[[CaseFile], bool]] = {
    "recall": lambda case: case.due_marked_at is not None,
    "mark_due": lambda case: case.due_marked_at is None and case.case_day <= calendar.today(clock.now()),
    # another day, so what is due to 12345 would stay here
    "in_hand": _is_free,
    "carry_over": _is_free,
    "extend": _is_free,
    "unpublish": lambda case: case.visibility != publishing.PRIVATE,
    "split": lambda case: len(_may_leave(case)) > 0,
    "unsplit": lambda case: splitting.can_be_undone(case.events),
}


def _may_leave(case: CaseFile) -> list[Report]:
    """The reports that may be split off: not the one the case came with, none that joined or was taken back."""
    first = {one.report_id for one in case.events if one.action == "receive"}
    first |= {one.data["first"] for one in case.events if one.action == "split_from"}
    own = [one for one in case.reports if one.support is None and one.withdrawn_at is None]
    return [one for one in own if one.id not in first] if len(own) > 1 else []


def _why_not(action: str, case: CaseFile) -> str:
    if action == "forward_now":
        against = reasons_against_by_hand(facts_of(case))
        return message(Refused(f"not_eligible_{against[0]}")) if against else ""
    if action == "publish" and case.kind in publishing.NEVER_SHOWN_KINDS:
        return message(Refused("tipoff_not_public"))
    if action == "extend":
        used_up = extending.is_used_up(actor(), case)
        day = calendar.today(case.due_at).isoformat()
        params: dict[str, str | int] = {"most": extending.MOST_EXTENSIONS, "day": day}
        return message(Refused(used_up, params=params)) if used_up else ""
    if action == "carry_over":
        most = calendar.rhythm_of(reading(), case.sub_district_id).max_carries
        return message(Refused("carried_before", params={"most": most})) if case.carries >= most else ""
    return ""


def _alike(case: CaseFile, near: Sequence[cases.Row]) -> list[cases.Row]:
    """Those of them that speak of the same matter, the likest first."""
    said = next((one.text for one in case.reports if one.text), case.title)
    return [near[place] for place in similar(said, [one.title for one in near])]


def _tree(case: CaseFile) -> dict[str, list[Category]]:
    """Categories under their first two levels, for the form of triage; only when the case waits for it."""
    tree: dict[str, list[Category]] = {}
    if State(case.state) in WORKFLOW["triage"].sources:
        for leaf in categories.in_use(reading()):
            tree.setdefault(f"{leaf.level1} / {leaf.level2}", []).append(leaf)
    return tree


def _colleagues(case: CaseFile) -> list[Colleague]:
    if State(case.state) not in WORKFLOW["carry_over"].sources:
        return []
    return [one for one in staff.colleagues(reading(), case.sub_district_id) if one.covers(case.community_id)]


def _names(case: CaseFile) -> dict[int, str]:
    """Names of the staff in this case's history."""
    ids = {event.staff_id for event in case.events} | {event.data.get("person") for event in case.events}
    return staff.names(reading(), {one for one in ids | {case.handler_id} if one is not None})


def _since(case: CaseFile, stale: Stale | None) -> list[CaseEvent]:
    """What happened since a page was drawn, from the first act that made it stale."""
    missed = case.version - stale.seen_version if stale else 0
    loud = [place for place, one in enumerate(case.events) if has_aged_pages(one.action, one.data)]
    return list(case.events[loud[-missed:][0] :]) if missed > 0 and loud else []


def _door(case: CaseFile) -> Door | None:
    return places.door_of(reading(), case.doorway_id)


def _other_doors(case: CaseFile) -> dict[int, Door]:
    """The doors of reports that came from elsewhere: merged into the case, or of neighbours who joined it."""
    found = {one.id: one.doorway_id for one in case.reports if one.doorway_id != case.doorway_id}
    doors = places.doors_of_doorways(reading(), set(found.values())) if found else {}
    return {report_id: doors[doorway_id] for report_id, doorway_id in found.items()}
