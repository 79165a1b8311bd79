"""The queue with many cases: `python -m benchmarks queue [--cases N]… [--rounds N] [--seconds S]`.

For each database and each number of cases, pages of the queue through the application under load, the floor's /list in
the same round, and how many statements each page takes. PostgreSQL is a cluster of its own where its programs are
found. What holds of the targets is said in the last column: of a page of the queue its ratio to the floor at the first
size, of every page that ratio against the one at the first size, and how many statements a list takes."""

from __future__ import annotations

import argparse
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from urllib.parse import quote

from benchmarks.filling import COMMON, RARE
from benchmarks.load import Load, Prepared, run_load, write_requests
from benchmarks.machine import CONNECTIONS, LOAD_CORE, description
from benchmarks.servers import ROOT, BenchError, Server, serving
from benchmarks.sides import Side, make_floor, make_product
from benchmarks.table import aligned, spread

SIZES = (10_000, 100_000, 1_000_000)
MUST, GOAL, TIMES, STATEMENTS = 0.5, 0.75, 1.5, 8
PAGES = {
    "queue": "/desk/?state=queued",
    "next page": "",  # where the first one leads
    "all": "/desk/?state=all",
    "filtered": "/desk/?state=queued&due=week&category=030101",
    "rare word": f"/desk/?q={quote(RARE)}",
    "common word": f"/desk/?q={quote(COMMON)}",
    "case": "",  # the first one of the queue
}


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _parse(arguments)
    os.sched_setaffinity(0, {LOAD_CORE})
    lines = [
        [
            "database",
            "cases",
            "page",
            "a second",
            "p50 ms",
            "of floor's /list",
            "× first size",
            "statements",
            "holds",
        ]
    ]
    with tempfile.TemporaryDirectory(prefix="mashang-queue-") as name:
        folder = Path(name)
        print(description(folder), flush=True)
        floor = make_floor(folder)
        _fill_floor(floor)
        for kind, url in _databases(folder):
            first: dict[str, float] = {}
            for size in sorted(asked.cases or SIZES):
                side = _filled(folder, kind, url, size)
                lines += _measured(kind, size, side, floor, folder, asked, first)
    print(aligned(lines))
    return 0


def _fill_floor(floor: Side) -> None:
    """Give the floor's list something to show."""
    row = "INSERT INTO report (doorway_id, text, category, name, phone, spot, call_back, written_at) VALUES (1, ?, 'light', '', '', '', 0, '2026-11-24 01:00:00.000000')"
    with sqlite3.connect(floor.database) as connection:
        connection.executemany(
            row, [(f"楼道灯坏了有半个月，晚上看不清台阶。{number}",) for number in range(10_000)]
        )
    connection.close()


def _measured(
    kind: str,
    size: int,
    side: Side,
    floor: Side,
    folder: Path,
    asked: argparse.Namespace,
    first: dict[str, float],
) -> list[list[str]]:
    """A line for each page: rate, median latency, both ratios, statements."""
    seen: dict[str, list[Load]] = {}
    floors: list[Load] = []
    cookie = _python(["-m", "benchmarks.sitting"], side.environment).strip()
    with (
        serving("floor", floor.first_page, floor.environment, folder) as low,
        serving("product", side.first_page, side.environment, folder) as high,
    ):
        addresses = _addresses(high.port, cookie)
        counted = _statements(side, cookie, addresses)
        for _round in range(asked.rounds):
            floors.append(_run(low, folder, [_get("/list", "")], asked.seconds))
            for page, address in addresses.items():
                seen.setdefault(page, []).append(_run(high, folder, [_get(address, cookie)], asked.seconds))
    lines = []
    for page, loads in seen.items():
        middle = median(load.p50 for load in loads)
        ratios = [load.rate(200) / low.rate(200) for load, low in zip(loads, floors, strict=True)]
        ratio, is_first = median(ratios), page not in first
        times = (
            first.setdefault(page, ratio) / ratio
        )  # beside the floor of its own round: machines change by the minute
        is_list = page != "case"
        known = _Seen(ratio if is_first and is_list else None, times, int(counted[page]) if is_list else 0)
        lines.append(
            [kind, f"{size:,}", page, f"{median(load.rate(200) for load in loads):.0f}", f"{middle:.1f}",
             spread(ratios, "×"), f"{times:.2f}×", counted[page], known.holds]
        )  # fmt: skip
        print(" | ".join(lines[-1]), file=sys.stderr, flush=True)
    return lines


