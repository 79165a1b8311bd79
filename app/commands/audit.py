"""`flask audit`: is the audit log as it was sealed?"""

from __future__ import annotations

import re

import click
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

from app import models
from app.access import seals
from app.access.verifying import Broken, Printed, Verdict, verify
from app.commands.outcome import DATA
from app.db import db

__all__ = ["audit", "models"]  # every table, for the foreign keys between rooms

CANNOT = (
    "what this cannot prove: that a line was true when it was written; anything about lines after the last seal; "
    "that no seals were cut off the end after the last head you compare with (--head, from the worker's log or the "
    "minutes of a case-day); anything against somebody who holds one of the keys in MASHANG_FIELD_KEYS"
)


@click.group("audit")
def audit() -> None:
    """The audit log and its seals."""


def _heads(_context: click.Context, _option: click.Parameter, given: tuple[str, ...]) -> list[Printed]:
    heads = []
    for one in given:
        found = re.fullmatch(r"([0-9]{1,9}):([0-9a-fA-F]{8,64})", one.strip())
        if found is None:
            raise click.BadParameter(f"{one!r}: write it as it was printed, N:HEX")
        heads.append((int(found[1]), found[2].lower()))
    return heads


@audit.command("verify")
@click.option(
    "--head", "printed", multiple=True, metavar="N:HEX", callback=_heads,
    help="A head that was printed: the log has to go on from it. May be given several times.",
)  # fmt: skip
@with_appcontext
def verify_command(printed: list[Printed]) -> None:
    """Walk every seal and line of the audit log. Exit 1 names the first that was altered, taken away or put in."""
    try:
        with Session(db.engine) as session:
            found = verify(session, seals.keys(), printed)
    except Broken as broken:
        click.echo(f"audit: {broken}", err=True)
        raise click.exceptions.Exit(DATA) from None
    head = found.head or "none"
    click.echo(f"seals={found.seals} rows={found.lines} unsealed={found.unsealed} head={head}")
    _say_what_is_not_known(found, printed)


def _say_what_is_not_known(found: Verdict, printed: list[Printed]) -> None:
    if found.unsealed and found.unsealed_since is not None:
        since = found.unsealed_since.isoformat(timespec="seconds")
        click.echo(
            f"audit: {found.unsealed} lines since {since} are not sealed yet; the worker seals each minute",
            err=True,
        )
    if not printed:
        click.echo("audit: no --head given: what was cut off the end would not be seen", err=True)
    click.echo(f"audit: {CANNOT}", err=True)
