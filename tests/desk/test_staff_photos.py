"""Photos of how it looks now: at the door with the visit, or on the page of the case."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from PIL import Image
from sqlalchemy import select

from app.cases import photos
from app.cases import queries as cases
from app.cases.models import CaseFile, Photo
from app.db import db
from app.forwarding import dossier, handover
from app.forwarding import queries as forwardings
from tests.desk.conftest import Desk
from tests.world import World

Sit = Callable[[str], Desk]


def shot() -> tuple[io.BytesIO, str]:
    body = io.BytesIO()
    Image.new("RGB", (60, 40), "teal").save(body, "JPEG")
    body.seek(0)
    return body, "IMG_0001.jpg"


def broken() -> tuple[io.BytesIO, str]:
    return io.BytesIO("不是照片".encode()), "a.jpg"


def taken() -> list[Photo]:
    db.session.rollback()
    db.session.expire_all()
    return list(db.session.scalars(select(Photo).order_by(Photo.id)))


def in_quarantine() -> int:
    folder = photos.quarantine("")
    return len(list(folder.iterdir())) if folder.exists() else 0


def visit(desk: Desk, world: World, case: CaseFile, **fields: object) -> int:
    form = {"case": case.number, "version": case.version, "outcome": "resolved", "note": "换了灯"} | fields
    return desk.post(f"/desk/doors/{world.doors[0].code}/visit", **form).status_code


def test_a_visit_brings_its_photos(desk: Sit, world: World) -> None:
    case, at_desk = world.queued(), desk("worker")
    assert visit(at_desk, world, case, photo1=shot(), photo2=shot(), is_cleared="1") == 303
    assert [(one.case_id, one.staff_id, one.is_cleared) for one in taken()] == [
        (case.id, world.staff["worker"], True)
    ] * 2
    actions = [event.action for event in world.events(case)]
    assert actions[-2:] == ["add_photo", "resolve"]
    assert not cases.after_photos(db.session(), case.id), "not before they are re-encoded"
    for one in taken():
        photos.reencode(one.media_name)
    page = at_desk.page(f"/desk/cases/{case.number}")
    for one in taken():
        assert f'<img src="/desk/photos/{one.media_name}"' in page
        assert at_desk.get(f"/desk/photos/{one.media_name}").mimetype == "image/jpeg"
    assert "居民看得到" in page
    assert len(cases.after_photos(db.session(), case.id)) == 2


def test_on_the_page_of_a_case_they_are_for_colleagues_unless_cleared(desk: Sit, world: World) -> None:
    case, at_desk = world.queued(), desk("worker")
    url = f"/desk/cases/{case.number}/photos"
    assert at_desk.post(url, version=case.version, photo1=shot()).status_code == 303
    [one] = taken()
    photos.reencode(one.media_name)
    assert "只有同事看得到" in at_desk.page(f"/desk/cases/{case.number}")
    assert not cases.after_photos(db.session(), case.id)


def test_a_case_page_that_is_old_takes_none(desk: Sit, world: World) -> None:
    case, at_desk = world.queued(), desk("worker")
    url = f"/desk/cases/{case.number}/photos"
    assert at_desk.post(url, version=case.version - 1, photo1=shot()).status_code == 409
    assert not taken()
    assert not in_quarantine()


@pytest.mark.parametrize("chosen", [{"photo1": broken}, {"photo1": shot, "photo3": broken}, {}])
def test_what_is_no_photo_is_told_and_nothing_kept(
    desk: Sit, world: World, chosen: dict[str, Callable[[], object]]
) -> None:
    case, at_desk = world.queued(), desk("worker")
    fields = {name: make() for name, make in chosen.items()}
    answer = at_desk.post(f"/desk/cases/{case.number}/photos", version=case.version, is_cleared="1", **fields)
    assert answer.status_code == 422
    assert "照片" in answer.text
    assert not taken()
    assert not in_quarantine()


def test_a_visit_with_a_bad_photo_is_not_recorded_and_its_words_are_kept(desk: Sit, world: World) -> None:
    case, at_desk = world.queued(), desk("worker")
    answer = at_desk.post(
        f"/desk/doors/{world.doors[0].code}/visit",
        case=case.number, version=case.version, outcome="resolved", note="换了两个灯泡", photo1=broken(),
    )  # fmt: skip
    assert answer.status_code == 422
    assert "换了两个灯泡" in answer.text
    assert "这个文件不是能看的照片" in answer.text
    assert world.again(case).state == "queued"
    assert not in_quarantine()


def test_a_visit_that_is_refused_lets_its_photos_go(desk: Sit, world: World) -> None:
    case = world.queued()
    assert visit(desk("worker"), world, case, note="", photo1=shot()) == 422
    assert not taken()
    assert not in_quarantine()


def test_who_may_not_act_may_not_add_and_other_communities_see_nothing(desk: Sit, world: World) -> None:
    case = world.queued()
    url, fields = f"/desk/cases/{case.number}/photos", {"version": case.version}
    assert desk("leader").post(url, photo1=shot(), **fields).status_code == 403
    assert desk("other_worker").post(url, photo1=shot(), **fields).status_code == 404
    assert not in_quarantine()
    assert "加照片" not in desk("leader").page(f"/desk/cases/{case.number}")
    assert desk("worker").post(url, photo1=shot(), is_cleared="1", **fields).status_code == 303
    [one] = taken()
    assert desk("worker").get(f"/desk/photos/{one.media_name}").status_code == 404, "still in quarantine"
    photos.reencode(one.media_name)
    assert desk("worker").get(f"/desk/photos/{one.media_name}").status_code == 200
    assert desk("leader").get(f"/desk/photos/{one.media_name}").status_code == 200
    assert desk("other_worker").get(f"/desk/photos/{one.media_name}").status_code == 404
    assert desk("far_dispatcher").get(f"/desk/photos/{one.media_name}").status_code == 404


def test_the_hotline_gets_what_was_cleared(desk: Sit, world: World) -> None:
    case, at_desk = world.queued(), desk("dispatcher")
    url = f"/desk/cases/{case.number}/photos"
    for version, cleared in ((case.version, {}), (case.version + 1, {"is_cleared": "1"})):
        assert at_desk.post(url, version=version, photo1=shot(), **cleared).status_code == 303
    kept, cleared_one = taken()
    assert forwardings.photos_pending(db.session(), case.id)
    for one in (kept, cleared_one):
        photos.reencode(one.media_name)
    handover.forward_now(world.actor("dispatcher"), case.number, world.again(case).version)
    [forwarding] = forwardings.of_case(db.session(), case.id)
    attached = dossier.build(db.session(), forwarding)["attachments"]
    assert [one["sha256"] for one in attached] == [taken()[1].sha256]
    assert list(forwardings.ready_photos(db.session(), case.id)) == [cleared_one.media_name]
    assert not forwardings.photos_pending(db.session(), case.id)
