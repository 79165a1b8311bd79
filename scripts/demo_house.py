"""The demo sub-district before it is served: schema, places and people, and one community's sheets.

`python -m scripts.demo_house` does what `flask db upgrade`, `demo load` and `codes print` do, in one process, and
says the outcome as one line of JSON."""

from __future__ import annotations

import io
import json
import sys
from contextlib import redirect_stdout

from flask import Flask

from app import create_app
from app.commands.demo import CODE
from app.config import ROOT, ConfigError

SHEETS = ROOT / "instance" / "sheets"
FACTS = ("DOORWAY", "COMMUNITY", "LOGIN")


def main() -> int:
    """0 and the facts of the demo as JSON on the last line; else 1 and the reason on standard error."""
    try:
        facts = prepare(create_app())
    except (ConfigError, LookupError) as wrong:
        print(f"make run: {wrong}", file=sys.stderr)
        return 1
    print(json.dumps(facts, ensure_ascii=False))
    return 0


def prepare(app: Flask) -> dict[str, str]:
    """Bring schema and demo up to date, print the sheets if they are not. Raises LookupError.

    Back come DOORWAY, COMMUNITY and LOGIN as `demo load` says them, and SHEETS, the folder of the paper."""
    SHEETS.parent.mkdir(exist_ok=True)
    with app.app_context():
        _flask(app, "db", "upgrade")
        *said, summary = _flask(app, "demo", "load").splitlines()
        facts = dict(line.split("=", 1) for line in said)
        if missing := set(FACTS) - set(facts):
            raise LookupError(f"`flask demo load` did not say {', '.join(sorted(missing))}")
        print(summary)
        _print_sheets(app, facts["DOORWAY"], facts["COMMUNITY"])
    return {**facts, "SHEETS": str(SHEETS)}


def _print_sheets(app: Flask, doorway: str, community: str) -> None:
    """Once for this register and this address: paper that carries another code or address is of no use."""
    mark = SHEETS / ".printed-for"
    if mark.exists() and mark.read_text(encoding="utf-8") == doorway:
        return
    SHEETS.mkdir(parents=True, exist_ok=True)
    paper = ("--stock", "a4-poster", "--out", str(SHEETS / f"{community}.pdf"))
    print(_flask(app, "codes", "print", *paper, "--sub-district", CODE, "--community", community).strip())
    mark.write_text(doorway, encoding="utf-8")


def _flask(app: Flask, *words: str) -> str:
    """What one command of the `flask` command line says; ends the process as the command would."""
    said = io.StringIO()
    with redirect_stdout(said):
        outcome = app.cli.main(list(words), prog_name="flask", standalone_mode=False)
    if isinstance(outcome, int) and outcome:
        sys.exit(outcome)
    return said.getvalue()


if __name__ == "__main__":
    sys.exit(main())
