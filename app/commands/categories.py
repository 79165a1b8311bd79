"""`flask categories`: the catalogue as a table, and leaves retired."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click
from flask.cli import with_appcontext

from app.access.actor import SYSTEM
from app.categories import keeping
from app.commands import outcome
from app.reading import reading

MOST_TOLD = 50


@click.group("categories")
def categories() -> None:
    """The three-level catalogue that cases are sorted by."""


@categories.command("export")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path))
@with_appcontext
def export(out: Path) -> None:
    """Write every leaf as CSV, retired ones included."""
    written = keeping.export_catalogue(reading())
    with outcome.refusals_told(str(out)):
        out.write_bytes(written)
    outcome.summary(categories=written.count(b"\r\n") - 1)


@categories.command("import")
@click.argument("table", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="check and count, write nothing")
@with_appcontext
def import_(table: Path, *, dry_run: bool) -> None:
    """Take leaves in from a table (.xlsx or .csv) with the columns of `export`: all of them, or none."""
    try:
        with outcome.refusals_told(table.name):
            taken = keeping.import_catalogue(SYSTEM, table, dry_run=dry_run)
    except keeping.CatalogueRefused as refused:
        for fault in refused.faults[:MOST_TOLD]:
            click.echo(f"{table.name} 第{fault.line}行 {fault.column}：{fault.reason}", err=True)
        raise click.exceptions.Exit(outcome.DATA) from None
    outcome.summary(**asdict(taken))


@categories.command("retire")
@click.argument("code")
@with_appcontext
def retire(code: str) -> None:
    """Offer a leaf no longer; cases under it stay."""
    with outcome.refusals_told(code):
        done = keeping.retire(SYSTEM, code)
    outcome.summary(retired=int(done))
