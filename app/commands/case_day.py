"""`flask case-day`: what the clock does with a Saturday, by hand."""

from __future__ import annotations

import sys
from datetime import date, datetime
from typing import NoReturn

import click
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

from app import clock, models
from app.calendar import queries as calendar
from app.case_days import closing
from app.case_days import queries as days
from app.cases import queries as cases
from app.db import db
from app.errors import MashangError, Refused
from app.staff import queries as staff

__all__ = ["case_day", "models"]  # every table, for the foreign keys between rooms

_WORDS = {
    "day_not_closed": "is not closed yet: close it first",
    "day_not_yet": "has not come yet",
}


@click.group("case-day")
def case_day() -> None:
    """Close a case-day; release what waits for 12345."""


_SUB_DISTRICT = click.option("--sub-district", "code", required=True, metavar="CODE", help="Whose case-day.")
_DATE = click.option(
    "--date",
    "moment",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="D",
    help="YYYY-MM-DD; else the day that is due.",
)
_DRY = click.option("--dry-run", is_flag=True, help="Say what would come of it; change nothing.")


@case_day.command("close")
@_SUB_DISTRICT
@_DATE
@_DRY
@with_appcontext
def close(code: str, moment: datetime | None, *, dry_run: bool) -> None:
    """End a case-day: what nobody decided becomes due to forward, and can be recalled until the hold ends.

    Without --date: the earliest day that is not closed and on whose list cases stand, up to today."""
    sub_district_id = _sub_district(code)
    day = moment.date() if moment else _first_unclosed(sub_district_id)
    if day is None:
        _say({}, "resolved", "in_hand", "carried", "due", "rolled_over")
        return
    _do(closing.preview_of_closing if dry_run else closing.close, sub_district_id, day,
        "resolved", "in_hand", "carried", "due", "rolled_over")  # fmt: skip


@case_day.command("release")
@_SUB_DISTRICT
@_DATE
@_DRY
@with_appcontext
def release(code: str, moment: datetime | None, *, dry_run: bool) -> None:
    """End the hold of a closed case-day: forward what may be forwarded, roll over the rest.

    Without --date: the earliest closed day that was not released yet."""
    sub_district_id = _sub_district(code)
    day = moment.date() if moment else _first_unreleased(sub_district_id)
    if day is None:
        _say({}, "forwarded", "rolled_over")
        return
    _do(closing.preview_of_release if dry_run else closing.release, sub_district_id, day,
        "forwarded", "rolled_over")  # fmt: skip


def _do(verb: closing.Verb, sub_district_id: int, day: date, *shown: str) -> None:
    try:
        counts = verb(sub_district_id, day)
    except Refused as refused:
        _fail(f"{day}: {_WORDS.get(refused.key, refused.key)}")
    except MashangError as wrong:
        _fail(f"{day}: {type(wrong).__name__} {wrong}")
    else:
        _say(counts, *shown)


def _say(counts: dict[str, int], *shown: str) -> None:
    click.echo(" ".join(f"{name}={counts.get(name, 0)}" for name in shown))


def _sub_district(code: str) -> int:
    with Session(db.engine) as session:
        found = staff.sub_district_id(session, code)
    if found is None:
        _fail(f"--sub-district: there is no {code}")
    return found


def _first_unclosed(sub_district_id: int) -> date | None:
    today = calendar.today(clock.now())
    with Session(db.engine) as session:
        known = {row.day: row for row in days.recent(session, sub_district_id)}
        waiting = set(cases.waiting_days(session, sub_district_id)) | set(known)
    unclosed = [day for day in waiting if day <= today and not (day in known and known[day].closed_at)]
    return min(unclosed, default=None)


def _first_unreleased(sub_district_id: int) -> date | None:
    with Session(db.engine) as session:
        return next((row.day for row in days.unreleased(session, sub_district_id)), None)


def _fail(words: str) -> NoReturn:
    click.echo(f"case-day: {words}", err=True)
    sys.exit(1)
