"""`flask staff`: what it prints, and how it exits."""

from __future__ import annotations

import re

from click.testing import Result
from flask import Flask

from app.staff import accounts
from tests.world import World


def _run(app: Flask, *arguments: str, stdin: str = "") -> Result:
    return app.test_cli_runner().invoke(args=["staff", *arguments], input=stdin)


def test_a_link_is_printed_that_sets_the_password(app: Flask, world: World) -> None:
    result = _run(app, "add", "wang", "--role", "dispatcher", "--sub-district", "110105015")
    address, summary = result.stdout.splitlines()
    assert result.exit_code == 0, result.stderr
    assert summary == "added=1 links=1"
    token = re.fullmatch(r"http://mashang\.test/set-password/(\S+)", address)
    assert token
    accounts.set_password(token[1], "a long enough one")
    assert accounts.check_password("wang", "a long enough one")


def test_a_password_may_come_on_standard_input(app: Flask, world: World) -> None:
    result = _run(
        app,
        "add",
        "zhao",
        "--role",
        "worker",
        "--community",
        "红庙社区",
        "--sub-district",
        "110105015",
        "--password-stdin",
        stdin="对的密码，足够长，真的\n",
    )
    assert (result.exit_code, result.stdout) == (0, "added=1 links=0\n"), result.stderr
    assert accounts.check_password("zhao", "对的密码，足够长，真的")


def test_data_faults_end_with_one_and_say_what(app: Flask, world: World) -> None:
    result = _run(app, "add", "dispatcher", "--role", "leader", "--sub-district", "110105015")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "staff dispatcher: there is an account dispatcher already" in result.stderr
    short = _run(
        app,
        "add",
        "qian",
        "--role",
        "leader",
        "--sub-district",
        "110105015",
        "--password-stdin",
        stdin="kurz\n",
    )
    assert short.exit_code == 1
    assert "at least 10" in short.stderr
    lost = _run(
        app, "add", "qian", "--role", "worker", "--community", "火星社区", "--sub-district", "110105015"
    )
    assert lost.exit_code == 1
    assert "火星社区" in lost.stderr


def test_usage_faults_end_with_two(app: Flask, world: World) -> None:
    assert _run(app, "add", "qian", "--role", "mayor").exit_code == 2
    assert _run(app, "add", "qian").exit_code == 2
    several = _run(app, "add", "qian", "--role", "leader")
    assert several.exit_code == 2
    assert "110105015, 110105016" in several.stderr


def test_without_any_sub_district_it_says_what_to_do(app: Flask) -> None:
    result = _run(app, "add", "qian", "--role", "leader")
    assert result.exit_code == 1
    assert "flask places setup" in result.stderr


def test_a_fresh_link_for_somebody_who_let_theirs_run_out(app: Flask, world: World) -> None:
    result = _run(app, "link", "printer")
    assert result.exit_code == 0
    token = result.stdout.splitlines()[0].rsplit("/", 1)[1]
    assert accounts.link_is_good(token)
    assert _run(app, "link", "nobody").exit_code == 1
