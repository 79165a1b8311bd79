"""The two sides set up from nothing: a database with the same number of doorways each."""

import csv
import os
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks import floor
from benchmarks.servers import ROOT, BenchError

SUB_DISTRICT = "110105015"
COMMUNITIES, BUILDINGS, ENTRANCES = 5, 8, 5
DOORWAYS = COMMUNITIES * BUILDINGS * ENTRANCES
_ENOUGH = 1_000_000


@dataclass(frozen=True)
class Side:
    """One side ready to serve: its doorways' codes, its database, and the environment it runs in.

    `counted` holds a name and a SELECT for each number that must rise by one with every report."""

    name: str
    codes: list[str]
    database: Path
    environment: dict[str, str]
    counted: dict[str, str]

    @property
    def first_page(self) -> str:
        return f"/d/{self.codes[0]}"

    def counts(self) -> dict[str, int]:
        """Every counted number as the database has it now."""
        connection = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)
        try:
            return {name: int(connection.execute(sql).fetchone()[0]) for name, sql in self.counted.items()}
        finally:
            connection.close()


def make_floor(folder: Path) -> Side:
    """The floor's database in `folder`."""
    database = folder / "floor.db"
    codes = [f"F{number:07d}" for number in range(DOORWAYS)]
    floor.fill(str(database), codes)
    return Side(
        "floor", codes, database, {**_surroundings(), "FLOOR_DATABASE": str(database)},
        {"reports": "SELECT count(*) FROM report"},
    )  # fmt: skip


def make_product(folder: Path, url: str | None = None) -> Side:
    """The product's database in `folder`, or at this URL, made by the commands a user would use. Raises BenchError with
    the command's own words if one fails."""
    if not (ROOT / "wsgi.py").exists():
        raise BenchError("there is no wsgi.py to serve")
    database = folder / "bench.db"
    environment = _environment(folder, database) | ({"MASHANG_DATABASE_URL": url} if url else {})
    ledger, register = _write_ledger(folder / "ledger.csv"), folder / "register.csv"
    for words in (
        ["db", "upgrade"],
        ["places", "setup", SUB_DISTRICT, "--name", "八里庄街道", "--district", "朝阳区"],
        ["places", "import", str(ledger), "--sub-district", SUB_DISTRICT],
        ["codes", "issue", "--sub-district", SUB_DISTRICT],
        ["places", "export", "--sub-district", SUB_DISTRICT, "--out", str(register)],
    ):
        _flask(words, environment)
    return Side(
        "product", _read_codes(register), database, environment,
        {
            "reports": "SELECT count(*) FROM report",
            "events": "SELECT count(*) FROM case_event WHERE action = 'receive'",
            "outbox rows": "SELECT count(*) FROM outbox_item WHERE kind = 'report_received'",
        },
    )  # fmt: skip


def _ordinary() -> dict[str, str]:
    """This environment, but Python keeps what it compiled, as it does wherever nobody forbade it: else a start
    would be mostly compiling, on the side that has more of its own to compile."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _environment(folder: Path, database: Path) -> dict[str, str]:
    return _surroundings() | {
        "MASHANG_ENV": "test",
        "MASHANG_BASE_URL": "http://127.0.0.1:8000",
        "MASHANG_SECRET_KEY": "bench-bench-bench-bench-bench-bench",
        "MASHANG_DATABASE_URL": f"sqlite:///{database}",
        "MASHANG_MEDIA_URL": str(folder / "media"),
        "MASHANG_HOTLINE_CHANNEL": "manual",
        "MASHANG_LIMITS": f"door={_ENOUGH},network={_ENOUGH},page={_ENOUGH}",
    }


def _surroundings() -> dict[str, str]:
    """What both sides find: this environment without settings of ours, and with byte code kept, as everywhere."""
    ours = ("MASHANG_", "PYTHONDONTWRITEBYTECODE")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def _write_ledger(path: Path) -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        ledger = csv.writer(out)
        ledger.writerow(["社区", "楼", "楼门", "户数", "经度", "纬度", "坐标系", "社区电话"])
        for place in range(DOORWAYS):
            rest, entrance = divmod(place, ENTRANCES)
            community, building = divmod(rest, BUILDINGS)
            ledger.writerow(
                [f"测速{'一二三四五'[community]}社区", f"{building + 1}号楼", f"{entrance + 1}单元", 12,
                 f"{116.49 + place / 1e5:.6f}", f"{39.92 + place / 1e5:.6f}", "GCJ-02", ""]
            )  # fmt: skip
    return path


def _flask(words: list[str], environment: dict[str, str]) -> None:
    flask = Path(sys.executable).with_name("flask")
    answer = subprocess.run(
        [str(flask), *words], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    if answer.returncode != 0:
        last = " / ".join((answer.stdout + answer.stderr).splitlines()[-3:])
        raise BenchError(f"flask {' '.join(words[:2])} ended with {answer.returncode}: {last}")


def _read_codes(register: Path) -> list[str]:
    with register.open(encoding="utf-8-sig", newline="") as rows:
        codes = [row["code"] for row in csv.DictReader(rows) if row["status"] == "active"]
    if len(codes) != DOORWAYS:
        raise BenchError(f"{len(codes)} active codes in the register, {DOORWAYS} doorways in the ledger")
    return codes
