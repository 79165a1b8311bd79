"""What `make run` chooses for this machine: written to .env once, read back at every start.

The environment wins over .env, and .env over what is built in."""

from __future__ import annotations

import base64
import os
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from dotenv import dotenv_values

ROOT = Path(__file__).resolve().parent.parent
BUILT_IN = {"HOST": "127.0.0.1", "PORT": "8000", "HOTLINE_PORT": "8001"}
# kept when given at the first start, so that `flask` works on the same database with nothing set
REMEMBERED = ("MASHANG_DATABASE_URL", "MASHANG_MEDIA_URL")
HEAD = "# Written by the first `make run` and never overwritten. What the environment sets wins.\n"


class BadChoice(RuntimeError):
    """A choice that cannot be served; the message is one line that names it."""


@dataclass(frozen=True)
class Surroundings:
    """Where things are served, and the environment the programs get."""

    host: str
    port: int
    hotline_port: int
    environ: dict[str, str]

    @property
    def base_url(self) -> str:
        """The address that is printed on paper; not always the one listened on."""
        return self.environ["MASHANG_BASE_URL"]

    @property
    def hotline_url(self) -> str:
        return self.environ["MASHANG_HOTLINE_URL"]

    @property
    def has_own_hotline(self) -> bool:
        """Whether the hotline in use is the stand-in served here."""
        return self.hotline_url == _hotline_address(self.environ)


def settle(given: Mapping[str, str], path: Path = ROOT / ".env") -> Surroundings:
    """Write `path` if there is none, and say what holds now. Raises BadChoice."""
    if not path.exists():
        _write(path, first_choices(given))
    kept = {name: value for name, value in dotenv_values(path, interpolate=False).items() if value}
    said = {name: value for name, value in given.items() if value}
    environ = BUILT_IN | {"MASHANG_ENV": "demo", "MASHANG_HOTLINE_CHANNEL": "workorder"} | kept | said
    _follow(environ, given, kept, "MASHANG_BASE_URL", _web_address)
    _follow(environ, given, kept, "MASHANG_HOTLINE_URL", _hotline_address)
    return Surroundings(environ["HOST"], _port(environ, "PORT"), _port(environ, "HOTLINE_PORT"), environ)


def first_choices(given: Mapping[str, str]) -> dict[str, str]:
    """What the first start writes down: what was given, else fresh secrets and the built-in places."""
    places = {name: given.get(name) or default for name, default in BUILT_IN.items()}
    fresh = {
        "MASHANG_ENV": "demo",
        "MASHANG_SECRET_KEY": secrets.token_urlsafe(48),
        "MASHANG_FIELD_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "MASHANG_DEMO_PASSWORD": secrets.token_hex(6),
        "MASHANG_BASE_URL": _web_address(places),
        "MASHANG_HOTLINE_CHANNEL": "workorder",
        "MASHANG_HOTLINE_TOKEN": secrets.token_urlsafe(24),
        "MASHANG_HOTLINE_WEBHOOK_SECRET": secrets.token_urlsafe(32),
    }
    chosen = places | {name: given.get(name) or value for name, value in fresh.items()}
    # another hotline is for this run; the next one without it is back at the stand-in
    chosen["MASHANG_HOTLINE_URL"] = _hotline_address(places)
    return chosen | {name: given[name] for name in REMEMBERED if given.get(name)}


def _follow(
    environ: dict[str, str],
    given: Mapping[str, str],
    kept: Mapping[str, str],
    name: str,
    address: Callable[[Mapping[str, str]], str],
) -> None:
    """An address we derived moves with its port; one that somebody wrote stays."""
    derived_before = address({**BUILT_IN, **kept})
    if not given.get(name) and kept.get(name, derived_before) == derived_before:
        environ[name] = address(environ)


def _web_address(places: Mapping[str, str]) -> str:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(places["HOST"], places["HOST"])  # noqa: S104 - read, not bound
    return f"http://[{host}]:{places['PORT']}" if ":" in host else f"http://{host}:{places['PORT']}"


def _hotline_address(places: Mapping[str, str]) -> str:
    return f"http://127.0.0.1:{places['HOTLINE_PORT']}"


def _port(environ: Mapping[str, str], name: str) -> int:
    raw = environ[name]
    if not raw.isdecimal() or not 0 < int(raw) < 65536:
        raise BadChoice(f"{name} is {raw!r}; it must be a port from 1 to 65535")
    return int(raw)


def _write(path: Path, choices: Mapping[str, str]) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(HEAD + "".join(f"{name}={_quoted(value)}\n" for name, value in choices.items()))


def _quoted(value: str) -> str:
    if re.fullmatch(r"[\w:/.=@%+-]+", value, re.ASCII):
        return value
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
