"""Merging, asking and looking at one number, on the case page."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.cases import own_report
from tests.desk.conftest import Desk
from tests.world import World

PHONE, OTHER = "13912345678", "13887654321"


def test_open_cases_of_the_building_are_offered(desk: Callable[[str], Desk], world: World) -> None:
    case = world.queued(text="楼道灯坏了")
    here = world.queued(
        text="这个门口的",
    )
    next_door = world.queued(world.doors[1], text="隔壁单元的")
    elsewhere = world.queued(world.doors[4], text="别的楼的")
    gone = world.report(text="撤回了的")
    own_report.withdraw(gone)
    page = desk("dispatcher").page(f"/desk/cases/{case.number}")
    offered = page[page.index('<datalist id="near">') : page.index("</datalist>")]
    assert here.number in offered
    assert offered.index(here.number) < offered.index(next_door.number), "this door's first"
    for other in (elsewhere, world.case(gone), case):
        assert other.number not in offered
    assert 'id="near"' not in desk("worker").page(f"/desk/cases/{case.number}"), (
        "only who may merge is offered"
    )


def test_a_case_is_merged_and_taken_apart_by_buttons(desk: Callable[[str], Desk], world: World) -> None:
    case, into = world.queued(text="灯坏了"), world.queued(text="灯不亮")
    at_desk = desk("dispatcher")
    url = f"/desk/cases/{case.number}"
    assert (
        at_desk.post(f"{url}/merge", version=case.version, into_number=f" {into.number} ").status_code == 303
    )
    merged = at_desk.page(url)
    assert f'href="/desk/cases/{into.number}"' in merged
    assert "并到别的一件" in merged
    assert "灯坏了" in at_desk.page(f"/desk/cases/{into.number}")
    version = world.again(case).version
    assert at_desk.post(f"{url}/unmerge", version=version).status_code == 303
    assert world.again(case).state == "received"


@pytest.mark.parametrize("into", ["", "2611-9999", "none", "a\x01b", "self"])
def test_a_number_that_leads_nowhere_is_told_and_kept(
    desk: Callable[[str], Desk], world: World, into: str
) -> None:
    case = world.queued()
    sent = case.number if into == "self" else into
    answer = desk("dispatcher").post(
        f"/desk/cases/{case.number}/merge", version=case.version, into_number=sent
    )
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert 'id="into_number-merge-bad"' in page
    assert f'value="{sent}"' in page or "\x01" in sent
    assert world.again(case).state == "queued"


def test_a_question_is_asked_and_the_waiting_is_seen(desk: Callable[[str], Desk], world: World) -> None:
    case = world.queued()
    at_desk = desk("worker")
    url = f"/desk/cases/{case.number}"
    assert "等居民回答" not in at_desk.page(url)
    assert at_desk.post(f"{url}/ask_resident", version=case.version, note="").status_code == 422
    sent = at_desk.post(f"{url}/ask_resident", version=case.version, note="几层的灯？")
    assert sent.status_code == 303
    assert "等居民回答" in at_desk.page(url)
    assert "等居民回答" in at_desk.page("/desk/?state=queued")


def test_one_look_opens_one_number(desk: Callable[[str], Desk], world: World) -> None:
    case, into = world.queued(phone=PHONE, name="周阿姨"), world.queued(phone=OTHER, name="李叔")
    desk("dispatcher").post(f"/desk/cases/{case.number}/merge", version=case.version, into_number=into.number)
    mine = next(one for one in world.again(into).reports if one.id != world.again(into).reports[-1].id)
    at_desk = desk("worker")
    url = f"/desk/cases/{into.number}/phone"
    assert at_desk.post(url, reason="约时间").status_code == 422, "whose?"
    refused = at_desk.post(url, report=mine.id, reason=" ")
    assert refused.status_code == 422
    assert f'id="reason-{mine.id}-bad"' in refused.get_data(as_text=True)
    shown = at_desk.post(url, report=mine.id, reason="约时间").get_data(as_text=True)
    assert f"tel:{PHONE}" in shown
    assert OTHER not in shown
    assert "138 **** 4321" in shown
    assert "李叔" not in shown


def test_whose_words_came_from_which_door_stays_seen(desk: Callable[[str], Desk], world: World) -> None:
    case, into = world.queued(world.doors[1], text="二单元的灯"), world.queued(text="一单元的灯")
    at_desk = desk("dispatcher")
    assert (
        world.doors[1].doorway
        not in at_desk.page(f"/desk/cases/{into.number}").split("<h2", 1)[1].split("</ul>")[0]
    )
    at_desk.post(f"/desk/cases/{case.number}/merge", version=case.version, into_number=into.number)
    said = at_desk.page(f"/desk/cases/{into.number}").split('id="said-h"', 1)[1].split("</ul>")[0]
    assert said.count('class="tag"') == 1
    assert world.doors[1].doorway in said


def test_no_list_and_no_page_but_that_shows_a_number(desk: Callable[[str], Desk], world: World) -> None:
    case = world.queued(phone=PHONE, name="周阿姨", email="zhou@example.org")
    for who in ("worker", "dispatcher", "leader"):
        at_desk = desk(who)
        for url in (
            "/desk/?state=queued",
            f"/desk/cases/{case.number}",
            f"/desk/doors/{world.doors[0].code}",
            f"/desk/case-days/{case.case_day}",
            "/desk/case-days/",
        ):
            page = at_desk.page(url)
            for private in (PHONE, "周阿姨", "zhou@example.org"):
                assert private not in page, url
