"""One doorway's poster: what is on it, and how it is drawn. Lengths in millimetres of an A4 page, y measured
from the top, as in the design's drawing; `qr.sheet` scales it to the stock."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal
from urllib.parse import urlsplit

from reportlab.lib.colors import Color, HexColor
from reportlab.pdfgen.canvas import Canvas

from qr import symbol
from qr.errors import PrintRefused
from qr.lettering import BOLD, REGULAR, DoesNotFit, fitted, missing, width, wrapped

__all__ = ["DEMO_MARK", "HEIGHT", "PALETTES", "WIDTH", "Design", "Palette", "Poster", "PrintRefused"]

Design = Literal["black", "colour"]
Anchor = Literal["start", "middle", "end"]

WIDTH = 210.0
HEIGHT = 297.0
MIDDLE = WIDTH / 2
LEFT = 14.0
RIGHT = 196.0
PLATE_ROOM = 160.0
CODE_LENGTH = 8
DEMO_MARK = "演示·非官方"
SYMBOL_BOX = (53.0, 112.0, 104.0)  # left, top, side
STEPS = (
    (22.0, "说一句", "拍不拍照都行"),
    (84.0, "周六办", "社区上门来看"),
    (146.0, "您来评", "没办好接着办"),
)
# Building and doorway on one, two or three lines: largest and smallest size, first baseline, leading.
PLATE_LINES = ((1, 24.0, 15.0, 56.0, 0.0), (2, 12.5, 8.5, 45.6, 13.2), (3, 7.8, 5.0, 41.8, 8.6))


@dataclass(frozen=True)
class Poster:
    """A doorway as it is printed. `url` is what the symbol says and ends with `code` (8 characters);
    `estate` is the residential estate (小区), if it has a name of its own; `printed` the print run's
    imprint, as “印次 2026-11-03 · 第127张”. With `demo` the poster says so and shows no telephone but the
    public ones."""

    url: str
    code: str
    community: str
    building: str
    doorway: str
    sub_district: str
    estate: str | None
    community_phone: str | None
    printed: str
    demo: bool

    @property
    def where(self) -> str:
        """The doorway in words, for messages."""
        return f"{self.community} {self.building} {self.doorway}（{self.code}）"

    @property
    def phone(self) -> str | None:
        """The telephone to print."""
        return None if self.demo else self.community_phone or None

    @property
    def address(self) -> str:
        """What a person types who cannot scan: host and folder of `url`, without scheme."""
        parts = urlsplit(self.url)
        return parts.netloc + parts.path.rpartition("/")[0]

    def check(self) -> None:
        """Raise PrintRefused if this poster would be wrong on paper: an address that is none, a code that is
        not the address's, no door to name, a character without a glyph (which is named)."""
        if not _is_web_address(self.url):
            raise PrintRefused(self.where, f"网址不对：{self.url!r}")
        if len(self.code) != CODE_LENGTH:
            raise PrintRefused(self.where, f"楼门码应是{CODE_LENGTH}个字：{self.code!r}")
        if urlsplit(self.url).path.rpartition("/")[2].upper() != self.code.upper():
            raise PrintRefused(self.where, f"网址里不是这个楼门码：{self.url!r}")
        if not (self.building + self.doorway).strip():
            raise PrintRefused(self.where, "楼和楼门都是空的")
        for text in self._lettering():
            for character in missing(text):
                raise PrintRefused(self.where, f"字体里没有“{character}”（U+{ord(character):04X}），印不出来")

    def _lettering(self) -> tuple[str, ...]:
        names = (self.community, self.building, self.doorway, self.sub_district, self.estate or "")
        return (*names, self.phone or "", self.printed, self.code, self.address)


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    # urlsplit forgives line breaks and tabs; the symbol would carry them.
    whole = url.isprintable() and " " not in url
    return whole and parts.scheme in ("http", "https") and bool(parts.netloc)


@dataclass(frozen=True)
class Palette:
    """Colours of one design; `plate` is None where the plate is an outline."""

    paper: str | None
    ink: str
    quiet: str
    plate: str | None
    on_plate: str
    frame: str
    danger: str
    steps: tuple[str | None, str | None, str | None]


PALETTES: dict[Design, Palette] = {
    "colour": Palette(
        "#f7f1e4",
        "#231e17",
        "#51493d",
        "#0b4891",
        "#ffffff",
        "#0b4891",
        "#94131a",
        ("#0b4891", "#0a5733", "#0b4891"),
    ),
    "black": Palette(None, "#000000", "#000000", None, "#000000", "#000000", "#000000", (None, None, None)),
}


