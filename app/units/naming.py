"""A unit by its name: on the list, or put on it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.units import queries
from app.units.models import Unit


def find_or_make(session: Session, code: str, name: str) -> Unit:
    """The unit of this name on a sub-district's list, put on it if it was not there; inside the caller's
    transaction."""
    found = queries.by_name(session, code, name)
    if found is None:
        found = Unit(sub_district_code=code, name=name)
        session.add(found)
        session.flush()
    return found
