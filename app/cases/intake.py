"""Taking a report in: the resident's words become a Report and a Case, with history and a promise to tell
the desk, in one transaction. The same page sent twice makes one report."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Insert, bindparam, insert, literal_column, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app import clock
from app.access.actor import Actor, ActorKind
from app.access.permissions import Permission, require
from app.calendar import queries as calendar
from app.calendar.saturdays import next_case_day
from app.cases import abuse, deadlines, photos, touching, urgency, wording
from app.cases import danger as dangers
from app.cases.channels import Channel
from app.cases.models import CaseEvent, CaseFile, CaseNumber, Photo, Report
from app.cases.photos import TakenIn
from app.cases.sealing import phone_index, seal
from app.cases.steps import step_of
from app.cases.wording import Words
from app.cases.workflow import State
from app.categories import queries as categories
from app.categories.queries import Terms
from app.db import table, upsert, write_together
from app.errors import MashangError, Refused
from app.outbox import posting
from app.places.queries import Door
from app.prepared import Adding, Looking
from app.reading import looking

# Statements are built once: building one costs several times what running it does.
_CASE = Adding(lambda _dialect: insert(table(CaseFile)).returning(table(CaseFile).c.id))
_REPORT = Adding(lambda _dialect: insert(table(Report)).returning(table(Report).c.id))
_EVENT = Adding(lambda _dialect: insert(table(CaseEvent)))
_PHOTO = Adding(lambda _dialect: insert(table(Photo)))
_SENT = table(Report).c
_EARLIER = Looking(
    select(_SENT.receipt, _SENT.submission_digest, _SENT.doorway_id).where(
        _SENT.submission_key == bindparam("key")
    )
)


def _next_number_on(dialect: str) -> Insert:
    numbers = table(CaseNumber)
    more = upsert(CaseNumber, dialect).on_conflict_do_update(
        index_elements=["month"], set_={"last": numbers.c.last + literal_column("1")}
    )
    counted: Insert = more.returning(numbers.c.last)
    return counted


_NEXT_NUMBER = Adding(_next_number_on)


@dataclass(frozen=True)
class Promise:
    """By when a case is looked at: the Saturday whose list it joins, the date the resident is told."""

    case_day: date
    promised_on: date
    tentative: bool
    due_at: datetime
    internal_due_at: datetime


@dataclass(frozen=True)
class Came:
    """Which way a report came (`cases/channels.py`), and who of the staff wrote it down; `order_number` and `due_at`
    are those of the work order of 12345 it was read from."""

    channel: str = Channel.SCAN.value
    actor: Actor | None = None
    order_number: str | None = None
    due_at: datetime | None = None

    @property
    def staff_id(self) -> int | None:
        """Who wrote it down; None for what a resident sent."""
        return self.actor.staff_id if self.actor else None


SCANNED = Came()


@dataclass
class OtherWords(MashangError):
    """This page was sent before, with other words; nothing was saved. `receipt` is the earlier report's."""

    receipt: str


def receive(
    actor: Actor,
    door: Door,
    submission_key: str,
    words: Words,
    taken_in: Sequence[TakenIn] = (),
    held: Sequence[TakenIn] = (),
    *,
    is_calm: bool = False,
) -> str:
    """Take a report in at a door; returns its receipt.

    The same key with the same text returns the receipt given before; the photos sent with it again are let
    go. `held` are photos of this page that came with an earlier, unfinished try. Words that speak of danger make
    the case urgent, promised the day it is looked at, unless the door asked already and knows that they do not
    (`is_calm`); abuse is taken in and set aside for a person. Raises ManyRefused for words that cannot be taken,
    OtherWords when the key came with other text, Refused for a key that is none or belongs to another door, and
    for a bad category."""
    require(actor, Permission.REPORT)
    if not wording.is_submission_key(submission_key):
        raise Refused("page_broken", "submission_key")
    wording.check(words)
    draft = drafted(door, submission_key.lower(), words, is_calm=is_calm)
    try:
        write_together(lambda connection: save(connection, draft, [*held, *taken_in]))
    except IntegrityError as taken:
        # the page was saved before: by an earlier press of the button, or by another process just now
        receipt = _earlier(draft, taken)
        photos.let_go(taken_in)
        return receipt
    return draft.receipt