@lru_cache(maxsize=32)
def _ink(colour: str) -> Color:
    return HexColor(colour)


class Pen:
    """A canvas whose unit is the millimetre and whose y runs down from the top of the poster."""

    def __init__(self, canvas: Canvas, palette: Palette) -> None:
        self.canvas = canvas
        self.palette = palette

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        *,
        bold: bool = False,
        colour: str | None = None,
        anchor: Anchor = "middle",
        spacing: float = 0,
    ) -> None:
        name = BOLD if bold else REGULAR
        self.canvas.setFont(name, size)
        self.canvas.setFillColor(_ink(colour or self.palette.ink))
        if anchor != "start":
            x -= width(text, name, size, spacing) * (0.5 if anchor == "middle" else 1)
        self.canvas.drawString(x, HEIGHT - y, text, charSpace=spacing)

    def box(
        self,
        x: float,
        y: float,
        w: float,
        h: float,
        radius: float,
        *,
        fill: str | None = None,
        stroke: str | None = None,
        line: float = 0,
    ) -> None:
        self._paint(fill, stroke, line)
        self.canvas.roundRect(
            x, HEIGHT - y - h, w, h, radius, stroke=int(stroke is not None), fill=int(fill is not None)
        )

    def disc(
        self,
        x: float,
        y: float,
        radius: float,
        *,
        fill: str | None = None,
        stroke: str | None = None,
        line: float = 0,
    ) -> None:
        self._paint(fill, stroke, line)
        self.canvas.circle(x, HEIGHT - y, radius, stroke=int(stroke is not None), fill=int(fill is not None))

    def rule(self, x1: float, x2: float, y: float, line: float) -> None:
        self._paint(None, self.palette.ink, line)
        self.canvas.line(x1, HEIGHT - y, x2, HEIGHT - y)

    def _paint(self, fill: str | None, stroke: str | None, line: float) -> None:
        if fill is not None:
            self.canvas.setFillColor(_ink(fill))
        if stroke is not None:
            self.canvas.setStrokeColor(_ink(stroke))
            self.canvas.setLineWidth(line)


def draw_shared(canvas: Canvas, palette: Palette, *, demo: bool, has_phone: bool) -> None:
    """Everything that posters of one design have in common: plate, headings, frame, steps, emergency line."""
    pen = Pen(canvas, palette)
    _draw_plate(pen)
    pen.text(MIDDLE, 94.5, "家门口的事，扫码说一声", 15, bold=True)
    pen.text(MIDDLE, 104.2, "Scan to tell us what is wrong. No app, no login.", 6.6)
    pen.box(51, 110, 108, 108, 3, fill="#ffffff", stroke=palette.frame, line=1)
    for number, (x, title, hint) in enumerate(STEPS, 1):
        _draw_step(pen, number, x, title, hint)
    pen.rule(LEFT, RIGHT, 264.5, 0.4)
    _draw_hotline(pen, demo, has_phone)
    pen.text(LEFT, 283.5, "有危险先打 119、120、110", 6.4, bold=True, colour=palette.danger, anchor="start")


def _draw_plate(pen: Pen) -> None:
    palette = pen.palette
    if palette.plate is None:
        pen.box(14.6, 14.6, 180.8, 60.8, 5, stroke=palette.frame, line=1.2)
        pen.box(17, 17, 176, 56, 3.2, stroke=palette.frame, line=0.5)
    else:
        pen.box(14, 14, 182, 62, 5, fill=palette.plate)
        pen.box(16, 16, 178, 58, 3.6, stroke=palette.on_plate, line=1)
    for x in (21.5, 188.5):
        for y in (21.5, 68.5):
            pen.disc(x, y, 1.5, fill=palette.on_plate)


def _draw_step(pen: Pen, number: int, x: float, title: str, hint: str) -> None:
    fill = pen.palette.steps[number - 1]
    pen.disc(x, 251, 6.5, fill=fill, stroke=fill or pen.palette.ink, line=1)
    pen.text(x, 253.9, str(number), 8, bold=True, colour="#ffffff" if fill else None)
    pen.text(x + 10, 250.5, title, 7.6, bold=True, anchor="start")
    pen.text(x + 10, 257, hint, 4.9, colour=pen.palette.quiet, anchor="start")


