"""What every page must keep to. A rule takes a page and tells its faults, one line each."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from xml.etree.ElementTree import Element

from tests.linting.page import Page, describe, name_of, words_of

Rule = Callable[[Page], Iterator[str]]
RULES: list[Rule] = []
UNLABELLED_TYPES = {"hidden", "submit", "button", "reset", "image"}
REFERENCES = frozenset(
    ("aria-describedby", "aria-labelledby", "aria-controls", "for", "list", "form", "headers")
)
ADDRESSES = frozenset(("src", "href", "action", "formaction", "poster", "data", "srcset"))
LEADS_OUT = re.compile(r"//|[a-z][a-z0-9+.-]*:", re.IGNORECASE)
CHOSEN_FROM = {"option", "optgroup", "hr"}


def rule(check: Rule) -> Rule:
    """Put a rule on the list."""
    RULES.append(check)
    return check


def faults_of(page: Page) -> list[str]:
    """Every fault of a page, each with the name of its rule in front."""
    return [f"{check.__name__}: {fault}" for check in RULES for fault in check(page)]


@rule
def well_formed(page: Page) -> Iterator[str]:
    yield from page.parse_errors


@rule
def selects_hold_options(page: Page) -> Iterator[str]:
    """The standard lets more stand in a select since 2025; older browsers throw it away."""
    for select in page.all("select"):
        for inside in select.iter():
            if inside is not select and name_of(inside) not in CHOSEN_FROM:
                yield f"{describe(inside)} in {describe(select)}"


@rule
def one_h1(page: Page) -> Iterator[str]:
    count = len(page.all("h1"))
    if count != 1:
        yield f"{count} h1"


@rule
def has_title(page: Page) -> Iterator[str]:
    head = page.root.find("head")
    title = None if head is None else head.find("title")
    if title is None or not words_of(title):
        yield "no title"


@rule
def has_language(page: Page) -> Iterator[str]:
    if not page.root.attrib.get("lang"):
        yield "html has no lang"


@rule
def unique_ids(page: Page) -> Iterator[str]:
    for value, times in Counter(page.ids).items():
        if times > 1:
            yield f"id {value!r} {times} times"


@rule
def fields_have_labels(page: Page) -> Iterator[str]:
    labelled = {label.attrib.get("for") for label in page.all("label") if words_of(label)}
    for field in page.all("input", "select", "textarea"):
        if name_of(field) == "input" and field.attrib.get("type", "text").lower() in UNLABELLED_TYPES:
            continue
        inside = any(name_of(above) == "label" and words_of(above) for above in page.above(field))
        named = field.attrib.get("aria-label") or field.attrib.get("aria-labelledby")
        if not (inside or named or (field.attrib.get("id") and field.attrib["id"] in labelled)):
            yield f"no label for {describe(field)}"


@rule
def nothing_inline(page: Page) -> Iterator[str]:
    for element in page.elements:
        if name_of(element) == "script" and "src" not in element.attrib:
            yield f"inline script {describe(element)}"
        if name_of(element) == "style":
            yield f"inline style sheet {describe(element)}"
        for attribute in element.attrib:
            if attribute == "style" or attribute.startswith("on"):
                yield f"{attribute} attribute on {describe(element)}"


@rule
def strict_policy(page: Page) -> Iterator[str]:
    policy = page.headers.get("Content-Security-Policy", "")
    if "default-src 'none'" not in policy:
        yield f"Content-Security-Policy without default-src 'none': {policy!r}"
    for forbidden in ("unsafe-inline", "unsafe-eval", "*"):
        if forbidden in policy:
            yield f"Content-Security-Policy with {forbidden}"


@rule
def nothing_external(page: Page) -> Iterator[str]:
    for element in page.elements:
        for attribute, address in element.attrib.items():
            if attribute not in ADDRESSES or address.startswith("tel:"):
                continue
            if LEADS_OUT.match(address):
                yield f"external {attribute} {address!r} on {describe(element)}"


@rule
def references_resolve(page: Page) -> Iterator[str]:
    known = set(page.ids)
    for element in page.elements:
        for attribute, targets in element.attrib.items():
            for target in targets.split() if attribute in REFERENCES else ():
                if target not in known:
                    yield f"{attribute}={target!r} on {describe(element)} leads nowhere"
        for target in _fragments(element):
            if target not in known:
                yield f"#{target} on {describe(element)} leads nowhere"


def _fragments(element: Element) -> Iterator[str]:
    for name, value in element.attrib.items():
        if (
            str(name).rsplit("}", 1)[-1] in ("href", "xlink:href")
            and value.startswith("#")
            and len(value) > 1
        ):
            yield value[1:]


@rule
def resident_pages_leave_no_trace(page: Page) -> Iterator[str]:
    if not page.is_resident:
        return
    if "no-store" not in page.headers.get("Cache-Control", ""):
        yield "Cache-Control is not no-store"
    if "Set-Cookie" in page.headers:
        yield "sets a cookie"
