"""Compiled templates are kept beside them, and nothing that happens to what is kept is ever seen on a page."""

from __future__ import annotations

from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader

from app.web.compiled import Compiled


def words(templates: Path, *, trim: bool = False) -> str:
    """The page as a process draws it that starts now."""
    environment = Environment(loader=FileSystemLoader(templates), trim_blocks=trim, autoescape=True)
    environment.bytecode_cache = Compiled(environment, templates / "__pycache__")
    return environment.get_template("page.html").render(name="<您>")


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    (tmp_path / "page.html").write_text("{% if name %}\n{{ name }}{% endif %}")
    return tmp_path


def kept(templates: Path) -> list[Path]:
    return sorted((templates / "__pycache__").iterdir())


def test_what_is_kept_gives_the_same_page(templates: Path) -> None:
    assert words(templates) == words(templates) == "\n&lt;您&gt;"
    assert len(kept(templates)) == 1


def test_a_changed_template_or_setting_is_seen(templates: Path) -> None:
    words(templates)
    assert words(templates, trim=True) == "&lt;您&gt;"
    (templates / "page.html").write_text("{{ name }}好")
    assert words(templates) == "&lt;您&gt;好"


@pytest.mark.parametrize("length", [0, 3, 20, 60])
def test_a_file_cut_short_is_made_anew(templates: Path, length: int) -> None:
    before = words(templates)
    (file,) = kept(templates)
    whole = file.read_bytes()
    file.write_bytes(whole[:length])
    assert words(templates) == before
    assert file.read_bytes() == whole


def test_a_folder_nobody_can_make_is_no_fault(templates: Path) -> None:
    (templates / "__pycache__").write_text("a file stands in its place")
    assert words(templates) == "\n&lt;您&gt;"
