"""A body of the contract, and the stand-in as a process of its own on a free port."""

import json
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import httpx

from app.standin.command import serve_command

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "a-token-for-tests"
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["pytest", "app.standin.command"])


def dossier(external_id: str | int, **changed: Any) -> dict[str, Any]:
    """A body with every field of the contract."""
    return {
        "external_id": external_id,
        "case_number": "2611-0361",
        "sequence": 1,
        "kind": "help",
        "title": "二单元声控灯不亮",
        "description": "天一黑楼道里什么也看不见。",
        "category": {"code": "0304", "level1": "住房", "level2": "公共设施", "level3": "楼道照明"},
        "lead_unit": "红庙物业",
        "supporting_units": ["红庙社区"],
        "due_at": "2026-11-30T18:00:00+08:00",
        "address": {
            "district": "朝阳区",
            "sub_district": "八里庄街道",
            "community": "红庙社区",
            "building": "3号楼",
            "doorway": "2单元",
        },
        "location": {"lng": 116.4843, "lat": 39.9162, "datum": "GCJ-02"},
        "reporters": 2,
        "supporters_unverified": 1,
        "contact": {"name": None, "phone": "13800000000"},
        "legal_basis": "consent",
        "handled": [{"at": "2026-11-28T10:20:00+08:00", "action": "visit", "note": "看过，要换灯"}],
        "attachments": [
            {"url": "http://127.0.0.1:8000/media/1", "sha256": "0" * 64, "media_type": "image/jpeg"}
        ],
        "case_day": "2026-11-28",
    } | changed


class RunningGateway:
    """One process of the stand-in, and a client that talks to it over a real socket."""

    def __init__(self, line: str, pid: int, wait: Callable[[], int]) -> None:
        assert line.startswith("HOTLINE=http://127.0.0.1:"), "the stand-in did not start"
        self.url = line.strip().removeprefix("HOTLINE=")
        self.client = httpx.Client(
            base_url=self.url, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=15, trust_env=False
        )
        self._pid = pid
        self._wait = wait
        self._status: int | None = None

    def post(self, external_id: str, **changed: Any) -> httpx.Response:
        return self.client.post(
            "/workorders", json=dossier(external_id, **changed), headers={"Idempotency-Key": external_id}
        )

    def look_up(self, external_id: str) -> list[str]:
        answer = self.client.get("/workorders", params={"external_id": external_id})
        assert answer.status_code == 200
        return [item["workorder_id"] for item in answer.json()["items"]]

    def bytes_answered(self, external_id: str) -> bytes:
        """Post on a bare socket and read until the other side closes."""
        host, port = self.url.removeprefix("http://").split(":")
        body = json.dumps(dossier(external_id)).encode()
        head = (
            f"POST /workorders HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {TOKEN}\r\n"
            f"Idempotency-Key: {external_id}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            connection.sendall(head.encode() + body)
            return b"".join(iter(lambda: connection.recv(4096), b""))

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Signal the process and wait for its end; the exit status, negative if killed."""
        if self._status is None:
            self.client.close()
            os.kill(self._pid, how)
            self._status = self._wait()
        return self._status


def launched(store: Path) -> RunningGateway:
    """The stand-in as a user starts it: `python -m app.standin`, the token in the environment."""
    process = subprocess.Popen(
        [sys.executable, "-m", "app.standin", "--port", "0", "--store", str(store)],
        cwd=ROOT,
        env=os.environ | {"MASHANG_HOTLINE_TOKEN": TOKEN},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    return RunningGateway(process.stdout.readline(), process.pid, lambda: process.wait(10))


def forked(store: Path, *options: str) -> RunningGateway:
    """The same command in a process forked from one that has its imports done, which saves most of a second."""
    said, says = _FORKS.Pipe(duplex=False)
    arguments = ["--port", "0", "--store", str(store), "--token", TOKEN, *options]
    process = _FORKS.Process(target=_run_command, args=(says, arguments))
    process.start()
    says.close()
    with open(said.fileno(), closefd=False) as output:
        line = output.readline()

    def wait() -> int:
        process.join(10)
        assert process.exitcode is not None, "the stand-in did not end"
        return process.exitcode

    return RunningGateway(line, process.pid or 0, wait)


def _run_command(says: Connection, arguments: list[str]) -> None:
    os.dup2(says.fileno(), sys.stdout.fileno())
    serve_command.main(arguments, standalone_mode=False)
