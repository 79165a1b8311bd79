"""One case at the desk: what it shows to whom, and what each action does to it."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image

from app.access.actor import ActorKind
from app.access.models import AuditEntry
from app.access.permissions import MAY
from app.cases import handling, photos
from app.cases.workflow import WORKFLOW, State
from app.db import db
from app.replies import queries as replies
from app.replies import templates
from app.replies.models import ReplyTemplate
from app.web.desk import acting, phrases
from tests.desk.conftest import Desk
from tests.world import ROLES, World

PHONE = "13912345678"


@pytest.mark.parametrize("who", ["worker", "dispatcher", "leader"])
def test_it_shows_the_residents_words_untouched(desk: Callable[[str], Desk], world: World, who: str) -> None:
    case = world.case(world.report(text="五层<b>漏水</b>\n滴到四层", spot="五层", phone=PHONE))
    page = desk(who).page(f"/desk/cases/{case.number}")
    assert "五层&lt;b&gt;漏水&lt;/b&gt;\n滴到四层" in page
    assert "139 **** 5678" in page
    assert PHONE not in page


@pytest.mark.parametrize("who", ["other_worker", "far_dispatcher"])
def test_other_places_do_not_exist(desk: Callable[[str], Desk], world: World, who: str) -> None:
    case = world.queued(phone=PHONE)
    at_desk = desk(who)
    assert at_desk.get(f"/desk/cases/{case.number}").status_code == 404
    assert at_desk.post(f"/desk/cases/{case.number}/start", version=case.version).status_code == 404
    assert at_desk.post(f"/desk/cases/{case.number}/phone", reason="约时间").status_code == 404
    assert world.events(case)[-1].action == "triage"


@pytest.mark.parametrize("number", ["2611-9999", "none", "2611-0001%00", "'--"])
def test_an_unknown_number_is_not_found(desk: Callable[[str], Desk], number: str) -> None:
    assert desk("dispatcher").get(f"/desk/cases/{number}").status_code == 404


# ---- what may be pressed -------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["worker", "dispatcher", "leader"])
def test_buttons_come_from_the_workflow(desk: Callable[[str], Desk], world: World, who: str) -> None:
    at_desk = desk(who)
    for case in (world.case(world.report()), world.queued()):
        page = at_desk.page(f"/desk/cases/{case.number}")
        for action in phrases.BUTTONS:
            move = WORKFLOW[action]
            may = State(case.state) in move.sources and ROLES[who] in MAY[move.permission]
            shown = f'action="/desk/cases/{case.number}/{action}"' in page
            if action in ("recall", "mark_due", "forward_now", "carry_over", "unpublish", "split", "unsplit"):
                assert may or not shown, action
            else:
                assert shown == may, action


def test_every_button_has_a_verb_and_words() -> None:
    staff_actions = {
        action for action, move in WORKFLOW.items() if MAY[move.permission] & set(ROLES.values())
    }
    own_forms = {"visit", "see_phone", "add_photo", "settle_data_request", "undo_triage", "undo_assign"}
    own_forms |= {"report_again"}  # keying-in
    own_forms |= set(phrases.UNIT_BUTTONS)
    other_side = {"merged_in", "unmerged_out", "split_from"}  # what a merge leaves with the case it went to
    assert set(phrases.BUTTONS) == staff_actions - own_forms - other_side
    assert set(acting.VERBS) == set(phrases.DONE) == set(phrases.BUTTONS) | set(phrases.UNIT_BUTTONS)
    assert set(WORKFLOW) | {"receive"} == set(phrases.HISTORY)
    assert {kind.value for kind in ActorKind} == set(phrases.ACTORS)


@pytest.mark.parametrize("action", ["none", "rate", "release_due", "visit", "see_phone"])
def test_an_action_that_is_not_the_desks_is_not_found(
    desk: Callable[[str], Desk], world: World, action: str
) -> None:
    case = world.queued()
    assert desk("dispatcher").post(f"/desk/cases/{case.number}/{action}", version=1).status_code == 404


@pytest.mark.parametrize("action", ["decline", "transfer", "set_aside", "forward_now", "mark_due"])
def test_a_worker_cannot_dispose_or_forward(desk: Callable[[str], Desk], world: World, action: str) -> None:
    case = world.queued()
    fields = {"version": case.version, "note": "不行", "ground": "unlawful", "called": "110"}
    assert desk("worker").post(f"/desk/cases/{case.number}/{action}", **fields).status_code in (403, 422)
    assert world.case(_receipt(case.id)).version == case.version


def test_a_leader_reads_and_does_not_act(desk: Callable[[str], Desk], world: World) -> None:
    case = world.queued(phone=PHONE)
    at_desk = desk("leader")
    assert "接下来" not in at_desk.page(f"/desk/cases/{case.number}")
    assert at_desk.post(f"/desk/cases/{case.number}/start", version=case.version).status_code == 403
    assert at_desk.post(f"/desk/cases/{case.number}/phone", reason="看看").status_code == 403


# ---- what pressing does --------------------------------------------------------------------------------


def test_from_triage_to_solved_by_phone(desk: Callable[[str], Desk], world: World) -> None:
    receipt = world.report()
    case = world.case(receipt)
    at_desk = desk("dispatcher")
    url = f"/desk/cases/{case.number}"
    sent = at_desk.post(
        f"{url}/triage", version=case.version, kind="help", category="0304", lead_unit="红庙物业二部"
    )
    assert (sent.status_code, sent.headers["Location"]) == (303, url)
    page = at_desk.page(url)
    assert "红庙物业二部" in page
    assert "已排进周六" in page
    assert at_desk.post(f"{url}/start", version=world.case(receipt).version).status_code == 303
    assert (
        at_desk.post(f"{url}/note", version=world.case(receipt).version, note="打过电话").status_code == 303
    )
    done = at_desk.post(
        f"{url}/resolve", version=world.case(receipt).version, note="电话里说清了，灯已换好", next="queue"
    )
    assert done.headers["Location"] == "/desk/"
    page = at_desk.page(url)
    assert "办好待评" in page
    assert "灯已换好" in page
    assert "dispatcher 值班" in page
    assert [event.action for event in world.events(case)] == ["receive", "triage", "start", "note", "resolve"]


def test_words_that_are_missing_are_asked_for_and_nothing_is_lost(
    desk: Callable[[str], Desk], world: World
) -> None:
    case = world.queued()
    at_desk = desk("dispatcher")
    answer = at_desk.post(f"/desk/cases/{case.number}/in_hand", version=case.version, note="在等配件")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "请写下一次的日期" in page
    assert "在等配件" in page
    assert 'id="next_day-in_hand-bad"' in page
    for fields in ({"next_day": "2026-13-40"}, {"next_day": "2099-01-01"}, {"next_day": "2026-11-01"}):
        answer = at_desk.post(f"/desk/cases/{case.number}/in_hand", version=case.version, note="等", **fields)
        assert answer.status_code == 422
    empty = at_desk.post(f"/desk/cases/{case.number}/resolve", version=case.version, note=" ")
    assert empty.status_code == 422
    long = at_desk.post(f"/desk/cases/{case.number}/resolve", version=case.version, note="长" * 501)
    assert long.status_code == 422
    assert "长" * 501 in long.get_data(as_text=True)
    assert world.events(case)[-1].action == "triage"


def test_in_hand_tells_the_next_date(desk: Callable[[str], Desk], world: World) -> None:
    case = world.queued()
    at_desk = desk("worker")
    sent = at_desk.post(
        f"/desk/cases/{case.number}/in_hand", version=case.version, note="配件周三到", next_day="2026-12-02"
    )
    assert sent.status_code == 303
    now = world.case(_receipt(case.id))
    assert (now.state, now.promised_on.isoformat(), now.carries) == ("in_progress", "2026-12-02", 0)
    assert "12月2日周三" in at_desk.page(f"/desk/cases/{case.number}")


def test_a_triage_that_cannot_be_taken(desk: Callable[[str], Desk], world: World) -> None:
    case = world.case(world.report())
    at_desk = desk("dispatcher")
    for fields in ({"kind": "none"}, {"category": "9999"}, {"lead_unit": "长" * 61}, {"lead_unit": "\0"}):
        answer = at_desk.post(f"/desk/cases/{case.number}/triage", version=case.version, **fields)
        assert answer.status_code == 422, fields
        assert 'class="bad"' in answer.get_data(as_text=True)
    assert world.case(_receipt(case.id)).state == "received"


def test_decline_names_its_ground(desk: Callable[[str], Desk], world: World) -> None:
    case = world.queued()
    at_desk = desk("dispatcher")
    url = f"/desk/cases/{case.number}/decline"
    assert at_desk.post(url, version=case.version, note="请去法院").status_code == 422
    sent = at_desk.post(url, version=case.version, note="请去法院", ground="lawful_channel")
    assert sent.status_code == 303
    page = at_desk.page(f"/desk/cases/{case.number}")
    assert "不予办理" in page
    assert "依法要走诉讼" in page


def test_set_aside_and_back_again(
    desk: Callable[[str], Desk], world: World, at: Callable[[str], None]
) -> None:
    case = world.case(world.report())
    at_desk = desk("dispatcher")
    url = f"/desk/cases/{case.number}"
    assert at_desk.post(f"{url}/set_aside", version=case.version, note="骂人的话").status_code == 303
    at("2026-12-01T10:00")
    assert at_desk.post(f"{url}/release", version=case.version + 1).status_code == 303
    back = world.case(_receipt(case.id))
    assert (back.state, back.case_day.isoformat()) == ("received", "2026-12-05")


def test_forwarded_at_once_by_a_dispatcher(desk: Callable[[str], Desk], world: World) -> None:
    case = world.queued()
    at_desk = desk("dispatcher")
    assert at_desk.post(f"/desk/cases/{case.number}/forward_now", version=case.version).status_code == 303
    assert "等着送出" in at_desk.page(f"/desk/cases/{case.number}")
    listed = at_desk.page("/desk/forwardings/")
    assert case.number in listed
    assert case.number in desk("leader").page("/desk/forwardings/?state=waiting")
    assert case.number not in at_desk.page("/desk/forwardings/?state=held")
    assert case.number not in desk("far_dispatcher").page("/desk/forwardings/")


def test_a_case_that_may_not_be_forwarded_says_why(desk: Callable[[str], Desk], world: World) -> None:
    case = world.case(world.report())
    at_desk = desk("dispatcher")
    sort = {"version": case.version, "kind": "inquiry"}
    assert at_desk.post(f"/desk/cases/{case.number}/triage", **sort).status_code == 303
    assert "咨询直接答复，不转12345。" in at_desk.page(f"/desk/cases/{case.number}")
    sent = at_desk.post(f"/desk/cases/{case.number}/forward_now", version=case.version + 1)
    assert sent.status_code == 422


# ---- a page that is old --------------------------------------------------------------------------------


def test_an_old_page_is_told_what_changed_and_loses_no_word(
    desk: Callable[[str], Desk], world: World
) -> None:
    case = world.queued()
    first, second = desk("dispatcher"), desk("worker")
    url = f"/desk/cases/{case.number}"
    assert second.post(f"{url}/start", version=case.version).status_code == 303
    late = first.post(f"{url}/resolve", version=case.version, note="我以为办好了")
    page = late.get_data(as_text=True)
    assert late.status_code == 409
    assert "我以为办好了" in page
    told = page[page.index("刚才有人改过这件") : page.index("<h1")]
    assert "worker 值班" in told
    assert "开始办" in told
    assert world.events(case)[-1].action == "start"


@pytest.mark.parametrize("version", ["", "abc", "-1", "1" * 30])
def test_a_broken_page_is_refused(desk: Callable[[str], Desk], world: World, version: str) -> None:
    case = world.queued()
    answer = desk("dispatcher").post(f"/desk/cases/{case.number}/start", version=version)
    assert answer.status_code == 400


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example", "door", "none"])
def test_where_to_go_next_is_never_an_address(desk: Callable[[str], Desk], world: World, wanted: str) -> None:
    case = world.queued()
    sent = desk("dispatcher").post(f"/desk/cases/{case.number}/start", version=case.version, next=wanted)
    assert sent.headers["Location"] == f"/desk/cases/{case.number}"


def test_next_leads_back_to_door_and_day(desk: Callable[[str], Desk], world: World) -> None:
    case = world.queued()
    at_desk = desk("dispatcher")
    door = world.doors[0].code
    sent = at_desk.post(f"/desk/cases/{case.number}/start", version=case.version, next="door", code=door)
    assert sent.headers["Location"] == f"/desk/doors/{door}"
    sent = at_desk.post(
        f"/desk/cases/{case.number}/note",
        version=case.version + 1,
        note="记",
        next="case-day",
        day="2026-11-28",
    )
    assert sent.headers["Location"] == "/desk/case-days/2026-11-28"


# ---- telephone and photos ------------------------------------------------------------------------------


def test_a_telephone_is_seen_for_a_reason_and_that_is_written_down(
    desk: Callable[[str], Desk], world: World
) -> None:
    case = world.queued(phone=PHONE, name="周阿姨", call_back=True)
    at_desk = desk("worker")
    url = f"/desk/cases/{case.number}/phone"
    refused = at_desk.post(url, reason="  ")
    assert refused.status_code == 422
    assert PHONE not in refused.get_data(as_text=True)
    shown = at_desk.post(url, reason="约上门时间").get_data(as_text=True)
    assert f"tel:{PHONE}" in shown
    assert "周阿姨" in shown
    assert PHONE not in at_desk.page(f"/desk/cases/{case.number}")
    event = world.events(case)[-1]
    assert (event.action, event.note, event.staff_id) == ("see_phone", "约上门时间", world.staff["worker"])
    entry = db.session().query(AuditEntry).filter_by(act="see_phone").one()
    assert (entry.object_id, entry.staff_id, entry.fields) == (
        case.number,
        world.staff["worker"],
        "name,phone,email",
    )


def test_nobody_can_be_reached_where_nothing_was_left(desk: Callable[[str], Desk], world: World) -> None:
    case = world.queued()
    at_desk = desk("worker")
    assert "居民没有留联系方式。" in at_desk.page(f"/desk/cases/{case.number}")
    assert at_desk.post(f"/desk/cases/{case.number}/phone", reason="约").status_code == 422


def test_a_photo_is_shown_once_it_is_made_anew_and_only_within_scope(
    desk: Callable[[str], Desk], world: World
) -> None:
    name = _photo(world)
    at_desk = desk("dispatcher")
    url = f"/desk/photos/{name}"
    number = world.case(_receipt(1)).number
    assert at_desk.get(url).status_code == 404
    assert "照片还在处理" in at_desk.page(f"/desk/cases/{number}")
    photos.reencode(name)
    shown = at_desk.get(url)
    assert (shown.status_code, shown.mimetype) == (200, "image/jpeg")
    assert url in at_desk.page(f"/desk/cases/{number}")
    assert desk("other_worker").get(url).status_code == 404
    assert desk("far_dispatcher").get(url).status_code == 404
    assert desk("officer").get(url).status_code == 404  # of no unit of this case
    assert at_desk.get("/desk/photos/none").status_code == 404


def _photo(world: World) -> str:
    from uuid import uuid4

    from app.access.actor import resident
    from app.cases import intake
    from app.cases.wording import Words

    body = BytesIO()
    Image.new("RGB", (40, 30), "navy").save(body, "PNG")
    body.seek(0)
    taken = photos.take_in(body, "photo1")
    intake.receive(resident(), world.doors[0], str(uuid4()), Words(text="有照片", photos=1), [taken])
    return taken.media_name


def _receipt(case_id: int) -> str:
    from app.cases.models import Report

    session = db.session()
    session.rollback()
    return session.query(Report).filter_by(case_id=case_id).one().receipt


# ---- putting off, parting, printing --------------------------------------------------------------------


def test_a_deadline_is_put_off_by_a_form_that_keeps_what_was_typed(
    desk: Callable[[str], Desk], world: World
) -> None:
    case = world.queued()
    at_desk, url = desk("worker"), f"/desk/cases/{case.number}"
    far = at_desk.post(f"{url}/extend", version=case.version, note="等配件", next_day="2027-06-01")
    assert far.status_code == 422
    page = far.get_data(as_text=True)
    assert 'id="next_day-extend-bad"' in page
    assert "等配件" in page
    sent = at_desk.post(f"{url}/extend", version=case.version, note="等配件", next_day="2026-12-05")
    assert sent.status_code == 303
    assert "延期过1次" in at_desk.page(url)
    receipt = world.again(case).reports[0].receipt
    told = at_desk.client.get(f"/r/{receipt}").get_data(as_text=True)
    assert "延到12月5日周六，因为：" in told
    assert "等配件" in told


def test_a_ready_sentence_is_put_in_behind_what_was_typed(desk: Callable[[str], Desk], world: World) -> None:
    templates.put_in_usual(world.actor("dispatcher"))
    case = world.queued()
    case = handling.act(world.actor("worker"), case.number, "start", case.version)
    at_desk, url = desk("worker"), f"/desk/cases/{case.number}"
    [chosen, *_] = [one.id for one in kept(world) if one.action == "resolve" and "{楼门}" in one.text]
    answer = at_desk.post(f"{url}/resolve/words", version=case.version, template=chosen, note="谢谢提醒")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    box = page[page.index('id="note-resolve"') :].split("</textarea>")[0]
    assert "谢谢提醒\n" in box
    assert f"{world.doors[0].building}{world.doors[0].doorway}的问题" in box
    assert world.again(case).version == case.version, "nothing has happened yet"
    for template in ("", "none", "999", "9" * 40):
        put_in = at_desk.post(f"{url}/resolve/words", template=template, note="写了一半")
        assert "写了一半" in put_in.get_data(as_text=True)
    assert desk("other_worker").post(f"{url}/resolve/words", template="1").status_code == 404


def kept(world: World) -> list[ReplyTemplate]:
    """The ready sentences of the sub-district."""
    db.session.rollback()
    return list(replies.listed(db.session(), world.sub_district_id))


def test_reports_are_parted_and_put_back_by_buttons(desk: Callable[[str], Desk], world: World) -> None:
    case, other = world.queued(text="灯坏了"), world.queued(world.doors[1], text="门坏了")
    at_desk, url = desk("dispatcher"), f"/desk/cases/{case.number}"
    assert f'action="{url}/split"' not in at_desk.page(url)
    at_desk.post(f"/desk/cases/{other.number}/merge", version=other.version, into_number=case.number)
    assert f'action="{url}/split"' in at_desk.page(url)
    assert f'action="{url}/split"' not in desk("worker").page(url)
    version, report = world.again(case).version, world.again(case).reports[-1].id
    assert at_desk.post(f"{url}/split", version=version).status_code == 422
    assert at_desk.post(f"{url}/split", version=version - 1, reports=report).status_code == 409
    assert at_desk.post(f"{url}/split", version=version, reports=report).status_code == 303
    made = world.events(case)[-1].data["into_number"]
    back = at_desk.post(f"/desk/cases/{made}/unsplit", version=2)
    assert back.status_code == 303
    assert len(world.again(case).reports) == 2


def test_like_and_earlier_cases_of_the_door_are_shown(desk: Callable[[str], Desk], world: World) -> None:
    case, like = world.queued(text="楼道灯坏了"), world.queued(world.doors[1], text="声控灯不亮")
    earlier = world.queued(text="下水道堵了")
    page = desk("dispatcher").page(f"/desk/cases/{case.number}")
    shown = page[page.index('id="near-h"') :].split("</section>")[0]
    assert like.number in shown
    assert f'value="{like.number}"' in shown
    assert earlier.number in shown
    assert 'name="into_number"' not in desk("worker").page(f"/desk/cases/{case.number}")


def test_on_paper_it_says_who_printed_it_and_no_number(desk: Callable[[str], Desk], world: World) -> None:
    case = world.queued(text="灯坏了", phone=PHONE)
    page = desk("worker").page(f"/desk/cases/{case.number}/print")
    for words in ("灯坏了", "内部", "worker 值班", case.number):
        assert words in page
    assert PHONE not in page
    db.session.rollback()
    entry = db.session.query(AuditEntry).order_by(AuditEntry.id.desc()).first()
    assert entry is not None
    assert (entry.act, entry.object_id, entry.staff_id) == ("print_case", case.number, world.staff["worker"])
    assert desk("other_worker").get(f"/desk/cases/{case.number}/print").status_code == 404
