"""A page as the rules look at it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from xml.etree.ElementTree import Element

import html5lib

HTML = "{http://www.w3.org/1999/xhtml}"
SVG = "{http://www.w3.org/2000/svg}"


class Page:
    """One HTML answer: its elements by name, its ids, its headers. Elements are named without namespace."""

    def __init__(self, markup: str, path: str = "/", headers: Mapping[str, str] | None = None) -> None:
        self.path = path
        self.headers = headers or {}
        parser = html5lib.HTMLParser(namespaceHTMLElements=False)
        self.root: Element = parser.parse(markup)
        self.parse_errors: list[tuple[tuple[int, int], str, dict[str, object]]] = parser.errors
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
