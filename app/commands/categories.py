"""`flask categories`: the catalogue as a table, and leaves retired."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click
from flask.cli import with_appcontext

from app.access.actor import SYSTEM
from app.categories import keeping, limits
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


@categories.command("take-back")
@click.argument("code")
@with_appcontext
def take_back(code: str) -> None:
    """Offer a retired leaf again."""
    with outcome.refusals_told(code):
        done = keeping.take_back(SYSTEM, code)
    outcome.summary(taken_back=int(done))


@categories.command("limit")
@click.argument("key")
@click.argument("hours")
@with_appcontext
def limit(key: str, hours: str) -> None:
    """Set how many hours a time limit has (KEY as in the catalogue: 2h, 24h, 7d, 15d), for cases to come."""
    standing = limits.rows(reading())
    known = limits.as_form(standing)
    if f"limit-{key}" not in known:
        raise click.BadParameter(f"{key}: one of {', '.join(one.key for one in standing)}", param_hint="KEY")
    with outcome.refusals_told(key):
        changed = limits.set_hours(SYSTEM, known | {f"limit-{key}": hours}, limits.seen(standing))
    outcome.summary(changed=len(changed))
