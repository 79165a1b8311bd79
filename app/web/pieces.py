"""Parts of a page that stay the same for a while: drawn once for everything they are made of, and kept. What is theirs
alone, the token of a form and what somebody typed, is left out while drawing and filled in each time.

A part sees nothing but what it is given, and all of that is its key: whoever is asked for it again with the same gets the
same, and nobody gets what was drawn for another role, place or language."""

from __future__ import annotations

import secrets
from collections.abc import Hashable, Mapping
from functools import lru_cache

from flask import current_app, request
from flask_wtf.csrf import generate_csrf
from jinja2 import Environment
from markupsafe import Markup, escape

from app.web.language import lang

_KEPT = 256
_HOLE = f"hole-{secrets.token_hex(8)}-"
_TOKEN = f"{_HOLE}token-"


def piece(template: str, typed: Mapping[str, str] | None = None, **given: Hashable) -> Markup:
    """This template drawn from `given` alone. In it `csrf_token()` is this visit's, and `typed` holds what is filled in
    each time and not kept in memory."""
    names = tuple(typed or ())
    page = _drawn(current_app.jinja_env, lang(), request.script_root, template, tuple(given.items()), names)
    if _TOKEN in page:
        page = page.replace(_TOKEN, generate_csrf())
    for name in names:
        page = page.replace(f"{_HOLE}{name}-", str(escape((typed or {})[name])))
    return Markup(page)  # noqa: S704 - a template drew it, the rest is escaped


@lru_cache(maxsize=_KEPT)
def _drawn(
    environment: Environment,
    _lang: str,
    _root: str,
    template: str,
    given: tuple[tuple[str, Hashable], ...],
    names: tuple[str, ...],
) -> str:
    own = {
        "csrf_token": lambda: _TOKEN,
        "typed": {name: f"{_HOLE}{name}-" for name in names},
    }
    return environment.get_template(template).render(dict(given) | own)
