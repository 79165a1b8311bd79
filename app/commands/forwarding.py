"""`flask forwarding`: what waits for a person, and starting a stopped channel again."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from flask.cli import with_appcontext

from app import config, models
from app.forwarding import channels, pack

__all__ = ["forwarding", "models"]  # every table, for the foreign keys between rooms


@click.group("forwarding")
def forwarding() -> None:
    """Hand-over to 12345."""


@forwarding.command("export")
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), metavar="DIR")
@with_appcontext
def export(out: Path) -> None:
    """Write what waits for a person into DIR: a list, and a dossier with photos for each."""
    try:
        packed = pack.export(out)
    except OSError as wrong:
        click.echo(f"forwarding: {out}: {wrong.strerror or wrong}", err=True)
        sys.exit(1)
    click.echo(f"exported={packed.forwardings} photos={packed.photos}")


@forwarding.command("resume")
@with_appcontext
def resume() -> None:
    """Start the hotline channel again after its set-up was put right; what waited goes out at once."""
    name = config.active().hotline_channel
    click.echo(f"resumed={int(channels.resume(name))}")
