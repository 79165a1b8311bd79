"""How long a side takes to its first answer, and how much memory it holds once it has worked."""

from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

from benchmarks import visits
from benchmarks.load import run_load, write_requests
from benchmarks.machine import pss_kilobytes
from benchmarks.servers import fetch, serving
from benchmarks.sides import Side

_WORK = 200


@dataclass(frozen=True)
class Start:
    """Seconds to the first 200, and PSS in kB after 200 pages opened and 200 reports sent."""

    seconds: float
    pss: int


def start_alone(side: Side, folder: Path) -> Start:
    """Starts `side` with nothing else running, lets it work a little, stops it. Raises BenchError."""
    prepare = visits.floor_reports if side.name == "floor" else visits.product_reports
    with serving(side.name, side.first_page, side.environment, folder) as server:
        for code, _ in zip(cycle(side.codes), range(_WORK), strict=False):
            fetch(server.port, f"/d/{code}")
        reports = write_requests(folder / "requests", prepare(server, side.codes, _WORK))
        run_load(server, reports, 2, once=True)
        return Start(server.start_seconds, pss_kilobytes(server.pid))
