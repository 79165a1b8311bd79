"""`flask cases`: does what is kept beside the cases say the same as they do?"""

from __future__ import annotations

import click
from flask.cli import with_appcontext
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import models
from app.cases import digesting, tally
from app.commands.outcome import DATA, summary
from app.db import db, transaction
from app.places.models import SubDistrict

__all__ = ["cases", "models"]  # every table, for the foreign keys between rooms


@click.group("cases")
def cases() -> None:
    """Cases, and what is kept beside them for the queue."""


@cases.command("check")
@click.option("--mend", is_flag=True, help="Count anew, and have the worker read every case's words anew.")
@with_appcontext
def check_command(mend: bool) -> None:
    """Compare the numbers beside the queue's tabs with every case, and the search with the cases it has to know.

    Prints how many numbers are wrong and how many cases the search lacks. Exit 1 if there is any and it was not
    mended; the search is right again once `flask worker` has been by."""
    with Session(db.engine) as session:
        places = session.scalars(select(SubDistrict.id)).all()
        wrong = sum(tally.miscounted(session, place) for place in places)
        missing = digesting.unknown(session)
    to_read = 0
    if mend and (wrong or missing):
        with transaction() as session:
            digesting.recount(session)
            to_read = digesting.touch_all(session)
    summary(sub_districts=len(places), miscounted=wrong, not_in_search=missing, to_read_anew=to_read)
    if (wrong or missing) and not mend:
        raise click.exceptions.Exit(DATA)
