"""`flask places`: sub-districts, ledgers of doorways, and the register as a table."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click
from flask.cli import with_appcontext

from app.access.actor import SYSTEM
from app.categories.setting_up import set_up
from app.commands import outcome
from app.places.exporting import export_register
from app.places.importing import Imported, LedgerRefused, import_ledger
from app.places.ledger import Fault
from app.replies.templates import put_in_usual

MOST_TOLD = 50


@click.group("places")
def places() -> None:
    """Sub-districts, communities, buildings and doorways."""


@places.command("setup")
@click.argument("code")
@click.option("--name", required=True, help="as 八里庄街道")
@click.option("--district", default="", help="as 朝阳区")
@with_appcontext
def setup(code: str, name: str, district: str) -> None:
    """A new sub-district with its settings; the same again changes nothing."""
    with outcome.refusals_told(code):
        done = set_up(SYSTEM, code, name, district)
        put_in_usual(SYSTEM, code)
    outcome.summary(sub_districts=int(done.is_new), categories=done.categories)


@places.command("import")
@click.argument("ledger", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--sub-district", help="its code; needed when there is more than one")
@click.option("--skip-bad", is_flag=True, help="leave out the lines that have a fault, import the rest")
@click.option("--dry-run", is_flag=True, help="check and count, write nothing")
@with_appcontext
def import_(ledger: Path, sub_district: str | None, *, skip_bad: bool, dry_run: bool) -> None:
    """Bring a ledger (.xlsx or .csv) into the register. Exit 1: nothing imported; 3: all but the faulty lines."""
    code = outcome.sub_district(sub_district)
    with outcome.refusals_told(ledger.name):
        done = _imported(code, ledger, skip_bad=skip_bad, dry_run=dry_run)
    _tell(ledger, done.faults)
    outcome.summary(**asdict(done.counts))
    if done.faults:
        raise click.exceptions.Exit(outcome.PARTLY)


@places.command("export")
@click.option("--sub-district", help="its code; needed when there is more than one")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path))
@with_appcontext
def export(sub_district: str | None, out: Path) -> None:
    """Write the register: a line per doorway with its code, as CSV."""
    code = outcome.sub_district(sub_district)
    with outcome.refusals_told(out.name):
        lines = export_register(code, out)
    outcome.summary(doorways=lines)


def _imported(code: str, ledger: Path, *, skip_bad: bool, dry_run: bool) -> Imported:
    try:
        return import_ledger(SYSTEM, code, ledger, skip_bad=skip_bad, dry_run=dry_run)
    except LedgerRefused as refused:
        _tell(ledger, refused.faults)
        click.echo(f"{ledger.name}：一行也没有导入", err=True)
        outcome.summary(rows=0, faults=len(refused.faults))
        raise click.exceptions.Exit(outcome.DATA) from refused


def _tell(ledger: Path, faults: list[Fault]) -> None:
    for fault in faults[:MOST_TOLD]:
        click.echo(f"{ledger.name} {fault}", err=True)
    if len(faults) > MOST_TOLD:
        click.echo(f"{ledger.name}：还有{len(faults) - MOST_TOLD}处", err=True)
