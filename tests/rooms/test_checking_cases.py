"""`flask cases check`: what is kept beside the cases says the same as they do, and is mended where it does not."""

from __future__ import annotations

from click.testing import Result
from flask import Flask
from sqlalchemy import delete, update

from app.cases import digesting, queue, tally
from app.cases.narrowing import Wanted
from app.cases.queue_models import CaseCount, CaseTouched, CaseWords
from app.cases.search import Sought
from app.db import db, transaction
from app.forwarding import queries as forwarding
from tests.world import World


def _check(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=["cases", "check", *words])


def _worker_comes_by() -> None:
    while digesting.digest(forwarding.order_numbers):
        pass


def _found(world: World) -> list[str]:
    db.session.rollback()
    wanted = Wanted(sought=Sought.read("水管"))
    return [row.number for row in queue.page(db.session(), world.actor("dispatcher"), wanted).rows]


def test_what_is_right_is_said_to_be(app: Flask, world: World) -> None:
    world.queued(text="水管漏水")
    _worker_comes_by()
    said = _check(app)
    assert (said.exit_code, said.stdout) == (
        0,
        "sub_districts=2 miscounted=0 not_in_search=0 to_read_anew=0\n",
    )


def test_a_report_the_worker_has_not_read_yet_is_no_fault(app: Flask, world: World) -> None:
    world.queued(text="水管漏水")
    assert _check(app).exit_code == 0


def test_what_is_wrong_is_counted_and_mended(app: Flask, world: World) -> None:
    case = world.queued(text="水管漏水")
    _worker_comes_by()
    with transaction() as session:
        session.execute(delete(CaseTouched))
        session.execute(update(CaseCount).values(cases=CaseCount.cases + 3))
        session.execute(delete(CaseWords))
    said = _check(app)
    assert said.exit_code == 1
    assert "not_in_search=1" in said.stdout
    assert "miscounted=0" not in said.stdout
    mended = _check(app, "--mend")
    assert (mended.exit_code, "to_read_anew=1" in mended.stdout) == (0, True)
    _worker_comes_by()
    assert _check(app).stdout == "sub_districts=2 miscounted=0 not_in_search=0 to_read_anew=0\n"
    assert tally.miscounted(db.session(), world.sub_district_id) == 0
    assert _found(world) == [case.number]
