"""What leaves the house about a case, and what must not."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from PIL import Image
from sqlalchemy import select, update

from app import clock, config
from app.access.actor import resident
from app.cases import data_requests, handling, intake, links, merging, own_contact, own_report, photos
from app.cases.masking import HIDDEN, masked
from app.cases.models import CaseFile, DataRequest, Photo, Report
from app.cases.triage import Sorting, triage
from app.cases.wording import Words
from app.db import db, transaction
from app.forwarding import pack
from app.forwarding.models import Forwarding
from app.outbox.models import OutboxItem
from app.standin.dossier import read_dossier
from tests.forwarding.conftest import case_of, newest, send_on
from tests.forwarding.scripted import ScriptedGateway
from tests.linting.client import LintingClient
from tests.world import World

Forward = Callable[..., Forwarding]
Work = Callable[[], dict[str, int]]


@pytest.mark.parametrize(
    "number",
    [
        "13800138000",
        "138-0013-8000",
        "138 0013 8000",
        "１３８００１３８０００",
        "+86 13800138000",
        "8613800138000",
        "1.3.8.0.0.1.3.8.0.0.0",
        "11010519491231002X",
        "110105 19491231 002x",
        "110105491231002",
        "010-65021234",
        "(010)65021234",
        "（010）65021234",
        "03126502123",
        "65021234",
        "6502 1234",
        "6502-1234",
        "400-810-1234",
        "6222020200112233445",
    ],
)
@pytest.mark.parametrize("around", ["找我{}谢谢", "{}", "tel:{}。", "a{}b"])
def test_numbers_that_call_or_name_somebody_are_hidden(around: str, number: str) -> None:
    assert masked(around.format(number)) == around.format(HIDDEN)


@pytest.mark.parametrize(
    "text",
    [
        "3号楼2单元1201",
        "2026-11-28 10:20",
        "20261128",
        "2026年11月28日",
        "停水3000元",
        "案件 2611-0361",
        "12345",
        "110/119/120",
        "车牌京A12345",
        "60平米",
        "",
    ],
)
def test_other_numbers_stay(text: str) -> None:
    assert masked(text) == text


def sent_body(gateway: ScriptedGateway) -> dict[str, object]:
    (asked,) = gateway.sent("POST")
    return asked.body


def test_the_body_holds_every_field_of_the_contract(
    forward: Forward, work: Work, gateway: ScriptedGateway, world: World
) -> None:
    sent = forward(text="二单元声控灯不亮", spot="三层", kind="help")
    work()
    body = sent_body(gateway)
    read_dossier(__import__("json").dumps(body).encode())
    case = case_of(sent)
    assert body["case_number"] == case.number
    assert (body["title"], body["description"]) == ("二单元声控灯不亮", "二单元声控灯不亮\n位置：三层")
    assert body["category"] == {"code": "0304", "level1": "住房", "level2": "公共设施", "level3": "楼道照明"}
    assert body["address"] == {
        "district": "朝阳区",
        "sub_district": "八里庄街道",
        "community": "红庙社区",
        "building": "红庙北里1号楼",
        "doorway": world.doors[0].doorway,
    }
    assert (body["lead_unit"], body["legal_basis"], body["reporters"], body["sequence"]) == (
        "红庙物业",
        "statutory",
        1,
        1,
    )
    assert datetime.fromisoformat(str(body["due_at"])) == case.due_at.replace(microsecond=0)
    assert str(body["due_at"]).endswith("+08:00")
    assert body["contact"] is None
    assert [step["action"] for step in body["handled"]] == ["triage"]  # type: ignore[attr-defined]


def test_without_consent_no_number_leaves_the_house(
    forward: Forward, work: Work, gateway: ScriptedGateway, world: World
) -> None:
    case = world.queued(
        text="楼上漏水请打13912345678或身份证11010519491231002X",
        name="陈",
        phone="13912345678",
        spot="13912345678旁",
    )
    case = handling.act(world.actor("dispatcher"), case.number, "visit", case.version, "住户脾气大")
    case = handling.act(
        world.actor("dispatcher"), case.number, "in_hand", case.version, "住户电话139 1234 5678"
    )
    handling.act(world.actor("dispatcher"), case.number, "note", case.version, "内部：住户难缠")
    send_on(world, case_of_id(case.id))
    work()
    body = sent_body(gateway)
    whole = str(body)
    assert body["contact"] is None
    assert "13912345678" not in whole.replace(" ", "")
    assert "1234 5678" not in whole
    assert "1949" not in whole
    assert "难缠" not in whole, "staff's notes to each other stay in the house"
    assert "脾气" not in whole
    assert HIDDEN in str(body["title"])
    assert body["handled"][-1]["note"] == f"住户电话{HIDDEN}"  # type: ignore[index]


def test_a_number_cut_off_by_the_title_is_hidden_too(
    forward: Forward, work: Work, gateway: ScriptedGateway
) -> None:
    forward(text="灯" * 32 + "13912345678请回电")
    work()
    assert "139123" not in str(sent_body(gateway))


def test_with_consent_the_contact_goes_along(forward: Forward, work: Work, gateway: ScriptedGateway) -> None:
    forward(text="请打13912345678", name="陈", phone="13912345678", consent_forward=True)
    work()
    body = sent_body(gateway)
    assert body["contact"] == {"name": "陈", "phone": "13912345678"}
    assert body["description"] == "请打13912345678"
    assert body["legal_basis"] == "consent"


def test_consent_without_a_telephone_is_no_contact(
    forward: Forward, work: Work, gateway: ScriptedGateway
) -> None:
    forward(text="灯坏了", name="陈", consent_forward=True)
    work()
    assert sent_body(gateway)["contact"] is None


# ---- photos --------------------------------------------------------------------------------------------


def with_photo(world: World) -> CaseFile:
    picture = io.BytesIO()
    Image.new("RGB", (64, 48), "red").save(picture, "JPEG")
    picture.seek(0)
    taken = photos.take_in(picture, "photo1")
    receipt = intake.receive(
        resident(), world.doors[0], str(uuid4()), Words(text="灯坏了", photos=1), [taken]
    )
    case = world.case(receipt)
    return triage(world.actor("dispatcher"), case.number, case.version, Sorting())


def test_a_photo_is_ready_before_its_case_goes_out(
    world: World, work: Work, gateway: ScriptedGateway
) -> None:
    send_on(world, with_photo(world))
    work()
    (attached,) = sent_body(gateway)["attachments"]  # type: ignore[misc]
    photo = db.session.scalars(select(Photo)).one()
    assert (attached["media_type"], attached["sha256"]) == ("image/jpeg", photo.sha256)
    token = attached["url"].removeprefix("http://mashang.test/media/")
    assert links.read_photo_token(token) == photo.media_name


def test_a_photo_in_quarantine_is_waited_for_ten_minutes_and_no_longer(
    world: World, work: Work, gateway: ScriptedGateway
) -> None:
    sent = send_on(world, with_photo(world))
    with transaction() as session:  # the promise to re-encode it is held by a worker that is slow
        later = clock.real_now() + timedelta(hours=1)
        session.execute(
            update(OutboxItem).where(OutboxItem.kind == "photo").values(leased_until=later, lease="x")
        )
    work()
    assert not gateway.asked
    waiting = newest(sent.case_id)
    assert (waiting.state, waiting.sent_at) == ("waiting", None)
    with transaction() as session:
        long_ago = clock.real_now() - timedelta(minutes=10, seconds=1)
        session.execute(update(OutboxItem).where(OutboxItem.ref == sent.id).values(first_tried_at=long_ago))
    work()
    assert sent_body(gateway)["attachments"] == []
    assert newest(sent.case_id).state == "delivered"


def test_photo_links_end_and_cannot_be_forged(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    url = links.photo_url("a" * 32, timedelta(days=30))
    token = url.removeprefix(f"{config.active().base_url}/media/")
    assert links.read_photo_token(token) == "a" * 32
    assert links.read_photo_token(token[:-1] + ("A" if token[-1] != "A" else "B")) is None
    assert links.read_photo_token("") is None
    real = clock.real_now()
    monkeypatch.setattr(clock, "real_now", lambda: real + timedelta(days=29, hours=23))
    assert links.read_photo_token(token) == "a" * 32
    monkeypatch.setattr(clock, "real_now", lambda: real + timedelta(days=30, seconds=1))
    assert links.read_photo_token(token) is None


def test_a_withdrawn_report_is_not_handed_over(world: World, work: Work, gateway: ScriptedGateway) -> None:
    case = world.queued(text="灯坏了")
    other = world.report(text="我也看不见", phone="13912345678", consent_forward=True)
    with transaction() as session:
        session.execute(update(Report).where(Report.receipt == other).values(case_id=case.id))
        session.execute(
            update(Report)
            .where(Report.case_id == case.id, Report.receipt != other)
            .values(withdrawn_at=clock.now())
        )
    send_on(world, case_of_id(case.id))
    work()
    body = sent_body(gateway)
    assert (body["description"], body["reporters"]) == ("我也看不见", 1)
    assert body["contact"] == {"name": None, "phone": "13912345678"}


def test_what_everybody_took_back_goes_nowhere(world: World, work: Work, gateway: ScriptedGateway) -> None:
    case = world.queued(text="灯坏了")
    send_on(world, case)
    with transaction() as session:
        session.execute(update(Report).where(Report.case_id == case.id).values(withdrawn_at=clock.now()))
    work()
    assert gateway.sent("POST") == []
    db.session.rollback()
    held = db.session.scalars(select(Forwarding)).one()
    assert (held.state, held.held_for, held.handed) == ("held", "nobody_left", None)


def test_the_resident_reads_what_went_along_then_whatever_is_held_now(
    client: LintingClient, world: World, work: Work, gateway: ScriptedGateway
) -> None:
    case = world.queued(text="灯坏了", phone="13912345678", consent_forward=True)
    receipt = case.reports[0].receipt
    late = world.report(text="后来才并进来的")
    send_on(world, case)
    work()
    own_contact.forget_phone(receipt, str(uuid4()))
    for one in (receipt, late):
        data_requests.ask(one, str(uuid4()), "see")
    assert "带了您的名字和电话" in client.get(f"/r/{receipt}?held=1").text
    assert "没有交给别的单位。" in client.get(f"/r/{late}?held=1").text
    with transaction() as session:
        session.execute(update(Forwarding).values(handed=None))
    assert "那时没有记下带没带名字和电话" in client.get(f"/r/{receipt}?held=1").text


def case_of_id(case_id: int) -> CaseFile:
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(CaseFile, case_id)


def test_a_title_that_was_taken_back_stays_in_the_house(
    world: World, work: Work, gateway: ScriptedGateway
) -> None:
    who = world.actor("dispatcher")
    target, source = world.queued(text="先说的人撤回了"), world.queued(text="后说的灯")
    merging.merge(who, source.number, source.version, target.number)
    own_report.withdraw(world.again(target).reports[0].receipt)
    send_on(world, world.again(target))
    work()
    body = sent_body(gateway)
    assert body["title"] == "后说的灯"
    assert "先说的人" not in str(body)


def test_what_went_along_once_stays_written_down(
    world: World, work: Work, gateway: ScriptedGateway, tmp_path: Path
) -> None:
    case = world.queued(text="灯坏了", phone="13912345678", consent_forward=True)
    send_on(world, case)
    work()
    with transaction() as session:
        session.execute(update(Forwarding).values(state="held", held_for="order_unknown"))
    report = case.reports[0]
    own_contact.forget_phone(report.receipt, str(uuid4()))
    pack.export(tmp_path / "out")
    db.session.rollback()
    assert db.session.scalars(select(Forwarding.handed)).one() == {
        "reports": [report.id],
        "contact_of": report.id,
    }


def test_words_deleted_while_they_wait_are_not_handed_over(
    world: World, work: Work, gateway: ScriptedGateway
) -> None:
    case = world.queued(text="灯坏了")
    send_on(world, case)
    data_requests.ask(case.reports[0].receipt, str(uuid4()), "delete")
    request = db.session.scalars(select(DataRequest)).one()
    data_requests.settle(world.actor("dispatcher"), request.id, "done", "都删了")
    work()
    assert gateway.sent("POST") == []
    assert db.session.scalars(select(Forwarding.held_for)).one() == "nobody_left"
