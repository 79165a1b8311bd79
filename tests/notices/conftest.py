"""Places beyond the desk, over real sockets: an HTTP address that takes alerts or refuses them, a mail server, an SMS
gateway."""

from __future__ import annotations

import json
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from app.commands import worker
from app.db import transaction
from app.outbox import leasing
from tests.conftest import START
from tests.databases import settings_for
from tests.desk.conftest import desk
from tests.world import World

__all__ = ["desk"]
OUTSIDE = ("alert_out", "recover_receipts")


class Listener:
    """An HTTP address that keeps what it was sent and answers as told, 200 where it was told nothing.
    `before_answer` runs when a request is in and nothing has gone back."""

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.answers: deque[tuple[int, dict[str, str]]] = deque()
        self.before_answer: Callable[[], None] | None = None
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                listener.taken.append(json.loads(body or b"{}"))
                listener.headers.append(dict(self.headers))
                listener.paths.append(self.path)
                if listener.before_answer is not None:
                    listener.before_answer()
                status, headers = listener.answers.popleft() if listener.answers else (200, {})
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def do_GET(self) -> None:
                self.do_POST()  # what a followed redirect would become

            def log_message(self, *_arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Mailbox:
    """A mail server that keeps what it was sent."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    async def handle_DATA(  # noqa: N802 - the server's own name for it
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        assert isinstance(envelope.content, bytes)
        parsed = BytesParser(policy=policy.default).parsebytes(envelope.content)
        assert isinstance(parsed, EmailMessage)
        self.mails.append(parsed)
        return "250 OK"

    def stop(self) -> None:
        self._controller.stop()


@pytest.fixture
def robot() -> Iterator[Listener]:
    """A robot of a group chat."""
    running = Listener()
    yield running
    running.stop()


@pytest.fixture
def other_robot() -> Iterator[Listener]:
    running = Listener()
    yield running
    running.stop()


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    running = Mailbox()
    yield running
    running.stop()


@pytest.fixture
def sms() -> Iterator[Listener]:
    """An SMS gateway."""
    running = Listener()
    yield running
    running.stop()


@pytest.fixture
def environ(database_url: str, tmp_path: Path, robot: Listener, sms: Listener) -> dict[str, str]:
    return settings_for(database_url, tmp_path) | {
        "MASHANG_NOW": START,
        "MASHANG_NOTICE_TARGETS": f"json://127.0.0.1:{robot.port}/alerts/",
        "MASHANG_SMS_URL": f"http://user:secret@127.0.0.1:{sms.port}/send",
        "MASHANG_LEASE_SECONDS": "2",
        "MASHANG_RETRY_BASE_SECONDS": "30",
    }


@pytest.fixture
def work(world: World) -> Callable[[], dict[str, int]]:
    """One `worker --once` in this process; what was put back before is tried at once."""

    def once() -> dict[str, int]:
        with transaction() as session:
            leasing.hasten(session, OUTSIDE)
        return dict(worker._drain(threading.Event()))

    return once
