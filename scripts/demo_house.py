"""The demo sub-district before it is served: schema, places and people, and one community's sheets.

`python -m scripts.demo_house` does what `flask db upgrade`, `demo load`, `places export` and `codes print` do,
in one process, and says the outcome as one line of JSON."""

from __future__ import annotations

import csv
import json
import os
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import click
from flask import Flask

from app import create_app
from app.commands.demo import ACCOUNTS, CODE, PASSWORD
from app.config import ROOT, ConfigError

SHEETS = ROOT / "instance" / "sheets"


@dataclass(frozen=True)
class Demo:
    """What the demo shows first: one door's address, who may log in, and the folder of printed sheets."""

    doorway: str
    login: str
    sheets: str


def main() -> int:
    """0 and a Demo as JSON on the last line; else 1 and the reason on standard error."""
    try:
        demo = prepare(create_app(), os.environ.get(PASSWORD) or "")
    except (ConfigError, LookupError) as wrong:
        print(f"make run: {wrong}", file=sys.stderr)
        return 1
    print(json.dumps(asdict(demo), ensure_ascii=False))
    return 0


def prepare(app: Flask, password: str) -> Demo:
    """Bring schema and demo up to date, print the sheets if they are not. Raises LookupError."""
    if not password:
        raise LookupError(f"{PASSWORD} is not set, neither in the environment nor in .env")
    SHEETS.parent.mkdir(exist_ok=True)
    with app.app_context():
        _flask(app, "db", "upgrade")
        _flask(app, "demo", "load")
        door = _first_door(app)
        _print_sheets(app, door)
    return Demo(door["url"], f"{ACCOUNTS[0][0]} {password}", str(SHEETS))


def _first_door(app: Flask) -> dict[str, str]:
    """The register's first doorway that has a code, as a line of `places export`."""
    with tempfile.TemporaryDirectory() as folder:
        register = Path(folder) / "register.csv"
        _flask(app, "places", "export", "--sub-district", CODE, "--out", str(register))
        with register.open(encoding="utf-8-sig", newline="") as lines:
            for line in csv.DictReader(lines):
                if line["status"] == "active":
                    return line
    raise LookupError("the demo sub-district has no doorway with a code")


def _print_sheets(app: Flask, door: dict[str, str]) -> None:
    """Once for this register and this address: paper that carries another code or address is of no use."""
    mark = SHEETS / ".printed-for"
    if mark.exists() and mark.read_text(encoding="utf-8") == door["url"]:
        return
    SHEETS.mkdir(parents=True, exist_ok=True)
    paper = ("--stock", "a4-poster", "--out", str(SHEETS / f"{door['community']}.pdf"))
    _flask(app, "codes", "print", *paper, "--sub-district", CODE, "--community", door["community"])
    mark.write_text(door["url"], encoding="utf-8")


def _flask(app: Flask, *words: str) -> None:
    """One command of the `flask` command line; ends the process as it would end itself."""
    outcome = app.cli.main(list(words), prog_name="flask", standalone_mode=False)
    if isinstance(outcome, int) and outcome:
        raise click.exceptions.Exit(outcome)


if __name__ == "__main__":
    sys.exit(main())
