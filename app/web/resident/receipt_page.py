"""Everything the page of a receipt shows, gathered before it is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from flask import render_template, request
from sqlalchemy.orm import Session

from app import clock, config
from app.calendar import queries as calendar
from app.cases import danger as dangers
from app.cases import hotline_answers, links
from app.cases import queries as cases
from app.cases.channels import has_resident
from app.cases.models import CaseFile, DataRequest, HotlineFollowUp, Photo, Report
from app.cases.own_contact import holds_contact
from app.cases.own_report import is_taken_back, may_withdraw
from app.cases.rating import Rating
from app.cases.sealing import masked, unseal
from app.cases.told import Histories, Told, came_with_it, question_for, told_to
from app.cases.workflow import OPEN, WORKFLOW, State
from app.forwarding import queries as forwardings
from app.forwarding.models import Forwarding, WorkOrder
from app.places.queries import Door, door_of_doorway
from app.reading import reading
from app.staff import duty
from app.staff import queries as staff
from app.staff.duty import Reading
from app.web import tokens
from app.web.pictures import FIELDS
from app.web.resident.alarm import danger_in
from app.web.resident.next_steps import promised, standing
from app.web.resident.timeline import ORDERS, Look, People, looks, told_lines
from app.web.words import KINDS, SATISFACTIONS, shape, told_state

PHOTO_LIFETIME = timedelta(minutes=30)
STILL_TO_DO = OPEN | {State.FORWARDED}


@dataclass
class Again:
    """What was refused on this page, and what was typed into it."""

    typed: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    form: str = ""


@dataclass(frozen=True)
class Contact:
    """What is held to reach this resident, and what became of it."""

    phone: str
    name: str
    has_email: bool
    is_held: bool
    days: int
    looks: list[Look]


@dataclass(frozen=True)
class HandedOver:
    """One hand-over to the hotline that concerns this report; `with_contact` None where nobody wrote down what
    went along."""

    forwarding: Forwarding
    order: WorkOrder | None
    with_contact: bool | None


@dataclass(frozen=True)
class Held:
    """Everything held about this receipt, for the resident who asked to see it."""

    asked: Sequence[DataRequest]
    answers: Sequence[object]
    heard: HotlineFollowUp | None
    handed: list[HandedOver]


def draw(report: Report, again: Again | None = None) -> str:
    """The page of a receipt."""
    session, case = reading(), report.case
    again, key, state = again or Again(), tokens.new_key(), State(case.state)
    histories = cases.histories_of(session, report)
    lines = told_to(histories, report)
    door = door_of_doorway(session, report.doorway_id)
    people = _people(session, lines, door)
    rating, judged = cases.rating_of(session, report)
    told = told_lines(lines, people)
    gone = is_taken_back(report)
    question = None
    if not gone and case.waiting_since is not None:
        question = question_for(cases.histories_ever(session, report), report)
    if again.form == "answer" and question is None:
        again = replace(
            again, form="add"
        )  # the question has gone: what was typed stands where it can still be said
    is_own = came_with_it(histories, report)
    looked_at = dangers.looked_at(session, case) if state in OPEN else None
    return render_template(
        "resident/receipt.html",
        report=report,
        case=case,
        state=state,
        again=again,
        key=key,
        token=tokens.issue(report.receipt, key),
        door=door,
        now=standing(report, case, lines, rating, _closes_on(session, case), looked_at),
        promised_for=promised(case, looked_at),
        urgent_kind=case.urgency or ("" if state in OPEN else _told_later(session, report)),
        duty=_reading_now(session, case) if case.urgency and state in OPEN else None,
        word=told_state(state, due_first=case.due_first),
        shape=shape(state, due_first=case.due_first),
        lines=told,
        on_it=next((line.who for line in told if line.who), "") if state in OPEN and not gone else "",
        declined=next((line.told for line in told if line.told), "") if state is State.DECLINED else "",
        pictures=[] if gone else [(photo, _link(photo)) for photo in report.photos],
        after=[(photo, _link(photo)) for photo in cases.after_photos(session, case.id)],
        photo_fields=FIELDS,
        order=_order(session, histories, case),
        order_words=ORDERS,
        is_own=is_own,
        public_words="" if is_own or case.visibility == "private" else case.public_words,
        satisfactions=SATISFACTIONS,
        may_judge=state in WORKFLOW["rate"].sources and not gone and has_resident(report.channel),
        must_judge=rating in (Rating.AWAITED, Rating.NOT_RATED),
        judged=judged,
        question=question,
        may_add=not gone,
        may_call=state in STILL_TO_DO and not gone,
        may_withdraw=may_withdraw(report),
        contact=_contact(session, report, lines, people),
        deleting=_open_request(session, report),
        ends_when_deleted=state in OPEN and not gone,
        held=_held(session, report, lines),
        kinds=KINDS,
    )


def _reading_now(session: Session, case: CaseFile) -> Reading:
    return duty.reading_at(session, case.sub_district_id, clock.now(), community_id=case.community_id)


def _told_later(session: Session, report: Report) -> str:
    """The kind of danger this resident told of when the case itself is urgent no more, its latest words first;
    empty for none."""
    words = [one.text for one in reversed(report.additions)]
    words += [one.note for one in reversed(cases.follow_ups_of(session, report.id))]
    return danger_in([*words, report.text] if report.support is not None else words)


def _people(session: Session, lines: Sequence[Told], door: Door) -> People:
    ids = {line.event.staff_id for line in lines if line.event.staff_id is not None}
    return People(staff.roles(session, ids), door.community, door.sub_district)


def _closes_on(session: Session, case: CaseFile) -> date | None:
    if case.resolved_at is None:
        return None
    days = calendar.rhythm_of(session, case.sub_district_id).follow_up_days
    return calendar.today(case.resolved_at + timedelta(days=days))


def _order(session: Session, histories: Histories, case: CaseFile) -> WorkOrder | None:
    """The newest work order; none is looked for where the case was never forwarded."""
    if not any(event.action in ("forward_now", "release_due") for event in histories[case.id]):
        return None
    return next(reversed(forwardings.orders_of_case(session, case.id)), None)


def _contact(session: Session, report: Report, lines: Sequence[Told], people: People) -> Contact:
    phone = _opened(report, "phone")
    return Contact(
        phone=masked(phone) if phone else "",
        name=_opened(report, "name")[:1],
        has_email=report.email_sealed is not None,
        is_held=holds_contact(report),
        days=cases.sub_district_of(session, report.case.sub_district_id).contact_days,
        looks=looks(lines, people),
    )


def _opened(report: Report, column: str) -> str:
    sealed = getattr(report, f"{column}_sealed")
    return unseal(sealed, column=column, row=report.receipt) if sealed else ""


def _open_request(session: Session, report: Report) -> DataRequest | None:
    """The request to delete that waits for a person, or was answered last."""
    asked = [one for one in cases.data_requests_of(session, report.id) if one.kind == "delete"]
    return asked[-1] if asked else None


def _held(session: Session, report: Report, lines: Sequence[Told]) -> Held | None:
    """Only on the page that answers the request to see it, and only once that was made: it is written down."""
    if not request.args.get("held"):
        return None
    asked = cases.data_requests_of(session, report.id)
    if not any(one.kind == "see" for one in asked):
        return None
    since = lines[0].event.at if lines else report.received_at
    heard = hotline_answers.of_reports(session, [report]).get(report.id)
    return Held(asked, cases.follow_ups_of(session, report.id), heard, _handed(session, report, since))


def _handed(session: Session, report: Report, since: datetime) -> list[HandedOver]:
    """What 12345 was given of this report, in whatever case it stood, as it was written down when it went out; of
    what went out before that was written down, what its case was part of since it came."""
    found = []
    for one, order in forwardings.of_cases(session, cases.cases_stood_in(session, report)):
        if one.handed is not None:
            if report.id in one.handed["reports"]:
                found.append(HandedOver(one, order, one.handed["contact_of"] == report.id))
        elif one.case_id == report.case_id and one.created_at >= since and (one.sent_at or order):
            found.append(HandedOver(one, order, None))
    return found


def _link(photo: Photo) -> str:
    """A link of our own page: only the path, so that it works behind whatever address was typed."""
    whole = links.photo_url(photo.media_name, PHOTO_LIFETIME)
    return whole.removeprefix(config.active().base_url)
