"""What is wrong with a table is said in the language of the page."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from app.cases import importing
from app.web import table_faults
from tests.desk.conftest import Desk
from tests.keying import ledgers
from tests.keying.ledgers import line
from tests.world import World

REASONS = {
    "第3行：有61张表，最多60张，请分成几份": "Row 3: has 61 sheets, at most 60 are read; split it",
    "最多40个字，现在有50个": "at most 40 characters, it has 50",
    "最多40个字": "at most 40 characters",
}


@pytest.mark.parametrize("reason", REASONS)
def test_a_fault_is_said_in_english(app: Flask, reason: str) -> None:
    with app.test_request_context("/?lang=en"):
        assert table_faults.said(reason) == REASONS[reason]
        assert table_faults.said("另一句") == "另一句"


@pytest.mark.parametrize("reason", REASONS)
def test_a_fault_stays_in_chinese(app: Flask, reason: str) -> None:
    with app.test_request_context("/"):
        assert table_faults.said(reason) == reason


def test_every_sentence_has_english_without_chinese(app: Flask) -> None:
    with app.test_request_context("/?lang=en"):
        for sentence, words in table_faults.SENTENCES:
            assert not re.search("[一-鿿]", str(words)), sentence


MADE_IN = (
    "places/spreadsheet.py",
    "places/unpacking.py",
    "cases/orders.py",
    "cases/ledger_work.py",
    "categories/keeping.py",
)
PUT_TOGETHER = {  # parts of one sentence: tried as a whole below
    "表头缺列": "表头缺列，至少要有这几列：X",
    "前7行里没有表头": "前7行里没有表头，至少要有这几列：X",
    "7，至少要有这几列：7": "表头缺列，至少要有这几列：X",
    "7 第7行": "sheet1.xml 第7行：单元格太多，请分成几份",
    " 第7行": "sheet1.xml 第7行：单元格太多，请分成几份",
}


def _written(node: ast.AST) -> str:
    """A text as it may come out: what stands in its places is a digit."""
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "7" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _reasons(path: Path) -> Iterator[str]:
    """Every Chinese text that a function or a constant in capitals of this module says."""
    for one in ast.walk(ast.parse(path.read_text())):
        said: list[ast.AST] = []
        if isinstance(one, ast.FunctionDef):
            parts = {
                id(part) for node in ast.walk(one) if isinstance(node, ast.JoinedStr) for part in node.values
            }
            said = [node for node in ast.walk(one) if id(node) not in parts and node is not one.body[0]]
            said = [node for node in said if ast.get_docstring(one, clean=False) != _written(node)]
        elif isinstance(one, ast.Assign) and isinstance(one.value, ast.Constant):
            said = [one.value]
        for node in said:
            text = _written(node)
            if len(re.findall("[\u4e00-\u9fff]", text)) > 3:
                yield text


@pytest.mark.parametrize("module", MADE_IN)
def test_no_reason_is_without_english(app: Flask, module: str) -> None:
    found = {PUT_TOGETHER.get(one, one) for one in _reasons(Path("app") / module)}
    assert len(found) > 1
    with app.test_request_context("/?lang=en"):
        left = {one: said for one in found if re.search("[\u4e00-\u9fff]", said := table_faults.said(one))}
    assert left == {}


def test_the_pages_and_the_table_of_faults_say_it_in_english(
    desk: Callable[[str], Desk], world: World, tmp_path: Path
) -> None:
    rows = [line("1", "灯坏了", 来电号码="没有电话"), line("", "漏水", 来电号码="")]
    made = importing.look_through(
        world.actor("dispatcher"), ledgers.text(tmp_path / "a.csv", ledgers.table(*rows)), "台账.csv"
    )
    at_desk = desk("dispatcher")
    assert "does not look like a phone number" in at_desk.page(f"/desk/ledgers/{made}?lang=en")
    assert "without a number" in at_desk.page(f"/desk/ledgers/{made}?show=faulty")
    told = at_desk.get(f"/desk/ledgers/{made}/faults.csv").text
    assert "without a number" in told
    assert "空着" not in told
