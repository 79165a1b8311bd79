"""Parts of a page that stay the same for a while: drawn once for everything they are made of, and kept. What is theirs
alone, the token of a form and what somebody typed, is left out while drawing and filled in each time.

A part sees nothing but what it is given, and all of that is its key: whoever is asked for it again with the same gets the
same, and nobody gets what was drawn for another role, place or language."""

from __future__ import annotations

import re
import secrets
from collections.abc import Hashable, Mapping
from functools import lru_cache

from flask import current_app, request
from flask_wtf.csrf import generate_csrf
from jinja2 import Environment
from markupsafe import Markup, escape

from app.web.language import lang

_KEPT = 256
_HOLE = f"hole-{secrets.token_hex(8)}-"  # nobody's words can hold it
_HOLES = re.compile(f"{_HOLE}([a-z]+)-")
_VISIT = "visit"  # the token of this visit's forms


def piece(template: str, typed: Mapping[str, str] | None = None, **given: Hashable) -> Markup:
    """This template drawn from `given` alone. In it `csrf_token()` is this visit's, and `typed` holds what is filled in
    each time and not kept in memory; names of `typed` are of small letters alone."""
    names = tuple(typed or ())
    parts = _drawn(current_app.jinja_env, lang(), request.script_root, template, tuple(given.items()), names)
    if len(parts) == 1:
        return parts[0]
    filled: dict[str, str] = {name: escape(value) for name, value in typed.items()} if typed else {}
    if _VISIT in parts:
        filled[_VISIT] = generate_csrf()
    texts: list[str] = list(parts)
    texts[1::2] = [filled[name] for name in parts[1::2]]
    return Markup("".join(texts))  # noqa: S704 - a template drew it, the rest is escaped


@lru_cache(maxsize=_KEPT)
def _drawn(
    environment: Environment,
    _lang: str,
    _root: str,
    template: str,
    given: tuple[tuple[str, Hashable], ...],
    names: tuple[str, ...],
) -> tuple[Markup, ...]:
    """The page as drawn, cut where something is filled in: every second part is the name of what."""
    own = {
        "csrf_token": lambda: f"{_HOLE}{_VISIT}-",
        "typed": {name: f"{_HOLE}{name}-" for name in names},
    }
    page = environment.get_template(template).render(dict(given) | own)
    return tuple(Markup(part) for part in _HOLES.split(page))  # noqa: S704 - a template drew it
