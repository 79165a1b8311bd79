"""What `make lint` says of the English: whole, sure, and nothing left over."""

from __future__ import annotations

from babel.messages.catalog import Catalog

from scripts import check_translations
from scripts.check_translations import faults


def catalogue(*entries: tuple[object, object], flags: tuple[str, ...] = ()) -> Catalog:
    made = Catalog(locale="en")
    for words, english in entries:
        made.add(words, english, [("page.html", 3)], flags=flags)
    return made


def test_english_is_whole() -> None:
    assert list(faults(check_translations.used(), check_translations.written())) == []


def test_whole_english_has_no_fault() -> None:
    entries = (("提交", "Send"), (("%(num)s件", "%(num)s件"), ("%(num)s case", "%(num)s cases")))
    assert list(faults(catalogue(*entries), catalogue(*entries))) == []


def test_missing_empty_and_half_plurals_are_found() -> None:
    asked = catalogue(("提交", ""), ("撤回", ""), (("%(num)s件", "%(num)s件"), ("", "")))
    found = list(faults(asked, catalogue(("撤回", ""), (("%(num)s件", "%(num)s件"), ("%(num)s case", "")))))
    assert found == [
        "page.html:3: “提交”: no English",
        "page.html:3: “撤回”: no English",
        "page.html:3: “%(num)s件”: no English",
    ]


def test_doubtful_english_is_found() -> None:
    asked = catalogue(("提交", ""))
    assert list(faults(asked, catalogue(("提交", "Send"), flags=("fuzzy",)))) == [
        "page.html:3: “提交”: the English is marked fuzzy"
    ]


def test_unknown_value_is_found() -> None:
    asked = catalogue(("%(day)s来看", ""))
    assert list(faults(asked, catalogue(("%(day)s来看", "We come %(date)s")))) == [
        "page.html:3: “%(day)s来看”: the English names a value the Chinese does not have"
    ]


def test_left_over_english_is_found() -> None:
    (line,) = faults(catalogue(), catalogue(("提交", "Send")))
    assert "“提交”: nobody uses it" in line


def test_templates_and_code_are_read() -> None:
    files = {location[0] for message in check_translations.used() for location in message.locations}
    assert any(name.startswith("templates/") for name in files)
    assert "app/web/words.py" in files
