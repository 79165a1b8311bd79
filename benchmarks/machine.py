"""The machine: which core serves and which one asks, and what a process costs, read from /proc."""

import os
import platform
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

SERVER_CORE = 0
LOAD_CORE = 1
CONNECTIONS = 8
CROWD = 256
_TICK = os.sysconf("SC_CLK_TCK")
_CORES = sorted(os.sched_getaffinity(0))  # before the harness pins itself


def missing_tools() -> list[str]:
    """A line for each thing this machine lacks, telling how to get it; empty when all is there."""
    lacks = []
    if shutil.which("wrk") is None:
        lacks.append("wrk is missing: apt install wrk")
    if shutil.which("taskset") is None:
        lacks.append("taskset is missing: apt install util-linux")
    if len(_CORES) < 2:
        lacks.append("two cores are needed: one serves, the other asks")
    return lacks


def pinned(core: int, command: list[str]) -> list[str]:
    """`command` bound to one core."""
    return ["taskset", "-c", str(core), *command]


def on_all_cores(command: list[str]) -> list[str]:
    """`command` free to run on every core, although the harness is pinned to one."""
    return ["taskset", "-c", ",".join(map(str, _CORES)), *command]


def cpu_seconds(pid: int) -> float:
    """User and system time the process has used, all threads, in seconds (steps of a clock tick)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def pss_kilobytes(pid: int) -> int:
    """Proportional set size of the process, in kB: shared pages are divided among their users."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    raise RuntimeError(f"no Pss in /proc/{pid}/smaps_rollup")


def filesystem_of(folder: Path) -> str:
    """The kind of file system under `folder`, as `ext4`; on tmpfs a durable commit costs nothing."""
    answer = subprocess.run(
        ["df", "--output=fstype", str(folder)], capture_output=True, text=True, check=True
    )
    return answer.stdout.split()[-1]


def description(folder: Path) -> str:
    """One line about the machine, for the head of the table."""
    release = platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    load = os.getloadavg()[0]
    return (
        f"{len(_CORES)} cores, {release}, Python {platform.python_version()}, "
        f"data on {filesystem_of(folder)}, load average at start {load:.2f}"
    )


@contextmanager
def stolen_share() -> Iterator[Callable[[], float]]:
    """Yields a function that tells which share of all CPU time the host gave to others since (0…1)."""
    began, begun_stolen = _jiffies()

    def share() -> float:
        total, stolen = _jiffies()
        return (stolen - begun_stolen) / max(1, total - began)

    yield share


def _jiffies() -> tuple[int, int]:
    times = [int(one) for one in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return sum(times), times[7]
