"""Keying in (录一件): what came by telephone, at the counter, in a group, on patrol or by mail becomes a report like
any other, with its own receipt: a case of its own, or one more report of a case that is open already."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app import clock
from app.access import audit
from app.access.actor import SYSTEM, Actor
from app.access.permissions import Permission, may, require
from app.cases import danger, deadlines, handling, homes, intake, queries, triage, wording
from app.cases.channels import KEYED, has_resident
from app.cases.intake import Came, OtherWords
from app.cases.likeness import similar
from app.cases.models import CaseFile, Report
from app.cases.queries import Row
from app.cases.sealing import unseal
from app.cases.triage import Sorting
from app.cases.wording import Words
from app.cases.workflow import OPEN, WORKFLOW, State
from app.db import db, transaction
from app.errors import ManyRefused, NotFound, Refused
from app.places import finding, standing_in
from app.places.finding import Place
from app.places.queries import Door, door_of_doorway


@dataclass(frozen=True)
class Keyed:
    """What the person at the desk wrote down. `same` is the number of an open case it is one with; `sorting` None
    leaves sorting for later."""

    place: str
    words: Words
    channel: str
    same: str = ""
    sorting: Sorting | None = None


def key_in(actor: Actor, submission_key: str, keyed: Keyed, *, is_calm: bool = False) -> str:
    """Take down what somebody said; returns the receipt. The same page twice returns the receipt given before.

    `is_calm` says that its words were looked through for danger just now. Raises Forbidden; ManyRefused naming every
    faulty field; Refused for a key that is none (`page_broken`), a case that is not open within scope at `same`;
    OtherWords when the page came with anything else before; Refused or NotFound of `triage` where it is sorted at once."""
    require(actor, Permission.KEY_IN)
    if not wording.is_submission_key(submission_key):
        raise Refused("page_broken", "submission_key")
    if keyed.sorting is not None:
        require(actor, Permission.TRIAGE)
    key, place = submission_key.lower(), finding.place_of(db.session(), actor, keyed.place)
    door = _checked(keyed, place)
    try:
        with transaction() as session:
            earlier = queries.report_by_key(session, key)
            if earlier is not None:
                return _same(session, actor, earlier, keyed, door)
            return apply(session, door, key, keyed, Came(keyed.channel, actor), is_calm=is_calm)
    except IntegrityError:  # another press of the button was quicker
        with transaction() as session:
            earlier = queries.report_by_key(session, key)
            if earlier is None:
                raise
            return _same(session, actor, earlier, keyed, door)


def apply(
    session: Session, place: Place, key: str, keyed: Keyed, came: Came, *, is_calm: bool = False
) -> str:
    """The same inside the caller's transaction, for what was checked before; `came` names the actor. Raises
    IntegrityError for a key that was used before, Refused."""
    actor = came.actor
    require(actor or SYSTEM, Permission.KEY_IN)
    door = door_of_doorway(session, standing_in.doorway_for(session, place))
    way = _add_to_case if keyed.same else _make_case
    return way(session, actor or SYSTEM, door, key, keyed, came, is_calm=is_calm)


def faults(keyed: Keyed) -> list[Refused]:
    """Everything about it that cannot be taken, but for the place."""
    found = [] if keyed.channel in KEYED else [Refused("choice_unknown", "channel")]
    words = keyed.words
    if not has_resident(keyed.channel):
        left = [name for name in ("phone", "name", "email") if getattr(words, name)]
        left += ["phone"] if words.call_back or words.consent_forward else []
        found += [Refused("patrol_has_no_contact", name) for name in left[:1]]
    return found + wording.faults(words)


@dataclass(frozen=True)
class Alike:
    """An open case near the place, and whether its words are like what is being said."""

    row: Row
    is_like: bool


def alike(session: Session, actor: Actor, place: Place, text: str, *, most: int = 5) -> list[Alike]:
    """Open cases that what is being said may be one with: those of this building whose words are like it, the likest
    first, then whatever else is open at this door."""
    doorway_id = place.row_id if place.is_door else 0
    rows = (
        queries.open_in_building(session, actor, place.building_id, doorway_id) if place.building_id else []
    )
    reports = queries.reports_of(session, [row.id for row in rows]) if rows else {}
    said = ["\n".join(one.text for one in reports.get(row.id, ())) or row.title for row in rows]
    like = similar(text, said) if text.strip() else []
    here = [at for at, row in enumerate(rows) if row.doorway_id == doorway_id and at not in like]
    return [Alike(rows[at], at in like) for at in [*like, *here][:most]]


def may_sort(actor: Actor) -> bool:
    """Whether this person may sort what they write down at once."""
    return may(actor, Permission.TRIAGE)


def _checked(keyed: Keyed, place: Place | None) -> Place:
    found = faults(keyed)
    if place is None:
        raise ManyRefused([Refused("place_unknown", "where"), *found])
    if found:
        raise ManyRefused(found)
    return place


def _make_case(
    session: Session, actor: Actor, door: Door, key: str, keyed: Keyed, came: Came, *, is_calm: bool
) -> str:
    draft = intake.drafted(door, key, keyed.words, is_calm=is_calm, came=came)
    number = intake.save(session.connection(), draft)
    audit.record(session, actor, "key_in", "case", number, _left(keyed.words))
    if keyed.sorting is not None:
        triage.apply_triage(
            session, actor, handling.load(session, number=number, within=actor), keyed.sorting
        )
    return draft.receipt


def _add_to_case(
    session: Session, actor: Actor, door: Door, key: str, keyed: Keyed, came: Came, *, is_calm: bool
) -> str:
    """One more report of an open case: its words, its contact and its receipt are its own."""
    case = _open_case(session, actor, keyed.same)
    moment, receipt = clock.now(), wording.new_receipt()
    row = intake.report_row(door, keyed.words, receipt, moment, came)
    report = Report(case_id=case.id, submission_key=key, submission_digest=_digest(keyed.words), **row)
    session.add(report)
    session.flush()
    changes = {} if is_calm else danger.told_later(session, case, keyed.words.text, key)
    if came.due_at is not None and State(case.state) in OPEN:
        changes["due_at"] = min(came.due_at, changes.get("due_at", case.due_at))
        internal = min(changes.get("internal_due_at", case.internal_due_at), changes["due_at"])
        changes["internal_due_at"] = min(internal, deadlines.before_order(came.due_at, moment))
    data = {"channel": keyed.channel} | ({"workorder_id": came.order_number} if came.order_number else {})
    handling.apply(session, actor, case, "report_again", report_id=report.id, data=data, **changes)
    homes.recount(session, case)
    if case.triaged_at is not None and State(case.state) in OPEN:
        case.legal_basis = triage.legal_basis(session, case)
    audit.record(session, actor, "key_in", "case", case.number, _left(keyed.words))
    return receipt


def _open_case(session: Session, actor: Actor, number: str) -> CaseFile:
    """The case this report belongs to; told alike whether it is unknown, elsewhere or over."""
    try:
        case = handling.load(session, number=number, within=actor)
    except NotFound:
        raise Refused("case_unknown", "same") from None
    if not actor.covers(case.sub_district_id, case.community_id):
        raise Refused("case_unknown", "same")
    if State(case.state) not in WORKFLOW["report_again"].sources:
        raise Refused("merge_not_open", "same")
    return case


def _same(session: Session, actor: Actor, earlier: Report, keyed: Keyed, place: Place) -> str:
    """The receipt this page was given before, if it is as it was then: who went back to put in a telephone, or another
    door, must not be told that it was taken."""
    if earlier.keyed_by_id != actor.staff_id:
        raise Refused("page_broken", "submission_key")
    is_there = earlier.doorway_id == standing_in.doorway_for(session, place)
    is_that_case = keyed.same in ("", earlier.case.number)
    if not (is_there and is_that_case and _is_as_written(earlier, keyed)):
        raise OtherWords(earlier.receipt)
    return earlier.receipt


def _is_as_written(earlier: Report, keyed: Keyed) -> bool:
    """Whether the words, the channel and the contact are those of a report."""
    words = keyed.words
    said = (keyed.channel, words.kind or None, words.spot, words.call_back, words.consent_forward)
    kept = (earlier.channel, earlier.kind, earlier.spot, earlier.call_back, earlier.consent_forward)
    contact = (
        (words.name, "name", earlier.name_sealed),
        (words.phone, "phone", earlier.phone_sealed),
        (words.email, "email", earlier.email_sealed),
    )
    return (
        said == kept
        and earlier.submission_digest == _digest(words)
        and all(
            given == (unseal(sealed, column=column, row=earlier.receipt) if sealed else "")
            for given, column, sealed in contact
        )
    )


def _digest(words: Words) -> str:
    return hashlib.sha256(words.text.strip().encode()).hexdigest()


def _left(words: Words) -> list[str]:
    """Which personal fields were filled in, by name."""
    return [name for name in ("name", "phone", "email") if getattr(words, name)]
