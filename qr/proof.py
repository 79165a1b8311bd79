"""Read the codes of a printed PDF back, as a telephone would see them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pypdfium2
import zxingcpp
from PIL import Image

from qr.errors import ProofRefused

__all__ = ["ProofRefused", "Reading", "read_codes"]

POINTS_PER_INCH = 72
# A poster's code is easily read at the first; small or dense ones get a second, closer look.
RESOLUTIONS_DPI = (150, 300)


@dataclass(frozen=True)
class Reading:
    """One symbol of page `page` (1-based) and what it says; `text` is None for a page without any."""

    page: int
    text: str | None


def read_codes(pdf: Path) -> Iterator[Reading]:
    """Every symbol of every page, page by page, from top to bottom and left to right.
    Raises ProofRefused for a file that is no PDF, FileNotFoundError for none."""
    if not pdf.is_file():
        raise FileNotFoundError(pdf)
    try:
        document = pypdfium2.PdfDocument(pdf)
    except pypdfium2.PdfiumError as error:
        raise ProofRefused(f"{pdf}：不是能读的 PDF") from error
    try:
        for number in range(len(document)):
            texts: list[str | None] = [*_page_texts(document[number])]
            for text in texts or [None]:
                yield Reading(number + 1, text)
    finally:
        document.close()


def _page_texts(page: pypdfium2.PdfPage) -> list[str]:
    try:
        for dpi in RESOLUTIONS_DPI:
            image = page.render(scale=dpi / POINTS_PER_INCH, grayscale=True).to_pil()
            if texts := _symbol_texts(image):
                return texts
        return []
    finally:
        page.close()


def _symbol_texts(image: Image.Image) -> list[str]:
    qr_only = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    found = [barcode for barcode in zxingcpp.read_barcodes(image, formats=qr_only) if barcode.valid]
    return [barcode.text for row in _rows(found) for barcode in sorted(row, key=_left)]


def _rows(found: list[zxingcpp.Barcode]) -> list[list[zxingcpp.Barcode]]:
    """Symbols by the line they stand on. Neighbours with more modules begin a little higher, so a symbol
    belongs to a line if it begins above the middle of the line's first symbol."""
    rows: list[list[zxingcpp.Barcode]] = []
    for barcode in sorted(found, key=_top):
        if rows and _top(barcode) < (_top(rows[-1][0]) + _bottom(rows[-1][0])) / 2:
            rows[-1].append(barcode)
        else:
            rows.append([barcode])
    return rows


def _left(barcode: zxingcpp.Barcode) -> int:
    return barcode.position.top_left.x


def _top(barcode: zxingcpp.Barcode) -> int:
    return barcode.position.top_left.y


def _bottom(barcode: zxingcpp.Barcode) -> int:
    return barcode.position.bottom_left.y
