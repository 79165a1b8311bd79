"""Whether the database is as new as the code: better told once at the start than by an error on every page."""

from __future__ import annotations

import click
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.config import ROOT
from app.reading import looking


def require_up_to_date(command: str) -> None:
    """Pass if no migration waits, else tell which and end with 1. A database ahead of the code is another's business: an
    older process may still run while a new one is put in its place."""
    wanted = max(step.name[:4] for step in (ROOT / "migrations" / "versions").glob("[0-9]*.py"))
    stands_at = _stands_at()
    if stands_at < wanted:
        click.echo(
            f"{command}: the database is at {stands_at or 'nothing'}, this version needs {wanted}; run: flask db upgrade",
            err=True,
        )
        raise click.exceptions.Exit(1)


def _stands_at() -> str:
    try:
        with looking() as connection:
            return connection.scalar(text("SELECT max(version_num) FROM alembic_version")) or ""
    except DBAPIError:  # no such table: nothing was ever set up
        return ""
