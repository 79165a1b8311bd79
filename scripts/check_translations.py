"""The English of every string: what is missing, doubtful or left over. `--update` gathers new strings first.

Strings are written in Chinese where they are used; app/translations/en carries their English."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages import extract
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
ENGLISH = ROOT / "app" / "translations" / "en" / "LC_MESSAGES" / "messages.po"
METHODS = [("app/**.py", "python"), ("templates/**.html", "jinja2"), ("templates/**.txt", "jinja2")]
OPTIONS = {"templates/**": {"trimmed": "true", "silent": "false"}}
FIRST_GATHERED = datetime(2026, 11, 23, tzinfo=UTC)  # a date that moved would make every update a change
KEYWORDS = dict(extract.DEFAULT_KEYWORDS) | {"lazy_gettext": None, "_l": None, "lazy_ngettext": (1, 2)}
Words = str | tuple[str, ...] | list[str] | None  # singular, or singular and plural
NAMED_PLACES = re.compile(r"%\((\w+)\)[sd]")


def main() -> int:
    """1 when a string has no sure English, or the catalogue is behind the code."""
    catalogue = written()
    if "--update" in sys.argv:
        gather(catalogue)
        catalogue = written()
    wrong = list(faults(used(), catalogue))
    for line in wrong:
        print(line, file=sys.stderr)
    print(f"strings={len(used())} faults={len(wrong)}")
    return 1 if wrong else 0


def gather(catalogue: Catalog) -> None:
    """Bring the catalogue file up to the code: new strings without English, unused ones gone."""
    catalogue.update(used(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    catalogue.header_comment = (
        "# The English of Mashang, in the voice of a neighbour; new strings: make translations."
    )
    catalogue.fuzzy = False
    catalogue.project, catalogue.version = "Mashang", "1"
    catalogue.msgid_bugs_address = catalogue.last_translator = catalogue.language_team = "-"
    catalogue.revision_date = FIRST_GATHERED
    ENGLISH.parent.mkdir(parents=True, exist_ok=True)
    with ENGLISH.open("wb") as file:
        write_po(file, catalogue, width=110, sort_by_file=True, include_lineno=False)


def used() -> Catalog:
    """Every string the code and the templates ask for."""
    catalogue = Catalog(project="Mashang", charset="utf-8", creation_date=FIRST_GATHERED)
    for path, line, message, comments, context in extract.extract_from_dir(
        ROOT, METHODS, OPTIONS, KEYWORDS, comment_tags=("Translators:",), directory_filter=_is_ours
    ):
        catalogue.add(message, None, [(path, line)], auto_comments=comments, context=context)
    return catalogue


def written() -> Catalog:
    """The English catalogue as it stands; an empty one when there is none."""
    data = ENGLISH.read_bytes() if ENGLISH.exists() else b""
    return read_po(BytesIO(data), locale="en", charset="utf-8")


def faults(asked: Catalog, catalogue: Catalog) -> Iterator[str]:
    """What keeps English from being whole: `path: “string”: reason`."""
    for message in asked:
        if not message.id:
            continue
        reason = _fault(message, catalogue.get(message.id, message.context))
        if reason:
            path, line = message.locations[0]
            yield f"{path}:{line}: “{_first(message.id)}”: {reason}"
    for message in catalogue:
        if message.id and asked.get(message.id, message.context) is None:
            yield f"{ENGLISH.relative_to(ROOT)}: “{_first(message.id)}”: nobody uses it; `make translations`"


def _fault(asked: Message, found: Message | None) -> str:
    if found is None or not all(_forms(found.string)):
        return "no English"
    if found.fuzzy:
        return "the English is marked fuzzy"
    wanted = set(NAMED_PLACES.findall(" ".join(_forms(asked.id))))
    for form in _forms(found.string):
        if not set(NAMED_PLACES.findall(form)) <= wanted:
            return "the English names a value the Chinese does not have"
    return ""


def _forms(string: Words) -> list[str]:
    return [string or ""] if string is None or isinstance(string, str) else list(string)


def _first(identity: Words) -> str:
    return _forms(identity)[0]


def _is_ours(folder: str) -> bool:
    name = Path(folder).name
    return not name.startswith(".") and name not in (
        "tests",
        "migrations",
        "instance",
        "translations",
        "scripts",
    )


if __name__ == "__main__":
    sys.exit(main())
