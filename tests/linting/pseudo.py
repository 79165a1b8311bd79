"""A pretended language: every message of the catalogue comes back inside ⟦ ⟧, so that whatever a page shows
outside of them was never given to a translator."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from babel.support import NullTranslations

from tests.linting.page import Page, describe, name_of

OPENING, CLOSING = "⟦", "⟧"
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
    for element in page.elements:
        if _is_exempt(page, element):
            continue
        for attribute in TRANSLATED_ATTRIBUTES:
            yield from _fault(element.attrib.get(attribute, ""), f"{attribute} of {describe(element)}")
        if name_of(element) == "input" and element.attrib.get("type", "").lower() in BUTTONS:
            yield from _fault(element.attrib.get("value", ""), f"value of {describe(element)}")
    for text, element in _shown(page.root):
        if not _is_exempt(page, element):
            yield from _fault(text, describe(element))


def outside(text: str) -> str:
    """What of a text stands outside the brackets."""
    depth, kept = 0, []
    for char in text:
        if char == OPENING:
            depth += 1
        elif char == CLOSING:
            depth -= 1
        elif depth == 0:
            kept.append(char)
    return "".join(kept)


def _fault(text: str, where: str) -> Iterator[str]:
    left = " ".join(outside(text).split())
    if any(char.isalpha() for char in left):
        yield f"untranslated {left!r} in {where}"


def _shown(element: Element) -> Iterator[tuple[str, Element]]:
    """Every text with the element it stands in: an element's own text, then what follows its children."""
    if not isinstance(element.tag, str) or name_of(element) in NOT_SHOWN | TYPED:
        return
    own = [element.text or ""]
    for child in element:
        yield from _shown(child)
        own.append(child.tail or "")
    for text in own:
        yield text, element


def _is_exempt(page: Page, element: Element) -> bool:
    if any(name_of(above) in FIGURES for above in page.above(element)):
        return True
    said = next(
        (above.attrib["translate"] for above in page.above(element) if "translate" in above.attrib), "yes"
    )
    return said == "no"
