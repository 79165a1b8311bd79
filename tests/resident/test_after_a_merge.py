"""After a merge a receipt shows its own words and public words: secrets are planted wherever a neighbour's or
staff's words to them could come from."""

from __future__ import annotations

import io
from collections.abc import Callable
from uuid import uuid4

import pytest
from PIL import Image
from sqlalchemy import select

from app.access.actor import resident
from app.case_days import deciding
from app.cases import asking, contact, handling, joining, merging, own_contact, own_report, photos, publishing
from app.cases.models import CaseFile, Report
from app.cases.queries import report_by_receipt
from app.db import db
from tests.linting.client import LintingClient
from tests.resident.test_receipts import sign
from tests.world import World

WORDS = "门口的灯半个月没亮"
SECRETS = {
    "words": "秘甲住601的老周",
    "spot": "秘乙602门口",
    "added": "秘丙我儿子叫小军",
    "answer": "秘丁我下午三点在家",
    "question": "秘戊您家601有人吗",
    "resolved": "秘己给601老周换了灯",
    "carried": "秘庚等601回来再办",
    "look": "秘辛要找老周",
    "note": "秘壬同事看的",
}
PHONE, OWN_PHONE = "13911112222", "13933334444"


def _key() -> str:
    return str(uuid4())


def _picture() -> io.BytesIO:
    body = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(body, "PNG")
    body.seek(0)
    return body


def _planted(world: World) -> tuple[str, CaseFile]:
    """A neighbour's case with a secret in every place a person can write."""
    receipt = world.report(text=SECRETS["words"], spot=SECRETS["spot"], phone=PHONE, name="秘癸")
    case = world.case(receipt)
    taken = photos.take_in(_picture(), "photo1")
    own_report.add(receipt, _key(), SECRETS["added"], [taken])
    photos.reencode(taken.media_name)
    case = world.again(case)
    case = handling.act(world.actor("dispatcher"), case.number, "triage", case.version)
    case = asking.ask(world.actor("worker"), case.number, case.version, SECRETS["question"])
    asking.answer(receipt, _key(), SECRETS["answer"])
    contact.reveal(world.actor("worker"), case.number, None, SECRETS["look"])
    handling.act(world.actor("worker"), case.number, "note", world.again(case).version, SECRETS["note"])
    return receipt, world.again(case)


def _ended(world: World, case: CaseFile, at: Callable[[str], None]) -> CaseFile:
    at("2026-11-28T10:00")
    case = world.again(case)
    carry = {"reason": SECRETS["carried"], "person_id": world.staff["worker"]}
    case = deciding.decide(world.actor("dispatcher"), case.number, case.version, "carry_over", **carry)
    return handling.act(world.actor("worker"), case.number, "resolve", case.version, SECRETS["resolved"])


def _merged(world: World, case: CaseFile) -> str:
    receipt = world.report(world.doors[1], text=WORDS, phone=OWN_PHONE)
    mine = world.case(receipt)
    mine = asking.ask(world.actor("worker"), mine.number, mine.version, "是几层的灯？")
    asking.answer(receipt, _key(), "五层的")
    mine = world.again(mine)
    merging.merge(world.actor("dispatcher"), mine.number, mine.version, case.number)
    return receipt


def _joined(world: World, case: CaseFile) -> str:
    words = "楼道的灯正在修"
    publishing.publish(world.actor("worker"), case.number, case.version, words, "door", about_no_person=True)
    door = world.doors[0]
    return joining.join(resident(), door, case.number, _key(), note=WORDS, network="10.1.2.3")


@pytest.mark.parametrize("way", [_merged, _joined])
def test_a_neighbours_secrets_stay_theirs(
    client: LintingClient,
    world: World,
    at: Callable[[str], None],
    way: Callable[[World, CaseFile], str],
) -> None:
    theirs, case = _planted(world)
    mine = way(world, case)
    for moment in ("open", "ended"):
        if moment == "ended":
            _ended(world, case, at)
        client.post(f"/r/{mine}/data-request", data=sign(client, mine) | {"kind": "see"})
        page = client.get(f"/r/{mine}").text
        assert WORDS in page
        told = [name for name, secret in SECRETS.items() if secret[:2] in page]
        assert not told, (moment, told)
        for private in (theirs, PHONE, "139 **** 2222", "秘癸", "值班", "<img"):
            assert private not in page, (moment, private)


def test_ones_own_story_goes_on_in_plain_sentences(
    client: LintingClient, world: World, at: Callable[[str], None]
) -> None:
    _, case = _planted(world)
    mine = _merged(world, case)
    _ended(world, case, at)
    page = client.get(f"/r/{mine}").text
    own = ("是几层的灯？", "五层的", "和邻居的并成一件", "12月5日周六接着办", "办好了")
    for words in own:
        assert words in page, words


def test_public_words_are_shown_to_whoever_was_merged(client: LintingClient, world: World) -> None:
    _, case = _planted(world)
    mine = _merged(world, case)
    assert "楼道照明在换" not in client.get(f"/r/{mine}").text
    publishing.publish(
        world.actor("worker"), case.number, world.again(case).version, "楼道照明在换", "door",
        about_no_person=True,
    )  # fmt: skip
    assert "楼道照明在换" in client.get(f"/r/{mine}").text


def test_the_neighbour_reads_nothing_of_who_came(
    client: LintingClient, world: World, at: Callable[[str], None]
) -> None:
    theirs, case = _planted(world)
    mine = _merged(world, case)
    own_report.add(mine, _key(), "我又补了一句")
    own_contact.call_me(mine, _key())
    _ended(world, case, at)
    page = client.get(f"/r/{theirs}").text
    assert SECRETS["resolved"] in page, "what staff wrote to them they read in full"
    for private in (
        WORDS,
        "我又补了一句",
        "五层的",
        "是几层的灯",
        mine,
        "139 **** 4444",
        "您请工作人员打电话",
    ):
        assert private not in page, private


def test_each_sees_the_looks_at_their_own_number_only(client: LintingClient, world: World) -> None:
    theirs, case = _planted(world)
    mine = _merged(world, case)
    report = report_by_receipt(db.session(), mine)
    assert isinstance(report, Report)
    report_id = report.id
    contact.reveal(world.actor("worker"), case.number, report_id, "约上门时间")
    page = client.get(f"/r/{mine}").text
    assert "约上门时间" in page
    assert SECRETS["look"] not in page
    page = client.get(f"/r/{theirs}").text
    assert SECRETS["look"] in page
    assert "约上门时间" not in page


def test_after_it_came_apart_nothing_of_the_others_time_is_left(client: LintingClient, world: World) -> None:
    _, case = _planted(world)
    mine = _merged(world, case)
    source = world.events(case)[-1].data["from_number"]
    merging.unmerge(world.actor("dispatcher"), source, _version(source))
    page = client.get(f"/r/{mine}").text
    assert "又分开单独办了" in page
    assert not [name for name, secret in SECRETS.items() if secret[:2] in page]


def _version(number: str) -> int:
    found = db.session().scalars(select(CaseFile.version).where(CaseFile.number == number)).one()
    db.session().rollback()
    return found
