"""`flask places`, `flask codes`, `flask demo`: what they print, what they write, how they exit."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from app.config import ROOT
from app.db import db, transaction
from app.places.exporting import harmless
from app.places.models import Building, DoorCode
from app.staff import accounts
from tests.places.ledgers import HEADER, xlsx
from tests.world import World

DEMO = ROOT / "data" / "demo" / "balizhuang.xlsx"


def _run(app: Flask, *arguments: str | Path) -> Result:
    return app.test_cli_runner().invoke(args=[str(each) for each in arguments])


def _summary(result: Result) -> dict[str, int]:
    """The last line of stdout, as counts."""
    return {
        name: int(count)
        for name, count in (pair.split("=") for pair in result.stdout.splitlines()[-1].split())
    }


def _exported(path: Path) -> list[dict[str, str]]:
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_from_a_ledger_to_a_proof(app: Flask, tmp_path: Path) -> None:
    """The whole way of a sub-district with one ledger, no option but what is needed."""
    ledger = xlsx(
        tmp_path / "l.xlsx", (HEADER, *(("红庙社区居委会", "1号楼", f"{n}单元", 12) for n in range(1, 4)))
    )
    pdf, out = tmp_path / "o.pdf", tmp_path / "o.csv"
    assert _summary(_run(app, "places", "setup", "110105015", "--name", "八里庄街道"))["sub_districts"] == 1
    assert _summary(_run(app, "places", "import", ledger))["doorways"] == 3
    assert _summary(_run(app, "places", "import", ledger))["unchanged"] == 3
    assert _run(app, "codes", "issue", "--dry-run").stdout == "issued=3 kept=0\n"
    assert _run(app, "codes", "issue").stdout == "issued=3 kept=0\n"
    assert _run(app, "codes", "issue").stdout == "issued=0 kept=3\n"
    printed = _run(app, "codes", "print", "--stock", "a4-poster", "--design", "black", "--out", pdf)
    assert _summary(printed) == {"run": 1, "pages": 3, "posters": 3}
    proof = _run(app, "codes", "proof", pdf)
    assert (proof.exit_code, proof.stdout) == (0, "pages=3 read=3 missed=0\n")
    assert _run(app, "places", "export", "--out", out).stdout == "doorways=3\n"
    code = _exported(out)[0]["code"]
    assert _run(app, "codes", "revoke", code.lower(), "--reason", "stolen").stdout == "revoked=1\n"
    proof = _run(app, "codes", "proof", pdf)
    assert (proof.exit_code, proof.stdout) == (1, "pages=3 read=2 missed=1\n")
    assert code in proof.stderr


def test_the_register_as_a_table(world: World, app: Flask, tmp_path: Path) -> None:
    """A line per doorway, local time, and nothing a spreadsheet would run."""
    codes = [door.code for door in world.doors]
    with transaction() as session:
        session.scalars(select(Building).where(Building.name == "红庙北里1号楼")).one().name = "=1+1"
        row = session.scalars(select(DoorCode).where(DoorCode.code == codes[11])).one()
        session.delete(row)
    _run(app, "codes", "revoke", codes[1], "--reason", "gone")
    result = _run(app, "places", "export", "--sub-district", "110105015", "--out", tmp_path / "o.csv")
    assert result.stdout == "doorways=12\n"
    lines = _exported(tmp_path / "o.csv")
    assert list(lines[0]) == [
        "doorway_id",
        "community",
        "building",
        "doorway",
        "code",
        "url",
        "status",
        "printed_at",
        "installed_at",
        "last_scanned_at",
    ]
    assert [line["status"] for line in lines] == ["active", "revoked", *["active"] * 9, "none"]
    assert lines[0]["building"] == "'=1+1"
    assert lines[0]["url"] == f"http://mashang.test/d/{codes[0]}"
    assert (lines[11]["code"], lines[11]["url"]) == ("", "")
    _run(
        app,
        "codes",
        "print",
        "--sub-district",
        "110105015",
        "--stock",
        "a4-poster",
        "--out",
        tmp_path / "o.pdf",
    )
    _run(app, "places", "export", "--sub-district", "110105015", "--out", tmp_path / "o.csv")
    assert _exported(tmp_path / "o.csv")[0]["printed_at"].startswith("2026-11-24T09:00:")
    assert _exported(tmp_path / "o.csv")[0]["printed_at"].endswith("+08:00")
    assert _exported(tmp_path / "o.csv")[1]["printed_at"] == ""


@pytest.mark.parametrize(
    "text", ["=cmd", "+1", "-1", "@x", "\tx", "\rx", "\nx", "＝1", "＋1", "－1", "＠x", " =1", "\u3000=1"]
)
def test_what_a_spreadsheet_would_run(text: str) -> None:
    """Led by an apostrophe; other text stays as it is."""
    assert harmless(text) == f"'{text}"
    assert harmless(f"楼{text}") == f"楼{text}"


def test_a_bad_ledger_is_told_line_by_line(world: World, app: Flask, tmp_path: Path) -> None:
    """At most fifty faults; 1 with nothing imported, 3 with the good lines imported."""
    rows = [
        HEADER,
        ("红庙社区", "9号楼", "1单元", 12),
        *(("红庙社区", "9号楼", f"{n}门", "x") for n in range(60)),
    ]
    command = ("places", "import", xlsx(tmp_path / "l.xlsx", rows), "--sub-district", "110105015")
    refused = _run(app, *command)
    assert refused.exit_code == 1
    assert "l.xlsx 第3行 户数：" in refused.stderr
    assert refused.stderr.count("整数") == 50
    assert "还有10处" in refused.stderr
    assert _summary(refused) == {"rows": 0, "faults": 60}
    skipped = _run(app, *command, "--skip-bad")
    assert skipped.exit_code == 3
    assert (_summary(skipped)["doorways"], _summary(skipped)["skipped"]) == (1, 60)


@pytest.mark.parametrize(
    ("command", "named"),
    [
        (("codes", "issue"), "--sub-district"),
        (("codes", "print", "--stock", "a4-poster", "--out", "o.pdf"), "--sub-district"),
        (("places", "export", "--out", "o.csv"), "--sub-district"),
        (("codes", "print", "--stock", "a9", "--out", "o.pdf"), "--stock"),
        (("codes", "print", "--stock", "a4-poster", "--out", "o.pdf", "--start-at", "2"), "--start-at"),
        (("codes", "revoke", "7K2M9QX3", "--reason", "bored"), "--reason"),
        (("places", "setup", "110105017"), "--name"),
        (("places", "import", "nowhere.xlsx"), "nowhere.xlsx"),
    ],
)
def test_wrong_usage_names_the_option(world: World, app: Flask, command: tuple[str, ...], named: str) -> None:
    """Two sub-districts are there: one has to be chosen."""
    result = _run(app, *command)
    assert result.exit_code == 2
    assert named in result.stderr


@pytest.mark.parametrize(
    ("command", "named"),
    [
        (("codes", "issue", "--sub-district", "999"), "999"),
        (("codes", "revoke", "7K2M9QX3", "--reason", "gone"), "7K2M9QX3"),
        (("places", "setup", "110105015", "--name", "双井街道"), "八里庄街道"),
        (("places", "export", "--sub-district", "110105015", "--out", "/nowhere/o.csv"), "/nowhere"),
        (("places", "import", str(DEMO), "--sub-district", "999"), "999"),
    ],
)
def test_what_is_refused_is_named(world: World, app: Flask, command: tuple[str, ...], named: str) -> None:
    """Exit 1, nothing on stdout, the reason on stderr."""
    result = _run(app, *command)
    assert (result.exit_code, result.stdout) == (1, "")
    assert named in result.stderr


def test_the_stocks_are_listed(app: Flask) -> None:
    """Name first, so that a script can take it."""
    names = [line.split("\t")[0] for line in _run(app, "codes", "stocks").stdout.splitlines()]
    assert {"a4-poster", "a5-poster"} <= set(names)


def test_the_demo_is_loaded_once(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty communities, over a thousand doorways, accounts when there is a password; again nothing."""
    monkeypatch.delenv("MASHANG_DEMO_PASSWORD", raising=False)
    first = _run(app, "demo", "load")
    assert _summary(first)["doorways"] >= 1000
    assert "MASHANG_DEMO_PASSWORD" in first.stderr
    monkeypatch.setenv("MASHANG_DEMO_PASSWORD", "a-long-enough-one")
    second = _run(app, "demo", "load")
    assert _summary(second) == {"doorways": 0, "issued": 0, "accounts": 5}
    assert "LOGIN=diaodu a-long-enough-one" in second.stdout.splitlines()
    assert accounts.check_password("diaodu", "a-long-enough-one") is not None
    third = _run(app, "demo", "load")
    assert _summary(third)["accounts"] == 0
    assert third.stdout.splitlines()[:3] == second.stdout.splitlines()[:3]
    _run(app, "places", "export", "--out", tmp_path / "o.csv")
    lines = _exported(tmp_path / "o.csv")
    assert len({line["community"] for line in lines}) == 20
    assert {line["status"] for line in lines} == {"active"}
    assert second.stdout.splitlines()[0].removeprefix("DOORWAY=") in {line["url"] for line in lines}
    db.session.rollback()
