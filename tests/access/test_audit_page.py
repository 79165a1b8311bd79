"""The audit log as auditors read it: newest first, filtered, of their own sub-district alone; and as a table."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from io import StringIO

import pytest
from sqlalchemy import select

from app import clock
from app.access import audit, seals
from app.access.actor import SYSTEM
from app.access.models import AuditEntry
from app.db import db, transaction
from app.staff.models import Staff
from app.web.admin import audit_words
from tests.desk.conftest import Desk
from tests.world import World

PAGE = "/admin/audit"


def ids(page: str) -> list[int]:
    """The numbers of the lines on a page, from top to bottom."""
    return [int(found) for found in re.findall(r'data-label="行号">(\d+)<', page)]


def table(answer_text: str) -> list[dict[str, str]]:
    assert answer_text.startswith("\ufeff")
    return list(csv.DictReader(StringIO(answer_text.removeprefix("\ufeff"))))


def written(world: World, who: str, act: str, number: str = "2611-0001", kind: str = "case") -> int:
    with transaction() as session:
        audit.record(session, world.actor(who), act, kind, number, ("words", "phone"))
        return session.scalars(select(AuditEntry.id).order_by(AuditEntry.id.desc())).first() or 0


def test_lines_are_told_in_words_newest_first(desk: Callable[[str], Desk], world: World) -> None:
    first = written(world, "worker", "see_phone")
    second = written(world, "dispatcher", "an_act_nobody_named", kind="a_kind")
    page = desk("auditor").page(PAGE)
    assert ids(page) == [second, first]
    for words in (
        "看了完整电话",
        "worker 值班",
        "居民的话，电话",
        "an_act_nobody_named",
        "a_kind",
        "2611-0001",
    ):
        assert words in page
    english = desk("auditor").page(f"{PAGE}?lang=en")
    assert "saw the telephone in full" in english
    assert "resident&#39;s words, Phone" in english


def test_only_the_own_sub_district_is_shown_anywhere(desk: Callable[[str], Desk], world: World) -> None:
    own = written(world, "dispatcher", "see")
    far = written(world, "far_dispatcher", "see", "2611-7777")
    with transaction() as session:
        audit.record(session, SYSTEM, "start_channel", "hotline_channel", "manual")
        audit.record(session, SYSTEM, "password_set", "staff", world.staff["worker"])
        audit.record(session, SYSTEM, "password_set", "staff", world.staff["far_dispatcher"])
    at_desk = desk("auditor")
    assert set(ids(at_desk.page(PAGE))) == {own, far + 2}
    for url in (
        f"{PAGE}?object=2611-7777",
        f"{PAGE}?person={world.staff['far_dispatcher']}",
        f"{PAGE}?before=99999",
    ):
        page = at_desk.page(url)
        assert far not in ids(page)
        assert "far_dispatcher" not in page
    assert "2611-7777" not in at_desk.get(f"{PAGE}.csv").text


@pytest.mark.parametrize("who", ["worker", "dispatcher", "leader", "officer", "printer"])
def test_who_may_not_read_it_does_not(desk: Callable[[str], Desk], world: World, who: str) -> None:
    at_desk = desk(who)
    for url in (PAGE, f"{PAGE}.csv"):
        assert at_desk.get(url).status_code == 403
    assert f'href="{PAGE}"' not in at_desk.page("/admin/")


def test_it_stands_on_the_rail_of_who_may(desk: Callable[[str], Desk], world: World) -> None:
    for who in ("auditor", "admin"):
        assert f'href="{PAGE}"' in desk(who).page("/admin/")
        assert 'aria-current="page"' in desk(who).page(PAGE)


def test_filters_narrow_it_together(
    desk: Callable[[str], Desk], world: World, at: Callable[[str], None]
) -> None:
    at("2026-11-27T23:59:59")
    one = written(world, "worker", "see", "2611-0001")
    at("2026-11-28T00:00:01")
    two = written(world, "worker", "see_phone", "2611-0001")
    at("2026-11-28T23:59:59")
    three = written(world, "dispatcher", "see", "2611-0002")
    at("2026-11-29T00:00:01")
    four = written(world, "dispatcher", "see", "2611-00011")
    worker = world.staff["worker"]
    for query, expected in {
        "object=2611-0001": [two, one],
        f"person={worker}": [two, one],
        "act=see_phone": [two],
        "day=2026-11-28": [three, two],
        f"person={worker}&day=2026-11-28&act=see": [],
        f"person={worker}&day=2026-11-27&act=see&object=2611-0001": [one],
        f"before={three}": [two, one],
        "person=&act=&object=&day=": [four, three, two, one],
    }.items():
        page = desk("auditor").page(f"{PAGE}?{query}")
        assert [found for found in ids(page) if found <= four] == expected, query


def test_what_was_typed_wrong_is_kept_and_told(desk: Callable[[str], Desk], world: World) -> None:
    at_desk = desk("auditor")
    for day in ("yesterday", "2026-13-01", "9999-12-31", "0001-01-01", "2026-11-28T10:00"):
        answer = at_desk.get(f"{PAGE}?day={day}&object=2611-0001")
        assert answer.status_code == 422
        assert f'value="{day}"' in answer.text
        assert 'value="2611-0001"' in answer.text
        assert 'aria-describedby="day-bad"' in answer.text.replace(
            'describedby=" day-bad"', 'describedby="day-bad"'
        )
        assert at_desk.get(f"{PAGE}.csv?day={day}").status_code == 422
    for odd in (
        "person=x",
        "person=99999999999",
        "before=-1",
        "act=%00",
        "object=%00a",
        "person=%F0%9F%98%80",
    ):
        assert at_desk.get(f"{PAGE}?{odd}").status_code == 200
        assert at_desk.get(f"{PAGE}.csv?{odd}").status_code == 200
    assert at_desk.get(f"{PAGE}?object={'x' * 3000}").status_code == 200


def test_pages_go_on_by_the_last_line_and_cost_the_same(
    desk: Callable[[str], Desk], world: World, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    with transaction() as session:
        for number in range(120):
            audit.record(session, world.actor("worker"), "see", "case", f"2611-{number:04}", ("words",))
    at_desk, url, seen, costs = desk("auditor"), f"{PAGE}?act=see&person={world.staff['worker']}", [], []
    while url:
        with count_queries() as statements:
            page = at_desk.page(url)
        costs.append(len([one for one in statements if one.startswith("SELECT")]))
        seen += ids(page)
        found = re.search(rf'href="({PAGE}\?before=[^"]+)"', page)
        url = found[1].replace("&amp;", "&") if found else ""
    assert len(seen) == len(set(seen)) == 120
    assert seen == sorted(seen, reverse=True)
    assert len(costs) == 3
    assert max(costs) <= 9


def test_looking_at_it_is_in_it(desk: Callable[[str], Desk], world: World) -> None:
    at_desk = desk("auditor")
    at_desk.page(f"{PAGE}?object=2611-0001")
    at_desk.page(f"{PAGE}?object=2611-0002")
    at_desk.get(f"{PAGE}.csv")
    db.session.rollback()
    found = [(one.act, one.object_kind, one.fields) for one in db.session.scalars(select(AuditEntry))]
    assert found == [("see", "audit", "object"), ("export", "audit", "lines")]
    assert "导出了" in at_desk.page(PAGE)


def test_the_table_is_whole_and_no_spreadsheet_runs_it(
    desk: Callable[[str], Desk], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.web.admin.audit.EXPORTED_AT_ONCE", 4)
    with transaction() as session:
        session.get_one(Staff, world.staff["worker"]).display_name = '=HYPERLINK("http://x")'
    lines = [written(world, "worker", act) for act in ("=cmd", "+1", "-1", "@x", "see", "see", "see")]
    answer = desk("auditor").get(f"{PAGE}.csv?object=2611-0001")
    assert answer.mimetype == "text/csv"
    assert "attachment" in answer.headers["Content-Disposition"]
    rows = table(answer.text)
    assert [int(row["line"]) for row in rows] == lines[::-1]
    for row in rows:
        assert not [value for value in row.values() if value.startswith(("=", "+", "-", "@"))]
    assert rows[0]["person"] == '\'=HYPERLINK("http://x")'
    assert rows[0]["field_keys"] == "words,phone"
    assert rows[0]["at"].endswith("+08:00")


def test_the_head_stands_on_the_page(desk: Callable[[str], Desk], world: World) -> None:
    assert "还没有封存" in desk("auditor").page(PAGE)
    [head] = seals.seal()
    assert str(head) in desk("auditor").page(PAGE)


def test_the_minutes_of_a_case_day_carry_the_head_of_its_closing(
    desk: Callable[[str], Desk], world: World, at: Callable[[str], None]
) -> None:
    from datetime import date

    from app.case_days import closing

    world.queued()
    at_desk = desk("dispatcher")
    assert "审计封存" not in at_desk.page("/desk/case-days/2026-11-28")
    at("2026-11-28T19:00")
    [before] = seals.seal()
    assert f"第{before.number}号" in at_desk.page("/desk/case-days/2026-11-28/close")
    at("2026-11-28T20:00")
    closing.close(world.sub_district_id, date(2026, 11, 28))
    at("2026-11-28T20:30")
    written(world, "worker", "see")
    [after] = seals.seal()
    assert clock.now()
    page = at_desk.page("/desk/case-days/2026-11-28")
    assert str(before) in page
    assert str(after) not in page


def test_every_act_and_kind_of_today_has_its_words() -> None:
    import ast

    from app.config import ROOT

    acts, kinds = set(), set()
    for path in (ROOT / "app").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in (
                "audit.record",
                "log.saw",
                "audit.saw",
            ):
                constants = [one.value for one in node.args[1:4] if isinstance(one, ast.Constant)]
                is_record = ast.unparse(node.func).endswith("record")
                acts |= set(constants[:1]) if is_record and isinstance(node.args[2], ast.Constant) else set()
                kinds |= (
                    {node.args[3 if is_record else 1].value}
                    if isinstance(node.args[3 if is_record else 1], ast.Constant)
                    else set()
                )
    assert {"staff_added", "see_phone"} <= acts
    assert {"case", "door"} <= kinds
    assert acts - set(audit_words.ACTS) == set()
    assert kinds - set(audit_words.KINDS) == set()
