"""`make run`: choices kept in .env, three programs that live and die together, addresses that answer."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from dotenv import dotenv_values

from app.config import ROOT
from scripts.surroundings import BadChoice, settle

PARTS = ("app", "qr", "migrations", "templates", "data", "scripts")
NAMES = ("URL", "DOORWAY", "LOGIN", "SHEETS", "HOTLINE")


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


class TestChoices:
    def test_first_start_writes_secrets_only_the_owner_reads(self, tmp_path: Path) -> None:
        settle({}, tmp_path / ".env")
        kept = dotenv_values(tmp_path / ".env")
        assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600
        assert kept["MASHANG_ENV"] == "demo"
        assert len(kept["MASHANG_SECRET_KEY"] or "") >= 32
        settle({}, tmp_path / "other")
        other = dotenv_values(tmp_path / "other")
        for name in ("SECRET_KEY", "FIELD_KEYS", "DEMO_PASSWORD", "HOTLINE_TOKEN", "HOTLINE_WEBHOOK_SECRET"):
            assert kept[f"MASHANG_{name}"] != other[f"MASHANG_{name}"]

    def test_what_is_there_is_never_overwritten(self, tmp_path: Path) -> None:
        (tmp_path / ".env").write_text("PORT=8123\n# mine\n", encoding="utf-8")
        assert settle({"PORT": "8200"}, tmp_path / ".env").port == 8200
        assert (tmp_path / ".env").read_text(encoding="utf-8") == "PORT=8123\n# mine\n"
        assert settle({}, tmp_path / ".env").base_url == "http://127.0.0.1:8123"

    def test_addresses_follow_the_ports(self, tmp_path: Path) -> None:
        settle({}, tmp_path / ".env")
        moved = settle({"HOST": "127.0.0.2", "PORT": "8010", "HOTLINE_PORT": "8011"}, tmp_path / ".env")
        assert moved.base_url == "http://127.0.0.2:8010"
        assert moved.hotline_url == "http://127.0.0.1:8011"
        assert moved.has_own_hotline

    def test_environment_wins(self, tmp_path: Path) -> None:
        given = {
            "MASHANG_HOTLINE_URL": "http://127.0.0.1:9",
            "MASHANG_BASE_URL": "https://door.test",
            "PORT": "8010",
        }
        place = settle(given, tmp_path / ".env")
        assert (place.hotline_url, place.base_url) == ("http://127.0.0.1:9", "https://door.test")
        assert not place.has_own_hotline
        assert settle({}, tmp_path / ".env").has_own_hotline  # another hotline was for that run only

    def test_address_somebody_wrote_stays_when_the_port_moves(self, tmp_path: Path) -> None:
        (tmp_path / ".env").write_text("MASHANG_BASE_URL=https://door.test\n", encoding="utf-8")
        assert settle({"PORT": "8010"}, tmp_path / ".env").base_url == "https://door.test"

    def test_any_value_comes_back_as_given(self, tmp_path: Path) -> None:
        url = "postgresql:///x?host=/tmp/it's $HOME\\n #1"
        settle({"MASHANG_DATABASE_URL": url}, tmp_path / ".env")
        assert settle({}, tmp_path / ".env").environ["MASHANG_DATABASE_URL"] == url

    @pytest.mark.parametrize("port", ["0", "65536", "http", "-1", "8000.5"])
    def test_no_port(self, tmp_path: Path, port: str) -> None:
        with pytest.raises(BadChoice, match="PORT"):
            settle({"PORT": port}, tmp_path / ".env")


class Running:
    """What `make run` runs, in a house of its own, on free ports."""

    def __init__(self, house: Path, environ: dict[str, str]) -> None:
        self.house, self.environ = house, environ
        self._log = house / "run.log"
        with self._log.open("w") as log:
            command = [sys.executable, "-m", "scripts.run"]
            self.process = subprocess.Popen(command, cwd=house, env=environ, stdout=log, stderr=log)

    def said(self) -> str:
        return self._log.read_text(encoding="utf-8")

    def addresses(self) -> dict[str, str]:
        """The printed lines, waited for."""
        until = time.monotonic() + 120
        while time.monotonic() < until and self.process.poll() is None:
            found = dict(re.findall(rf"^({'|'.join(NAMES)})=(.*)$", self.said(), re.MULTILINE))
            if len(found) == len(NAMES):
                return found
            time.sleep(0.1)
        raise AssertionError(self.said())

    def children(self) -> dict[str, int]:
        """Process ids of web, worker and hotline, by the command's first word."""
        listed = subprocess.run(
            ["ps", "-ww", "--ppid", str(self.process.pid), "-o", "pid=,args="],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        return {words: int(pid) for pid, words in re.findall(r"(\d+) .*/flask (\w+)", listed)}

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(30)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout without .env and instance/."""
    copy = tmp_path_factory.mktemp("checkout")
    for part in PARTS:
        shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "wsgi.py", copy)
    return copy


@pytest.fixture
def start(house: Path) -> Iterator[Callable[..., Running]]:
    started: list[Running] = []

    def go(**given: str) -> Running:
        bare = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        ports = {"PORT": str(free_port()), "HOTLINE_PORT": str(free_port())}
        started.append(Running(house, bare | ports | given))
        return started[-1]

    yield go
    for running in started:
        if running.process.poll() is None:
            running.stop()


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def flask(house: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """`flask` with nothing set."""
    bare = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    program = str(Path(sys.executable).with_name("flask"))
    return subprocess.run([program, *words], cwd=house, env=bare, capture_output=True, text=True, check=False)


SLEEPERS = """
import sys
from scripts.supervisor import Stopped, Supervisor, say, stop_on_signals
stop_on_signals()
together = Supervisor()
try:
    together.start("good", ["sleep", "60"], {})
    together.start("deaf", ["/bin/sh", "-c", "trap '' TERM; echo up; while :; do sleep 1; done"], {})
    together.start("brief", ["sleep", sys.argv[1]], {})
    together.wait_until(lambda: together.has_spoken("deaf"), 30)
    say("READY")
    together.wait()
except Stopped:
    say("stopped")
finally:
    together.stop()
"""


@pytest.mark.parametrize(("brief", "number"), [("1", None), ("60", signal.SIGINT), ("60", signal.SIGTERM)])
def test_nobody_is_left_behind(brief: str, number: int | None) -> None:
    """Neither when one ends well, nor on request; not even who does not listen."""
    process = subprocess.Popen(
        [sys.executable, "-c", SLEEPERS, brief],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout
    said = [line.strip() for line in iter(process.stdout.readline, "READY\n")]
    assert said == ["deaf    | up"]
    listed = subprocess.run(
        ["ps", "-ww", "--ppid", str(process.pid), "-o", "pid="], capture_output=True, text=True, check=True
    )
    children = [int(pid) for pid in listed.stdout.split()]
    assert len(children) >= 2
    if number:
        process.send_signal(number)
    rest = process.communicate(timeout=30)[0]
    assert ("stopped" in rest) == (number is not None)
    assert not any(alive(pid) for pid in children)


def test_run_from_nothing_to_stop(house: Path, start: Callable[..., Running]) -> None:
    unset = flask(house, "places", "export", "--sub-district", "110105015", "--out", "register.csv")
    assert unset.returncode != 0
    assert len(unset.stderr.splitlines()) == 1
    assert "MASHANG_" in unset.stderr

    first = start()
    found = first.addresses()
    for address in (found["URL"] + "/healthz", found["DOORWAY"], found["HOTLINE"]):
        assert httpx.get(address, trust_env=False).status_code == 200
    assert found["DOORWAY"].startswith(f"{found['URL']}/d/")
    sheets = list(Path(found["SHEETS"]).glob("*.pdf"))
    assert [sheet.read_bytes()[:5] for sheet in sheets] == [b"%PDF-"]
    assert len(found["LOGIN"].split()) == 2

    exported = flask(house, "places", "export", "--sub-district", "110105015", "--out", "register.csv")
    assert exported.returncode == 0, exported.stderr
    code = found["DOORWAY"].rpartition("/")[2]
    assert code in (house / "register.csv").read_text(encoding="utf-8-sig")

    children = first.children()
    assert set(children) == {"serve", "worker", "hotline"}
    assert first.stop() == 0
    assert not any(alive(pid) for pid in children.values())

    printed = sheets[0].stat().st_mtime_ns
    environ = (house / ".env").read_text(encoding="utf-8")
    second = start(PORT=first.environ["PORT"])  # the same address: nothing is printed again
    again = second.addresses()
    assert (again["DOORWAY"], again["LOGIN"]) == (found["DOORWAY"], found["LOGIN"])
    assert sheets[0].stat().st_mtime_ns == printed
    assert (house / ".env").read_text(encoding="utf-8") == environ
    children = second.children()
    os.kill(children["worker"], signal.SIGKILL)
    assert second.process.wait(30) == 1
    assert "worker ended with -9; all stopped" in second.said()
    assert not any(alive(pid) for pid in children.values())

    moved = start()
    assert moved.addresses()["DOORWAY"] == f"http://127.0.0.1:{moved.environ['PORT']}/d/{code}"
    assert sheets[0].stat().st_mtime_ns != printed  # paper carries the address
    children = moved.children()
    moved.stop(signal.SIGKILL)
    until = time.monotonic() + 30
    while any(alive(pid) for pid in children.values()) and time.monotonic() < until:
        time.sleep(0.1)
    assert not any(alive(pid) for pid in children.values())


@pytest.mark.parametrize("name", ["PORT", "HOTLINE_PORT"])
def test_taken_port_is_named_with_the_way_out(start: Callable[..., Running], name: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        running = start(**{name: str(port)})
        assert running.process.wait(30) == 1
        (line,) = running.said().splitlines()
        assert f"port {port}" in line
        assert re.search(rf"{name}=\d+ make run", line)
