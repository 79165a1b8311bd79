"""Keeping the ready sentences of a sub-district (现成的话)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from app import clock
from app.access import audit
from app.access.actor import Actor
from app.access.freshness import mark_of, must_stand
from app.access.permissions import Permission, require
from app.cases.wording import has_control_characters
from app.db import transaction
from app.errors import NotFound, Refused
from app.places import queries as places
from app.places import written
from app.replies import queries
from app.replies import words as reply_words
from app.replies.models import ReplyTemplate

LONGEST_TITLE = 40
LONGEST_TEXT = 500
MOST = 500
FIELDS = ("action", "category", "title", "text")


@dataclass(frozen=True)
class Sentence:
    """What a form says of one."""

    action: str
    category: str
    title: str
    text: str


def seen(row: ReplyTemplate) -> str:
    """What a page showed of one."""
    return mark_of(*_values(row))


def add(actor: Actor, sentence: Sentence) -> int:
    """Keep one more; returns its id. Raises Forbidden, ManyRefused, Refused: replies_enough."""
    with transaction() as session:
        home = _home(actor)
        kept = _read(session, sentence)
        if queries.count(session, home) >= MOST:
            raise Refused("replies_enough", "text", {"most": MOST})
        row = ReplyTemplate(sub_district_id=home, **kept)
        session.add(row)
        session.flush()
        audit.record(session, actor, "reply_added", "reply_template", row.id, FIELDS)
        return row.id


def change(actor: Actor, template_id: int, sentence: Sentence, as_seen: str) -> None:
    """Say it differently, or for something else. Raises Forbidden, NotFound, ManyRefused, Refused: page_older."""
    with transaction() as session:
        row = _theirs(session, actor, template_id, as_seen)
        kept = _read(session, sentence, now=row.category)
        changed = [field for field, value in kept.items() if getattr(row, field) != value]
        for field in changed:
            setattr(row, field, kept[field])
        if changed:
            audit.record(session, actor, "reply_changed", "reply_template", row.id, changed)


def retire(actor: Actor, template_id: int, as_seen: str) -> None:
    """Offer it no longer. Raises Forbidden, NotFound, Refused: page_older."""
    with transaction() as session:
        row = _theirs(session, actor, template_id, as_seen)
        if row.retired_at is None:
            row.retired_at = clock.now()
            audit.record(session, actor, "reply_retired", "reply_template", row.id, ("retired",))


def take_back(actor: Actor, template_id: int, as_seen: str) -> None:
    """Offer a retired one again. Raises Forbidden, NotFound, Refused: page_older."""
    with transaction() as session:
        row = _theirs(session, actor, template_id, as_seen)
        if row.retired_at is not None:
            row.retired_at = None
            audit.record(session, actor, "reply_taken_back", "reply_template", row.id, ("retired",))


def put_in_usual(actor: Actor, code: str | None = None) -> int:
    """The sentences every sub-district can begin with, if it has none yet; returns how many. Without a code (which
    only the command line gives), the actor's own. Raises Forbidden, NotFound."""
    with transaction() as session:
        require(actor, Permission.KEEP_REPLIES)
        place = _home(actor) if code is None else _coded(session, code)
        if queries.count(session, place):
            return 0
        rows = [
            ReplyTemplate(
                sub_district_id=place,
                action=one.action,
                category=one.category,
                title=one.title,
                text=one.text,
            )
            for one in reply_words.usual()
        ]
        session.add_all(rows)
        audit.record(session, actor, "replies_put_in", "sub_district", place, FIELDS)
        return len(rows)


def _coded(session: Session, code: str) -> int:
    home = places.sub_district_by_code(session, code)
    if home is None:
        raise NotFound
    return home.id


def _values(row: ReplyTemplate) -> tuple[object, ...]:
    return row.action, row.category, row.title, row.text, row.retired_at is None


def _home(actor: Actor) -> int:
    require(actor, Permission.KEEP_REPLIES)
    if actor.sub_district_id is None:
        raise NotFound
    return actor.sub_district_id


def _theirs(session: Session, actor: Actor, template_id: int, as_seen: str) -> ReplyTemplate:
    row = queries.by_id(session, _home(actor), template_id)
    if row is None:
        raise NotFound
    must_stand(as_seen, *_values(row))
    return row


def _read(session: Session, sentence: Sentence, now: str = "") -> dict[str, str]:
    """The columns it becomes. Raises ManyRefused with every fault."""
    faults = written.Faults()
    title = faults.read(written.name, "title", sentence.title, LONGEST_TITLE)
    text = faults.read(_text, sentence.text)
    if sentence.action not in reply_words.ACTIONS:
        faults.found.append(Refused("choice_unknown", "action"))
    narrow = sentence.category[:40]
    strange = has_control_characters(narrow)
    if strange or (narrow not in ("", now) and not queries.is_narrowing(session, narrow)):
        faults.found.append(Refused("category_unknown", "category"))
    faults.told()
    return {"action": sentence.action, "category": narrow, "title": title or "", "text": text or ""}


def _text(written_down: str) -> str:
    kept = "\n".join(written_down.split("\r\n")).strip()
    if not kept:
        raise Refused("reply_missing", "text")
    if len(kept) > LONGEST_TEXT:
        raise Refused("field_too_long", "text", {"longest": LONGEST_TEXT})
    if has_control_characters(kept.replace("\n", "")):
        raise Refused("control_characters", "text")
    wrong = reply_words.unknown(kept)
    if wrong:
        raise Refused("reply_place_unknown", "text", {"count": len(wrong)})
    return kept
