"""The command line: `flask places|codes|case-day|forwarding|worker|…`. Each group is one module, imported
only when it is called, so that no command pays for another's libraries."""

from __future__ import annotations

import importlib
from typing import Any

import click
from flask import Flask

COMMANDS = {
    "audit": ("app.commands.audit", "audit"),
    "cases": ("app.commands.cases", "cases"),
    "case-day": ("app.commands.case_day", "case_day"),
    "categories": ("app.commands.categories", "categories"),
    "codes": ("app.commands.codes", "codes"),
    "db": ("app.commands.database", "database"),
    "demo": ("app.commands.demo", "demo"),
    "forwarding": ("app.commands.forwarding", "forwarding"),
    "hotline": ("app.commands.hotline", "hotline"),
    "places": ("app.commands.places", "places"),
    "serve": ("app.commands.serve", "serve"),
    "staff": ("app.commands.staff", "staff"),
    "worker": ("app.commands.worker", "worker"),
    "workflow": ("app.commands.workflow", "workflow"),
}


class LazyCommand(click.Command):
    """Stands for a command until it is called."""

    def __init__(self, name: str) -> None:
        super().__init__(name, add_help_option=False, context_settings={"ignore_unknown_options": True})

    def real(self) -> click.Command:
        """The command itself."""
        module, attribute = COMMANDS[self.name or ""]
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        return self.real().make_context(info_name, args, parent=parent, **extra)

    def invoke(self, ctx: click.Context) -> object:
        return ctx.command.invoke(ctx)

    def get_short_help_str(self, limit: int = 45) -> str:
        return self.real().get_short_help_str(limit)


def register_commands(app: Flask) -> None:
    """Put every command on the `flask` command line."""
    for name in COMMANDS:
        app.cli.add_command(LazyCommand(name), name)
