"""Finding a place by part of its name, as somebody says it on the telephone (红庙 2号 3单元), or inside the address
a ledger writes (…红庙北里2号楼3单元501室)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import chain
from typing import Any

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import Session

from app.access.actor import Actor
from app.places import codes
from app.places.models import Building, Community, DoorCode, Doorway
from app.places.queries import door_by_code
from app.places.tidying import tidy

MOST = 12
MOST_WHOLES = 2
LONGEST = 60
DOOR, BUILDING, COMMUNITY = "d", "b", "c"
_REF = re.compile(r"[dbc][0-9]{1,9}")
_ORDINALS = "零一二三四五六七八九"
_NUMBERED = re.compile("[一二三四五六七八九十]{1,3}(?=号|单元|门|栋|楼|幢|层|区)")
_PIECE = re.compile(r"[0-9]+[^\W0-9_]*|[^\W0-9_]+")
_HOUSE = re.compile("[楼栋幢座]$")
_OFFICE = re.compile("(社区)?(居民委员会|居委会)?$")


@dataclass(frozen=True, slots=True)
class Place:
    """A doorway; or a building or a community of which nobody said the doorway. `ref` is how a form carries it."""

    ref: str
    community_id: int
    community: str
    building_id: int = 0
    building: str = ""
    doorway: str = ""
    code: str = ""

    @property
    def words(self) -> str:
        """The whole of it in one line."""
        return " ".join(part for part in (self.community, self.building, self.doorway) if part)

    @property
    def row_id(self) -> int:
        """The id its `ref` names."""
        return int(self.ref[1:])

    @property
    def is_door(self) -> bool:
        """Whether it is a doorway."""
        return self.ref[0] == DOOR


def plain(text: str) -> str:
    """A name as it is compared: full-width made plain, numerals before 号, 单元 and the like as digits, no blanks."""
    return _NUMBERED.sub(lambda found: _digits(found[0]), re.sub(r"\s+", "", tidy(text)).lower())


@lru_cache(maxsize=65_536)
def _name(text: str) -> str:
    """The same for names of places, which are few and come again; addresses of people are not kept."""
    return plain(text)


def find(
    session: Session, actor: Actor, written: str, *, most: int = MOST, among: Gazetteer | None = None
) -> list[Place]:
    """Places within the actor's scope that answer to what was typed, the likeliest first: the door of a code, or
    doorways whose names hold every piece; where no doorway does, the buildings and communities that do. Whoever asks
    for many hands in the gazetteer to look `among`."""
    written = written[:LONGEST].replace("\0", "")
    code = codes.read_code(written)
    door = door_by_code(session, code) if code else None
    if door is not None and actor.covers(door.sub_district_id, door.community_id):
        found = place_of(session, actor, f"{DOOR}{door.doorway_id}")
        return [found] if found else []
    pieces = _pieces(written)
    return (among or Gazetteer(session, actor)).answering(pieces, most) if pieces else []


def place_of(session: Session, actor: Actor, ref: str) -> Place | None:
    """The place a form named; None for what is none, or is not within the actor's scope."""
    return places_of(session, actor, [ref]).get(ref)


def places_of(session: Session, actor: Actor, refs: Collection[str]) -> dict[str, Place]:
    """The same for many, by `ref`, in three looks at most."""
    ids: dict[str, list[int]] = {}
    for ref in refs:
        if _REF.fullmatch(ref):
            ids.setdefault(ref[0], []).append(int(ref[1:]))
    found: list[Place] = []
    if DOOR in ids:
        found += map(_door, session.execute(_doorways(actor).where(Doorway.id.in_(ids[DOOR]))))
    at = (Community.id, Community.name)
    if BUILDING in ids:
        houses = select(*at, Building.id, Building.name).join(
            Community, Community.id == Building.community_id
        )
        rows = session.execute(_within(houses.where(Building.id.in_(ids[BUILDING])), actor))
        found += [Place(f"{BUILDING}{row[2]}", *row) for row in rows]
    if COMMUNITY in ids:
        rows = session.execute(_within(select(*at).where(Community.id.in_(ids[COMMUNITY])), actor))
        found += [Place(f"{COMMUNITY}{row[0]}", *row) for row in rows]
    return {one.ref: one for one in found}


