"""`flask hotline`: the stand-in for a city's hotline."""

import click

from app.standin.command import serve_command


@click.group("hotline")
def hotline() -> None:
    """The stand-in city hotline, for demonstration and tests."""


hotline.add_command(serve_command)
