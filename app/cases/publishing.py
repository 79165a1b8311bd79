"""Making a case known to the neighbours, in public words of the staff's own; never in a resident's."""

from __future__ import annotations

import re

from app import clock
from app.access.actor import Actor
from app.access.permissions import Permission, require
from app.cases import handling
from app.cases.masking import masked, plain_digits
from app.cases.models import CaseFile
from app.cases.wording import has_control_characters
from app.cases.workflow import State
from app.db import transaction
from app.errors import ManyRefused, Refused

DOOR, COMMUNITY, PRIVATE = "door", "community", "private"
CIRCLES = (DOOR, COMMUNITY)
LONGEST_WORDS = 200
# whom a case is shown to depends on these too: what was published may since have become something else
NEVER_SHOWN_KINDS = frozenset({"tipoff"})
SHOWN_OPEN = (State.RECEIVED, State.QUEUED, State.IN_PROGRESS, State.FORWARDED)
SHOWN_DONE = (State.RESOLVED, State.CLOSED)
_FLAT = re.compile(
    r"(?<!\d)\d{2,4}\s*室"
    r"|单元\s*\d{2,4}(?![\d层楼])"
    r"|(?<![\d-])\d{1,3}-\d{1,2}-\d{2,4}(?![\d-])"
    r"|(?<!\d)\d{3,4}\s*(?:号房|号门|门牌|家的|那家|住户|房间)"
)


def publish(
    actor: Actor,
    number: str,
    version: int,
    public_words: str,
    visibility: str,
    *,
    about_no_person: bool = False,
) -> CaseFile:
    """Show a case to its door or its community. `about_no_person` is the tick a complaint needs.

    Raises NotFound, Forbidden, Stale, Refused for a tip-off, ManyRefused for words that cannot be public."""
    words = " ".join(public_words.split())
    with transaction() as session:
        case = handling.load(session, number=number, within=actor)
        _may(actor, case)
        if case.kind in NEVER_SHOWN_KINDS:
            raise Refused("tipoff_not_public", "visibility")
        found = _faults(words, visibility)
        if case.kind == "complaint" and not about_no_person:
            found.append(Refused("tick_about_no_person", "about_no_person"))
        if found:
            raise ManyRefused(found)
        return handling.apply(
            session,
            actor,
            case,
            "publish",
            version=version,
            data={"visibility": visibility, "about_no_person": about_no_person},
            public_words=words,
            visibility=visibility,
            published_at=clock.now(),
        )


def unpublish(actor: Actor, number: str, version: int) -> CaseFile:
    """Show it to nobody any more; the words are kept for whoever publishes it again. Those who joined stay."""
    with transaction() as session:
        case = handling.load(session, number=number, within=actor)
        _may(actor, case)
        if case.visibility == PRIVATE:
            raise Refused("not_published", "action")
        return handling.apply(session, actor, case, "unpublish", version=version, visibility=PRIVATE)


def stays_public(case: CaseFile, kind: str) -> bool:
    """Whether what was published may stay so when staff sort it as this kind: a tip-off never, and a complaint
    only if it was one when somebody ticked that it is about no person."""
    return kind not in NEVER_SHOWN_KINDS and (kind != "complaint" or case.kind == "complaint")


def _may(actor: Actor, case: CaseFile) -> None:
    """Asked before anything is told about the case."""
    require(actor, Permission.PUBLISH, sub_district_id=case.sub_district_id, community_id=case.community_id)


def _faults(words: str, visibility: str) -> list[Refused]:
    found = [] if visibility in CIRCLES else [Refused("choice_unknown", "visibility")]
    if not words:
        found.append(Refused("public_words_missing", "public_words"))
    elif len(words) > LONGEST_WORDS:
        found.append(Refused("field_too_long", "public_words", {"longest": LONGEST_WORDS}))
    elif has_control_characters(words):
        found.append(Refused("control_characters", "public_words"))
    elif masked(words) != words:
        found.append(Refused("public_words_number", "public_words"))
    elif _FLAT.search(plain_digits(words)):
        found.append(Refused("public_words_flat", "public_words"))
    return found
