"""Adding words and photos, and answering, on the receipt."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from sqlalchemy import func, select

from app import config
from app.cases import asking, own_report, photos
from app.cases.models import Addition, Photo
from app.db import db
from tests.linting.client import LintingClient
from tests.resident.test_receipts import sign
from tests.resident.test_saying import jpeg
from tests.world import World


def _count(model: type) -> int:
    found = db.session.scalar(select(func.count()).select_from(model)) or 0
    db.session.rollback()
    return found


def _lying() -> int:
    folder = Path(config.active().media_url) / "quarantine"
    return len(list(folder.iterdir())) if folder.is_dir() else 0


def test_a_photo_alone_is_enough_and_counts_once(client: LintingClient, world: World) -> None:
    receipt = world.report()
    form = sign(client, receipt)
    for _ in range(2):
        sent = form | {"text": "", "photo1": (jpeg(), "a.jpg"), "photo2": (jpeg(), "b.jpg")}
        assert client.post(f"/r/{receipt}/add", data=sent).status_code == 303
    assert (_count(Photo), _count(Addition), _lying()) == (2, 1, 2), "what came again was let go"
    assert "<img" not in client.get(f"/r/{receipt}").text
    for name in db.session.scalars(select(Photo.media_name)).all():
        db.session.rollback()
        photos.reencode(name)
    assert client.get(f"/r/{receipt}").text.count("<img") == 2
    assert world.events(world.case(receipt))[-1].data == {"photos": 2}


def test_words_with_a_broken_photo_are_handed_back(client: LintingClient, world: World) -> None:
    receipt = world.report()
    form = sign(client, receipt) | {"text": "五层也坏了", "photo1": (jpeg(), "a.jpg")}
    answer = client.post(f"/r/{receipt}/add", data=form | {"photo2": (BytesIO(b"none"), "b.jpg")})
    assert answer.status_code == 422
    assert "五层也坏了" in answer.text
    assert 'id="photo2-bad"' in answer.text
    assert (_count(Photo), _count(Addition), _lying()) == (0, 0, 0)


def test_who_took_it_back_is_refused_kindly(client: LintingClient, world: World) -> None:
    receipt = world.report()
    form = sign(client, receipt) | {"text": "还有", "photo1": (jpeg(), "a.jpg")}
    own_report.withdraw(receipt)
    answer = client.post(f"/r/{receipt}/add", data=form)
    assert answer.status_code == 422
    assert "您已经撤回了" in answer.text
    assert (_count(Addition), _lying()) == (0, 0)


def test_there_is_an_end_to_photos(client: LintingClient, world: World) -> None:
    receipt = world.report()
    most = own_report.MOST_PHOTOS_IN_ALL
    six = {f"photo{number}": (jpeg(), "a.jpg") for number in range(1, 7)}
    own_report.MOST_PHOTOS_IN_ALL = 7
    try:
        assert client.post(f"/r/{receipt}/add", data=sign(client, receipt) | six).status_code == 303
        six = {f"photo{number}": (jpeg(), "a.jpg") for number in range(1, 7)}
        answer = client.post(f"/r/{receipt}/add", data=sign(client, receipt) | six)
    finally:
        own_report.MOST_PHOTOS_IN_ALL = most
    assert answer.status_code == 422
    assert (_count(Photo), _lying()) == (6, 6)


def test_a_question_is_answered_on_the_receipt(client: LintingClient, world: World) -> None:
    receipt = world.report()
    case = world.case(receipt)
    asking.ask(world.actor("worker"), case.number, case.version, "几层的灯？")
    form = sign(client, receipt)
    page = client.get(f"/r/{receipt}").text
    assert "几层的灯？" in page
    empty = client.post(f"/r/{receipt}/answer", data=form | {"text": " "})
    assert empty.status_code == 422
    assert 'id="text-bad"' in empty.text
    for _ in range(2):
        assert client.post(f"/r/{receipt}/answer", data=form | {"text": "五层的"}).status_code == 303
    page = client.get(f"/r/{receipt}").text
    assert page.count("五层的") == 1
    assert "您回答了。" in page
    late = client.post(f"/r/{receipt}/answer", data=sign(client, receipt) | {"text": "又想起来"})
    assert late.status_code == 422
    assert "又想起来" in late.text
