"""What `make lint` checks beside the usual tools."""

from __future__ import annotations

import subprocess
import sys

from app.config import ROOT
from scripts import check_house


def test_this_house_keeps_them() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "scripts.check_house"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_names_that_say_nothing_are_found() -> None:
    paths = [
        "app/cases/utils.py",
        "app/web/common.py",
        "qr/symbol.py",
        "app/cases/handling.py",
        "x/managers.py",
    ]
    assert [line.split(":")[0] for line in check_house.nameless(paths)] == [
        "app/cases/utils.py", "app/web/common.py", "x/managers.py",
    ]  # fmt: skip


def test_ignore_without_reason_is_found() -> None:
    text = '[tool.ruff.lint]\nignore = [\n    "A1", # because\n    "B2",\n]\n[tool.x]\nignore = "C3"\n'
    assert list(check_house.unexplained_ignores(text)) == [
        "pyproject.toml:4: an ignore needs its reason beside it"
    ]


def test_blanket_exceptions_are_found() -> None:
    quiet, untyped = "# no" + "qa", "# type: " + "ignore"  # spelt so that this file itself passes
    source = f"a = 1  {quiet}\nb = 2  {quiet}: S105\nc = d()  {untyped}\ne = f()  {untyped}[misc]\n"
    assert [line.split(": ")[0] for line in check_house.blanket_exceptions("x.py", source)] == [
        "x.py:1",
        "x.py:3",
    ]
