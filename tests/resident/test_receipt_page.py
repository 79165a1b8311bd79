"""What a receipt shows and does beside the reports' way: who is on it, who saw the telephone, what is held; and
nothing that was written to somebody else."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from app.access.actor import SYSTEM
from app.cases import asking, contact, data_requests, follow_up, handling, merging, publishing, triage
from app.cases import queries as cases
from app.cases.follow_up import Answers
from app.cases.models import Photo, Report
from app.cases.triage import Sorting
from app.cases.workflow import State
from app.db import db, transaction
from app.forwarding import dossier, handover
from app.forwarding import queries as forwardings
from app.staff import duty
from tests.linting.client import LintingClient
from tests.resident.test_receipts import resolved, sign
from tests.world import World

PHONE = "13912345678"
SECRETS = ("秘密一号", "秘密二号", "秘密三号", "秘密四号", "秘密五号", "秘密六号", "秘密七号")


def page_of(client: LintingClient, receipt: str, view: str = "") -> str:
    answer = client.get(f"/r/{receipt}{view}")
    assert answer.status_code == 200
    return re.sub(r'<span(?: translate="no")?>([^<]*)</span>', r"\1", answer.text)


def press(client: LintingClient, receipt: str, act: str, **fields: str) -> int:
    return client.post(f"/r/{receipt}/{act}", data=sign(client, receipt) | fields).status_code


def lasting(world: World, receipt: str, act: str, note: str = "", who: str = "dispatcher") -> None:
    case = world.case(receipt)
    handling.act(world.actor(who), case.number, act, case.version, note)


# ---- who, when, what -------------------------------------------------------------------------------------


def test_who_is_on_it_is_a_role_and_a_place(client: LintingClient, world: World) -> None:
    receipt = world.report()
    lasting(world, receipt, "triage")
    assert "谁在办：八里庄街道的调度员" in page_of(client, receipt)
    lasting(world, receipt, "start", who="worker")
    page = page_of(client, receipt)
    assert "谁在办：红庙社区的社区工作者" in page
    assert "值班" not in page  # every display name of the test world ends so
    assert "红庙社区, community worker" in page_of(client, receipt, "?lang=en")


def test_a_promise_that_passed_is_not_shown_as_one(
    client: LintingClient, world: World, at: Callable[[str], None]
) -> None:
    receipt = world.report()
    assert 'class="leaf card"' in page_of(client, receipt)
    at("2026-11-30T09:00")
    page = page_of(client, receipt)
    assert 'class="leaf card"' not in page
    assert "原来说11月28日周六来看，还没有写下结果" in page


@pytest.mark.parametrize(
    ("lang", "hour", "late"),
    [
        ("zh", "最晚11月24日周二 11:00来看", "原来说最晚11月24日周二 11:00来看，还没有写下结果"),
        ("en", "by 11:00, Tue 24 Nov", "no result is written down yet"),
    ],
)
def test_what_is_urgent_is_promised_its_hour_until_that_has_passed(
    client: LintingClient, world: World, at: Callable[[str], None], lang: str, hour: str, late: str
) -> None:
    receipt = world.report(text="厨房有煤气味")
    page = page_of(client, receipt, f"?lang={lang}")
    assert hour in page
    assert 'class="leaf card"' in page
    assert client.get(f"/r/{receipt}/promise.ics").status_code == 200
    at("2026-11-24T11:01")
    page = page_of(client, receipt, f"?lang={lang}")
    assert 'class="leaf card"' not in page
    assert late in page
    assert client.get(f"/r/{receipt}/promise.ics").status_code == 404


def test_an_urgent_receipt_says_whether_anybody_reads_who_covers_this_community(
    client: LintingClient, world: World
) -> None:
    receipt = world.report(text="厨房有煤气味")
    assert "这里没有人随时看着" in page_of(client, receipt)
    duty.add("other_worker", "tue", "08:00", "20:00")
    assert "这里没有人随时看着" in page_of(client, receipt), "another community"
    duty.add("worker", "tue", "20:00", "22:00")
    assert "要到11月24日 20:00才有人看" in page_of(client, receipt)
    duty.add("dispatcher", "tue", "08:00", "20:00")
    assert "现在有人值班" in page_of(client, receipt)


def test_sorting_puts_nothing_urgent_off(client: LintingClient, world: World) -> None:
    receipt = world.report(text="厨房有煤气味")
    before = world.case(receipt)
    handled = triage.triage(world.actor("dispatcher"), before.number, before.version, Sorting("help", "0304"))
    for name in ("due_at", "internal_due_at", "promised_on", "due_first", "step"):
        assert getattr(handled, name) == getattr(before, name), name
    assert "最晚11月24日周二 11:00来看" in page_of(client, receipt)


@pytest.mark.parametrize(
    ("act", "data", "said"),
    [
        ("decline", {"ground": "beyond_duty"}, "这件事不归街道和它的单位管"),
        ("transfer", {"called": "119"}, 'href="tel:119"'),
        ("set_aside", {}, "不用再说一遍"),
    ],
)
def test_every_end_says_what_to_do_next(
    client: LintingClient, world: World, act: str, data: dict[str, str], said: str
) -> None:
    receipt = world.report()
    case = world.case(receipt)
    handling.act(world.actor("dispatcher"), case.number, act, case.version, "去法院立案庭", data=data)
    page = page_of(client, receipt)
    assert said in page
    assert ("去法院立案庭" in page) is (act != "set_aside")


def test_silence_is_told_as_not_rated(client: LintingClient, world: World, at: Callable[[str], None]) -> None:
    receipt = resolved(world)
    world_case = world.case(receipt)
    assert "12月1日周二还没说，就办结，记“没有评”" in page_of(client, receipt)
    with transaction() as session:
        handling.apply(session, SYSTEM, handling.load(session, case_id=world_case.id), "close")
    page = page_of(client, receipt)
    assert "记“没有评”，不算满意也不算不满意" in page
    assert 'name="solved"' in page  # it can still be said


def test_each_resident_of_a_case_judges_alone(client: LintingClient, world: World) -> None:
    mine, theirs = _merged(world)
    lasting(world, mine, "start", who="worker")
    lasting(world, mine, "resolve", "好了", who="worker")
    good = {"contacted": "yes", "solved": "yes", "satisfaction": "satisfied"}
    assert press(client, mine, "follow-up", **good) == 303
    assert "您评过了" in page_of(client, mine)
    page = page_of(client, theirs)
    assert "您评过了" not in page
    assert 'name="solved"' in page


# ---- the telephone ---------------------------------------------------------------------------------------


def test_looks_at_ones_own_number_are_listed_without_names(client: LintingClient, world: World) -> None:
    mine, theirs = _merged(world, phone=PHONE)
    number = world.case(mine).number
    report = _report(mine)
    contact.reveal(world.actor("worker"), number, report.id, "约上门时间")
    page = page_of(client, mine)
    assert re.search(r"红庙社区的社区工作者 · <time[^>]*>11月24日 09:0\d</time> · 约上门时间", page)
    assert "1次" in page
    assert "值班" not in page
    other = page_of(client, theirs)
    assert "约上门时间" not in other
    assert "还没有人看过" in other


def test_a_number_is_shown_masked_and_deleted_by_one_press(client: LintingClient, world: World) -> None:
    receipt = world.report(phone=PHONE, name="周阿姨")
    page = page_of(client, receipt)
    assert "139 **** 5678" in page
    assert PHONE not in page
    assert "周阿姨" not in page
    assert "办结90天后自动删掉" in page
    for _ in range(2):
        assert press(client, receipt, "forget-phone") == 303
    page = page_of(client, receipt)
    assert "5678" not in page
    assert "11月24日 09:0" in page.split("您的名字、电话和邮箱，")[1][:14]
    assert [event.action for event in world.events(world.case(receipt))] == ["receive", "forget_phone"]


def test_a_call_is_one_press_where_a_number_is_held(client: LintingClient, world: World) -> None:
    receipt = world.report(phone=PHONE)
    assert 'name="phone"' not in page_of(client, receipt)
    for _ in range(2):
        assert press(client, receipt, "call-me") == 303
    assert "记下了，办之前先打这个电话" in page_of(client, receipt)
    assert [item.kind for item in world.outbox()].count("call_wanted") == 1


@pytest.mark.parametrize("phone", ["", "12", "139\x0012"])
def test_without_one_it_is_asked_for_and_kept_when_wrong(
    client: LintingClient, world: World, phone: str
) -> None:
    receipt = world.report()
    answer = client.post(f"/r/{receipt}/call-me", data=sign(client, receipt) | {"phone": phone})
    assert answer.status_code == 422
    assert 'id="phone-bad"' in answer.text
    assert 'id="call" open' in answer.text
    assert f'value="{phone}"' in answer.text or "\0" in phone
    assert press(client, receipt, "call-me", phone=PHONE) == 303
    assert "139 **** 5678" in page_of(client, receipt)


# ---- what is held ----------------------------------------------------------------------------------------


def test_everything_held_is_shown_after_it_was_asked_for(client: LintingClient, world: World) -> None:
    receipt = world.report(text="管子漏水", phone=PHONE, name="周阿姨", spot="五层", consent_forward=True)
    page = page_of(client, receipt, "?held=1")
    assert 'id="held"' not in page  # not before it was asked for, which is written down
    answer = client.post(f"/r/{receipt}/data-request", data=sign(client, receipt) | {"kind": "see"})
    assert answer.status_code == 303
    case = world.case(receipt)
    case = triage.triage(world.actor("dispatcher"), case.number, case.version, Sorting(category="0304"))
    handover.forward_now(world.actor("dispatcher"), case.number, case.version)
    waiting = client.get(answer.headers["Location"]).text
    assert "没有交给别的单位。" in waiting, "it has not gone out yet"
    with transaction() as session:
        (forwarding,) = forwardings.of_case(session, case.id)
        dossier.write_down_handed(session, forwarding.id, dossier.whose(session, forwarding.case_id))
    page = client.get(answer.headers["Location"]).text
    held = page.split('id="held"', 1)[1]
    for part in (
        "管子漏水",
        "五层",
        "139 **** 5678",
        "周＊",
        "您同意了",
        "凭您同意",
        "带了您的名字和电话",
        "要看",
    ):
        assert part in held, part
    assert PHONE not in page
    assert "周阿姨" not in page


def test_deleting_an_open_case_is_said_to_withdraw_it(client: LintingClient, world: World) -> None:
    receipt = world.report(text="管子漏水")
    assert "删掉就等于撤回" in page_of(client, receipt)
    assert press(client, receipt, "data-request", kind="delete") == 303
    assert "街道的人看过就答复您" in page_of(client, receipt)
    with Session(db.engine) as session:
        (request,) = cases.data_requests_of(session, _report(receipt).id)
    data_requests.settle(world.actor("dispatcher"), request.id, "done", "都删掉了。")
    page = page_of(client, receipt)
    assert "（已按居民要求删除）" in page
    assert "都删掉了。" in page
    assert "管子漏水" not in page
    assert "您已撤回" in page


def test_nonsense_is_handed_back(client: LintingClient, world: World) -> None:
    assert press(client, world.report(), "data-request", kind="all") == 422


# ---- a question ------------------------------------------------------------------------------------------


def test_a_question_stands_on_top_and_is_answered_once(client: LintingClient, world: World) -> None:
    receipt = world.report()
    case = world.case(receipt)
    asking.ask(world.actor("dispatcher"), case.number, case.version, "是几层的灯？")
    assert page_of(client, receipt).index("是几层的灯？") < page_of(client, receipt).index("您说的")
    answer = client.post(f"/r/{receipt}/answer", data=sign(client, receipt) | {"text": " "})
    assert answer.status_code == 422
    assert 'id="text-bad"' in answer.text
    form = sign(client, receipt) | {"text": "五层。"}
    for _ in range(2):
        assert client.post(f"/r/{receipt}/answer", data=form).status_code == 303
    page = page_of(client, receipt)
    assert 'action="/r/' + receipt + '/answer"' not in page
    assert page.count("五层。") == 1


# ---- nothing of others -----------------------------------------------------------------------------------


def test_after_a_merge_nothing_written_to_others_is_read(client: LintingClient, world: World) -> None:
    """Secrets wherever staff and the neighbour could write; the newcomer reads what happened, and none of them."""
    mine = world.report(text="楼道灯不亮", phone=PHONE)
    theirs = world.report(text=SECRETS[0], phone="13800009999", name=SECRETS[1], spot=SECRETS[1])
    _ask_and_answer(client, world, theirs)
    lasting(world, theirs, "triage")
    lasting(world, theirs, "note", SECRETS[2], who="worker")
    lasting(world, mine, "triage")
    lasting(world, mine, "note", SECRETS[2], who="worker")
    source, target = world.case(mine), world.case(theirs)
    merging.merge(world.actor("dispatcher"), source.number, source.version, target.number)
    assert press(client, theirs, "add", text=SECRETS[3]) == 303
    _staff_photo(target.id, is_cleared=False)
    contact.reveal(world.actor("worker"), target.number, _report(theirs).id, SECRETS[4])
    lasting(world, theirs, "resolve", SECRETS[5], who="worker")
    answers = Answers("yes", "yes", "satisfied", SECRETS[6])
    follow_up.answer(theirs, "11111111-1111-4111-8111-111111111111", answers)
    for view in ("", "?lang=en", "?elder=1", "?held=1"):
        page = page_of(client, mine, view)
        assert [secret for secret in SECRETS if secret in page] == []
        assert "13800009999" not in page
        assert "9999" not in page
        assert "<img" not in page
    page = page_of(client, mine)
    assert "楼道灯不亮" in page
    assert "和邻居的并成一件" in page
    assert "办好了。" in page  # what happened is told, in our words
    other = page_of(client, theirs)
    assert SECRETS[5] in other
    assert "楼道灯不亮" not in other
    assert "5678" not in other


def test_after_a_merge_ones_own_history_and_the_public_words_stay(
    client: LintingClient, world: World
) -> None:
    mine, theirs = world.report(), world.report(text="灯")
    for receipt in (mine, theirs):
        lasting(world, receipt, "triage")
    _ask_and_answer(client, world, mine, "给您的话")
    source, target = world.case(mine), world.case(theirs)
    publishing.publish(
        world.actor("dispatcher"), target.number, target.version, "楼道灯在修", "door", about_no_person=True
    )
    merging.merge(world.actor("dispatcher"), source.number, source.version, target.number)
    page = page_of(client, mine)
    assert "给您的话" in page
    assert "楼道灯在修" in page
    assert "楼道灯在修" not in page_of(client, theirs)  # the words of their own case they know in full
    case = world.case(mine)
    assert case.id == target.id
    merged = world.again(source)
    merging.unmerge(world.actor("dispatcher"), merged.number, merged.version)
    page = page_of(client, mine)
    assert "又分开单独办了" in page
    assert "楼道灯在修" not in page


def test_a_receipt_leaves_nothing_behind(client: LintingClient, world: World) -> None:
    receipt = world.report(phone=PHONE)
    for answer in (
        client.get(f"/r/{receipt}"),
        client.get(f"/r/{receipt}/promise.ics"),
        client.post(f"/r/{receipt}/call-me", data=sign(client, receipt)),
        client.post(f"/r/{receipt}/data-request", data=sign(client, receipt) | {"kind": "see"}),
    ):
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"


def _merged(world: World, phone: str = "") -> tuple[str, str]:
    """Two receipts of one case: the first came with it, the second was merged into it."""
    mine, theirs = world.report(phone=phone), world.report(text="灯坏", phone=phone and "13800009999")
    for receipt in (mine, theirs):
        lasting(world, receipt, "triage")
    source, target = world.case(theirs), world.case(mine)
    merging.merge(world.actor("dispatcher"), source.number, source.version, target.number)
    assert world.case(theirs).state == State.QUEUED
    return mine, theirs


def _report(receipt: str) -> Report:
    with Session(db.engine, expire_on_commit=False) as session:
        found = cases.report_by_receipt(session, receipt)
        assert found is not None
        return found


def _ask_and_answer(client: LintingClient, world: World, receipt: str, words: str = SECRETS[0]) -> None:
    case = world.case(receipt)
    asking.ask(world.actor("dispatcher"), case.number, case.version, words)
    assert press(client, receipt, "answer", text=words) == 303


def _staff_photo(case_id: int, *, is_cleared: bool) -> None:
    with transaction() as session:
        case = handling.load(session, case_id=case_id)
        session.add(
            Photo(
                case_id=case_id,
                staff_id=1,
                is_cleared=is_cleared,
                state="ready",
                media_name="a" * 32,
                media_type="image/jpeg",
                size=1,
                width=4,
                height=3,
                taken_in_at=case.received_at,
            )
        )
