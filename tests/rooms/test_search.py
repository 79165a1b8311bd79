"""The search: two characters of Chinese are enough, on both databases; what was deleted is found by nobody."""

from __future__ import annotations

from uuid import uuid4

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from app import clock
from app.access.models import AuditEntry
from app.cases import (
    data_requests,
    digesting,
    grams,
    handling,
    merging,
    own_report,
    publishing,
    queue,
    search,
)
from app.cases.models import CaseFile, DataRequest
from app.cases.queue import Wanted
from app.cases.queue_models import CaseTouched, CaseWords
from app.cases.search import Sought
from app.cases.workflow import State
from app.db import db, transaction
from app.errors import Forbidden
from app.forwarding import queries as forwarding
from app.forwarding.models import Forwarding, WorkOrder
from tests.world import World


def catch_up() -> None:
    """What the worker does meanwhile."""
    while digesting.digest(forwarding.order_numbers):
        pass


def found(world: World, typed: str, who: str = "dispatcher", **narrowed: object) -> list[str]:
    """Numbers of the cases found, newest first."""
    sought = Sought.read(typed)
    db.session.rollback()
    wanted = Wanted(sought=sought, **narrowed)  # type: ignore[arg-type]
    return [row.number for row in queue.page(db.session(), world.actor(who), wanted).rows]


@pytest.mark.parametrize(
    "typed",
    [
        "水管", "漏", "三层的水管", "Wi-Fi", "wifi信号", "ＷＩＦＩ", "302", "补充", "墙皮", "拐角", "红庙", "北里1号楼",
        "1号楼3单元", "3单元 水管", "公示", "管  漏水",
    ],
)  # fmt: skip
def test_every_kind_of_word_is_found(world: World, typed: str) -> None:
    receipt = world.report(
        world.doors[2], text="三层的水管漏水。\n还有wifi信号弱，302也一样", spot="楼梯拐角"
    )
    own_report.add(receipt, str(uuid4()), "补充：墙皮掉了")
    case = world.case(receipt)
    publishing.publish(world.actor("dispatcher"), case.number, case.version, "公示的话", "door")
    world.report(world.doors[9], text="灯坏了")
    catch_up()
    assert found(world, typed) == [case.number]


def test_what_is_not_there_is_not_found(world: World) -> None:
    world.report(text="水压低，管子旧")
    catch_up()
    for typed in ("水管", "压管", "低管", "zz", "水压高"):
        assert found(world, typed) == []
    assert Sought.read(" ，。! ") is None


def test_numbers_are_found_whole(world: World) -> None:
    case, other = world.queued(), world.queued()
    with transaction() as session:
        session.add(
            Forwarding(
                id=str(uuid4()), case_id=case.id, sequence=1, legal_basis="consent", created_at=clock.now()
            )
        )
        session.flush()
        [forwarding_id] = session.scalars(select(Forwarding.id))
        order = WorkOrder(forwarding_id=forwarding_id, workorder_id="GD-2611/77001", read_at=clock.now())
        session.add(order)
    catch_up()
    assert found(world, case.number) == [case.number]
    assert found(world, case.number.replace("-", "")) == [case.number]
    assert found(world, case.number[-4:]) == [case.number]
    assert found(world, "gd-2611/77001") == [case.number]
    assert other.number in found(world, "楼道")


def test_a_case_is_found_as_it_is_now(world: World) -> None:
    case = world.queued(text="电梯不动")
    catch_up()
    assert found(world, "电梯", states=(State.QUEUED,)) == [case.number]
    handling.act(world.actor("dispatcher"), case.number, "start", case.version)
    assert found(world, "电梯", states=(State.QUEUED,)) == []  # at once: the case itself is asked
    catch_up()
    assert found(world, "电梯", states=(State.IN_PROGRESS,)) == [case.number]


def test_merging_takes_the_words_along(world: World) -> None:
    source, target = world.queued(text="单元门吱吱响"), world.queued(text="门坏了")
    catch_up()
    merging.merge(world.actor("dispatcher"), source.number, source.version, target.number)
    catch_up()
    assert target.number in found(world, "吱吱", states=(State.QUEUED,))
    case = world.again(source)
    merging.unmerge(world.actor("dispatcher"), case.number, case.version)
    catch_up()
    assert found(world, "吱吱") == [source.number]


def test_scope_is_the_readers_own(world: World) -> None:
    near, other = world.case(world.report(text="水管")), world.case(world.report(world.doors[9], text="水管"))
    far = world.case(world.report(world.far_door, text="水管"))
    catch_up()
    assert found(world, "水管") == [other.number, near.number]
    assert found(world, "水管", "worker") == [near.number]
    assert found(world, "水管", "other_worker") == [other.number]
    assert found(world, "水管", "far_dispatcher") == [far.number]
    assert found(world, near.number, "other_worker") == []
    assert found(world, "水管", "worker", community=world.communities[1]) == []


def test_found_cases_come_a_page_at_a_time(world: World) -> None:
    numbers = [world.case(world.report(world.doors[place % 12], text="水管")).number for place in range(7)]
    catch_up()
    seen, after = list[str](), ""
    while after is not None:
        wanted = Wanted(sought=Sought.read("水管"))
        page = queue.page(db.session(), world.actor("dispatcher"), wanted, after=after, size=3)
        seen, after = seen + [row.number for row in page.rows], page.after
    assert seen == numbers[::-1]


