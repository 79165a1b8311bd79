"""Bring places into the register: a sub-district, and its communities, buildings and doorways by ledger."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from app.access import audit
from app.access.actor import Actor
from app.db import db, transaction
from app.errors import MashangError, Refused
from app.places import queries
from app.places.ledger import Fault, Ledger, LedgerRow, read_ledger, strange_character
from app.places.models import Building, Community, Doorway, SubDistrict
from app.places.queries import KnownDoorway
from app.places.tidying import tidy

LONGEST_NAME = 40
_CODE = re.compile(r"[0-9A-Za-z]{2,12}")


@dataclass
class LedgerRefused(MashangError):
    """A ledger of which nothing was imported; every fault, in the order of its lines."""

    faults: list[Fault]


@dataclass(frozen=True)
class ImportCounts:
    """Rows read; communities, buildings and doorways that are new; doorways updated and unchanged; community
    telephones changed; lines skipped for their faults."""

    rows: int
    communities: int
    buildings: int
    doorways: int
    updated: int
    unchanged: int
    phones: int
    skipped: int


@dataclass(frozen=True)
class Imported:
    """What an import did, and the faults of the lines it skipped."""

    counts: ImportCounts
    faults: list[Fault]


def add_sub_district(session: Session, actor: Actor, code: str, name: str, district: str = "") -> bool:
    """Put a sub-district on the register, inside the caller's transaction; True if it is new.

    Raises Refused: sub_district_code_wrong, name_missing, field_too_long, control_characters,
    sub_district_differs (the code stands for another name)."""
    name, district = tidy(name), tidy(district)
    if not _CODE.fullmatch(code):
        raise Refused("sub_district_code_wrong", "code", {"code": code})
    if not name:
        raise Refused("name_missing", "name")
    for where, text in (("name", name), ("district", district)):
        if len(text) > LONGEST_NAME:
            raise Refused("field_too_long", where, {"longest": LONGEST_NAME})
        if strange_character(text):
            raise Refused("control_characters", where)
    known = queries.sub_district_by_code(session, code)
    if known is not None:
        if known.name != name or (district and known.district != district):
            raise Refused("sub_district_differs", "name", {"code": code, "name": known.name})
        return False
    session.add(SubDistrict(code=code, name=name, district=district))
    audit.record(session, actor, "sub_district_added", "sub_district", code, ("code", "name", "district"))
    return True


def import_ledger(
    actor: Actor, sub_district_code: str, path: Path, *, skip_bad: bool = False, dry_run: bool = False
) -> Imported:
    """Bring a ledger into the register, all of it in one transaction. What the register has and the ledger
    does not say stays; with `skip_bad` faulty lines are left out, else one fault refuses the whole.

    Raises Refused: sub_district_unknown; LedgerRefused; OSError for a file that cannot be opened."""
    _sub_district(db.session(), sub_district_code)
    ledger = read_ledger(path)
    if not ledger.usable or (ledger.faults and not skip_bad):
        ledger.faults += _register_faults(sub_district_code, ledger)
        raise LedgerRefused(_by_line(ledger.faults))
    if dry_run:
        return _Import(db.session(), sub_district_code, ledger, skip_bad).planned()
    with transaction() as session:
        work = _Import(session, sub_district_code, ledger, skip_bad)
        done = work.planned()
        work.apply()
        audit.record(session, actor, "ledger_imported", "sub_district", sub_district_code)
        return done


def _register_faults(sub_district_code: str, ledger: Ledger) -> list[Fault]:
    """What the register holds against the rows that are well in themselves."""
    if not ledger.rows:
        return []
    session = db.session()
    place = _sub_district(session, sub_district_code)
    return [fault for _, fault in _disputes(session, place, ledger)]


def _sub_district(session: Session, code: str) -> SubDistrict:
    place = queries.sub_district_by_code(session, code)
    if place is None:
        raise Refused("sub_district_unknown", "sub_district", {"code": code})
    return place


def _disputes(session: Session, place: SubDistrict, ledger: Ledger) -> Iterator[tuple[LedgerRow, Fault]]:
    """Rows whose community code is another one in the register, or another community's."""
    registered = {community.name: community.code for community in queries.communities_of(session, place.id)}
    owners = queries.community_codes(session)
    heading = ledger.heading("community_code")
    for row in ledger.rows:
        code = row.community_code
        if code is None:
            continue
        known = registered.get(row.community)
        if known is not None and known != code:
            yield row, Fault(row.line, heading, f"{row.community}登记的代码是 {known}，不是 {code}")
        elif known is None and code in owners:
            yield row, Fault(row.line, heading, f"{code} 已经是{owners[code]}的")


def _by_line(faults: list[Fault]) -> list[Fault]:
    return sorted(faults, key=lambda fault: fault.line)


