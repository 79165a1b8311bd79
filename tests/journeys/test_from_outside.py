"""The journey stays outside the product: it may not import it, nor anything that reaches its database."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
OURS = "tests.journeys"
INSIDE = {"app", "qr", "wsgi", "flask", "sqlalchemy", "sqlite3", "psycopg", "alembic"}


def imported(module: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module.name} imports relatively"
            yield node.module or ""


@pytest.mark.parametrize("module", sorted(HERE.glob("*.py")), ids=lambda module: module.stem)
def test_a_journey_reaches_for_nothing_inside(module: Path) -> None:
    names = set(imported(module))
    assert not [name for name in names if name.split(".")[0] in INSIDE]
    assert not [name for name in names if name.split(".")[0] == "tests" and not name.startswith(OURS)]
