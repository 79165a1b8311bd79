"""Sheets of posters as one PDF."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import BinaryIO

from reportlab.lib.colors import HexColor
from reportlab.lib.units import mm

from qr.errors import PrintRefused
from qr.lettering import BOLD, REGULAR, font
from qr.poster import HEIGHT, PALETTES, WIDTH, Design, Poster, draw_own, draw_shared
from qr.stock import Stock
from qr.streamed import StreamedCanvas

__all__ = ["PrintRefused", "print_sheets"]

# Cutting a subset moves a read position inside the font, which all prints of a process share.
_fonts_lock = threading.Lock()


def print_sheets(
    posters: Iterable[Poster], stock: Stock, out: BinaryIO, *, design: Design = "colour", start_at: int = 1
) -> int:
    """Print each poster into the next cell of `stock`, the first into cell `start_at` (1-based, row by row),
    and write one PDF to `out`. Returns the number of pages; with no posters 0, and nothing is written.

    Posters are taken one at a time and finished pages leave memory. The same posters give the same bytes.
    Nothing reaches `out` unless every poster could be drawn: raises PrintRefused naming the first that
    cannot, or a `design` or `start_at` that does not exist on this stock.
    """
    if design not in PALETTES:
        raise PrintRefused(stock.name, f"没有这种样式：{design}")
    if not 1 <= start_at <= stock.cells:
        raise PrintRefused(stock.name, f"起始格应在1到{stock.cells}之间：{start_at}")
    sheets = _Sheets(stock, design)
    try:
        cell = start_at - 1
        for poster in posters:
            poster.check()
            sheets.place(poster, cell % stock.cells)
            cell += 1
            if cell % stock.cells == 0:
                sheets.turn()
        return sheets.finish(out)
    finally:
        sheets.close()


class _Sheets:
    """The document being printed: one open page, the forms it shares, the pages put away."""

    def __init__(self, stock: Stock, design: Design) -> None:
        font(REGULAR), font(BOLD)
        self.stock = stock
        self.design = design
        self.palette = PALETTES[design]
        self.page_size = size = (stock.page_width_mm * mm, stock.page_height_mm * mm)
        self.canvas = StreamedCanvas(size)
        self.canvas.setTitle("楼门码")
        self.canvas.setCreator("Mashang")
        self.pages = 0
        self.open = False
        self.forms: set[str] = set()

    def place(self, poster: Poster, cell: int) -> None:
        """Draw `poster` into `cell` of the open page, as large as fits, in the middle."""
        form = self._form(poster)
        if not self.open:
            self._open_page()
        stock, canvas = self.stock, self.canvas
        scale = min(stock.cell_width_mm / WIDTH, stock.cell_height_mm / HEIGHT)
        x, y = stock.cell_corner_mm(cell)
        x += (stock.cell_width_mm - WIDTH * scale) / 2
        y += (stock.cell_height_mm - HEIGHT * scale) / 2
        canvas.saveState()
        canvas.transform(scale * mm, 0, 0, scale * mm, x * mm, y * mm)
        canvas.doForm(form)
        draw_own(canvas, self.palette, poster)
        canvas.restoreState()

    def turn(self) -> None:
        """Put the open page away."""
        self.canvas.showPage()
        self.pages += 1
        self.open = False

    def finish(self, out: BinaryIO) -> int:
        """Write the whole file; returns the number of pages."""
        if self.open:
            self.turn()
        if self.pages:
            with _fonts_lock:
                self.canvas.finish(out)
        return self.pages

    def close(self) -> None:
        self.canvas.close()

    def _open_page(self) -> None:
        self.open = True
        if self.palette.paper is not None:
            self.canvas.setFillColor(HexColor(self.palette.paper))
            width, height = self.page_size
            self.canvas.rect(0, 0, width, height, stroke=0, fill=1)

    def _form(self, poster: Poster) -> str:
        """Name of the form with what posters like this one share, drawn at its first use."""
        has_phone = poster.phone is not None
        name = f"poster-{int(poster.demo)}{int(has_phone)}"
        if name not in self.forms:
            self.canvas.beginForm(name, 0, 0, WIDTH, HEIGHT)
            draw_shared(self.canvas, self.palette, demo=poster.demo, has_phone=has_phone)
            self.canvas.endForm()
            self.forms.add(name)
        return name
