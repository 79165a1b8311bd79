"""Filters of the queue that somebody keeps under a name: saved, renamed, shared with the sub-district, deleted; what a
closed account shared is kept by who dispatches (`choices.saved_of`)."""

from __future__ import annotations

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app import clock
from app.access.actor import Actor
from app.access.permissions import Permission, require
from app.cases import choices
from app.cases.queue_models import SavedFilter
from app.cases.wording import has_control_characters
from app.db import transaction
from app.errors import NotFound, Refused

LONGEST_NAME = 40
LONGEST_QUERY = 1000
MOST = 30


def save(actor: Actor, name: str, query: str, *, is_shared: bool = False) -> None:
    """Keep this filter; a name used before stands for the new one. Raises Refused at `name`."""
    require(actor, Permission.SEE_CASES)
    name = _checked(name)
    if len(query) > LONGEST_QUERY:
        raise Refused("filter_too_long", "name")
    with transaction() as session:
        kept = session.scalars(_named(actor.staff_id, name)).one_or_none()
        if kept is None:
            _refuse_too_many(session, actor)
            kept = SavedFilter(
                sub_district_id=actor.sub_district_id,
                staff_id=actor.staff_id,
                name=name,
                created_at=clock.now(),
            )
            session.add(kept)
        kept.query, kept.is_shared = query, is_shared


def rename(actor: Actor, filter_id: int, name: str) -> None:
    """Give one's filter another name. Raises NotFound, Refused at `name`."""
    name = _checked(name)
    with transaction() as session:
        kept = _own(session, actor, filter_id)
        taken = session.scalars(_named(kept.staff_id, name)).one_or_none()
        if taken is not None and taken.id != kept.id:
            raise Refused("filter_name_taken", "name")
        kept.name = name


def share(actor: Actor, filter_id: int, *, is_shared: bool) -> None:
    """Show one's filter to the colleagues of the sub-district, or to nobody else any more. Raises NotFound."""
    with transaction() as session:
        _own(session, actor, filter_id).is_shared = is_shared


def delete(actor: Actor, filter_id: int) -> None:
    """Forget one's filter. Raises NotFound."""
    with transaction() as session:
        session.delete(_own(session, actor, filter_id))


def _own(session: Session, actor: Actor, filter_id: int) -> SavedFilter:
    require(actor, Permission.SEE_CASES)
    kept = choices.saved_of(session, actor, filter_id)
    if kept is None:
        raise NotFound
    return kept


def _named(staff_id: int | None, name: str) -> Select[SavedFilter]:
    return select(SavedFilter).where(SavedFilter.staff_id == staff_id, SavedFilter.name == name)


def _refuse_too_many(session: Session, actor: Actor) -> None:
    own = select(func.count()).select_from(SavedFilter).where(SavedFilter.staff_id == actor.staff_id)
    if (session.scalar(own) or 0) >= MOST:
        raise Refused("filters_enough", "name", {"most": MOST})


def _checked(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise Refused("filter_name_missing", "name")
    if len(name) > LONGEST_NAME:
        raise Refused("field_too_long", "name", {"longest": LONGEST_NAME})
    if has_control_characters(name):
        raise Refused("control_characters", "name")
    return name
