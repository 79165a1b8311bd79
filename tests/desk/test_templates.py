"""Ready sentences: kept by the dispatcher of a sub-district, offered where they fit."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from app.access.actor import SYSTEM
from app.access.models import AuditEntry
from app.db import db
from app.errors import Forbidden, ManyRefused, NotFound
from app.replies import queries as replies
from app.replies import templates
from app.replies import words as reply_words
from app.replies.models import ReplyTemplate
from app.replies.templates import Sentence
from tests.desk.conftest import Desk
from tests.world import World


def kept() -> list[ReplyTemplate]:
    """Every row."""
    db.session.rollback()
    return list(db.session.scalars(select(ReplyTemplate).order_by(ReplyTemplate.id)))


def test_the_usual_ones_are_put_in_once(desk: Callable[[str], Desk], world: World) -> None:
    boss = desk("dispatcher")
    assert "放进常用的25句" in boss.page("/desk/templates")
    for _ in range(2):
        assert boss.post("/desk/templates/usual").status_code == 303
    assert len(kept()) == 25 == len(reply_words.usual())
    assert {one.sub_district_id for one in kept()} == {world.sub_district_id}
    assert "放进常用的25句" not in boss.page("/desk/templates")
    assert templates.put_in_usual(world.actor("far_dispatcher")) == 25


def test_the_nearest_come_first_and_others_not_at_all(world: World) -> None:
    boss, case = world.actor("dispatcher"), world.queued()
    for category, title in (("", "都用"), ("0305", "电梯"), ("住房", "住房的"), ("0304", "照明")):
        templates.add(boss, Sentence("resolve", category, title, "好了。"))
    gone = templates.add(boss, Sentence("resolve", "", "停了", "好了。"))
    row = next(one for one in kept() if one.id == gone)
    templates.retire(boss, gone, templates.seen(row))
    templates.add(world.actor("far_dispatcher"), Sentence("resolve", "", "别处的", "好了。"))
    db.session.rollback()
    again = world.again(case)
    from app.categories import queries as categories

    leaf = categories.by_id(db.session(), again.category_id)
    found = replies.for_case(db.session(), again, leaf)
    assert [one.title for one in found["resolve"]] == ["照明", "住房的", "都用"]
    assert [one.title for one in replies.for_case(db.session(), again, None)["resolve"]] == ["都用"]


def test_faults_stand_beside_their_fields_with_everything_typed(
    desk: Callable[[str], Desk], world: World
) -> None:
    boss = desk("dispatcher")
    sent = {"action": "none", "category": "9999", "title": "", "text": "{名字}您好，{日期"}
    answer = boss.post("/desk/templates", **sent)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    for field in ("action", "category", "title", "text"):
        assert f'id="{field}-bad"' in page
    assert "{名字}您好，{日期" in page
    assert "大括号里有2处" in page
    for wrong in (
        {"title": "长" * 41},
        {"text": "长" * 501},
        {"text": "a\0b"},
        {"category": "a\0b"},
        {"text": ""},
    ):
        good = {"action": "resolve", "category": "", "title": "好了", "text": "好了。"}
        assert boss.post("/desk/templates", **good | wrong).status_code == 422, wrong
    assert kept() == []


def test_one_is_changed_retired_and_taken_back_and_written_down(
    desk: Callable[[str], Desk], world: World
) -> None:
    boss = desk("dispatcher")
    good = {"action": "resolve", "category": "0304", "title": "灯好了", "text": "{楼门}的灯好了。"}
    assert boss.post("/desk/templates", **good).status_code == 303
    [row] = kept()
    url, as_seen = f"/desk/templates/{row.id}", templates.seen(row)
    assert "灯好了" in boss.page(url)
    assert boss.post(url, **good | {"text": "{楼门}亮了。"}, seen=as_seen).status_code == 303
    older = boss.post(url, **good | {"title": "另一个名字"}, seen=as_seen)
    assert older.status_code == 409
    assert "另一个名字" in older.get_data(as_text=True)
    assert boss.post(f"{url}/retire", seen=as_seen).status_code == 409
    assert boss.post(f"{url}/retire", seen=templates.seen(kept()[0])).status_code == 303
    assert kept()[0].retired_at is not None
    assert boss.post(f"{url}/take-back", seen=templates.seen(kept()[0])).status_code == 303
    assert kept()[0].text == "{楼门}亮了。"
    lines = db.session.execute(
        select(AuditEntry.act, AuditEntry.fields).where(AuditEntry.object_kind == "reply_template")
    ).all()
    assert [tuple(one) for one in lines] == [
        ("reply_added", "action,category,title,text"),
        ("reply_changed", "text"),
        ("reply_retired", "retired"),
        ("reply_taken_back", "retired"),
    ]


def test_another_places_sentences_are_as_none(desk: Callable[[str], Desk], world: World) -> None:
    theirs = templates.add(world.actor("far_dispatcher"), Sentence("resolve", "", "别处的", "好了。"))
    boss, as_seen = desk("dispatcher"), templates.seen(kept()[0])
    assert "别处的" not in boss.page("/desk/templates")
    for number in (theirs, 999999, 2**40):
        assert boss.get(f"/desk/templates/{number}").status_code == 404
        for way in ("", "/retire", "/take-back"):
            assert boss.post(f"/desk/templates/{number}{way}", seen=as_seen).status_code == 404
    with pytest.raises(NotFound):
        templates.retire(world.actor("dispatcher"), theirs, as_seen)
    with pytest.raises(Forbidden):
        templates.add(world.actor("worker"), Sentence("resolve", "", "x", "y"))
    with pytest.raises(ManyRefused):
        templates.add(world.actor("dispatcher"), Sentence("note", "", "x", "y"))


def test_what_the_resident_will_read_stands_under_the_box(desk: Callable[[str], Desk], world: World) -> None:
    case, at_desk = world.queued(), desk("dispatcher")
    url = f"/desk/cases/{case.number}"
    at_desk.post(f"{url}/start", version=case.version)
    page = at_desk.page(url)

    def under(page: str, action: str) -> str:
        form = page[page.index(f'action="{url}/{action}" data-keeps') :].split("</form>", maxsplit=1)[0]
        return form[form.index('class="preview"') :].split("</p>")[0]

    assert "居民会看到：" in under(page, "resolve")
    assert "办好了。" in under(page, "resolve")
    assert "您选的那天再告诉您" in under(page, "in_hand")
    assert "下一个办件日接着办。" in under(page, "carry_over")
    looked = at_desk.post(f"{url}/in_hand/words", note="等<b>配件</b>", next_day="2026-12-03").get_data(
        as_text=True
    )
    assert "正在办，12月3日周四再告诉您。" in under(looked, "in_hand")
    assert "等&lt;b&gt;配件&lt;/b&gt;" in under(looked, "in_hand")
    assert 'class="preview"' not in page[page.index(f'action="{url}/note"') :].split("</form>")[0]


def test_the_page_has_its_headings_and_a_list_of_notes(desk: Callable[[str], Desk], world: World) -> None:
    case, at_desk = world.queued(), desk("dispatcher")
    url = f"/desk/cases/{case.number}"
    for number in (1, 2):
        at_desk.post(f"{url}/note", version=case.version + number - 1, note=f"第{number}笔")
    page = at_desk.page(url)
    notes = page[page.index('aria-labelledby="notes-h"') :].split("</section>")[0]
    assert notes.index("第2笔") < notes.index("第1笔") < notes.index('id="note-note"')
    for heading in ("<h3>办</h3>", "<h3>转和退</h3>"):
        assert heading in page
    assert "只登事情，不登人" in page[page.index('aria-labelledby="public-h"') :].split("</section>")[0]
    who = page[page.index('aria-labelledby="who-h"') :].split("</section>")[0]
    for word in ("接手的人", "主责", "现在值班"):
        assert word in who
    folded = page[: page.index("<h3>转和退</h3>")].rsplit("<details", 1)[1]
    assert " open" not in folded
    wrong = at_desk.post(f"{url}/decline", version=case.version + 2).get_data(as_text=True)
    folded = wrong[: wrong.index("<h3>转和退</h3>")].rsplit("<details", 1)[1]
    assert " open" in folded


def test_setting_a_sub_district_up_gives_it_the_usual_ones(app: Flask, world: World) -> None:
    setup = ["places", "setup", "110105017", "--name", "三里屯街道", "--district", "朝阳区"]
    for _ in range(2):
        assert app.test_cli_runner().invoke(args=setup).exit_code == 0
        assert len(kept()) == 25
    with pytest.raises(NotFound):
        templates.put_in_usual(SYSTEM, "999999999")
