"""Posters to print, and the printed PDF as pypdfium2 sees it."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

import pypdfium2

from qr.poster import Design, Poster
from qr.sheet import print_sheets
from qr.stock import BUILTIN, Stock

PLAIN = {
    "url": "https://example.org/d/7K2M9QX3",
    "code": "7K2M9QX3",
    "community": "甘露园社区",
    "building": "12号楼",
    "doorway": "3单元",
    "sub_district": "八里庄街道",
    "estate": "甘露园南里",
    "community_phone": "010-5555 0186",
    "printed": "印次 2026-11-03 · 第127张",
    "demo": False,
}


def make_poster(**changes: Any) -> Poster:
    """The plain poster with some fields changed; a changed code changes the address too."""
    fields = {**PLAIN, **changes}
    if "code" in changes and "url" not in changes:
        fields["url"] = f"https://example.org/d/{changes['code']}"
    return Poster(**fields)


def printed(
    posters: Iterable[Poster],
    stock: Stock = BUILTIN["a4-poster"],
    *,
    design: Design = "colour",
    start_at: int = 1,
) -> bytes:
    out = io.BytesIO()
    print_sheets(posters, stock, out, design=design, start_at=start_at)
    return out.getvalue()


def page_text(pdf: bytes, page: int = 0) -> str:
    """The words of one page (0-based) as a viewer would copy them."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        # pdfium marks a hyphen at a line's end as a break of its word.
        return str(document[page].get_textpage().get_text_range()).replace("\ufffe", "-")
    finally:
        document.close()
