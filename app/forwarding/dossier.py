"""What the hotline is handed about a case: the body of the work-order gateway, made at delivery time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import config
from app.access.actor import ActorKind
from app.cases import unit_queries
from app.cases.links import photo_url
from app.cases.masking import masked
from app.cases.models import CaseEvent, CaseFile, Photo, Report
from app.cases.photos import READY
from app.cases.sealing import unseal
from app.cases.wording import title_of
from app.categories import queries as categories
from app.db import table
from app.errors import MashangError
from app.forwarding import queries
from app.forwarding.models import Forwarding
from app.places.models import Doorway

ATTACHMENT_LIFETIME = timedelta(days=30)
# What was done about the case. Staff's own notes to each other stay in the house.
HANDED_OVER = frozenset(
    {
        "triage",
        "start",
        "visit",
        "in_hand",
        "carry_over",
        "extend",
        "extend_by_clock",
        "resolve",
        "unit_done",
        "answer",
        "not_solved",
        "reopen",
        "returned",
        "closed_unsolved",
        "hotline_resolved",
    }
)


@dataclass(frozen=True)
class NobodyLeft(MashangError):
    """Everybody took back what they had said: there is nothing to hand over."""


def build(session: Session, forwarding: Forwarding) -> dict[str, Any]:
    """The body of one forwarding, ready for JSON; every key of the contract is there.

    Without a contact, telephone and identity numbers in texts are masked; another resident's words are
    masked unless they agreed to the hand-over too. Whoever only joined is counted and quoted; how to reach them
    is handed to nobody. Raises NobodyLeft: words that were taken back are never handed over."""
    case = queries.case_with_everything(session, forwarding.case_id)
    own, joined = _live(case)
    reports = own + joined
    if not reports:
        raise NobodyLeft
    contact = _contact(own[0]) if own else None
    lead, supporting = unit_queries.lead_and_supporting(session, case.id)
    return {
        "external_id": forwarding.id,
        "case_number": case.number,
        "sequence": forwarding.sequence,
        "kind": case.kind,
        "title": _title(reports[0], hide=contact is None) if own or not joined else _public(case),
        "description": _description(case, reports, is_own=bool(own), hide=contact is None),
        "category": _category(session, case),
        "lead_unit": lead or case.lead_unit or None,
        "supporting_units": supporting,
        "due_at": on_the_wire(case.due_at),
        **_place(session, case),
        "reporters": len(own),
        "supporters_unverified": len({one.support.network_day for one in joined if one.support}),
        "contact": contact,
        "legal_basis": forwarding.legal_basis,
        "handled": [
            _handled(event, hide=contact is None) for event in case.events if event.action in HANDED_OVER
        ],
        "attachments": [_attachment(photo) for photo in _photos(session, case, reports)],
        "case_day": forwarding.case_day.isoformat() if forwarding.case_day else None,
    }


def on_the_wire(moment: datetime) -> str:
    """RFC 3339 with the offset of the sub-district's zone, to the second."""
    return moment.astimezone(config.active().timezone).isoformat(timespec="seconds")


def _live(case: CaseFile) -> tuple[list[Report], list[Report]]:
    """The reports of the case that nobody took back: those of its own, and those that joined."""
    live = [report for report in case.reports if is_live(report)]
    own = [report for report in live if report.support is None]
    return own, [report for report in live if report.support is not None]


def is_live(report: Report) -> bool:
    """Whether its resident still stands by it: neither taken back nor deleted, which leaves no digest of the words."""
    return (
        bool(report.submission_digest)
        and report.withdrawn_at is None
        and (report.support is None or report.support.undone_at is None)
    )


def whose(session: Session, case_id: int) -> dict[str, Any]:
    """Whose words the body of `build` holds and whose contact, by ids, read where that was built."""
    own, joined = _live(queries.case_with_everything(session, case_id))
    gave = own[0].id if own and _contact(own[0]) else None
    return {"reports": [report.id for report in own + joined], "contact_of": gave}


