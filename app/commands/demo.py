"""`flask demo`: the demonstration sub-district, made by the same verbs a user would use."""

from __future__ import annotations

import os

import click
from flask.cli import with_appcontext

from app.access.actor import SYSTEM, Role
from app.categories.setting_up import set_up
from app.commands import outcome
from app.config import ROOT
from app.places import codes, queries
from app.places.exporting import door_url
from app.places.importing import import_ledger
from app.reading import reading
from app.replies.templates import put_in_usual
from app.staff import accounts, duty
from app.staff import queries as people

CODE, NAME, DISTRICT = "110105015", "八里庄街道", "朝阳区"
LEDGER = ROOT / "data" / "demo" / "balizhuang.xlsx"
PASSWORD = "MASHANG_DEMO_PASSWORD"  # noqa: S105 - the variable's name
COMMUNITIES = ("红庙社区", "甘露园社区", "八里庄东里社区")
ACCOUNTS = (
    ("diaodu", Role.DISPATCHER, "调度员", ()),
    ("wangge", Role.WORKER, "社区工作者", COMMUNITIES),
    ("shuji", Role.LEADER, "街道负责人", ()),
    ("yinzhi", Role.PRINTER, "印制员", ()),
    ("wuye", Role.OFFICER, "物业承办人", ()),
)
UNITS = {"wuye": "物业公司"}  # as the catalogue names it

DUTY = ("diaodu", "mon-sun", "08:00", "20:00")  # nobody at night, as in most places: the pages say so


@click.group("demo")
def demo() -> None:
    """The demonstration sub-district."""


@demo.command("load")
@with_appcontext
def load() -> None:
    """Set 八里庄街道 up with its ledger, codes and accounts; what is there already stays as it is. Says which
    door to open, whose it is, and who may log in."""
    password = os.environ.get(PASSWORD) or ""
    with outcome.refusals_told("demo load"):
        doorways, issued = _places()
        added = _accounts(password)
    first = queries.printable(reading(), queries.Choice(CODE, COMMUNITIES[0]))[0]
    click.echo(f"DOORWAY={door_url(first.code)}")
    click.echo(f"COMMUNITY={first.community}")
    if password:
        click.echo(f"LOGIN={ACCOUNTS[0][0]} {password}")
    outcome.summary(doorways=doorways, issued=issued, accounts=added)


def _places() -> tuple[int, int]:
    """Doorways brought in and codes issued now; none when the sub-district has communities already."""
    known = queries.sub_district_by_code(reading(), CODE)
    if known is None:
        set_up(SYSTEM, CODE, NAME, DISTRICT)
        put_in_usual(SYSTEM, CODE)
        known = queries.sub_district_by_code(reading(), CODE)
    doorways = 0
    if known is not None and not queries.communities_of(reading(), known.id):
        doorways = import_ledger(SYSTEM, CODE, LEDGER).counts.doorways
    return doorways, codes.issue(SYSTEM, CODE).issued


def _accounts(password: str) -> int:
    if not password:
        click.echo(f"demo load：没有设 {PASSWORD}，不建账号", err=True)
        return 0
    missing = [each for each in ACCOUNTS if people.by_username(reading(), each[0]) is None]
    for username, role, shown, communities in missing:
        accounts.add_staff(
            username,
            role.value,
            sub_district_code=CODE,
            display_name=shown,
            communities=communities,
            unit=UNITS.get(username, ""),
            password=password,
        )
    known = queries.sub_district_by_code(reading(), CODE)
    if known is not None and not people.roster(reading(), known.id):
        duty.add(*DUTY)
    return len(missing)
