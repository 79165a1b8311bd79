"""Places by part of their names, as said on the telephone or written in a ledger."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import insert, select

from app.db import db, transaction
from app.places import finding, standing_in
from app.places.finding import Gazetteer
from app.places.models import Building, Doorway
from tests.desk.conftest import Desk
from tests.world import World


def words(world: World, who: str, written: str) -> list[str]:
    return [one.words for one in finding.find(db.session(), world.actor(who), written)]


@pytest.mark.parametrize(
    "written",
    [
        "红庙 2号 3单元",
        "红庙2号3单元",
        "红庙北里2号楼3单元",
        "红庙北里二号楼 三单元",
        "３单元 红庙 ２号",
        "红庙2 3",
    ],
)
def test_a_door_is_found_by_part_of_its_name(world: World, written: str) -> None:
    assert words(world, "dispatcher", written)[0] == "红庙社区 红庙北里2号楼 3单元"


def test_a_number_is_not_found_inside_another(world: World) -> None:
    assert "八里庄北里社区 八里庄北里10号楼 1单元" not in words(world, "dispatcher", "1号楼 1单元")
    assert words(world, "dispatcher", "八里庄 10号 1") == ["八里庄北里社区 八里庄北里10号楼 1单元"]


def test_a_code_is_its_door(world: World) -> None:
    door = world.doors[5]
    assert words(world, "dispatcher", f" {door.code[:4].lower()}-{door.code[4:]}") == [
        f"{door.community} {door.building} {door.doorway}"
    ]


def test_the_house_is_offered_after_its_doors_for_who_does_not_know_which(world: World) -> None:
    found = finding.find(db.session(), world.actor("dispatcher"), "红庙 2号")
    assert [one.ref[0] for one in found] == ["d", "d", "d", "d", "b"]
    assert [
        one.ref[0] for one in finding.find(db.session(), world.actor("dispatcher"), "红庙 2号 1单元")
    ] == ["d"]


def test_nothing_is_found_beyond_ones_scope(world: World) -> None:
    assert words(world, "worker", "八里庄北里10号楼") == []
    assert words(world, "worker", world.doors[9].code) == []
    assert words(world, "dispatcher", "九龙") == []
    assert words(world, "dispatcher", world.far_door.code) == []


@pytest.mark.parametrize(
    "odd", ["", " ", "%", "_", "\0", "。", "9" * 500, "\ud7ff\U0010ffff", "单元" * 80, "' OR 1=1"]
)
def test_odd_words_find_nothing_or_little(world: World, odd: str) -> None:
    assert len(words(world, "dispatcher", odd)) <= finding.MOST


def test_twelve_of_many_are_listed(world: World) -> None:
    assert len(words(world, "dispatcher", "单元")) == 12


def test_a_building_is_offered_where_the_doorway_is_not_known(world: World) -> None:
    with transaction() as session:
        session.add(Building(community_id=world.communities[0], name="红庙西里3号楼"))
    assert words(world, "dispatcher", "红庙西里") == []  # no doorway, so it is no place yet
    with transaction() as session:
        place = finding.place_of(
            session, world.actor("dispatcher"), f"b{_building(session, '红庙西里3号楼')}"
        )
        assert place is not None
        first = standing_in.doorway_for(session, place)
        assert standing_in.doorway_for(session, place) == first
    assert words(world, "dispatcher", "红庙西里") == ["红庙社区 红庙西里3号楼"]


def _building(session: object, name: str) -> int:
    return int(session.scalars(select(Building.id).where(Building.name == name)).one())  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("北京市朝阳区八里庄街道红庙北里2号楼3单元501室", "红庙社区 红庙北里2号楼 3单元"),
        ("红庙北里２号楼三单元", "红庙社区 红庙北里2号楼 3单元"),
        ("朝阳区红庙北里1号4单元", "红庙社区 红庙北里1号楼 4单元"),
        ("八里庄北里10号楼", "八里庄北里社区 八里庄北里10号楼"),
        ("红庙北里2号楼9单元", "红庙社区 红庙北里2号楼"),
        ("红庙社区居委会门口", "红庙社区"),
        ("双井街道九龙花园1号楼1单元", None),
        ("", None),
    ],
)
def test_an_address_is_matched_as_far_as_it_goes(world: World, address: str, found: str | None) -> None:
    place = Gazetteer(db.session(), world.actor("dispatcher")).in_address(address)
    assert (None if place is None else place.words) == found


def test_five_thousand_doorways_take_one_look(
    world: World, desk: Callable[[str], Desk], count_queries: Callable[[], object]
) -> None:
    with transaction() as session:
        for number in range(100):
            house = Building(community_id=world.communities[0], name=f"红庙南里{number + 1}号楼")
            session.add(house)
            session.flush()
            session.execute(
                insert(Doorway), [{"building_id": house.id, "name": f"{door + 1}单元"} for door in range(50)]
            )
    at_desk = desk("worker")
    at_desk.get("/desk/places?q=x")
    with count_queries() as statements:  # type: ignore[attr-defined]
        answer = at_desk.get("/desk/places?q=红庙南里77号12单元")
    assert answer.json["places"][0]["words"] == "红庙社区 红庙南里77号楼 12单元"
    looks = [one for one in statements if "staff" not in one and "sub_district.id =" not in one]
    assert len(looks) <= 3, statements
