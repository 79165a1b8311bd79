"""The demo sub-district before it is served: schema, places and people, and one community's sheets."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

from scripts.supervisor import say
from scripts.surroundings import ROOT, BadChoice, Surroundings

INSTANCE = ROOT / "instance"
SHEETS = INSTANCE / "sheets"


@dataclass(frozen=True)
class Demo:
    """What the demo shows first: one door's address, whose it is, and who may log in."""

    doorway: str
    community: str
    login: str

    def addresses(self, place: Surroundings) -> list[str]:
        """The lines `make run` prints."""
        return [
            f"URL={place.base_url}",
            f"DOORWAY={self.doorway}",
            f"LOGIN={self.login}",
            f"SHEETS={SHEETS}",
            f"HOTLINE={place.hotline_url}",
        ]


def prepare(place: Surroundings, flask: str) -> Demo:
    """Bring schema and demo up to date, print the sheets if they are not. Raises CalledProcessError."""
    INSTANCE.mkdir(exist_ok=True)
    _flask(flask, place.environ, "db", "upgrade")
    facts = _facts(_flask(flask, place.environ, "demo", "load"))
    try:
        demo = Demo(facts["DOORWAY"], facts["COMMUNITY"], facts["LOGIN"])
    except KeyError as missing:
        raise BadChoice(f"`flask demo load` did not say {missing}") from None
    _print_sheets(flask, place, demo)
    return demo


def _print_sheets(flask: str, place: Surroundings, demo: Demo) -> None:
    """Once for this register and this address: paper that carries another code or address is of no use."""
    mark = SHEETS / ".printed-for"
    if mark.exists() and mark.read_text(encoding="utf-8") == demo.doorway:
        return
    SHEETS.mkdir(parents=True, exist_ok=True)
    out = SHEETS / f"{demo.community}.pdf"
    community = ("--community", demo.community)
    say(_flask(flask, place.environ, "codes", "print", "--stock", "a4-poster", *community, "--out", str(out)).strip())
    mark.write_text(demo.doorway, encoding="utf-8")


def _flask(flask: str, environ: Mapping[str, str], *words: str) -> str:
    """What the command said on standard output; its errors go straight through."""
    done = subprocess.run([flask, *words], env=dict(environ), stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout


def _facts(said: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in said.splitlines() if line.split("=", 1)[0].isupper() and "=" in line)
