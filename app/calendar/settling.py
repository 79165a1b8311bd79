"""What a sub-district settles for itself: its telephone, its numbers, the times of its case-days.

Everything is read anew at the moment it is needed, so a change holds from the next report, sorting or closing on;
what is written on a case (its deadline, its day, the date told to the resident) is left as it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import time

from sqlalchemy.orm import Session

from app.access import audit
from app.access.actor import Actor
from app.access.freshness import mark_of, must_stand
from app.access.permissions import require_office
from app.calendar.models import CaseDaySettings
from app.calendar.saturdays import Rhythm, faults_of
from app.db import transaction
from app.errors import NotFound
from app.places import written
from app.places.models import SubDistrict

OWN = ("phone", "statutory_basis", "lift_at_homes", "contact_days")
WEEKDAYS = ("weekday", "cutoff_weekday", "release_weekday")
TIMES = ("cutoff_time", "closing_time", "release_time")
LIMITS = {
    "lift_at_homes": (1, 99),
    "contact_days": (7, 730),
    "max_carries": (0, 9),
    "follow_up_days": (1, 60),
}
"""Numbers a sub-district may choose, from and to."""

Settings = dict[str, str | int | bool | time | None]


def standing(place: SubDistrict, times: CaseDaySettings | None) -> Settings:
    """Every setting as it stands, defaults where nothing was settled."""
    rhythm = Rhythm() if times is None else Rhythm(*(getattr(times, field.name) for field in fields(Rhythm)))
    return {name: getattr(place, name) for name in OWN} | asdict(rhythm)


def seen(settings: Settings) -> str:
    """What a page showed of the settings."""
    return mark_of(*sorted(settings.items()))


def as_they_stand(session: Session, sub_district_id: int) -> Settings:
    """The settings of a sub-district. Raises NotFound."""
    place = session.get(SubDistrict, sub_district_id)
    if place is None:
        raise NotFound
    return standing(place, session.get(CaseDaySettings, sub_district_id))


def settle(actor: Actor, form: Mapping[str, str], as_seen: str) -> list[str]:
    """Take every setting of the own sub-district from a form, all or none; returns the names of those that changed.
    Raises Forbidden, NotFound, ManyRefused with each fault at its field, Refused: page_older."""
    require_office(actor, actor.sub_district_id)
    with transaction() as session:
        place = session.get(SubDistrict, actor.sub_district_id or 0, with_for_update=True)
        if place is None:
            raise NotFound
        times = session.get(CaseDaySettings, place.id)
        before = standing(place, times)
        must_stand(as_seen, *sorted(before.items()))
        wanted = _read(form)
        changed = sorted(name for name in before if before[name] != wanted[name])
        if times is None and any(name not in OWN for name in changed):
            times = CaseDaySettings(sub_district_id=place.id)
            session.add(times)
        for name, value in wanted.items():
            if name in OWN:
                setattr(place, name, value)
            elif times is not None:
                setattr(times, name, value)
        if changed:
            audit.record(session, actor, "settings_changed", "sub_district", place.id, changed)
        return changed


def _read(form: Mapping[str, str]) -> Settings:
    faults = written.Faults()
    found: Settings = {
        "phone": faults.read(written.phone, "phone", form.get("phone", "")),
        "statutory_basis": form.get("statutory_basis") == "1",
    }
    for name in WEEKDAYS:
        found[name] = faults.read(written.number, name, form.get(name, ""), 0, 6)
    for name in TIMES:
        found[name] = faults.read(written.clock_time, name, form.get(name, ""))
    for name, (low, high) in LIMITS.items():
        found[name] = faults.read(written.number, name, form.get(name, ""), low, high)
    faults.told()
    faults.found += faults_of(Rhythm(**{field.name: found[field.name] for field in fields(Rhythm)}))  # type: ignore[arg-type]
    faults.told()
    return found
