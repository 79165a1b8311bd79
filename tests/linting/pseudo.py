"""A pretended language: every message of the catalogue comes back inside ⟦ ⟧, so that whatever a page shows
outside of them was never given to a translator."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from babel.support import NullTranslations

from tests.linting.page import Page, describe, name_of

OPENING, CLOSING = "⟦", "⟧"
_INNERMOST = re.compile("⟦[^⟦⟧]*⟧")
_BRACKET = re.compile("[⟦⟧]")
TRANSLATED_ATTRIBUTES = ("alt", "title", "aria-label", "aria-description", "placeholder")
NOT_SHOWN = {"script", "style", "template"}
TYPED = {"textarea"}  # what stands in it somebody typed
FIGURES = {"time", "data"}  # dates and figures: their words come from the locale, not from the catalogue
BUTTONS = {"submit", "button", "reset"}


class PseudoTranslations(NullTranslations):
    """Answers every message with itself between brackets."""

    def gettext(self, message: str) -> str:
        return OPENING + message + CLOSING

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        return OPENING + (singular if n == 1 else plural) + CLOSING

    def pgettext(self, _context: str, message: str) -> str:
        return self.gettext(message)

    def npgettext(self, _context: str, singular: str, plural: str, n: int) -> str:
        return self.ngettext(singular, plural, n)

    ugettext, ungettext, upgettext, unpgettext = gettext, ngettext, pgettext, npgettext


def untranslated(page: Page) -> Iterator[str]:
    """Faults of a page drawn in the pretended language. What stands in `translate="no"` (residents' words,
    names, codes) or in <time> is left alone."""
    return _untranslated(page.root, is_exempt=False)


def _untranslated(element: Element, *, is_exempt: bool) -> Iterator[str]:
    name = name_of(element)
    if name in FIGURES:
        return
    is_exempt = element.attrib.get("translate", "no" if is_exempt else "yes") == "no"
    is_shown = name not in NOT_SHOWN | TYPED
    if not is_exempt:
        for attribute, value in element.attrib.items():
            if attribute in TRANSLATED_ATTRIBUTES:
                yield from _fault(value, attribute, element)
        if name == "input" and element.attrib.get("type", "").lower() in BUTTONS:
            yield from _fault(element.attrib.get("value", ""), "value", element)
        if is_shown:
            yield from _fault(element.text or "", "words", element)
    for child in element if is_shown else ():
        if isinstance(child.tag, str):
            yield from _untranslated(child, is_exempt=is_exempt)
        if not is_exempt:
            yield from _fault(child.tail or "", "words", element)


def outside(text: str) -> str:
    """What of a text stands outside the brackets."""
    before, count = text, 1
    while count:
        before, count = _INNERMOST.subn("", before)
    return _BRACKET.split(before)[0]  # a sentence that goes on behind another element


def _fault(text: str, where: str, element: Element) -> Iterator[str]:
    if any(char.isalpha() for char in outside(text)):
        yield f"untranslated {' '.join(outside(text).split())!r}: {where} of {describe(element)}"
