"""docs/workflow.md says what the workflow table says."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from app.cases.workflow import WORKFLOW, State
from app.commands.workflow import page, workflow
from app.config import ROOT


def test_page_is_up_to_date() -> None:
    assert (ROOT / "docs" / "workflow.md").read_text(encoding="utf-8") == page(), "run `make workflow`"


def test_page_names_every_action_and_state() -> None:
    lines = page().splitlines()
    for name in (*WORKFLOW, *State):
        assert any(line.startswith(f"| `{name}` |") for line in lines), name


def test_command_writes_the_page(tmp_path: Path) -> None:
    out = tmp_path / "workflow.md"
    done = CliRunner().invoke(workflow, ["--out", str(out)])
    assert (done.exit_code, done.output) == (0, f"actions={len(WORKFLOW)} states={len(State)}\n")
    assert out.read_text(encoding="utf-8") == page()