def _draw_hotline(pen: Pen, demo: bool, has_phone: bool) -> None:
    """12345 stands on the right beside a community's telephone, else in its place."""
    label, number, size = "市民热线 ", "12345", 6.4
    x = RIGHT - width(label, REGULAR, size) - width(number, BOLD, size) if has_phone else LEFT
    pen.text(x, 274, label, size, anchor="start")
    pen.text(x + width(label, REGULAR, size), 274, number, size, bold=True, anchor="start")
    if demo:
        pen.text(RIGHT, 274, DEMO_MARK, size, bold=True, anchor="end")
        pen.text(MIDDLE, 10.2, DEMO_MARK, 6, bold=True)


def draw_own(canvas: Canvas, palette: Palette, poster: Poster) -> None:
    """What only this poster has: names, symbol, code, telephone, imprint. Raises PrintRefused when a name is
    too long to read at its smallest size, or the address for its symbol."""
    pen = Pen(canvas, palette)
    try:
        _draw_names(pen, poster)
        _draw_symbol(canvas, poster.url)
        pen.text(MIDDLE, 229.8, f"{poster.code[:4]} {poster.code[4:]}", 11.5, bold=True, spacing=1.8)
        _draw_line(
            pen, f"扫不了？打开 {poster.address}，输入上面八个字", 237.6, 5.6, 3.4, colour=palette.quiet
        )
        if poster.phone:
            _draw_phone(pen, poster.phone)
        size = fitted(poster.printed, REGULAR, 3.4, 80, smallest=2.4)
        pen.text(RIGHT, 283.5, poster.printed, size, colour=palette.quiet, anchor="end")
    except DoesNotFit as error:
        raise PrintRefused(poster.where, f"太长，印不下：“{error}”") from error
    except symbol.TooLong as error:
        raise PrintRefused(poster.where, f"网址太长，码会太密：{poster.url}") from error


def _draw_names(pen: Pen, poster: Poster) -> None:
    colour = pen.palette.on_plate
    _draw_line(
        pen, poster.estate or poster.community, 31.5, 11, 5, colour=colour, spacing=1.5, room=PLATE_ROOM
    )
    _draw_door(pen, poster, colour)
    parts = [poster.sub_district, poster.community if poster.estate else ""]
    below = " · ".join(part for part in parts if part)
    _draw_line(pen, below, 67.5, 6, 3.6, colour=colour, room=PLATE_ROOM)


def _draw_door(pen: Pen, poster: Poster, colour: str) -> None:
    for count, largest, smallest, baseline, leading in PLATE_LINES:
        try:
            size, lines, spacing = _door_lines(poster, count, largest, smallest)
        except DoesNotFit:
            if count == len(PLATE_LINES):
                raise
            continue
        for number, line in enumerate(lines):
            pen.text(
                MIDDLE, baseline + number * leading, line, size, bold=True, colour=colour, spacing=spacing
            )
        return


def _door_lines(
    poster: Poster, count: int, largest: float, smallest: float
) -> tuple[float, list[str], float]:
    """Size, lines and letter spacing of building and doorway on `count` lines. Raises DoesNotFit."""
    whole = f"{poster.building} {poster.doorway}".strip()
    if count == 1:
        size = fitted(whole, BOLD, largest, PLATE_ROOM, smallest=smallest, spacing=1)
        return size, [whole], size / largest
    if count == 2 and poster.building and poster.doorway:
        lines = [poster.building, poster.doorway]
        return min(fitted(line, BOLD, largest, PLATE_ROOM, smallest=smallest) for line in lines), lines, 0
    size, lines = wrapped(whole, BOLD, largest, PLATE_ROOM, smallest=smallest, lines=count)
    return size, lines, 0


def _draw_line(
    pen: Pen,
    text: str,
    y: float,
    size: float,
    smallest: float,
    *,
    colour: str,
    spacing: float = 0,
    room: float = RIGHT - LEFT,
) -> None:
    fit = fitted(text, REGULAR, size, room, smallest=smallest, spacing=spacing)
    pen.text(MIDDLE, y, text, fit, colour=colour, spacing=spacing * fit / size)


def _draw_phone(pen: Pen, phone: str) -> None:
    label, size = "社区电话 ", 6.4
    pen.text(LEFT, 274, label, size, anchor="start")
    after = width(label, REGULAR, size)
    pen.text(LEFT + after, 274, phone, fitted(phone, BOLD, size, 76, smallest=4), bold=True, anchor="start")


def _draw_symbol(canvas: Canvas, url: str) -> None:
    modules = symbol.matrix(url)
    left, top, box = SYMBOL_BOX
    unit = box / symbol.side(modules)
    canvas.addLiteral(
        f"q 0 g {unit:.5f} 0 0 {-unit:.5f} {left:g} {HEIGHT - top:g} cm\n{symbol.path(modules)}\nQ"
    )
