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
from app.cases import abuse, deadlines, photos, urgency, wording
from app.cases import danger as dangers
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
    draft = _draft(door, submission_key.lower(), words, is_calm)
    try:
        write_together(lambda connection: _save(connection, draft, [*held, *taken_in]))
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
class _Draft:
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


def _draft(door: Door, key: str, words: Words, is_calm: bool) -> _Draft:
    moment = clock.now()
    with looking() as connection:
        terms = _terms(connection, words.category)
        danger = None if is_calm else urgency.recognised(words.text)
        if danger is not None:
            terms = replace(terms, hours=min(terms.hours, categories.urgent_hours(connection)))
        promised = promise(connection, door.sub_district_id, moment, terms)
        if danger is not None:
            promised = _looked_at(connection, door, moment, promised)
    aside = None if danger else abuse.reason_to_set_aside(words.text, is_trapped=words.is_trapped)
    receipt = wording.new_receipt()
    digest = hashlib.sha256(words.text.strip().encode()).hexdigest()
    case = _case_row(door, words, terms, promised, moment)
    if danger is not None:
        case |= dict(urgency=danger.kind, due_first=True, step=step_of(danger.kind, True, 0, 0))
    if aside is not None:
        case |= dict(state=State.SET_ASIDE.value, version=2)
    report = _report_row(door, words, receipt, moment) | dict(submission_key=key, submission_digest=digest)
    return _Draft(receipt, key, aside, digest, moment, case, report, promised)


def _looked_at(connection: Connection, door: Door, moment: datetime, promised: Promise) -> Promise:
    """Danger is promised the day it is looked at: that of its limit, or of the first hour somebody reads."""
    with Session(connection) as session:
        limit = promised.internal_due_at
        at = dangers.hour_of_looking(session, (door.sub_district_id, door.community_id), moment, limit).at
    return replace(promised, promised_on=calendar.today(at), tentative=False)


def _save(connection: Connection, draft: _Draft, taken_in: Sequence[TakenIn]) -> None:
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
        actor_kind="resident",
        staff_id=None,
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
    posting.post(connection, kind, number, key=f"{kind}:{report_id}")


def _facts(draft: _Draft) -> dict[str, str]:
    facts = {"promised_on": draft.promised.promised_on.isoformat()}
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


def _earlier(draft: _Draft, taken: IntegrityError) -> str:
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


def _report_row(door: Door, words: Words, receipt: str, moment: datetime) -> dict[str, Any]:
    def sealed(column: str, value: str) -> bytes | None:
        return seal(value, column=column, row=receipt) if value else None

    return dict(
        receipt=receipt,
        doorway_id=door.doorway_id,
        channel="scan",
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