def promise(connection: Connection, sub_district_id: int, moment: datetime, terms: Terms) -> Promise:
    """What a report arriving at `moment` is promised: the next case-day or the internal deadline, whichever
    comes first; a due-first category does not wait for Saturday."""
    wall = calendar.local(moment)
    rhythm, settled = calendar.week_of(connection, sub_district_id, wall.date())
    saturday = next_case_day(wall, rhythm, settled)
    internal = deadlines.internal(moment, terms.hours)
    first = min(saturday.day, calendar.today(internal))
    return Promise(
        case_day=saturday.day,
        promised_on=first,
        tentative=saturday.tentative and first == saturday.day,
        due_at=deadlines.official(moment, terms.hours),
        internal_due_at=internal,
    )


@dataclass(frozen=True)
class Draft:
    """Everything that can be known before the writers' line is joined, so that it is held for the inserts
    alone. The rows lack only the numbers and ids given inside."""

    receipt: str
    key: str
    aside: str | None
    digest: str
    moment: datetime
    case: dict[str, Any]
    report: dict[str, Any]
    promised: Promise
    came: Came = SCANNED


def drafted(door: Door, key: str, words: Words, *, is_calm: bool = False, came: Came = SCANNED) -> Draft:
    """A report ready to be saved: its promise, what is recognised in its words, its contacts sealed. Raises Refused
    for a bad category."""
    moment = clock.now()
    with looking() as connection:
        terms = _terms(connection, words.category)
        danger = None if is_calm else urgency.recognised(words.text)
        if danger is not None:
            terms = replace(terms, hours=min(terms.hours, categories.urgent_hours(connection)))
        promised = promise(connection, door.sub_district_id, moment, terms)
        if danger is not None:
            promised = _looked_at(connection, door, moment, promised)
    if came.due_at is not None:
        promised = _by_order(promised, came.due_at, moment)
    by_rule = danger is None and came.actor is None  # what staff write down has been read by a person
    aside = abuse.reason_to_set_aside(words.text, is_trapped=words.is_trapped) if by_rule else None
    receipt = wording.new_receipt()
    digest = hashlib.sha256(words.text.strip().encode()).hexdigest()
    case = _case_row(door, words, terms, promised, moment)
    if danger is not None:
        case |= dict(urgency=danger.kind, due_first=True, step=step_of(danger.kind, True, 0, 0))
    if aside is not None:
        case |= dict(state=State.SET_ASIDE.value, version=2)
    report = report_row(door, words, receipt, moment, came)
    report |= dict(submission_key=key, submission_digest=digest)
    return Draft(receipt, key, aside, digest, moment, case, report, promised, came)


def _by_order(promised: Promise, due_at: datetime, moment: datetime) -> Promise:
    """The deadline that stands on the order of 12345 (Regulation art. 13), if it is earlier than our own or later."""
    internal = deadlines.before_order(due_at, moment)
    first = max(min(promised.promised_on, calendar.today(internal)), calendar.today(moment))
    tentative = promised.tentative and first == promised.promised_on
    return replace(promised, due_at=due_at, internal_due_at=internal, promised_on=first, tentative=tentative)


def _looked_at(connection: Connection, door: Door, moment: datetime, promised: Promise) -> Promise:
    """Danger is promised the day it is looked at: that of its limit, or of the first hour somebody reads."""
    with Session(connection) as session:
        limit = promised.internal_due_at
        at = dangers.hour_of_looking(session, (door.sub_district_id, door.community_id), moment, limit).at
    return replace(promised, promised_on=calendar.today(at), tentative=False)


def save(connection: Connection, draft: Draft, taken_in: Sequence[TakenIn] = ()) -> str:
    """Write it, inside the caller's transaction; returns the number of the case. Raises IntegrityError for a key that
    was used before."""
    number = next_number(connection, draft.moment)
    case_id = _CASE.run(connection, draft.case | {"number": number})
    report_id = _REPORT.run(connection, draft.report | {"case_id": case_id})
    for photo in taken_in:
        _save_photo(connection, report_id, photo, draft.moment)
    event = dict(
        case_id=case_id,
        at=draft.moment,
        action="receive",
        from_state=None,
        to_state=State.RECEIVED.value,
        actor_kind=(ActorKind.STAFF if draft.came.actor else ActorKind.RESIDENT).value,
        staff_id=draft.came.staff_id,
        report_id=report_id,
        note="",
        told="",
        data=_facts(draft),
    )
    _EVENT.run(connection, event)
    kind = "urgent_report" if draft.case["urgency"] else "report_received"
    if draft.aside is not None:
        kind = "set_aside_by_rule"
        _EVENT.run(connection, event | _set_aside(draft.aside))
    place = (draft.case["sub_district_id"], draft.case["community_id"])
    touching.touch(connection, case_id, place, None, draft.case["state"])
    # a ledger of 2 000 lines is one piece of news
    if draft.came.order_number is None or kind == "urgent_report":
        posting.post(connection, kind, number, key=f"{kind}:{report_id}")
    return number


