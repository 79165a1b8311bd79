"""The matrix is a code any reader accepts, and the path draws exactly the matrix."""

from __future__ import annotations

import re

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode

from qr import symbol

CODES = st.text("0123456789ABCDEFGHJKMNPQRSTVWXYZ", min_size=8, max_size=8)
HOSTS = st.from_regex(r"[a-z][a-z0-9]{1,30}(\.[a-z]{2,10}){1,3}(:[1-9][0-9]{3})?", fullmatch=True)


def picture(modules: symbol.Matrix, scale: int = 4) -> Image.Image:
    side = symbol.side(modules)
    image = Image.new("L", (side, side), 255)
    for y, row in enumerate(modules, symbol.QUIET_ZONE):
        for x, dark in enumerate(row, symbol.QUIET_ZONE):
            if dark:
                image.putpixel((x, y), 0)
    return image.resize((side * scale, side * scale), Image.Resampling.NEAREST)


def read(modules: symbol.Matrix) -> list[str]:
    return [barcode.text for barcode in zxingcpp.read_barcodes(picture(modules)) if barcode.valid]


@settings(max_examples=100, deadline=None)
@given(host=HOSTS, code=CODES)
def test_matrix_with_the_given_mask_reads_back(host: str, code: str) -> None:
    url = f"https://{host}/d/{code}"
    assert read(symbol.matrix(url)) == [url]


@pytest.mark.parametrize("mask", range(8))
def test_every_mask_reads_back(mask: int) -> None:
    url = "https://example.org/d/7K2M9QX3"
    assert read(symbol.matrix(url, mask)) == [url]


def test_masks_differ_so_the_mask_asked_for_is_the_one_used() -> None:
    matrices = {str(symbol.matrix("https://example.org/d/7K2M9QX3", mask)) for mask in range(8)}
    assert len(matrices) == 8


@pytest.mark.parametrize(
    "url", ["https://a.cn/d/7K2M9QX3", "https://example.org/d/7K2M9QX3", "https://e.cn/" + "x" * 190]
)
def test_symbol_is_no_larger_than_correction_m_needs(url: str) -> None:
    plain = QRCode(error_correction=ERROR_CORRECT_M, border=0)
    plain.add_data(url, optimize=0)
    plain.make(fit=True)
    assert len(symbol.matrix(url)) == len(plain.modules)


@pytest.mark.parametrize(
    ("url", "level"), [("https://example.org/d/7K2M9QX3", "Q"), ("https://e.cn/" + "x" * 29, "M")]
)
def test_stronger_correction_where_it_costs_no_room(url: str, level: str) -> None:
    [barcode] = zxingcpp.read_barcodes(picture(symbol.matrix(url)))
    assert barcode.ec_level == level


def test_path_covers_exactly_the_dark_modules_inside_four_modules_of_white() -> None:
    modules = symbol.matrix("https://example.org/d/7K2M9QX3")
    operators = symbol.path(modules).split("\n")
    assert operators[-1] == "f"
    assert operators.count("f") == 1
    covered: list[tuple[int, int]] = []
    for operator in operators[:-1]:
        match = re.fullmatch(r"(\d+) (\d+) (\d+) 1 re", operator)
        assert match
        x, y, length = map(int, match.groups())
        covered += [(x + step, y) for step in range(length)]
    dark = {(x + 4, y + 4) for y, row in enumerate(modules) for x, module in enumerate(row) if module}
    assert set(covered) == dark
    assert len(covered) == len(dark)


def test_too_long_an_address_is_refused() -> None:
    with pytest.raises(symbol.TooLong):
        symbol.matrix("https://example.org/" + "x" * 300)
    with pytest.raises(symbol.TooLong):
        symbol.matrix("https://example.org/" + "x" * 5000)