class _Import:
    """One ledger against the register: what is new, what changed; then the writing of it."""

    def __init__(self, session: Session, sub_district_code: str, ledger: Ledger, skip_bad: bool) -> None:
        self.session = session
        self.place = _sub_district(session, sub_district_code)
        disputes = list(_disputes(session, self.place, ledger))
        self.faults = _by_line([*ledger.faults, *(fault for _, fault in disputes)])
        disputed = {row.line for row, _ in disputes}
        self.rows = [row for row in ledger.rows if row.line not in disputed]
        if (disputes and not skip_bad) or not self.rows:
            raise LedgerRefused(self.faults)
        self.communities = {each.name: each for each in queries.communities_of(session, self.place.id)}
        self.buildings = queries.building_ids(session, self.place.id)
        self.doorways = queries.known_doorways(session, self.place.id)

    def planned(self) -> Imported:
        """The counts this import comes to."""
        buildings = {(row.community, row.building) for row in self.rows}
        known = {
            (name, building) for name, building in buildings if self._building_id(name, building) is not None
        }
        held = [self._known(row) for row in self.rows]
        updated = sum(
            doorway is not None and bool(_changes(row, doorway))
            for row, doorway in zip(self.rows, held, strict=True)
        )
        new = held.count(None)
        counts = ImportCounts(
            rows=len(self.rows),
            communities=len({row.community for row in self.rows} - set(self.communities)),
            buildings=len(buildings - known),
            doorways=new,
            updated=updated,
            unchanged=len(self.rows) - new - updated,
            phones=len(self._changed_phones()),
            skipped=len({fault.line for fault in self.faults}),
        )
        return Imported(counts, self.faults)

    def apply(self) -> None:
        """Write it, inside the caller's transaction."""
        for name, phone in self._changed_phones().items():
            self.communities[name].phone = phone
        changed = [
            {"id": doorway.id, **changes}
            for row in self.rows
            if (doorway := self._known(row)) is not None and (changes := _changes(row, doorway))
        ]
        self._add_communities()
        self._add_buildings()
        self._write_doorways(changed)

    def _building_id(self, community: str, building: str) -> int | None:
        known = self.communities.get(community)
        return None if known is None else self.buildings.get((known.id, building))

    def _known(self, row: LedgerRow) -> KnownDoorway | None:
        building_id = self._building_id(row.community, row.building)
        return None if building_id is None else self.doorways.get((building_id, row.doorway))

    def _changed_phones(self) -> dict[str, str]:
        said = {row.community: row.community_phone for row in self.rows if row.community_phone}
        return {
            name: phone
            for name, phone in said.items()
            if phone and name in self.communities and self.communities[name].phone != phone
        }

    def _add_communities(self) -> None:
        codes: dict[str, str | None] = {}
        phones: dict[str, str | None] = {}
        for row in self.rows:
            if row.community not in self.communities:
                codes[row.community] = codes.get(row.community) or row.community_code
                phones[row.community] = phones.get(row.community) or row.community_phone
        free = self._free_codes({code for code in codes.values() if code})
        for name, code in codes.items():
            community = Community(
                sub_district_id=self.place.id, code=code or next(free), name=name, phone=phones[name]
            )
            self.session.add(community)
            self.communities[name] = community
        self.session.flush()

    def _free_codes(self, spoken_for: set[str]) -> Iterator[str]:
        """Codes like the statistical ones: the sub-district's and three digits, in order."""
        taken = spoken_for | set(queries.community_codes(self.session))
        for number in range(1, 1000):
            if (code := f"{self.place.code}{number:03d}") not in taken:
                yield code
        raise Refused("community_codes_used_up", "community_code")

    def _add_buildings(self) -> None:
        wanted = dict.fromkeys((self.communities[row.community].id, row.building) for row in self.rows)
        new = [{"community_id": at, "name": name} for at, name in wanted if (at, name) not in self.buildings]
        if new:
            self.session.execute(insert(Building), new)
            self.buildings = queries.building_ids(self.session, self.place.id)

    def _write_doorways(self, changed: list[dict[str, Any]]) -> None:
        new = [_as_new(self._home(row), row) for row in self.rows if self._known(row) is None]
        for at in range(0, len(new), 5000):
            self.session.execute(insert(Doorway), new[at : at + 5000])
        if changed:
            self.session.execute(update(Doorway), changed)

    def _home(self, row: LedgerRow) -> int:
        return self.buildings[self.communities[row.community].id, row.building]


def _as_new(building_id: int, row: LedgerRow) -> dict[str, Any]:
    return {
        "building_id": building_id,
        "name": row.doorway,
        "households": row.households,
        "lng": row.lng,
        "lat": row.lat,
        "datum": row.datum,
    }


def _changes(row: LedgerRow, known: KnownDoorway) -> dict[str, Any]:
    """What the ledger says otherwise; an empty cell says nothing."""
    changes: dict[str, Any] = {}
    if row.households is not None and row.households != known.households:
        changes["households"] = row.households
    if row.lng is not None and (row.lng, row.lat, row.datum) != (known.lng, known.lat, known.datum):
        changes |= {"lng": row.lng, "lat": row.lat, "datum": row.datum}
    return changes