class Gazetteer:
    """Every place within an actor's scope, read with one statement and then asked as often as need be."""

    def __init__(self, session: Session, actor: Actor) -> None:
        query = _doorways(actor).order_by(Community.code, Building.id, Doorway.id)
        rows = session.execute(query.add_columns(Doorway.stands_in)).all()
        every = [_door(row) for row in rows]
        self.doors = [door for door, row in zip(every, rows, strict=True) if not row[-1]]
        self._every = every
        self._names = [_name(one.community + one.building + one.doorway) for one in self.doors]

    def answering(self, pieces: Sequence[str], most: int = MOST) -> list[Place]:
        """Places whose names hold these pieces, those that hold them in this order first; last a few buildings that
        hold them without a doorway, for who does not know which."""
        doors = _ranked(_holding(zip(self.doors, self._names, strict=True), pieces))
        wholes = _ranked(_holding(self._wholes, pieces))
        if not doors:
            return wholes[:most]
        several = [one for one in wholes if len(self._doors_of.get(one.building_id, ())) > 1][:MOST_WHOLES]
        return doors[: most - len(several)] + several

    def in_address(self, address: str, community: str = "") -> Place | None:
        """The doorway an address names; else the building, else the community; None where it names nothing of these,
        or two that it does not tell apart."""
        written = plain(address)
        named = self._community_in(plain(community)) or self._community_in(written)
        building, rest = self._building_in(written, named)
        if building is None:
            return named
        doors = [door for door in self._doors_of.get(building.building_id, ()) if door.doorway]
        here = [door for door in doors if _holds(rest, _name(door.doorway))]
        if here:
            return max(here, key=lambda door: len(door.doorway))
        return doors[0] if len(doors) == 1 else building

    @cached_property
    def _wholes(self) -> list[tuple[Place, str]]:
        """Buildings and communities, for when the doorway is not known."""
        found: dict[str, Place] = {}
        for one in self._every:
            at = (one.community_id, one.community)
            if (house := f"{BUILDING}{one.building_id}") not in found:
                found[house] = Place(house, *at, one.building_id, one.building)
            if (whole := f"{COMMUNITY}{one.community_id}") not in found:
                found[whole] = Place(whole, *at)
        return [(one, _name(one.community + one.building)) for one in found.values()]

    @cached_property
    def _doors_of(self) -> dict[int, list[Place]]:
        found: dict[int, list[Place]] = {}
        for one in self.doors:
            found.setdefault(one.building_id, []).append(one)
        return found

    @cached_property
    def _houses(self) -> list[tuple[str, Place]]:
        """Buildings by name, and once more without the 楼 that addresses leave out."""
        houses = [one for one, _name in self._wholes if one.building]
        named = [(plain(one.building), one) for one in houses]
        named += [(short, one) for name, one in named if (short := _HOUSE.sub("", name)) != name]
        return [one for one in named if len(one[0]) > 1]

    def _named_from(self, pair: str) -> Sequence[tuple[str, Place]]:
        """Buildings whose names begin with these two characters: an address holds few of so many."""
        return self._houses_by_pair.get(pair, ())

    @cached_property
    def _houses_by_pair(self) -> dict[str, list[tuple[str, Place]]]:
        found: dict[str, list[tuple[str, Place]]] = {}
        for name, one in self._houses:
            found.setdefault(name[:2], []).append((name, one))
        return found

    @cached_property
    def _communities(self) -> list[tuple[str, Place]]:
        named = [
            (_OFFICE.sub("", plain(one.community)) or plain(one.community), one)
            for one, _name in self._wholes
            if not one.building
        ]
        named = [(name.removesuffix("社区") or name, one) for name, one in named]
        return sorted(named, key=lambda one: -len(one[0]))

    def _community_in(self, written: str) -> Place | None:
        return next((one for name, one in self._communities if name in written), None) if written else None

    def _building_in(self, written: str, named: Place | None) -> tuple[Place | None, str]:
        """The longest building name in an address, and what follows it."""
        longest, found = 0, list[tuple[Place, str]]()
        pairs = {written[at : at + 2] for at in range(len(written) - 1)}
        for name, one in sorted(chain.from_iterable(map(self._named_from, pairs)), key=_longest_first):
            if longest and len(name) < longest:
                break
            at = _place(written, name)
            if at >= 0:
                longest = len(name)
                found.append((one, written[at + len(name) :]))
        if len(found) > 1 and named is not None:
            found = [one for one in found if one[0].community_id == named.community_id]
        return found[0] if len(found) == 1 else (None, "")


