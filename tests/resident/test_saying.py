"""The form at a door: sent as a browser without script sends it, refused in words, never doubled."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from uuid import uuid4

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.cases.models import Addition, CaseEvent, CaseFile, Photo, Report
from app.cases.photos import quarantine
from app.db import db, transaction
from app.outbox.models import OutboxItem
from app.places.models import DoorCode
from tests.linting.client import LintingClient
from tests.world import World

Counting = Callable[[], AbstractContextManager[list[str]]]


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return found[1]


def fill(client: LintingClient, world: World, **fields: object) -> dict[str, object]:
    """Open the page of the first door and fill the form in."""
    page = client.get(f"/d/{world.doors[0].code}").text
    return (
        {name: hidden(page, name) for name in ("csrf_token", "submission_key")}
        | {"text": "门关不上"}
        | fields
    )


def send(client: LintingClient, world: World, form: dict[str, object]) -> TestResponse:
    return client.post(f"/d/{world.doors[0].code}", data=form, content_type="multipart/form-data")


def count(model: type) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def jpeg(width: int = 40, height: int = 30) -> io.BytesIO:
    body = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(body, "JPEG")
    body.seek(0)
    return body


def test_a_report_with_a_photo_becomes_a_case_and_a_receipt(client: LintingClient, world: World) -> None:
    form = fill(client, world, photo1=(jpeg(), "IMG_0001.jpg"), spot="3层")
    answer = send(client, world, form)
    assert answer.status_code == 303
    page = client.get(answer.headers["Location"]).text
    assert "11月28日周六来看" in page
    assert "门关不上" in page
    assert "照片收到了" in page
    assert [count(model) for model in (Report, CaseFile, CaseEvent, Photo)] == [1, 1, 1, 1]


def test_a_door_is_found_however_its_code_is_typed(client: LintingClient, world: World) -> None:
    code = world.doors[0].code
    typed = f"{code[:4].lower()} -{code[4:]}"
    assert world.doors[0].building in client.get(f"/d/{typed}").text
    assert client.get("/d/", query_string={"code": typed}).headers["Location"].endswith(f"/d/{code}")


@pytest.mark.parametrize("code", ["7K2M9QX4", "00000000", "x", "七七七七七七七七"])
def test_an_unknown_code_is_answered_kindly(client: LintingClient, world: World, code: str) -> None:
    answer = client.get(f"/d/{code}")
    assert answer.status_code == 404
    assert "看看贴纸上的八个字" in answer.text
    assert client.get("/d/", query_string={"code": code}).status_code == 404


def test_the_same_page_sent_twice_is_one_report(client: LintingClient, world: World) -> None:
    form = fill(client, world)
    first, second = send(client, world, form), send(client, world, form)
    assert first.headers["Location"] == second.headers["Location"]
    assert count(Report) == 1


def test_the_same_page_with_other_words_swallows_nothing(client: LintingClient, world: World) -> None:
    form = fill(client, world)
    receipt = send(client, world, form).headers["Location"].rsplit("/", 1)[1]
    other = send(client, world, form | {"text": "灯也坏了"})
    assert other.status_code == 422
    assert "灯也坏了" in other.text
    assert hidden(other.text, "submission_key") != form["submission_key"]
    assert count(Report) == 1

    forms = re.findall(r"<form.*?</form>", other.text, re.S)
    added = {name: hidden(forms[0], name) for name in ("csrf_token", "submission_key", "text")}
    assert client.post(f"/r/{receipt}/add", data=added).status_code == 303
    assert count(Addition) == 1
    fresh = {name: hidden(forms[1], name) for name in ("csrf_token", "submission_key")} | {"text": "灯也坏了"}
    assert send(client, world, fresh).status_code == 303
    assert count(Report) == 2


def test_refused_keeps_everything_typed_and_says_why_beside_the_field(
    client: LintingClient, world: World
) -> None:
    form = fill(client, world, text=" ", name="周", phone="123", spot="3层", kind="help", consent_forward="1")
    answer = send(client, world, form)
    assert answer.status_code == 422
    for kept in ('value="周"', 'value="123"', 'value="3层"', 'help" selected'):
        assert kept in answer.text
    assert re.search(r'name="consent_forward" value="1" checked', answer.text)
    assert 'id="text-bad"' in answer.text
    assert 'id="phone-bad"' in answer.text
    assert count(Report) == count(CaseFile) == count(OutboxItem) == 0
    assert hidden(answer.text, "submission_key") == form["submission_key"]


@pytest.mark.parametrize(
    ("fields", "beside"),
    [
        ({"text": ""}, "text"),
        ({"text": "长" * 10_000}, "text"),
        ({"text": "a\x00b"}, "text"),
        ({"text": "\x1b[2J"}, "text"),
        ({"name": "\x07"}, "name"),
        ({"name": "长" * 41}, "name"),
        ({"kind": "anything"}, "kind"),
        ({"category": "99999"}, "category"),
        ({"call_back": "1"}, "phone"),
        ({"email": "no mail"}, "email"),
        ({"photo1": (io.BytesIO(b"not a picture"), "photo.jpg")}, "photo1"),
        ({"photo2": (io.BytesIO(b""), "empty.jpg")}, "photo2"),
    ],
)
def test_bad_input_gets_a_word_beside_its_field_and_saves_nothing(
    client: LintingClient, world: World, fields: dict[str, object], beside: str
) -> None:
    fields = {
        name: (io.BytesIO(value[0].getvalue()), value[1]) if isinstance(value, tuple) else value
        for name, value in fields.items()
    }
    answer = send(client, world, fill(client, world, **fields))
    assert answer.status_code == 422
    if beside != "email":
        assert f'id="{beside}-bad"' in answer.text
    assert count(Report) == 0
    assert not list(quarantine("x").parent.glob("*"))


def test_a_bomb_of_200_megapixels_is_refused_by_its_header(client: LintingClient, world: World) -> None:
    body = io.BytesIO()
    Image.new("1", (20_000, 10_000)).save(body, "PNG")
    body.seek(0)
    answer = send(client, world, fill(client, world, photo1=(body, "bomb.png")))
    assert answer.status_code == 422
    assert "尺寸太大" in answer.text
    assert count(Report) == 0


def test_a_photo_without_words_is_enough(client: LintingClient, world: World) -> None:
    assert send(client, world, fill(client, world, text="", photo1=(jpeg(), "a.jpg"))).status_code == 303


def test_words_are_kept_to_the_letter(client: LintingClient, world: World) -> None:
    text = "𠮷㐂 👩‍👩‍👧 مرحبا <b>&amp;</b> 'quoted' \"x\"\n第二行"
    page = client.get(send(client, world, fill(client, world, text=text)).headers["Location"])
    assert page.status_code == 200
    assert db.session.scalars(select(Report.text)).one() == text


@pytest.mark.parametrize("broken", [{"csrf_token": "x"}, {"csrf_token": ""}, {"submission_key": "no uuid"}])
def test_a_broken_page_gets_a_fresh_one_with_its_text(
    client: LintingClient, world: World, broken: dict[str, str]
) -> None:
    answer = send(client, world, fill(client, world) | broken)
    assert answer.status_code == 422
    assert "门关不上" in answer.text
    fresh = {name: hidden(answer.text, name) for name in ("csrf_token", "submission_key")}
    assert send(client, world, {"text": "门关不上"} | fresh).status_code == 303


def test_a_token_is_good_at_its_own_door_only(client: LintingClient, world: World) -> None:
    form = fill(client, world)
    answer = client.post(f"/d/{world.doors[1].code}", data=form, content_type="multipart/form-data")
    assert answer.status_code == 422


def test_a_page_thirty_one_days_old_is_refused_with_its_text_and_a_fresh_token(
    client: LintingClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from itsdangerous import TimestampSigner

    form = fill(client, world)
    now = TimestampSigner.get_timestamp
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda self: now(self) + 31 * 24 * 3600)
    answer = send(client, world, form)
    assert answer.status_code == 422
    assert "放得太久" in answer.text
    assert hidden(answer.text, "csrf_token") != form["csrf_token"]
    assert send(client, world, form | {"csrf_token": hidden(answer.text, "csrf_token")}).status_code == 303


def test_a_filled_trap_is_taken_in_and_set_aside_for_a_person(client: LintingClient, world: World) -> None:
    answer = send(client, world, fill(client, world, website="http://spam"))
    assert answer.status_code == 303
    assert "请工作人员看一看" in client.get(answer.headers["Location"]).text
    case = db.session.scalars(select(CaseFile)).one()
    assert case.state == "set_aside"
    assert [event.data.get("reason") for event in case.events] == [None, "trap"]
    assert [item.kind for item in world.outbox()] == ["set_aside_by_rule"]


def test_a_revoked_code_is_gone_and_a_replaced_one_leads_on(client: LintingClient, world: World) -> None:
    old = world.doors[0]
    with transaction() as session:
        row = session.scalars(select(DoorCode).where(DoorCode.code == old.code)).one()
        row.status, row.revoked_reason = "revoked", "stolen"
    stolen = client.get(f"/d/{old.code}")
    assert stolen.status_code == 410
    assert client.post(f"/d/{old.code}", data={"text": "x"}).status_code == 410
    with transaction() as session:
        row = session.scalars(select(DoorCode).where(DoorCode.code == old.code)).one()
        row.revoked_reason = "replaced"
        session.add(DoorCode(doorway_id=old.doorway_id, code="7K2M9QX3", issued_at=row.issued_at))
    assert "/d/7K2M9QX3" in client.get(f"/d/{old.code}").text


class TestLimits:
    @pytest.fixture
    def environ(self, environ: dict[str, str]) -> dict[str, str]:
        return environ | {"MASHANG_LIMITS": "door=2,network=100,page=100"}

    def test_too_many_from_a_door_is_told_when_to_come_back_with_the_text_kept(
        self, client: LintingClient, world: World
    ) -> None:
        for _ in range(2):
            assert send(client, world, fill(client, world)).status_code == 303
        answer = send(client, world, fill(client, world, text="第三件事"))
        assert answer.status_code == 429
        assert "第三件事" in answer.text
        assert re.search(r"\d\d:\d\d再来", answer.text)
        assert count(Report) == 2


def test_a_report_costs_few_statements(client: LintingClient, world: World, count_queries: Counting) -> None:
    form = fill(client, world)
    with count_queries() as statements:
        assert send(client, world, form).status_code == 303
    assert len(statements) <= 12, statements


def test_a_kept_page_costs_one_statement(
    client: LintingClient, world: World, count_queries: Counting
) -> None:
    client.get(f"/d/{world.doors[0].code}")
    with count_queries() as statements:
        client.get(f"/d/{world.doors[0].code}")
    assert (
        len([line for line in statements if line.startswith("SELECT")]) <= 1 + 3
    )  # the promise is asked anew every five seconds


def test_a_staff_browser_reports_as_a_resident(app: Flask, client: LintingClient, world: World) -> None:
    answer = send(client, world, fill(client, world))
    assert "Set-Cookie" not in answer.headers
    assert db.session.scalars(select(CaseEvent.actor_kind)).one() == "resident"


@pytest.mark.parametrize("query", [{"lang": "en"}, {"elder": "1"}, {"lang": "en", "elder": "1"}])
def test_language_and_type_size_are_carried_in_the_address(
    client: LintingClient, world: World, query: dict[str, str]
) -> None:
    page = client.get(f"/d/{world.doors[0].code}", query_string=query).text
    action = re.search(r'<form[^>]* action="([^"]*)"[^>]* data-keep=', page)
    assert action
    for name, value in query.items():
        assert f"{name}={value}" in action[1]
    form = {name: hidden(page, name) for name in ("csrf_token", "submission_key")} | {"text": "门关不上"}
    answer = client.post(action[1].replace("&amp;", "&"), data=form)
    for name, value in query.items():
        assert f"{name}={value}" in answer.headers["Location"]


def test_a_key_that_is_no_uuid_saves_nothing(client: LintingClient, world: World) -> None:
    form = fill(client, world) | {"submission_key": str(uuid4())}
    assert send(client, world, form).status_code == 422
    assert count(Report) == 0


def test_words_written_at_an_old_sticker_go_along_to_the_new_one(client: LintingClient, world: World) -> None:
    form = fill(client, world, text="写到一半贴纸换了", spot="3层")
    with transaction() as session:
        row = session.scalars(select(DoorCode).where(DoorCode.code == world.doors[0].code)).one()
        row.status, row.revoked_reason = "revoked", "replaced"
        session.add(DoorCode(doorway_id=world.doors[0].doorway_id, code="7K2M9QX3", issued_at=row.issued_at))
    gone = send(client, world, form | {"photo1": (jpeg(), "a.jpg")})
    assert gone.status_code == 410
    assert "您选的照片请再选一次。" in gone.text
    found = re.search(r'<form method="post" action="(/d/7K2M9QX3[^"]*)".*?</form>', gone.text, re.S)
    assert found
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', found[0]))
    page = client.post(found[1], data=fields, content_type="multipart/form-data")
    assert page.status_code == 200
    assert "写到一半贴纸换了" in page.text
    fields = {name: hidden(page.text, name) for name in ("csrf_token", "submission_key")}
    sent = client.post("/d/7K2M9QX3", data=fields | {"text": "写到一半贴纸换了"})
    assert sent.status_code == 303


def test_what_is_no_words_goes_on_to_the_new_sticker_and_photos_are_asked_for_again(
    client: LintingClient, world: World
) -> None:
    form = fill(client, world, text="", phone="13912345678", photo1=(jpeg(), "a.jpg"))
    with transaction() as session:
        row = session.scalars(select(DoorCode).where(DoorCode.code == world.doors[0].code)).one()
        row.status, row.revoked_reason = "revoked", "replaced"
        session.add(DoorCode(doorway_id=world.doors[0].doorway_id, code="7K2M9QX3", issued_at=row.issued_at))
    page = send(client, world, form)
    assert page.status_code == 410
    assert "请再选一次" in page.text
    assert 'name="phone" value="13912345678"' in page.text


@pytest.mark.parametrize("url", ["/d/none", "/d/none/me-too", "/r/000000000000/add", "/nowhere"])
def test_words_sent_to_nowhere_stand_there_to_be_copied(
    client: LintingClient, world: World, url: str
) -> None:
    answer = client.post(url, data={"text": "写了半天的话", "photo1": (jpeg(), "a.jpg")})
    assert answer.status_code == 404
    assert "写了半天的话" in answer.text
    assert "您选的照片请再选一次。" in answer.text


def test_added_to_the_earlier_report_go_telephone_and_a_photo(client: LintingClient, world: World) -> None:
    form = fill(client, world)
    send(client, world, form)
    more = {"text": "门框也歪了", "phone": "13912345678", "call_back": "1", "photo1": (jpeg(), "a.jpg")}
    page = send(client, world, form | more)
    assert page.status_code == 422
    found = re.search(r'<form class="stack" method="post" action="(/r/[^"]*/add)".*?</form>', page.text, re.S)
    assert found
    assert 'type="file"' in found[0]
    fields: dict[str, object] = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', found[0]))
    added = client.post(found[1], data=fields | {"photo1": (jpeg(), "b.jpg")})
    assert added.status_code == 303
    report = db.session.scalars(select(Report)).one()
    assert (report.phone_sealed is not None, report.call_back, len(report.photos)) == (True, True, 1)
    assert db.session.scalars(select(Addition.text)).one() == "门框也歪了"


def test_the_one_tap_of_large_type_shows_its_fault_where_it_was_made(
    client: LintingClient, world: World
) -> None:
    url = f"/d/{world.doors[0].code}?elder=1"
    page = client.get(url).text
    form = next(one for one in re.findall(r"<form.*?</form>", page, re.S) if 'id="ring"' in one)
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form)) | {"phone": "12"}
    refused = client.post(url, data=fields)
    assert refused.status_code == 422
    assert re.search(r'id="ring"[^>]*value="12"[^>]*aria-invalid="true"', refused.text)
    assert re.search(r'id="phone"[^>]*value=""', refused.text)
    assert fields["text"] not in re.sub(r"<input[^>]*>", "", refused.text)  # not in the box of the other form
