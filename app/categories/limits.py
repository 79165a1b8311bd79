"""The time limits (2 h, 24 h, 7 d, 15 d) of an installation: rows that an administrator may change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access import audit
from app.access.actor import Actor
from app.access.freshness import mark_of, must_stand
from app.access.permissions import require_shared_office
from app.categories.models import TimeLimit
from app.db import transaction
from app.places import written

LONGEST = 2160  # 90 days


def rows(session: Session) -> Sequence[TimeLimit]:
    """Every limit, the shortest first."""
    return session.scalars(select(TimeLimit).order_by(TimeLimit.hours, TimeLimit.key)).all()


def seen(limits: Sequence[TimeLimit]) -> str:
    """What a page showed of them."""
    return mark_of(*sorted((limit.key, limit.hours) for limit in limits))


def set_hours(actor: Actor, form: Mapping[str, str], as_seen: str) -> list[str]:
    """Take the hours of every limit from the fields `limit-<key>`; returns the keys that changed. A case keeps the
    deadline it has until it is sorted anew. Raises Forbidden, NotFound, ManyRefused, Refused: page_older."""
    require_shared_office(actor)
    with transaction() as session:
        limits = session.scalars(select(TimeLimit).order_by(TimeLimit.key).with_for_update()).all()
        must_stand(as_seen, *sorted((limit.key, limit.hours) for limit in limits))
        faults = written.Faults()
        wanted = {
            limit.key: faults.read(
                written.number, f"limit-{limit.key}", form.get(f"limit-{limit.key}", ""), 1, LONGEST
            )
            for limit in limits
        }
        faults.told()
        changed = []
        for limit in limits:
            hours = wanted[limit.key]
            if hours is not None and hours != limit.hours:
                limit.hours = hours
                changed.append(limit.key)
                audit.record(session, actor, "limit_changed", "time_limit", limit.key, ("hours",))
        return changed


def as_form(limits: Sequence[TimeLimit]) -> dict[str, str]:
    """The hours of these limits, as `set_hours` takes them."""
    return {f"limit-{limit.key}": str(limit.hours) for limit in limits}