@dataclass(frozen=True)
class _Seen:
    """What the targets speak of: `ratio` is None where none is set."""

    ratio: float | None
    times: float
    statements: int

    @property
    def holds(self) -> str:
        if (self.ratio or MUST) < MUST or self.times > TIMES or self.statements > STATEMENTS:
            return "MISSED"
        return "goal" if self.ratio is not None and self.ratio >= GOAL else "must"


def _run(server: Server, folder: Path, requests: list[Prepared], seconds: float) -> Load:
    load = run_load(
        server, write_requests(folder / "requests", requests), seconds, once=False, connections=CONNECTIONS
    )
    if load.broken or load.count(200) != load.total or not load.total:
        raise BenchError(f"answers {load.answers}, {load.broken} broken")
    return load


def _get(path: str, cookie: str) -> Prepared:
    lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1", *([f"Cookie: {cookie}"] if cookie else [])]
    return Prepared(("\r\n".join(lines) + "\r\n\r\n").encode())


def _addresses(port: int, cookie: str) -> dict[str, str]:
    """Where each page is, read from the first one."""
    import http.client
    import re
    from html import unescape

    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", PAGES["queue"], headers={"Cookie": cookie})
    answer = connection.getresponse()
    page = answer.read().decode()
    connection.close()
    following = re.search(r'href="(/desk/[^"]*after=[^"]*)"', page)
    case = re.search(r'href="(/desk/cases/[^"]+)"', page)
    if answer.status != 200 or following is None or case is None:
        raise BenchError(f"the queue answered {answer.status} and leads nowhere")
    found = {"next page": unescape(following[1]), "case": unescape(case[1])}
    return {name: found.get(name, address) for name, address in PAGES.items()}


def _statements(side: Side, cookie: str, pages: dict[str, str]) -> dict[str, str]:
    """How many statements each page sends, counted in a process of its own."""
    said = _python(["-m", "benchmarks.queue", "--count", cookie, *pages.values()], side.environment)
    return dict(zip(pages, said.split(), strict=True))


def count(cookie: str, addresses: Sequence[str]) -> None:
    """Print, for each address, how many statements its page sends."""
    from sqlalchemy import event

    from app import create_app
    from app.db import db

    app = create_app()
    client = app.test_client(use_cookies=False)
    with app.app_context():
        engine = db.engine
    sent: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *args: sent.append(str(args[2])))
    for address in addresses:
        sent.clear()
        client.get(address, headers={"Cookie": cookie})
        print(sum(not one.upper().startswith(("BEGIN", "PRAGMA")) for one in sent))


def _filled(folder: Path, kind: str, url: str | None, size: int) -> Side:
    """The product's side with so many cases; what an earlier size wrote is built upon."""
    own = folder / kind
    if own.exists():
        side = _made[kind]
    else:
        own.mkdir()
        side = _made[kind] = make_product(own, url)
    began = time.monotonic()
    _python(["-m", "benchmarks.filling", str(size)], side.environment)
    print(f"{kind}: {size:,} cases after {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return side


_made: dict[str, Side] = {}


def _python(words: list[str], environment: dict[str, str]) -> str:
    answer = subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=environment | {"FLASK_APP": "wsgi.py"}, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    if answer.returncode != 0:
        raise BenchError(f"{' '.join(words[:2])}: {answer.stderr[-400:]}")
    return answer.stdout


def _databases(folder: Path) -> Iterator[tuple[str, str | None]]:
    yield "sqlite", None
    with _cluster() as url:
        if url:
            yield "postgresql", url
        else:
            print(f"PostgreSQL was not found; {folder} has SQLite alone", file=sys.stderr)


@contextmanager
def _cluster() -> Iterator[str | None]:
    import psycopg

    from tests.databases import Cluster

    try:
        cluster = Cluster()
    except RuntimeError:
        yield None
        return
    try:
        with psycopg.connect(cluster.url("postgres"), autocommit=True) as admin:
            admin.execute("CREATE DATABASE bench")
        yield cluster.url("bench")
    finally:
        cluster.stop()


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks queue", description="The queue with many cases."
    )
    parser.add_argument("--cases", type=int, action="append", help="how many; repeatable (1e4, 1e5, 1e6)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds (3)")
    parser.add_argument("--seconds", type=float, default=3.0, help="seconds of load a run (3)")
    return parser.parse_args(arguments)


if __name__ == "__main__" and sys.argv[1:2] == ["--count"]:
    count(sys.argv[2], sys.argv[3:])
