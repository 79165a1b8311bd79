"""What commands have in common: which sub-district is meant, and how a refusal is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

from app.errors import Refused
from app.places import queries
from app.reading import reading

DONE, DATA, USAGE, PARTLY = 0, 1, 2, 3

MESSAGES = {
    "category_unknown": "目录里没有分类 {code}",
    "choice_unknown": "没有“{reason}”这个原因",
    "code_revoked": "{code} 早已作废（{reason}）",
    "code_unknown": "登记里没有楼门码 {code}",
    "community_codes_used_up": "社区代码用完了，请在台账里写明社区代码",
    "control_characters": "里面有看不见的控制字符",
    "field_too_long": "最多{longest}个字",
    "name_missing": "名称不能空着",
    "nothing_to_print": "没有要印的楼门码",
    "print_refused": "{where}：{why}",
    "proof_refused": "{why}",
    "reprinted_meanwhile": "印的时候有楼门码作废了，请再印一次",
    "sub_district_code_wrong": "街道代码要2到12个数字或字母：{code}",
    "sub_district_differs": "{code} 已经是{name}，名称或区不同",
    "sub_district_unknown": "没有街道 {code}，先用 flask places setup 建",
}


def sub_district(option: str | None) -> str:
    """The sub-district meant: the one named, else the only one there is (a usage error otherwise)."""
    if option:
        return option
    codes = queries.sub_district_codes(reading())
    if len(codes) != 1:
        there = f"有几个街道（{'、'.join(codes)}）" if codes else "还没有街道"
        raise click.UsageError(f"{there}，请写 --sub-district CODE")
    return codes[0]


@contextmanager
def refusals_told(what: str) -> Iterator[None]:
    """Tell a refusal, or a file that cannot be read or written, on stderr and end with 1; `what` names the
    thing worked on."""
    try:
        yield
    except Refused as refused:
        words = MESSAGES.get(refused.key, refused.key).format_map(refused.params)
        where = f" {refused.field}" if refused.field else ""
        click.echo(f"{what}{where}：{words}", err=True)
        raise click.exceptions.Exit(DATA) from refused
    except OSError as failed:
        click.echo(f"{what}：{failed.strerror}（{failed.filename}）", err=True)
        raise click.exceptions.Exit(DATA) from failed


def summary(**counts: int) -> None:
    """The one line of counts."""
    click.echo(" ".join(f"{name}={count}" for name, count in counts.items()))
