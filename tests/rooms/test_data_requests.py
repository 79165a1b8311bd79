"""To see or to delete what is held of somebody: asked by receipt, answered by a person."""

from __future__ import annotations

from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.actor import resident
from app.cases import data_requests, handling, intake, own_report, photos
from app.cases.data_requests import MASKED
from app.cases.models import DataRequest, Photo, Report
from app.cases.wording import Words
from app.cases.workflow import State
from app.commands import worker
from app.db import db, transaction
from app.errors import Forbidden, NotFound, Refused
from app.notices import telling
from app.staff.models import StaffCommunity
from tests.resident.test_saying import jpeg
from tests.world import World

PHONE, WORDS = "13912345678", "厨房的管子漏水，五层左手边。"


def _key() -> str:
    return str(uuid4())


def _held(receipt: str) -> Report:
    session = db.session()
    session.rollback()
    session.expire_all()
    return session.scalars(select(Report).where(Report.receipt == receipt)).one()


def _asked(world: World, kind: str = "delete", **words: object) -> tuple[str, int]:
    """A report whose resident asked, and the id of the request."""
    receipt = world.report(
        text=WORDS, phone=PHONE, name="周阿姨", email="zhou@example.org", spot="五层", **words
    )
    data_requests.ask(receipt, _key(), kind)
    return receipt, _requests()[-1].id


def _requests() -> list[DataRequest]:
    with Session(db.engine) as session:
        return list(session.scalars(select(DataRequest).order_by(DataRequest.id)))


def test_to_see_it_is_settled_at_once_and_written_down(world: World) -> None:
    receipt, _ = _asked(world, "see")
    (one,) = _requests()
    assert (one.kind, one.outcome, one.settled_by) == ("see", "done", None)
    assert one.settled_at == one.asked_at
    assert world.events(world.case(receipt))[-1].action == "data_request"
    assert "data_request" not in [item.kind for item in world.outbox()]


def test_to_delete_it_waits_for_a_dispatcher_who_is_told(world: World) -> None:
    receipt, _ = _asked(world)
    data_requests.ask(receipt, _key(), "delete")  # one open request is enough
    (one,) = _requests()
    assert one.settled_at is None
    (promise,) = [item for item in world.outbox() if item.kind == "data_request"]
    assert promise.ref == world.case(receipt).number
    assert "data_request" in telling.TOLD
    assert "data_request" in worker.HANDLERS


def test_the_same_page_asks_once(world: World) -> None:
    receipt, key = world.report(), _key()
    for _ in range(2):
        data_requests.ask(receipt, key.upper(), "see")
    assert len(_requests()) == 1


@pytest.mark.parametrize(("key", "kind"), [("none", "see"), ("", "all")])
def test_what_is_no_request_is_refused(world: World, key: str, kind: str) -> None:
    with pytest.raises(Refused):
        data_requests.ask(world.report(), key or _key(), kind)
    with pytest.raises(NotFound):
        data_requests.ask("ABCDABCDABCD", _key(), "see")


def test_done_leaves_the_bare_case(world: World) -> None:
    receipt, request_id = _asked(world)
    own_report.add(receipt, _key(), "还有，物业来过一次。")
    data_requests.settle(world.actor("dispatcher"), request_id, "done", "已经删掉了。")
    report = _held(receipt)
    assert report.text == MASKED
    assert [one.text for one in report.additions] == [MASKED]
    assert (report.name_sealed, report.phone_sealed, report.email_sealed, report.phone_index) == (None,) * 4
    assert (report.spot, report.submission_digest) == ("", "")
    case = world.case(receipt)
    assert case.title == MASKED
    assert case.state == State.WITHDRAWN  # nobody else was in it: nothing more is done
    assert [event.action for event in world.events(case)][-2:] == ["settle_data_request", "withdraw"]
    assert (_requests()[0].outcome, _requests()[0].told) == ("done", "已经删掉了。")
    with pytest.raises(Refused, match="request_settled"):
        data_requests.settle(world.actor("dispatcher"), request_id, "refused", "不删")


def test_what_is_done_is_not_taken_back_by_deleting(world: World) -> None:
    case = world.queued(text=WORDS)
    case = handling.act(world.actor("worker"), case.number, "resolve", case.version, "修好了")
    receipt = case.reports[0].receipt
    data_requests.ask(receipt, _key(), "delete")
    data_requests.settle(world.actor("dispatcher"), _requests()[0].id, "done", "删了")
    assert world.again(case).state == State.RESOLVED
    assert _held(receipt).withdrawn_at is None


def test_photos_go_with_their_files(world: World) -> None:
    taken = photos.take_in(jpeg(), "photo1")
    receipt = intake.receive(resident(), world.doors[0], _key(), Words(text=WORDS, photos=1), [taken])
    data_requests.ask(receipt, _key(), "delete")
    data_requests.settle(world.actor("dispatcher"), _requests()[0].id, "done", "删了")
    with Session(db.engine) as session:
        assert session.scalars(select(Photo)).all() == []
    assert [item.ref for item in world.outbox() if item.kind == "photo_gone"] == [taken.media_name]
    assert "photo_gone" in worker.HANDLERS
    photos.remove(taken.media_name)
    assert not photos.quarantine(taken.media_name).exists()


def test_refused_changes_nothing_and_says_why(world: World) -> None:
    receipt, request_id = _asked(world)
    data_requests.settle(world.actor("dispatcher"), request_id, "refused", "事情还在法院，要留到判了。")
    report = _held(receipt)
    assert report.text == WORDS
    assert report.phone_sealed
    assert _requests()[0].told == "事情还在法院，要留到判了。"
    data_requests.ask(receipt, _key(), "delete")  # and may be asked again
    assert len(_requests()) == 2


def test_it_is_settled_with_words_by_a_dispatcher_of_the_place(world: World) -> None:
    receipt, request_id = _asked(world)
    with pytest.raises(Refused, match="note_needed"):
        data_requests.settle(world.actor("dispatcher"), request_id, "done", " ")
    with pytest.raises(Refused, match="choice_unknown"):
        data_requests.settle(world.actor("dispatcher"), request_id, "later", "过几天")
    with pytest.raises(Forbidden):
        data_requests.settle(world.actor("leader"), request_id, "done", "删")
    with pytest.raises(NotFound):
        data_requests.settle(world.actor("far_dispatcher"), request_id, "done", "删")
    assert _held(receipt).text == WORDS


def test_a_dispatcher_of_some_communities_answers_theirs_and_no_others(world: World) -> None:
    with transaction() as session:
        session.add(StaffCommunity(staff_id=world.staff["dispatcher"], community_id=world.communities[0]))
    _receipt, own = _asked(world)
    _receipt, other = _asked(world, door=world.doors[8])
    with pytest.raises(NotFound):
        data_requests.settle(world.actor("dispatcher"), other, "refused", "要查账")
    data_requests.settle(world.actor("dispatcher"), own, "refused", "要查账")
    assert [one.outcome for one in _requests()] == ["refused", None]
