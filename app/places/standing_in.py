"""A doorway that stands in for “nobody knows which”: every case is at a doorway, and a caller often names only the
building, a ledger of 12345 only the community. Made when first needed; it never gets a code and is not in the register."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import upsert
from app.places.finding import COMMUNITY, Place
from app.places.models import Building, Doorway

ANY_DOORWAY = "（不知哪个楼门）"
ANY_BUILDING = "（不知哪个楼）"


def doorway_for(session: Session, place: Place) -> int:
    """The id of the doorway of a place, inside the caller's transaction: its own, or the one that stands in."""
    if place.is_door:
        return place.row_id
    building_id = place.building_id
    if place.ref[0] == COMMUNITY:
        building_id = _one(session, Building, community_id=place.community_id, name=ANY_BUILDING)
    return _one(session, Doorway, building_id=building_id, name=ANY_DOORWAY, stands_in=True)


def _one(session: Session, model: type[Building] | type[Doorway], **columns: object) -> int:
    """The row of this name, made where it is missing; two who make it at once get the same one."""
    keys = [name for name in columns if name != "stands_in"]
    known = select(model.id).where(*(getattr(model, key) == columns[key] for key in keys))
    found = session.scalars(known).one_or_none()
    if found is None:
        made = upsert(model, session.connection().dialect.name).values(**columns)
        session.execute(made.on_conflict_do_nothing(index_elements=keys))
        found = session.scalars(known).one()
    return found
