"""The command line of the stand-in, shared by `flask hotline serve` and `python -m app.standin`."""

import sqlite3
import sys
from pathlib import Path
from urllib.parse import urlsplit

import click

from app.standin.faults import BadFaultSpec, Faults
from app.standin.push import Push
from app.standin.serving import serve

DEFAULT_STORE = Path(__file__).resolve().parents[2] / "instance" / "hotline.db"


class FaultSpec(click.ParamType[Faults]):
    """A fault spec on the command line; what is wrong with it is said before exit 2."""

    name = "spec"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Faults:
        if isinstance(value, Faults):
            return value
        try:
            return Faults.parse(str(value))
        except BadFaultSpec as wrong:
            self.fail(str(wrong), param, ctx)


@click.command("serve")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8001,
    show_default=True,
    envvar="HOTLINE_PORT",
    show_envvar=True,
    help="Port on 127.0.0.1; 0 takes a free one.",
)
@click.option("--faults", type=FaultSpec(), default="", metavar="SPEC", help="What to do wrong; see below.")
@click.option(
    "--token",
    envvar="MASHANG_HOTLINE_TOKEN",
    show_envvar=True,
    help="The bearer token to ask for; with none, any bearer is accepted.",
)
@click.option(
    "--store",
    type=click.Path(dir_okay=False, path_type=Path),
    default=DEFAULT_STORE,
    help="The file of orders. Default: instance/hotline.db.",
)
@click.option(
    "--push-url", metavar="URL", help="Push every change of status here; no path means /hooks/hotline."
)
@click.option(
    "--webhook-secret",
    metavar="S",
    envvar="MASHANG_HOTLINE_WEBHOOK_SECRET",
    show_envvar=True,
    help="The secret that signs what is pushed.",
)
def serve_command(
    *,
    port: int,
    faults: Faults,
    token: str | None,
    store: Path,
    push_url: str | None,
    webhook_secret: str | None,
) -> None:
    """Serve the stand-in city hotline (unofficial) on loopback.

    People play the city at its start page; Mashang talks to /workorders.

    SPEC is NAME[:CHANCE[:SECONDS]] joined by commas, the chance from 0 to 1 (default 1), for example
    500:0.1,lost-reply:0.2,no-idempotency. Faults strike POST /workorders with a good token and body:

    \b
    drop            connection dropped, nothing made
    500 503 409     answered so, nothing made (409: same key in progress)
    422             refused with a reason, nothing made; a key it knows is never refused
    lost-reply      the order is made, then the connection is dropped without an answer
    slow            the order is made, the answer held for SECONDS (default 5)
    late            the look-up by external_id shows the order after SECONDS (default 10)
    no-idempotency  the key is ignored: every accepted POST makes another order

    Each fault rolls its own die, in the order of this list; the first that answers wins. A probability and
    seconds together: slow:0.3:8.
    """
    try:
        serve(
            port,
            store,
            token=token or None,
            faults=faults,
            push=_push(push_url, webhook_secret),
            say=_say,
        )
    except (OSError, sqlite3.Error) as wrong:
        click.echo(f"hotline: cannot serve port {port} with {store}: {wrong}", err=True)
        sys.exit(1)


def _push(url: str | None, secret: str | None) -> Push | None:
    if not url:
        return None
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise click.UsageError(f"--push-url: “{url}” is not an http address")
    if not secret:
        raise click.UsageError("--push-url needs --webhook-secret")
    return Push(url, secret)


def _say(line: str) -> None:
    click.echo(line)
    sys.stdout.flush()
