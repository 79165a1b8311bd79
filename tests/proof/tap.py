"""Stands between worker and stand-in, and kills the worker when a request is where the test wants it."""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx

from app.standin import Orders

NEVER_ARRIVED = "never arrived"  # the worker dies when its request has left it, and before the gateway has it
HELD = "held"  # the order is in the gateway's file, and nothing has come back to the worker
ANSWERED = "answered"  # the gateway's answer has just been handed to the worker


class Tap:
    """A reverse proxy. `arm` names the situation in which the next POST is the last thing its worker does."""

    def __init__(self, upstream: str, store: Path) -> None:
        self.orders = Orders(store)
        self.kills: list[str] = []
        self._situation: str | None = None
        self._victim = 0
        self._lock = threading.Lock()
        self._upstream = httpx.Client(base_url=upstream, timeout=10, trust_env=False)
        tap = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                tap._pass_on(self, b"", None)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with tap._lock:
                    situation, tap._situation = tap._situation, None
                if situation == NEVER_ARRIVED:
                    tap._kill(situation)
                    return
                tap._pass_on(self, body, situation)

            def log_message(self, *_arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def arm(self, situation: str, victim: int) -> None:
        """The next POST ends the worker of this process id, in this situation."""
        with self._lock:
            self._victim, self._situation = victim, situation

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._upstream.close()
        self.orders.close()

    def _pass_on(self, handler: BaseHTTPRequestHandler, body: bytes, situation: str | None) -> None:
        killer = threading.Thread(target=self._kill_when_made, args=(self.orders.count(),), daemon=True)
        if situation == HELD:
            killer.start()
        try:
            kept = ("Authorization", "Idempotency-Key", "Content-Type")
            headers = {name: handler.headers[name] for name in kept if name in handler.headers}
            answer = self._upstream.request(handler.command, handler.path, content=body, headers=headers)
        except httpx.HTTPError:
            answer = None  # a lost reply: lost here too
        if situation == HELD:
            killer.join()
        with suppress(OSError):
            if answer is not None:
                handler.send_response(answer.status_code)
                handler.send_header("Content-Length", str(len(answer.content)))
                handler.end_headers()
                handler.wfile.write(answer.content)
                handler.wfile.flush()
        if situation == ANSWERED:
            self._kill(situation)

    def _kill_when_made(self, before: int) -> None:
        ends = time.monotonic() + 20
        while self.orders.count() == before and time.monotonic() < ends:
            time.sleep(0.002)
        self._kill(HELD if self.orders.count() > before else "nothing was made")

    def _kill(self, situation: str) -> None:
        os.kill(self._victim, signal.SIGKILL)
        self.kills.append(situation)
