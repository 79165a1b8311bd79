"""Starting and stopping one side, and asking it for one page."""

import http.client
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.machine import SERVER_CORE, pinned

ROOT = Path(__file__).resolve().parent.parent
START_LIMIT = 60.0


class BenchError(RuntimeError):
    """A side could not be set up or did not answer; the message says which and why."""


@dataclass(frozen=True)
class Server:
    """One running side: its port on loopback, its process, and how long it took to its first answer."""

    name: str
    port: int
    pid: int
    log: Path
    start_seconds: float

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"


@contextmanager
def serving(
    side: str, first_page: str, environment: Mapping[str, str], folder: Path, core: int | None = SERVER_CORE
) -> Iterator[Server]:
    """Runs `benchmarks.serve` for `side` until the block ends; the server answered `first_page` with 200.

    The log lies in `folder`. `core` None leaves the process on all cores. Raises BenchError if the process
    ends or stays silent."""
    port = _free_port()
    log = folder / f"{side}-{port}.log"
    command = [sys.executable, "-m", "benchmarks.serve", side, str(port)]
    began = time.perf_counter()
    with log.open("wb") as out:
        process = subprocess.Popen(
            command if core is None else pinned(core, command),
            cwd=ROOT, env=dict(environment), stdout=out, stderr=out,
        )  # fmt: skip
    try:
        _wait_for_answer(side, process, port, first_page, log)
        yield Server(side, port, process.pid, log, time.perf_counter() - began)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def fetch(port: int, path: str) -> tuple[int, str, str]:
    """One GET: status, body as text, and the cookie to send back (empty without one)."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        return read_page(connection, path)
    finally:
        connection.close()


def read_page(connection: http.client.HTTPConnection, path: str) -> tuple[int, str, str]:
    """The same over a connection that stays open."""
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read().decode()
    cookie = (answer.getheader("Set-Cookie") or "").partition(";")[0]
    return answer.status, body, cookie


def _wait_for_answer(
    side: str, process: subprocess.Popen[bytes], port: int, first_page: str, log: Path
) -> None:
    until = time.monotonic() + START_LIMIT
    while time.monotonic() < until:
        if process.poll() is not None:
            raise BenchError(f"{side} ended at start:\n{_tail(log)}")
        try:
            status, _, _ = fetch(port, first_page)
        except OSError:
            time.sleep(0.005)
            continue
        if status == 200:
            return
        raise BenchError(f"{side} answered {first_page} with {status}:\n{_tail(log)}")
    raise BenchError(f"{side} did not answer {first_page} within {START_LIMIT:.0f} s:\n{_tail(log)}")


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-15:])


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port
