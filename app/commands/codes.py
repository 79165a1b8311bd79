"""`flask codes`: issue, revoke, print and prove door codes."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click
from flask.cli import with_appcontext

from app.access.actor import SYSTEM
from app.commands import outcome
from app.places import codes as door_codes
from app.places import posters
from app.places.queries import Choice

_OF = click.option("--sub-district", help="its code; needed when there is more than one")
_DRY = click.option("--dry-run", is_flag=True, help="check and count, write nothing")
_PDF = click.Path(dir_okay=False, path_type=Path)
_STOCKS = {stock.name: stock for stock in posters.stocks()}


@click.group("codes")
def codes() -> None:
    """Door codes: issue, revoke, print, prove."""


@codes.command("issue")
@_OF
@_DRY
@with_appcontext
def issue(sub_district: str | None, *, dry_run: bool) -> None:
    """Give every doorway without an active code a new one."""
    code = outcome.sub_district(sub_district)
    with outcome.refusals_told("codes issue"):
        done = door_codes.issue(SYSTEM, code, dry_run=dry_run)
    outcome.summary(issued=done.issued, kept=done.kept)


@codes.command("revoke")
@click.argument("doorcode")
@click.option("--reason", required=True, type=click.Choice(door_codes.REASONS))
@_DRY
@with_appcontext
def revoke(doorcode: str, reason: str, *, dry_run: bool) -> None:
    """End a code for good; `codes issue` gives its doorway another."""
    with outcome.refusals_told("codes revoke"):
        door_codes.revoke(SYSTEM, doorcode, reason, dry_run=dry_run)
    outcome.summary(revoked=1)


@codes.command("stocks")
def list_stocks() -> None:
    """List the paper to print on: name, size of the sheet, codes on a sheet."""
    for stock in _STOCKS.values():
        click.echo(
            f"{stock.name}\t{stock.page_width_mm:g}x{stock.page_height_mm:g}mm\t{stock.cells}\t{stock.label}"
        )


@codes.command("print")
@click.option("--stock", required=True, type=click.Choice(list(_STOCKS)))
@click.option("--out", required=True, type=_PDF)
@_OF
@click.option("--community", help="only this community: name or code")
@click.option("--building", help="only this building: its whole name")
@click.option("--design", type=click.Choice(posters.DESIGNS), default="colour")
@click.option("--start-at", type=click.IntRange(min=1), default=1, help="first free cell of the first sheet")
@click.option("--only-unprinted", is_flag=True)
@click.option("--only-uninstalled", is_flag=True)
@_DRY
@with_appcontext
def print_(
    *,
    stock: str,
    out: Path,
    sub_district: str | None,
    community: str | None,
    building: str | None,
    design: Literal["black", "colour"],
    start_at: int,
    only_unprinted: bool,
    only_uninstalled: bool,
    dry_run: bool,
) -> None:
    """Print codes into a PDF and record the print run."""
    cells = _STOCKS[stock].cells
    if start_at > cells:
        raise click.BadParameter(f"{stock} 只有{cells}格", param_hint="--start-at")
    code = outcome.sub_district(sub_district)
    choice = Choice(code, community, building, only_unprinted, only_uninstalled)
    with outcome.refusals_told(out.name):
        done = posters.print_codes(
            SYSTEM, choice, stock, out, design=design, start_at=start_at, dry_run=dry_run
        )
    outcome.summary(run=done.run_id or 0, pages=done.pages, posters=done.posters)


@codes.command("proof")
@click.argument("pdf", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_appcontext
def proof(pdf: Path) -> None:
    """Read every code back from a printed PDF and compare with the register; exit 1 on any miss."""
    with outcome.refusals_told(pdf.name):
        done = posters.proof_codes(pdf)
    for miss in done.misses:
        click.echo(f"{pdf.name} {miss}", err=True)
    outcome.summary(pages=done.pages, read=done.read, missed=len(done.misses))
    if done.misses:
        raise click.exceptions.Exit(outcome.DATA)
