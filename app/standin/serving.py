"""Serving the stand-in on loopback under waitress."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import waitress  # type: ignore[import-untyped,unused-ignore]

from app.standin.faults import Faults
from app.standin.gateway import LARGEST_BODY, create_gateway
from app.standin.push import Push

HOST = "127.0.0.1"
# A request held by `slow` keeps its thread, so there are more of them than a web server would want.
THREADS = 24


def serve(
    port: int,
    store: Path,
    *,
    token: str | None,
    faults: Faults,
    push: Push | None = None,
    say: Callable[[str], None] = print,
) -> None:
    """Serve until SIGTERM or Ctrl-C, which end the process at once with exit 0; never returns otherwise.

    `say` gets the line `HOTLINE=http://127.0.0.1:PORT` once it accepts connections; port 0 takes a free one.
    Raises OSError when the port cannot be had, OSError or sqlite3.Error when the file cannot.
    """
    gateway = create_gateway(store, token, faults, push)
    server = waitress.create_server(
        gateway, host=HOST, port=port, threads=THREADS, ident=None, max_request_body_size=LARGEST_BODY
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop_at_once)
    say(f"HOTLINE=http://{HOST}:{server.effective_port}")
    server.run()


def _stop_at_once(*_: object) -> None:
    # Whatever was answered is on disk already, and waitress would wait for requests held by `slow`.
    os._exit(0)
