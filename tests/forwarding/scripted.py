"""A work-order gateway whose answers a test decides, one by one, over a real socket."""

from __future__ import annotations

import json
import threading
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

TOKEN = "a-token-for-tests"
LATER = "2026-11-24T12:00:00+08:00"


@dataclass
class Asked:
    """One request as it came."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: dict[str, Any]


@dataclass
class Scripted:
    """One answer. `status` 0 drops the connection without a byte; `makes` has an order made all the same."""

    status: int
    body: object = None
    headers: dict[str, str] = field(default_factory=dict)
    makes: bool = False
    raw: bytes | None = None


class ScriptedGateway:
    """Answers as scripted for `posts`, `look_ups` and `readings`; without a script, as the contract says.
    Like a gateway without idempotency, every POST it takes makes another order."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.orders: list[dict[str, Any]] = []
        self.posts: deque[Scripted] = deque()
        self.look_ups: deque[Scripted] = deque()
        self.readings: deque[Scripted] = deque()
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                gateway._serve(self)

            def do_POST(self) -> None:
                gateway._serve(self)

            def log_message(self, *_arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    # ---- what a test reads and says --------------------------------------------------------------------

    def sent(self, method: str) -> list[Asked]:
        """Requests of this method, in order."""
        return [asked for asked in self.asked if asked.method == method]

    def of(self, external_id: str) -> list[dict[str, Any]]:
        """Orders made for a forwarding."""
        return [order for order in self.orders if order["external_id"] == external_id]

    def say(self, external_id: str, **changed: Any) -> dict[str, Any]:
        """Change the one order of a forwarding, as the city's people would."""
        (order,) = self.of(external_id)
        order.update({"updated_at": LATER} | changed)
        return order

    # ---- the wire --------------------------------------------------------------------------------------

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        address = urlsplit(handler.path)
        asked = Asked(
            handler.command,
            address.path,
            parse_qs(address.query),
            dict(handler.headers),
            json.loads(body) if body else {},
        )
        self.asked.append(asked)
        answer = self._answer(asked)
        if answer.status == 0:
            handler.close_connection = True
            return
        payload = json.dumps(answer.body).encode() if answer.raw is None else answer.raw
        handler.send_response(answer.status)
        for name, value in answer.headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(payload)))
        handler.end_headers()
        handler.wfile.write(payload)

    def _answer(self, asked: Asked) -> Scripted:
        if asked.headers.get("Authorization") != f"Bearer {TOKEN}":
            return Scripted(401, {})
        if asked.method == "POST":
            return self._post(asked)
        if asked.path == "/workorders":
            external_id = asked.query["external_id"][0]
            return (
                self.look_ups.popleft() if self.look_ups else Scripted(200, {"items": self.of(external_id)})
            )
        if self.readings:
            return self.readings.popleft()
        found = [
            order for order in self.orders if order["workorder_id"] == unquote(asked.path.rsplit("/", 1)[1])
        ]
        return Scripted(200, found[0]) if found else Scripted(404, {})

    def _post(self, asked: Asked) -> Scripted:
        scripted = self.posts.popleft() if self.posts else None
        if scripted is not None and not scripted.makes:
            return scripted
        order = {
            "workorder_id": f"GD-{len(self.orders) + 1}",
            "external_id": asked.body["external_id"],
            "status": "accepted",
            "lead_unit": asked.body["lead_unit"],
            "supporting_units": [],
            "due_at": asked.body["due_at"],
            "result": None,
            "solved": None,
            "satisfaction": None,
            "updated_at": "2026-11-24T09:30:00+08:00",
        }
        self.orders.append(order)
        return scripted or Scripted(201, {"workorder_id": order["workorder_id"]})
