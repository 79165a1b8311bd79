"""What templates say, looked up once a language. Flask-Babel finds domain, context and locale anew for each of a page's
hundred words, which costs more than all its statements together."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from flask import Flask
from flask_babel import get_translations
from flask_babel.speaklater import LazyString
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

from app.web.language import lang

_KEPT = 4000  # more words than all templates together


def init_app(app: Flask) -> None:
    """Let templates say their words this way; after Babel, whose ways these replace."""
    app.jinja_env.globals |= {"_": say, "gettext": say, "ngettext": say_number}


@pass_eval_context
def say(context: EvalContext, string: str, /, **variables: Any) -> str:
    """A sentence of the catalogue in the page's language, its places filled in and, in a page, escaped."""
    if not context.autoescape:
        return _words(lang(), string) % variables
    return _marked(lang(), string) % variables if variables else _unfilled(lang(), string)


@pass_eval_context
def say_number(context: EvalContext, one: str, many: str, number: int, /, **variables: Any) -> str:
    """The same for a sentence that counts."""
    words = _counted(lang(), one, many, number)
    variables.setdefault("num", number)
    return (Markup(words) if context.autoescape else words) % variables  # noqa: S704 - our own catalogue


def tell(string: str, /, **variables: Any) -> str:
    """The same out of a line of Python."""
    return _words(lang(), string) % variables if variables else _words(lang(), string)


def tell_number(one: str, many: str, number: int, /) -> str:
    """The same for a sentence that counts."""
    return _counted(lang(), one, many, number) % {"num": number}


def told(words: LazyString) -> str:
    """A word of one of the tables of words: each of them is one object as long as the process lives."""
    return _told(lang(), words)


@lru_cache(maxsize=_KEPT)
def _words(_lang: str, string: str) -> str:
    return str(get_translations().ugettext(string))


_told_before: dict[tuple[str, int], tuple[LazyString, str]] = {}


def _told(lang: str, words: LazyString) -> str:
    """A lazy word has no hash but its sentence's, and asking for that is what is to be spared."""
    known = _told_before.get((lang, id(words)))
    if known is None or known[0] is not words:
        if len(_told_before) >= _KEPT:
            _told_before.clear()
        known = _told_before[lang, id(words)] = (words, str(words))
    return known[1]


@lru_cache(maxsize=_KEPT)
def _counted(_lang: str, one: str, many: str, number: int) -> str:
    return str(get_translations().ungettext(one, many, number))


@lru_cache(maxsize=_KEPT)
def _marked(lang: str, string: str) -> Markup:
    return Markup(_words(lang, string))  # noqa: S704 - our own catalogue


@lru_cache(maxsize=_KEPT)
def _unfilled(lang: str, string: str) -> Markup:
    return _marked(lang, string) % {}
