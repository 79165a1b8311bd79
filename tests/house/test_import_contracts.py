"""The import contracts hold, and each of them breaks when its rule is broken."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app.config import ROOT

LINT_IMPORTS = str(Path(sys.executable).with_name("lint-imports"))
# an import that must not be, the file that gets it, and the contract that must say so
BREACHES = {
    "a room imports a room above it": ("app/calendar/queries.py", "app.cases.intake", "ladder"),
    "a room imports a door": ("app/cases/intake.py", "app.web.words", "ladder"),
    "db imports a room": ("app/db.py", "app.places.models", "ladder"),
    "a room imports flask": ("app/cases/queries.py", "flask", "rooms"),
    "a room imports wtforms": ("app/places/queries.py", "wtforms", "rooms"),
    "a door imports db": ("app/web/headers.py", "app.db", "reading"),
    "a door imports another": ("app/web/resident/saying.py", "app.web.desk.rail", "doors"),
    "a door draws": ("app/web/headers.py", "qr.sheet", "paper"),
    "qr imports the application": ("qr/symbol.py", "app.errors", "qr"),
    "the stand-in imports the application": ("app/standin/gateway.py", "app.forwarding.models", "ladder"),
    "a rule reads the clock": ("app/cases/workflow.py", "app.clock", "rules"),
}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources to break."""
    copy = tmp_path_factory.mktemp("house")
    for package in ("app", "qr"):
        ignored = shutil.ignore_patterns("__pycache__", "static", "*.ttf", "translations")
        shutil.copytree(ROOT / package, copy / package, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", copy)
    return copy


def lint(house: Path, *contracts: str) -> subprocess.CompletedProcess[str]:
    chosen = [word for contract in contracts for word in ("--contract", contract)]
    return subprocess.run([LINT_IMPORTS, *chosen], cwd=house, capture_output=True, text=True, check=False)


def test_contracts_hold(house: Path) -> None:
    done = lint(house)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 broken" in done.stdout


@pytest.mark.parametrize("breach", BREACHES)
def test_contract_breaks(house: Path, breach: str) -> None:
    name, imported, contract = BREACHES[breach]
    file = house / name
    before = file.read_text(encoding="utf-8")
    file.write_text(f"{before}\nimport {imported}\n", encoding="utf-8")
    try:
        done = lint(house, contract)
    finally:
        file.write_text(before, encoding="utf-8")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "BROKEN" in done.stdout
    assert imported.split(".")[0] in done.stdout


def test_every_room_has_a_place_on_the_ladder(house: Path) -> None:
    new = house / "app" / "newroom"
    new.mkdir()
    (new / "__init__.py").write_text('"""A room nobody placed."""\n', encoding="utf-8")
    try:
        done = lint(house, "ladder")
    finally:
        shutil.rmtree(new)
    assert done.returncode == 1
    assert "newroom" in done.stdout