@pytest.mark.parametrize("near", [1, 2, 5, 500])
def test_a_page_is_the_same_however_many_of_the_newest_are_read_first(
    world: World, monkeypatch: pytest.MonkeyPatch, near: int
) -> None:
    hits = list[str]()
    for place, words in enumerate(("水管", "水管", "灯", "灯", "灯", "水管", "灯", "水管", "水管")):
        case = world.case(world.report(world.doors[place], text=words))
        hits += [case.number] if words == "水管" else []
    catch_up()
    monkeypatch.setattr(search, "_NEAR", near)
    queue._look.cache_clear()
    for size in (1, 2, 3, 9):
        seen, after, pages = list[str](), "", 0
        while after is not None and pages < 9:
            wanted = Wanted(sought=Sought.read("水管"))
            page = queue.page(db.session(), world.actor("dispatcher"), wanted, after=after, size=size)
            seen, after, pages = seen + [row.number for row in page.rows], page.after, pages + 1
        assert (seen, pages) == (hits[::-1], -(-len(hits) // size))
    queue._look.cache_clear()


def test_a_word_is_found_at_one_door(world: World) -> None:
    here = world.case(world.report(world.doors[1], text="水管"))
    world.report(world.doors[2], text="水管")
    world.report(world.doors[1], text="灯")
    catch_up()
    assert found(world, "水管", doorway=world.doors[1].doorway_id) == [here.number]


MARK = "独一无二"


def test_what_was_deleted_is_gone_when_the_deletion_is(world: World) -> None:
    receipt = world.report(text=f"{MARK}的灯", spot="九层")
    own_report.add(receipt, str(uuid4()), "补上一句")
    source, target = world.case(receipt), world.queued(text="邻居的灯")
    merging.merge(world.actor("dispatcher"), source.number, source.version, target.number)
    catch_up()
    assert found(world, MARK)
    data_requests.ask(receipt, str(uuid4()), "delete")
    catch_up()
    request = db.session.scalars(select(DataRequest)).one()
    data_requests.settle(world.actor("dispatcher"), request.id, "done", "删了")
    for typed in (MARK, "九层", "补上", "独"):
        assert found(world, typed) == []  # before the worker comes by
    db.session.rollback()
    assert not [words for words in db.session.scalars(select(CaseWords.words)) if "独" in words]
    catch_up()
    for typed in (MARK, "九层", "补上", "独"):
        assert found(world, typed) == []
    assert found(world, "邻居的灯") == [target.number]


def test_a_telephone_is_looked_up_by_who_may_and_written_down(world: World) -> None:
    case = world.case(world.report(phone="139 1234 5678"))
    index = search.telephone("13912345678")
    assert index is not None
    assert search.telephone("+86 139-1234-5678") == index
    assert search.telephone("1391234567") is None
    rows = queue.page(db.session(), world.actor("worker"), Wanted(caller=index)).rows
    assert [row.number for row in rows] == [case.number]
    assert queue.page(db.session(), world.actor("far_dispatcher"), Wanted(caller=index)).rows == []
    search.look_for_caller(world.actor("worker"))
    [entry] = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "find_by_phone"))
    assert (entry.staff_id, entry.fields) == (world.staff["worker"], "phone")
    assert "139" not in entry.object_id
    for who in ("leader", "officer", "printer", "auditor", "admin"):
        with pytest.raises(Forbidden):
            search.look_for_caller(world.actor(who))


def test_a_case_somebody_is_changing_is_left_for_the_next_round(world: World) -> None:
    case = world.case(world.report(text="水管"))
    if db.engine.dialect.name == "sqlite":  # nobody writes beside anybody there
        catch_up()
        assert found(world, "水管") == [case.number]
        return
    with db.engine.connect() as other, other.begin():
        other.execute(select(CaseFile.id).where(CaseFile.id == case.id).with_for_update())
        assert digesting.digest(forwarding.order_numbers) == 1
        assert found(world, "水管") == []
        db.session.rollback()
        assert db.session.scalars(select(CaseTouched.case_id)).all() == [case.id]
    catch_up()
    assert found(world, "水管") == [case.number]


def test_all_can_be_read_anew(world: World) -> None:
    case = world.case(world.report(text="水管"))
    catch_up()
    with transaction() as session:
        if session.get_bind().dialect.name == "sqlite":
            session.execute(text("INSERT INTO case_search (case_search) VALUES ('delete-all')"))
        session.execute(CaseWords.__table__.delete())  # type: ignore[attr-defined]
    assert found(world, "水管") == []
    with transaction() as session:
        digesting.touch_all(session)
    catch_up()
    assert found(world, "水管") == [case.number]


CHINESE = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=6)
TEXTS = st.lists(CHINESE | st.from_regex(r"[a-z0-9]{1,5}", fullmatch=True), min_size=1, max_size=6)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(parts=TEXTS, data=st.data())
def test_any_two_neighbouring_characters_find_their_text(
    app: Flask, world: World, parts: list[str], data: st.DataObject
) -> None:
    said = "，".join(parts)
    case = world.case(world.report(text=said))
    catch_up()
    run = data.draw(st.sampled_from(grams.runs(said)))
    start = data.draw(st.integers(0, max(0, len(run) - 2)))
    for typed in (run[start : start + 2], run[start:], run[0]):
        sought = Sought.read(typed)
        assert sought is not None
        db.session.rollback()
        page = queue.page(db.session(), world.actor("dispatcher"), Wanted(sought=sought), size=500)
        assert case.number in {row.number for row in page.rows}, typed
