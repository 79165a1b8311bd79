"""The embedded Chinese font: which characters it has, how wide they run, how a line is made to fit."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

REGULAR = "MashangSansSC-Regular"
BOLD = "MashangSansSC-Bold"
FOLDER = Path(__file__).resolve().parent / "fonts"
SHRINK_STEP = 0.97
# Doors of one community share most of their words.
REMEMBERED_TEXTS = 2048


class DoesNotFit(ValueError):
    """The text stays too wide at the smallest size that can be read."""


@lru_cache(maxsize=2)
def font(name: str) -> TTFont:
    """The font REGULAR or BOLD, loaded and registered with reportlab once in a process."""
    loaded = TTFont(name, FOLDER / f"{name}.ttf")
    pdfmetrics.registerFont(loaded)
    return loaded


@lru_cache(maxsize=REMEMBERED_TEXTS)
def missing(text: str) -> str:
    """Characters of `text` that the fonts cannot draw, control characters and line breaks among them."""
    glyphs = font(REGULAR).face.charToGlyph
    return "".join(character for character in text if ord(character) not in glyphs)


@lru_cache(maxsize=REMEMBERED_TEXTS)
def width(text: str, name: str, size: float, spacing: float = 0) -> float:
    """Width of `text` in the unit of `size`, with `spacing` between letters."""
    return float(font(name).stringWidth(text, size)) + spacing * max(len(text) - 1, 0)


def fitted(text: str, name: str, size: float, room: float, *, smallest: float, spacing: float = 0) -> float:
    """The size, at most `size`, at which `text` fits into `room`; spacing shrinks along.
    Raises DoesNotFit below `smallest`."""
    natural = width(text, name, size, spacing)
    if natural <= room:
        return size
    shrunk = size * room / natural
    if shrunk < smallest:
        raise DoesNotFit(text)
    return shrunk


def wrapped(
    text: str, name: str, size: float, room: float, *, smallest: float, lines: int
) -> tuple[float, list[str]]:
    """The largest size in [smallest, size] at which `text` breaks into at most `lines` lines of width `room`,
    and these lines; never inside a number or Latin word. Raises DoesNotFit."""
    while size >= smallest:
        broken = _broken(text, name, size, room)
        if len(broken) <= lines and all(width(line, name, size) <= room for line in broken):
            return size, broken
        size *= SHRINK_STEP
    raise DoesNotFit(text)


def _broken(text: str, name: str, size: float, room: float) -> list[str]:
    lines = [""]
    for piece in re.findall(r"[!-~]+|.", text):
        if lines[-1] and width(lines[-1] + piece, name, size) > room:
            lines.append("")
        lines[-1] = (lines[-1] + piece).lstrip()
    return lines
