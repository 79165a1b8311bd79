"""A page as the rules look at it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from xml.etree.ElementTree import Element

import html5lib
import markupever
from lxml import etree

_STRICTLY = markupever.HtmlOptions(full_document=True, exact_errors=True)
# what html5lib reports and browsers and the standard allow
HARMLESS = {"expected-doctype-but-got-chars"}


class Page:
    """One HTML answer: its elements by name, its ids, its headers, and where it is no good HTML.

    The parser of a browser says whether it is, and libxml2 makes the tree: both of them in a tenth of the time of
    html5lib, which is asked only where something is wrong, because it knows the line."""

    def __init__(self, markup: str, path: str = "/", headers: Mapping[str, str] | None = None) -> None:
        self.path = path
        self.headers = headers or {}
        self.parse_errors = parse_errors(markup)
        reader = etree.HTMLParser(encoding="utf-8", huge_tree=True)
        self.root: Element = etree.fromstring(markup.encode(), reader)
        self.parents = {child: parent for parent in self.root.iter() for child in parent}

    def all(self, *names: str) -> list[Element]:
        """Every element of these names, in order."""
        return [element for element in self.elements if not names or name_of(element) in names]

    @cached_property
    def elements(self) -> list[Element]:
        """Every element, without comments."""
        return [element for element in self.root.iter() if isinstance(element.tag, str)]

    @cached_property
    def ids(self) -> list[str]:
        """Every id, as often as it occurs."""
        return [element.attrib["id"] for element in self.elements if "id" in element.attrib]

    def above(self, element: Element) -> Iterator[Element]:
        """The element itself, then what it lies in, up to the root."""
        current: Element | None = element
        while current is not None:
            yield current
            current = self.parents.get(current)

    @property
    def is_resident(self) -> bool:
        """Whether the page is one of the anonymous resident's."""
        return self.path.startswith(("/d/", "/r/", "/c/"))


def parse_errors(markup: str) -> list[str]:
    """What the standard does not allow, by line and column; empty for a good page."""
    parser = markupever.Parser(_STRICTLY)
    parser.process(markup)
    parser.finish()
    if not parser.errors():
        return []
    known = html5lib.HTMLParser(namespaceHTMLElements=False)
    known.parse(markup)
    placed = [
        f"line {line}, column {column}: {code}"
        for (line, column), code, _values in known.errors
        if code not in HARMLESS
    ]
    return placed or list(parser.errors())


def name_of(element: Element) -> str:
    """The element's name without its namespace."""
    return str(element.tag).rsplit("}", 1)[-1].lower()


def words_of(element: Element) -> str:
    """All text inside, spaces folded."""
    return " ".join("".join(element.itertext()).split())


def describe(element: Element) -> str:
    """The element as somebody would search for it in a template."""
    marks = "".join(
        f' {name}="{element.attrib[name]}"'
        for name in ("id", "name", "class", "href")
        if name in element.attrib
    )
    return f"<{name_of(element)}{marks}>"
