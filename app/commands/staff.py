"""`flask staff`: accounts of the people who work here."""

from __future__ import annotations

import sys
from typing import NoReturn

import click
from flask.cli import with_appcontext

from app import config
from app.access.actor import Role
from app.db import db
from app.errors import MashangError, NotFound, Refused
from app.staff import accounts, duty, editing, queries, roster

MESSAGES = {
    "username_wrong": "a user name is 2 to 60 letters, digits, dots, hyphens or @",
    "username_taken": "there is an account {username} already",
    "sub_district_unknown": "no sub-district {code}; see `flask places setup`",
    "community_unknown": "no community {community} in this sub-district",
    "community_missing": "a worker covers communities: name at least one with --community",
    "unit_missing": "an officer belongs to a unit: name it with --unit",
    "password_short": "a password has at least {least} characters",
    "password_long": "a password has at most {longest} characters",
    "supervisor_unknown": "no active account {supervisor}",
    "supervisor_self": "nobody supervises themselves",
    "supervisor_far": "{supervisor} works in another sub-district",
    "supervisor_role": "{supervisor} may not see cases, and so cannot look into one",
    "shared_role": "{username} is no administrator",
    "duty_days_wrong": "write --days like mon, mon-fri or sat,sun, not {written}",
    "duty_time_wrong": "write a time like 08:00, up to 24:00, not {written}",
    "duty_role": "{username} may not see cases, and so reads no urgent reports: take a worker, dispatcher or leader",
}


@click.group("staff")
def staff() -> None:
    """Accounts of the people who work here."""


@staff.command("add")
@click.argument("username")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option("--community", "communities", multiple=True, help="name or code; may be repeated")
@click.option("--unit", default="", help="the unit an officer belongs to")
@click.option("--sub-district", "sub_district", help="its code; needed when there is more than one")
@click.option("--name", default="", help="what colleagues see; the user name if not given")
@click.option("--password-stdin", is_flag=True, help="read the password from standard input")
@with_appcontext
def add(
    *,
    username: str,
    role: str,
    communities: tuple[str, ...],
    unit: str,
    sub_district: str | None,
    name: str,
    password_stdin: bool,
) -> None:
    """Add an account; prints a one-time link to set its password unless one is given."""
    code = sub_district or _only_sub_district()
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    try:
        added = accounts.add_staff(
            username,
            role,
            sub_district_code=code,
            display_name=name,
            communities=communities,
            unit=unit,
            password=password,
        )
    except Refused as refused:
        _fail(username, refused)
    if added.link_token:
        click.echo(_address(added.link_token))
    click.echo(f"added=1 links={int(added.link_token is not None)}")


@staff.command("link")
@click.argument("username")
@with_appcontext
def link(username: str) -> None:
    """Print a fresh one-time link to set a password; earlier links of the account end."""
    try:
        token = accounts.new_link(username)
    except NotFound as missing:
        _fail(username, missing)
    click.echo(_address(token))
    click.echo("added=0 links=1")


@staff.command("reset-second-factor")
@click.argument("username")
@with_appcontext
def reset_second_factor(*, username: str) -> None:
    """Take the second factor off an account whose telephone and recovery codes are lost; its logins end."""
    try:
        editing.reset_by_name(username)
    except NotFound as missing:
        _fail(username, missing)
    click.echo("reset=1")


@staff.command("supervisor")
@click.argument("username")
@click.argument("supervisor", required=False)
@click.option("--none", "nobody", is_flag=True, help="nobody: the leader is told")
@with_appcontext
def supervisor(*, username: str, supervisor: str | None, nobody: bool) -> None:
    """Set who is told when a resident says a second time that what USERNAME handled is not solved."""
    if nobody == (supervisor is not None):
        raise click.UsageError("name a supervisor, or write --none")
    try:
        accounts.set_supervisor(username, supervisor)
    except (Refused, NotFound) as wrong:
        _fail(username, wrong)
    click.echo(f"supervisors={int(not nobody)}")


@staff.command("shared")
@click.argument("username")
@click.option("--take-away", is_flag=True, help="may no longer")
@with_appcontext
def shared(*, username: str, take_away: bool) -> None:
    """Let an administrator change what all sub-districts share: the catalogue and the time limits."""
    try:
        accounts.let_keep_shared(username, not take_away)
    except (Refused, NotFound) as wrong:
        _fail(username, wrong)
    click.echo(f"shared={int(not take_away)}")


@staff.group("duty")
def duty_roster() -> None:
    """The duty roster: who reads urgent reports, every week."""


@duty_roster.command("list")
@click.option("--sub-district", "sub_district", help="its code; needed when there is more than one")
@with_appcontext
def duty_list(*, sub_district: str | None) -> None:
    """Every shift: its number, the day, the hours, whose it is."""
    code = sub_district or _only_sub_district()
    known = queries.sub_district_id(db.session(), code)
    if known is None:
        _fail("duty", Refused("sub_district_unknown", "sub_district", {"code": code}))
    shifts = queries.roster(db.session(), known)
    for one in shifts:
        hours = f"{roster.clock(one.shift.starts)}-{roster.clock(one.shift.ends)}"
        click.echo(f"{one.id} {roster.WEEKDAYS[one.shift.weekday]} {hours} {one.username} {one.name}")
    click.echo(f"shifts={len(shifts)} people={len({one.staff_id for one in shifts})}")


@duty_roster.command("add")
@click.argument("username")
@click.option("--days", required=True, help="mon, mon-fri, sat,sun")
@click.option("--from", "starts", required=True, help="08:00")
@click.option("--to", "ends", required=True, help="20:00; not later than --from: on the next day")
@with_appcontext
def duty_add(*, username: str, days: str, starts: str, ends: str) -> None:
    """Put somebody on the roster; hours that overlap with theirs become one shift."""
    try:
        now = duty.add(username, days, starts, ends)
    except (Refused, NotFound) as wrong:
        _fail(username, wrong)
    click.echo(f"shifts={len(now)}")


@duty_roster.command("remove")
@click.argument("shift", type=click.IntRange(1, 2**31 - 1))
@with_appcontext
def duty_remove(*, shift: int) -> None:
    """Take one shift off the roster; its number is in `staff duty list`."""
    try:
        duty.remove(shift)
    except NotFound:
        click.echo(f"staff duty: no shift {shift}", err=True)
        raise click.exceptions.Exit(1) from None
    click.echo("removed=1")


def _only_sub_district() -> str:
    codes = queries.sub_district_codes(db.session())
    if not codes:
        click.echo("staff: there is no sub-district yet; see `flask places setup`", err=True)
        raise click.exceptions.Exit(1)
    if len(codes) > 1:
        raise click.UsageError(f"--sub-district is needed, one of {', '.join(codes)}")
    return codes[0]


def _address(token: str) -> str:
    return f"{config.active().base_url}/set-password/{token}"


def _fail(username: str, why: MashangError) -> NoReturn:
    words = "no active account of this name"
    if isinstance(why, Refused):
        words = MESSAGES.get(why.key, why.key).format_map(why.params)
    click.echo(f"staff {username}: {words}", err=True)
    raise click.exceptions.Exit(1)
