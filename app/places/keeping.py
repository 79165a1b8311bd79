"""Keeping the communities of a sub-district: what residents read of them, and whom they call."""

from __future__ import annotations

from app.access import audit
from app.access.actor import Actor
from app.access.freshness import mark_of, must_stand
from app.access.permissions import require_office
from app.db import transaction
from app.errors import NotFound, Refused
from app.places import queries, written
from app.places.importing import LONGEST_NAME
from app.places.models import Community


def seen(community: Community) -> str:
    """What a page showed of a community."""
    return mark_of(community.name, community.phone)


def change_community(actor: Actor, community_id: int, name: str, phone: str, as_seen: str) -> list[str]:
    """Give a community another name or telephone; returns which of the two changed. Its code, its doors and its
    cases stay. Raises Forbidden, NotFound, ManyRefused, Refused: community_there, page_older."""
    with transaction() as session:
        community = queries.community_locked(session, community_id)
        require_office(actor, community.sub_district_id if community else None)
        if community is None:
            raise NotFound
        must_stand(as_seen, community.name, community.phone)
        faults = written.Faults()
        kept = faults.read(written.name, "name", name, LONGEST_NAME) or ""
        number = faults.read(written.phone, "phone", phone)
        faults.told()
        others = queries.communities_of(session, community.sub_district_id)
        if any(each.name == kept and each.id != community.id for each in others):
            raise Refused("community_there", "name")
        changed = [
            field
            for field, value in (("name", kept), ("phone", number))
            if getattr(community, field) != value
        ]
        community.name, community.phone = kept, number
        if changed:
            audit.record(session, actor, "community_changed", "community", community.id, changed)
        return changed
