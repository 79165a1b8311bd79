"""The product as it is run: web server, worker and stand-in hotline as processes of their own, started by the
contract's commands, moved in time by starting them again with another MASHANG_NOW."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[2]
FLASK = str(Path(sys.executable).with_name("flask"))
PATIENCE = 40.0


@dataclass
class Running:
    """One process and the file it writes to."""

    process: subprocess.Popen[bytes]
    log: Path


@dataclass
class House:
    """One installation in a folder of its own, at business time `moment`.

    `base_url` is what is printed on paper and opened in browsers; `port` is where the web server listens, which
    is another one behind a proxy."""

    folder: Path
    database_url: str
    port: int
    base_url: str
    moment: str
    proxies: int = 0
    running: dict[str, Running] = field(default_factory=dict)
    hotline_url: str = ""

    def __post_init__(self) -> None:
        (self.folder / "logs").mkdir()
        hotline_port = free_port()
        self.hotline_url = f"http://127.0.0.1:{hotline_port}"
        self._environ = self._settings()
        self._start(
            "hotline",
            "hotline",
            "serve",
            "--port",
            str(hotline_port),
            "--store",
            str(self.folder / "city.db"),
        )

    def flask(self, *words: str) -> str:
        """Run one command to its end; what it said on standard output. It must succeed."""
        done = subprocess.run(
            [FLASK, *words],
            cwd=ROOT,
            env=self._now(),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"flask {' '.join(words)} ended with {done.returncode}:\n{done.stderr}"
        return done.stdout.strip()

    def go_to(self, moment: str) -> None:
        """Stop web server and worker and start them again at another moment of business time."""
        self._end("web", "worker")
        self.moment = moment
        self._start("web", "serve", "--port", str(self.port))
        self._start("worker", "worker")
        _wait_for(f"http://127.0.0.1:{self.port}/healthz", self.running["web"])

    def serve_from_days_ago(self, days: int) -> None:
        """The web server as it was so many days ago by the real clock, which signatures go by."""
        self._end("web")
        self._run("web", sys.executable, "-m", "tests.browser.earlier", str(days), str(self.port))
        _wait_for(f"http://127.0.0.1:{self.port}/healthz", self.running["web"])

    def close(self) -> None:
        """End everything."""
        self._end(*self.running)

    def logs(self) -> str:
        """The last lines every process wrote."""
        files = sorted((self.folder / "logs").glob("*.log"))
        return "\n".join(f"--- {file.name}\n{_tail(file)}" for file in files)

    def _settings(self) -> dict[str, str]:
        """Every setting is given, so that no .env of the checkout has a say."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("MASHANG_")}
        return kept | {
            "FLASK_APP": "wsgi.py",
            "FLASK_SKIP_DOTENV": "1",
            "PYTHONUNBUFFERED": "1",
            "MASHANG_ENV": "demo",
            "MASHANG_BASE_URL": self.base_url,
            "MASHANG_SECRET_KEY": secrets.token_urlsafe(48),
            "MASHANG_FIELD_KEYS": urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            "MASHANG_DATABASE_URL": self.database_url,
            "MASHANG_MEDIA_URL": str(self.folder / "media"),
            "MASHANG_RATE_LIMIT_URL": "",
            "MASHANG_TRUSTED_PROXIES": str(self.proxies),
            "MASHANG_METRICS_ALLOW": "",
            "MASHANG_HOTLINE_CHANNEL": "workorder",
            "MASHANG_HOTLINE_URL": self.hotline_url,
            "MASHANG_HOTLINE_TOKEN": secrets.token_urlsafe(24),
            "MASHANG_HOTLINE_WEBHOOK_SECRET": secrets.token_urlsafe(32),
            "MASHANG_LEASE_SECONDS": "",
            "MASHANG_RETRY_BASE_SECONDS": "",
            "MASHANG_LIMITS": "",
            "MASHANG_TIMEZONE": "Asia/Shanghai",
        }

    def _now(self) -> dict[str, str]:
        return self._environ | {"MASHANG_NOW": self.moment}

    def _start(self, name: str, *words: str) -> None:
        self._run(name, FLASK, *words)

    def _run(self, name: str, *command: str) -> None:
        log = self.folder / "logs" / f"{name}.log"
        with log.open("ab") as output:
            process = subprocess.Popen(
                command, cwd=ROOT, env=self._now(), stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.STDOUT,
            )  # fmt: skip
        self.running[name] = Running(process, log)

    def _end(self, *names: str) -> None:
        ending = [self.running.pop(name) for name in names if name in self.running]
        for each in ending:
            each.process.send_signal(signal.SIGTERM)
        for each in ending:
            try:
                each.process.wait(15)
            except subprocess.TimeoutExpired:
                each.process.kill()
                each.process.wait()


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def eventually(is_so: Callable[[], bool], what: str) -> None:
    """Wait until something came true."""
    until = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < until, f"it never came true: {what}"
        time.sleep(0.2)


def _wait_for(url: str, running: Running) -> None:
    def answers() -> bool:
        assert running.process.poll() is None, (
            f"ended with {running.process.returncode}:\n{_tail(running.log)}"
        )
        try:
            return httpx.get(url, timeout=5, trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    eventually(answers, url)


def _tail(file: Path) -> str:
    return "\n".join(file.read_text(encoding="utf-8", errors="replace").splitlines()[-40:])