def _longest_first(named: tuple[str, Place]) -> int:
    return -len(named[0])


def _doorways(actor: Actor) -> Select[*tuple[Any, ...]]:
    active = and_(DoorCode.doorway_id == Doorway.id, DoorCode.status == "active")
    query = (
        select(
            Doorway.id, Community.id, Community.name, Building.id, Building.name, Doorway.name, DoorCode.code
        )
        .join(Building, Building.id == Doorway.building_id)
        .join(Community, Community.id == Building.community_id)
        .outerjoin(DoorCode, active)
    )
    return _within(query, actor)


def _within(query: Select[*tuple[Any, ...]], actor: Actor) -> Select[*tuple[Any, ...]]:
    query = query.where(Community.sub_district_id == actor.sub_district_id)
    return query if actor.community_ids is None else query.where(Community.id.in_(actor.community_ids))


def _door(row: Sequence[Any]) -> Place:
    return Place(f"{DOOR}{row[0]}", row[1], row[2], row[3], row[4], row[5], row[6] or "")


def _pieces(written: str) -> list[str]:
    """红庙2号3单元 and 红庙 2号 3单元 alike: a number begins a piece, and so does what follows a blank."""
    return [piece for word in tidy(written).split() for piece in _PIECE.findall(plain(word))]


def _holding(
    named: Iterable[tuple[Place, str]], pieces: Sequence[str]
) -> Iterator[tuple[tuple[bool, int, int], Place]]:
    for order, (place, name) in enumerate(named):
        if all(_holds(name, piece) for piece in pieces):
            yield (not _in_order(name, pieces), len(name), order), place


def _ranked(found: Iterable[tuple[tuple[bool, int, int], Place]]) -> list[Place]:
    return [place for _rank, place in sorted(found, key=lambda one: one[0])]


def _holds(name: str, piece: str) -> bool:
    return _place(name, piece) >= 0


def _place(name: str, piece: str, start: int = 0) -> int:
    """Where a piece stands in a name: 2号 does not stand in 12号, nor 2 in 21. -1 for nowhere."""
    while (at := name.find(piece, start)) >= 0:
        end = at + len(piece)
        splits_front = piece[0].isdigit() and at > 0 and name[at - 1].isdigit()
        splits_end = piece[-1].isdigit() and end < len(name) and name[end].isdigit()
        if not splits_front and not splits_end:
            return at
        start = at + 1
    return -1


def _in_order(name: str, pieces: Sequence[str]) -> bool:
    at = 0
    for piece in pieces:
        found = _place(name, piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return True


def _digits(numeral: str) -> str:
    """十二 as 12; two digits are as far as buildings go."""
    tens, ten, ones = numeral.rpartition("十")
    if not ten:
        return "".join(str(_ORDINALS.index(one)) for one in numeral)
    before = _ORDINALS.find(tens) if len(tens) == 1 else 1
    return str(max(before, 1) * 10 + (_ORDINALS.find(ones) if len(ones) == 1 else 0))
