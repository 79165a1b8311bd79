"""A sub-district from nothing: on the register, with the catalogue that its cases are sorted by."""

from __future__ import annotations

from dataclasses import dataclass

from app.access.actor import Actor
from app.categories import catalogue
from app.db import transaction
from app.places.importing import add_sub_district


@dataclass(frozen=True)
class SetUp:
    """Whether the sub-district is new, and how many leaves the catalogue has in use."""

    is_new: bool
    categories: int


def set_up(actor: Actor, code: str, name: str, district: str = "") -> SetUp:
    """Set a sub-district up; doing it again changes nothing. Times of its case-days are the defaults of
    `app.calendar.saturdays` until somebody settles others. Raises Refused as `add_sub_district`."""
    with transaction() as session:
        is_new = add_sub_district(session, actor, code, name, district)
        return SetUp(is_new, catalogue.seed(session))
