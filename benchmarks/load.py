"""Running wrk over prepared requests, and reading what it saw."""

import subprocess
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.machine import CONNECTIONS, LOAD_CORE, cpu_seconds, pinned
from benchmarks.servers import BenchError, Server

_SCRIPT = Path(__file__).with_name("load.lua")
_GRACE_SECONDS = 2


@dataclass(frozen=True)
class Prepared:
    """One request on the wire: the head, and with a photo the part after it."""

    head: bytes
    tail: bytes = b""


@dataclass(frozen=True)
class Load:
    """What one run of wrk saw: answers by status, seconds, latencies in ms, and the server's CPU seconds."""

    answers: dict[int, int]
    broken: int
    seconds: float
    p50: float
    p99: float
    longest: float
    cpu: float = field(default=0.0)

    @property
    def total(self) -> int:
        return sum(self.answers.values())

    def count(self, status: int) -> int:
        return self.answers.get(status, 0)

    def rate(self, status: int) -> float:
        """Answers with `status` a second."""
        return self.count(status) / self.seconds if self.seconds else 0.0

    def cpu_each(self, status: int) -> float:
        """Milliseconds of the server's CPU for each answer with `status`."""
        return 1000 * self.cpu / self.count(status) if self.count(status) else 0.0


def write_requests(path: Path, requests: Iterable[Prepared]) -> Path:
    """Writes the file load.lua reads; returns `path`."""
    with path.open("wb") as out:
        for one in requests:
            out.write(b"%d %d\n" % (len(one.head), len(one.tail)))
            out.write(one.head + one.tail)
    return path


def run_load(
    server: Server, requests: Path, seconds: float, *, once: bool, filler: Path | None = None,
    connections: int = CONNECTIONS, core: int | None = LOAD_CORE,
) -> Load:  # fmt: skip
    """One run: `connections` open connections play `requests` for at most `seconds`; `once` uses each
    request at most once. Raises BenchError if wrk fails."""
    whole = int(seconds) + _GRACE_SECONDS
    command = ["wrk", "-t1", f"-c{connections}", f"-d{whole}s", "--timeout", "10s", "--latency",
               "-s", str(_SCRIPT), server.url("/"), "--",
               str(requests), str(filler or "-"), str(seconds), "once" if once else "again"]  # fmt: skip
    before = cpu_seconds(server.pid)
    answer = subprocess.run(
        command if core is None else pinned(core, command), capture_output=True, text=True, check=False
    )
    cpu = cpu_seconds(server.pid) - before
    if answer.returncode != 0:
        raise BenchError(f"wrk failed: {answer.stdout}{answer.stderr}")
    return read_load(answer.stdout, cpu)


def read_load(printed: str, cpu: float) -> Load:
    """What load.lua prints at the end, as a Load; `cpu` in seconds is the server's share."""
    pairs = dict(line.split("=", 1) for line in printed.splitlines() if "=" in line)
    try:
        return Load(
            answers={
                int(key.removeprefix("answered.")): int(value)
                for key, value in pairs.items()
                if key.startswith("answered.")
            },
            broken=int(pairs["broken"]),
            seconds=float(pairs["elapsed"]),
            p50=int(pairs["p50_us"]) / 1000,
            p99=int(pairs["p99_us"]) / 1000,
            longest=int(pairs["max_us"]) / 1000,
            cpu=cpu,
        )
    except (KeyError, ValueError) as wrong:
        raise BenchError(f"wrk printed no figures: {printed}") from wrong