def _facts(draft: Draft) -> dict[str, str]:
    facts = {"promised_on": draft.promised.promised_on.isoformat()}
    if draft.came.actor is not None:
        facts |= {"channel": draft.came.channel}
    if draft.came.order_number is not None:
        facts |= {"workorder_id": draft.came.order_number}
    return facts | {"urgency": draft.case["urgency"]} if draft.case["urgency"] else facts


def _set_aside(reason: str) -> dict[str, Any]:
    """The second line of the history of what a rule puts aside at once."""
    return dict(
        action="set_aside",
        from_state=State.RECEIVED.value,
        to_state=State.SET_ASIDE.value,
        actor_kind=ActorKind.SYSTEM.value,
        report_id=None,
        data={"reason": reason},
    )


def _earlier(draft: Draft, taken: IntegrityError) -> str:
    with looking() as connection:
        earlier = _EARLIER.one(connection, {"key": draft.key})
    if earlier is None:
        raise taken
    receipt, digest, doorway_id = earlier
    if doorway_id != draft.case["doorway_id"]:
        raise Refused("page_broken", "submission_key")  # and nothing is told of the other door
    if digest != draft.digest:
        raise OtherWords(receipt)
    return str(receipt)


def _case_row(door: Door, words: Words, terms: Terms, promised: Promise, moment: datetime) -> dict[str, Any]:
    return dict(
        sub_district_id=door.sub_district_id,
        community_id=door.community_id,
        doorway_id=door.doorway_id,
        state=State.RECEIVED.value,
        version=1,
        title=wording.title_of(words.text),
        kind=words.kind or None,
        category_id=terms.category_id,
        lead_unit=terms.lead_unit,
        due_first=terms.due_first,
        received_at=moment,
        due_at=promised.due_at,
        internal_due_at=promised.internal_due_at,
        case_day=promised.case_day,
        promised_on=promised.promised_on,
        promise_tentative=promised.tentative,
        carries=0,
        returned_times=0,
        extended_times=0,
        reopened_times=0,
        visibility="private",
        public_words="",
        urgency="",
        step=1 if terms.due_first else 3,
        homes=0,
    )


def report_row(
    door: Door, words: Words, receipt: str, moment: datetime, came: Came = SCANNED
) -> dict[str, Any]:
    """The row of a report but for its case and its key, contacts sealed."""

    def sealed(column: str, value: str) -> bytes | None:
        return seal(value, column=column, row=receipt) if value else None

    return dict(
        receipt=receipt,
        doorway_id=door.doorway_id,
        channel=came.channel,
        keyed_by_id=came.staff_id if came.order_number is None else None,
        order_number=came.order_number,
        text=words.text,
        kind=words.kind or None,
        spot=words.spot,
        name_sealed=sealed("name", words.name),
        phone_sealed=sealed("phone", words.phone),
        phone_index=phone_index(words.phone) if words.phone else None,
        email_sealed=sealed("email", words.email),
        call_back=words.call_back,
        consent_forward=words.consent_forward,
        written_at=words.written_at,
        received_at=moment,
    )


def _save_photo(connection: Connection, report_id: int, photo: TakenIn, moment: datetime) -> None:
    row = dict(
        report_id=report_id,
        state=photos.QUARANTINED,
        media_name=photo.media_name,
        media_type=photo.media_type,
        size=photo.size,
        width=photo.width,
        height=photo.height,
        is_cleared=False,
        taken_in_at=moment,
    )
    _PHOTO.run(connection, row)
    posting.post(connection, "photo", photo.media_name)


def next_number(connection: Connection, moment: datetime) -> str:
    """The next case number of the month, `2611-0361`; unique in the installation."""
    month = calendar.local(moment).strftime("%y%m")
    last = _NEXT_NUMBER.run(connection, {"month": month, "last": 1})
    return f"{month}-{last:04d}"


def _terms(connection: Connection, code: str) -> Terms:
    if not code:
        return categories.terms_without_category(connection)
    terms = categories.terms_of(connection, code)
    if terms is None:
        raise Refused("choice_unknown", "category")
    return terms
