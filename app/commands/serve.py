"""`flask serve`: the web server. One process, because rate limits are counted in its memory and SQLite's
writers stand in one line; four threads, because more made the slowest answers slower."""

from __future__ import annotations

import signal
import sys
from typing import Any

import click
import waitress
from flask import current_app
from flask.cli import with_appcontext

from app import config
from app.commands.up_to_date import require_up_to_date

SERVING: dict[str, Any] = {
    "threads": 4,
    "connection_limit": 1000,  # stalled uploads wait in buffers, not in threads
    "max_request_body_size": 140
    * 1024
    * 1024,  # a little above the application's limit, which answers kindly
    "ident": None,
}


@click.command("serve")
@click.option("--host", envvar="HOST", default="127.0.0.1", show_default=True, show_envvar=True)
@click.option(
    "--port", envvar="PORT", type=click.IntRange(0, 65535), default=8000, show_default=True, show_envvar=True
)
@with_appcontext
def serve(host: str, port: int) -> None:
    """Serve the web pages until SIGTERM or Ctrl-C."""
    require_up_to_date("serve")
    application = current_app._get_current_object()  # type: ignore[attr-defined]
    # with a proxy in front its headers must arrive; without one they are nobody's word
    forged = config.active().trusted_proxies == 0
    try:
        server = waitress.create_server(
            application, host=host, port=port, clear_untrusted_proxy_headers=forged, **SERVING
        )
    except OSError as wrong:
        click.echo(f"serve: cannot listen on {host} port {port}: {wrong.strerror}", err=True)
        raise click.exceptions.Exit(1) from None
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    click.echo(f"serving http://{host}:{getattr(server, 'effective_port', port)}")
    server.run()