def write_down_handed(session: Session, forwarding_id: str, gone: dict[str, Any]) -> None:
    """Write down what has gone out (see `whose`), in the caller's transaction, for the residents who ask later. What
    went out once stays written down."""
    rows = table(Forwarding)
    earlier = session.scalar(select(rows.c.handed).where(rows.c.id == forwarding_id))
    before = earlier or {"reports": [], "contact_of": None}
    handed = {
        "reports": sorted({*before["reports"], *gone["reports"]}),
        "contact_of": before["contact_of"] or gone["contact_of"],
    }
    session.execute(rows.update().where(rows.c.id == forwarding_id).values(handed=handed))


def _contact(report: Report) -> dict[str, str | None] | None:
    if not report.consent_forward or report.phone_sealed is None:
        return None
    name = unseal(report.name_sealed, column="name", row=report.receipt) if report.name_sealed else None
    return {"name": name, "phone": unseal(report.phone_sealed, column="phone", row=report.receipt)}


def _title(first: Report, *, hide: bool) -> str:
    """The first line of who stands by it first: the case's own title may be words that were taken back."""
    words = (
        masked(first.text) if hide else first.text
    )  # a number may be cut off where the title ends: mask before
    return title_of(words) or "（只有照片）"


def _public(case: CaseFile) -> str:
    """Staff's words for a case whose own reporter took it back while neighbours stand behind it."""
    return title_of(masked(case.public_words)) or case.number


def _description(case: CaseFile, reports: list[Report], *, is_own: bool, hide: bool) -> str:
    parts = [_words(report, hide=hide) for report in reports]
    if not is_own:
        parts.insert(0, masked(case.public_words))
    return "\n\n".join(part for part in parts if part)


def _words(report: Report, *, hide: bool) -> str:
    parts = [report.text, *(addition.text for addition in report.additions)]
    if report.spot:
        parts.append(f"位置：{report.spot}")
    words = "\n".join(part.strip() for part in parts if part.strip())
    return masked(words) if hide or not report.consent_forward else words


def _category(session: Session, case: CaseFile) -> dict[str, str | None] | None:
    category = categories.by_id(session, case.category_id)
    if category is None:
        return None
    return {
        "code": category.code,
        "level1": category.level1,
        "level2": category.level2 or None,
        "level3": category.level3 or None,
    }


def _place(session: Session, case: CaseFile) -> dict[str, Any]:
    doorway = session.get_one(Doorway, case.doorway_id)
    community = doorway.building.community
    address = {
        "district": community.sub_district.district or None,
        "sub_district": community.sub_district.name,
        "community": community.name,
        "building": doorway.building.name,
        "doorway": doorway.name,
    }
    located = doorway.lng is not None and doorway.lat is not None
    location = (
        {"lng": doorway.lng, "lat": doorway.lat, "datum": doorway.datum or "GCJ-02"} if located else None
    )
    return {"address": address, "location": location}


def _handled(event: CaseEvent, *, hide: bool) -> dict[str, str | None]:
    """One act; what staff wrote for each other alone does not leave the house."""
    note = event.note if event.actor_kind == ActorKind.HOTLINE else event.told
    return {
        "at": on_the_wire(event.at),
        "action": event.action,
        "note": (masked(note) if hide else note) or None,
    }


def _photos(session: Session, case: CaseFile, reports: list[Report]) -> list[Photo]:
    """What the residents sent, then what staff took and cleared."""
    sent = [photo for report in reports for photo in report.photos if photo.state == READY]
    return [*sent, *queries.cleared_photos(session, case.id)]


def _attachment(photo: Photo) -> dict[str, str | None]:
    return {
        "url": photo_url(photo.media_name, ATTACHMENT_LIFETIME),
        "sha256": photo.sha256,
        "media_type": photo.media_type,
    }
