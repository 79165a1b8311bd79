"""The same page, the same building, the same order, by several at the very same moment: each once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

from flask import Flask
from sqlalchemy import func, select

from app.cases import importing, keying_in
from app.cases.keying_in import Keyed
from app.cases.models import CaseEvent, CaseFile, Report
from app.cases.wording import Words
from app.db import db
from app.places.models import Doorway
from tests.keying.ledgers import line
from tests.keying.test_importing_orders import lines, look
from tests.world import World

PRESSES = 4


def at_once(app: Flask, verb: Callable[[int], object]) -> list[object]:
    """What each press came to, what it raised included."""
    start = threading.Barrier(PRESSES)

    def press(number: int) -> object:
        with app.app_context():
            start.wait()
            try:
                return verb(number)
            except Exception as fault:
                return fault
            finally:
                db.session.remove()

    with ThreadPoolExecutor(PRESSES) as presses:
        return list(presses.map(press, range(PRESSES)))


def count(of: type) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(of)) or 0


def test_one_page_pressed_by_several_fingers(app: Flask, world: World) -> None:
    actor, place = world.actor("worker"), f"d{world.doors[0].doorway_id}"
    for number in range(1, 4):
        key = str(uuid4())
        keyed = Keyed(place, Words(text="灯坏了"), "phone")
        came = at_once(app, lambda _n, key=key, keyed=keyed: keying_in.key_in(actor, key, keyed))  # type: ignore[misc]
        assert len(set(map(str, came))) == 1, came
        assert (count(Report), count(CaseFile)) == (number, number)


def test_several_add_to_one_case(app: Flask, world: World) -> None:
    case, actor = world.queued(), world.actor("worker")
    keyed = Keyed(f"d{world.doors[1].doorway_id}", Words(text="灯坏了"), "phone", same=case.number)
    keys = [str(uuid4()) for _ in range(PRESSES)]
    came = at_once(app, lambda number: keying_in.key_in(actor, keys[number], keyed))
    assert len(set(came)) == PRESSES, came
    assert world.again(case).homes == PRESSES
    assert count(CaseEvent) == 2 + PRESSES


def test_a_building_gets_one_stand_in(app: Flask, world: World) -> None:
    building = db.session().get_one(Doorway, world.doors[0].doorway_id).building_id
    before, actor = count(Doorway), world.actor("worker")
    keyed = Keyed(f"b{building}", Words(text="楼顶漏水"), "phone")
    came = at_once(app, lambda _n: keying_in.key_in(actor, str(uuid4()), keyed))
    assert all(isinstance(one, str) for one in came), came
    assert count(Doorway) == before + 1


def test_two_dispatchers_take_the_same_order_once(app: Flask, world: World, tmp_path: Path) -> None:
    made = [look(world, tmp_path, line("1", "灯坏了"), line("2", "门坏了")) for _ in range(2)]
    ids = {one: [each.id for each in lines(one)] for one in made}
    actor = world.actor("dispatcher")
    came = at_once(app, lambda number: importing.take(actor, made[number % 2], ids[made[number % 2]]))
    assert sum(one[0] for one in came) == 2, came  # type: ignore[index]
    assert all(not one[1] for one in came)  # type: ignore[index]
    assert (count(Report), count(CaseFile)) == (2, 2)
