"""Printed posters: every code reads back, the Chinese is embedded and says what it should."""

from __future__ import annotations

import io
import os
import random
import re
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from qr.errors import PrintRefused
from qr.poster import DEMO_MARK, PALETTES, Design, Poster
from qr.proof import read_codes
from qr.sheet import print_sheets
from qr.stock import BUILTIN, Stock
from tests.qr.printing import make_poster, page_text, printed

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
RARE = "喆珺祎堃翀"
DESIGNS: tuple[Design, ...] = ("black", "colour")
NAMES = st.text(
    st.sampled_from("一号楼东西南北区里园单元门甲乙丙0123456789ABC-（）·" + RARE), min_size=1, max_size=30
)


def random_posters(count: int, seed: int) -> list[Poster]:
    chance = random.Random(seed)
    hosts = ["example.org", "ms.example.cn:8443", "a.cn", "mashang.balizhuang.example.gov.cn/app"]
    posters = []
    for number in range(1, count + 1):
        code = "".join(chance.choices(ALPHABET, k=8))
        posters.append(
            make_poster(
                code=code,
                url=f"https://{chance.choice(hosts)}/d/{code}",
                community="".join(chance.choices("甘露园红庙北里八里庄", k=chance.randint(1, 12))),
                building=f"{chance.randint(1, 999)}号楼" * chance.randint(1, 4),
                doorway="".join(chance.choices("东西南北一二三单元门" + RARE, k=chance.randint(1, 12))),
                estate=chance.choice([None, "甘露园南里"]),
                community_phone=chance.choice([None, "010-5555 0186"]),
                printed=f"印次 2026-11-03 · 第{number}张",
                demo=chance.random() < 0.3,
            )
        )
    return posters


@pytest.mark.parametrize(
    ("design", "stock"), [("colour", "a4-poster"), ("black", "a4-poster"), ("black", "a5-poster")]
)
def test_every_code_reads_back(design: Design, stock: str, save: Callable[[bytes], Path]) -> None:
    posters = random_posters(60, seed=len(design + stock))
    readings = list(read_codes(save(printed(posters, BUILTIN[stock], design=design))))
    assert [reading.text for reading in readings] == [poster.url for poster in posters]
    assert [reading.page for reading in readings] == list(range(1, len(posters) + 1))


@settings(max_examples=30, deadline=None)
@given(building=NAMES, doorway=NAMES, community=NAMES, estate=st.none() | NAMES)
def test_any_name_is_on_the_poster_whole(
    building: str, doorway: str, community: str, estate: str | None
) -> None:
    poster = make_poster(building=building, doorway=doorway, community=community, estate=estate)
    text = re.sub(r"\s", "", page_text(printed([poster])))
    for name in (building, doorway, community, estate or ""):
        assert name in text


@pytest.mark.parametrize("design", DESIGNS)
def test_words_of_a_poster(design: Design) -> None:
    text = page_text(printed([make_poster()], design=design))
    for words in (
        "甘露园南里",
        "12号楼 3单元",
        "八里庄街道 · 甘露园社区",
        "家门口的事，扫码说一声",
        "Scan to tell us what is wrong. No app, no login.",
        "7K2M 9QX3",
        "扫不了？打开 example.org/d，输入上面八个字",
        "社区电话 010-5555 0186",
        "市民热线 12345",
        "有危险先打 119、120、110",
        "印次 2026-11-03 · 第127张",
    ):
        assert words in text
    assert DEMO_MARK not in text


def test_type_in_line_follows_the_address() -> None:
    text = page_text(printed([make_poster(url="http://127.0.0.1:8000/d/7K2M9QX3")]))
    assert "打开 127.0.0.1:8000/d，" in text


def test_demo_poster_says_so_and_shows_no_telephone_but_public_ones() -> None:
    text = page_text(printed([make_poster(demo=True)]))
    assert text.count(DEMO_MARK) == 2
    assert "社区电话" not in text
    assert "5555" not in text
    assert "市民热线 12345" in text


def test_without_an_estate_the_community_heads_the_plate_once() -> None:
    text = page_text(printed([make_poster(estate=None)]))
    assert text.count("甘露园社区") == 1
    assert "八里庄街道" in text


def test_fonts_are_embedded_truetype_and_the_two_weights_stay_apart() -> None:
    pdf = printed([make_poster()])
    assert re.search(rb"/FontFile2 \d+ 0 R", pdf)
    named = set(re.findall(rb"/FontName /[A-Z]+\+([A-Za-z-]+)", pdf))
    assert named == {b"MashangSansSC-Regular", b"MashangSansSC-Bold"}
    assert pdf.count(b"/Type /FontDescriptor") == len(re.findall(rb"/FontFile2 \d+ 0 R", pdf))


def drawn(poster: Poster, design: Design, dpi: int = 150) -> Image.Image:
    document = pypdfium2.PdfDocument(printed([poster], design=design))
    try:
        image: Image.Image = document[0].render(scale=dpi / 72).to_pil().convert("RGB")
        return image
    finally:
        document.close()


@pytest.mark.parametrize("design", DESIGNS)
def test_four_modules_of_white_surround_the_symbol(design: Design) -> None:
    image, pixels = drawn(make_poster(), design), 150 / 25.4
    module = 104 / 37
    left, top, side = 53, 112, 104
    box = [round(edge * pixels) for edge in (left, top, left + side, top + side)]
    symbol_area = image.crop((box[0], box[1], box[2], box[3])).convert("L")
    dark = symbol_area.point([255 if level < 128 else 0 for level in range(256)]).getbbox()
    assert dark is not None
    quiet = 4 * module * pixels
    for found, wanted in zip(dark, (quiet, quiet, side * pixels - quiet, side * pixels - quiet), strict=True):
        assert abs(found - wanted) <= 1.5
    inset = round(quiet) - 2
    frame = symbol_area.copy()
    frame.paste(255, (inset, inset, frame.width - inset, frame.height - inset))
    assert frame.getextrema() == (255, 255)


def test_modules_have_no_seams() -> None:
    """At odd resolutions the inside of a finder pattern stays fully black."""
    for dpi in (61, 97, 133):
        image, pixels, module = drawn(make_poster(), "black", dpi).convert("L"), dpi / 25.4, 104 / 37
        # The finder's centre: modules 6 to 8 of 37 both ways, less a pixel at the edges.
        corners = [53 + 6 * module, 112 + 6 * module, 53 + 9 * module, 112 + 9 * module]
        left, top, right, bottom = (round(edge * pixels) for edge in corners)
        assert image.crop((left + 1, top + 1, right - 1, bottom - 1)).getextrema() == (0, 0)


def test_black_design_uses_no_colour_and_no_filled_plate() -> None:
    image = drawn(make_poster(), "black")
    red, green, blue = (channel.tobytes() for channel in image.split())
    assert red == green == blue
    share = image.convert("L").histogram()[0] / (image.width * image.height)
    assert share < 0.15


def test_colour_design_has_the_enamel_plate() -> None:
    image = drawn(make_poster(), "colour")
    plate = PALETTES["colour"].plate
    assert plate is not None
    assert image.crop((108, 260, 116, 268)).getcolors() == [(64, tuple(bytes.fromhex(plate[1:])))]


@pytest.mark.parametrize(
    "field", ["community", "building", "doorway", "sub_district", "estate", "community_phone", "printed"]
)
def test_character_without_a_glyph_is_refused_by_name(field: str) -> None:
    with pytest.raises(PrintRefused) as refused:
        printed([make_poster(), make_poster(code="ABCDEFGH", **{field: "吉𠮷"})])
    assert "𠮷" in refused.value.why
    assert "U+20BB7" in refused.value.why
    assert "ABCDEFGH" in refused.value.where


@pytest.mark.parametrize("character", ["\n", "\t", "\x00", "\u200b", "\u202e", "\U0001f6b0", "\ufeff"])
def test_invisible_characters_are_refused(character: str) -> None:
    with pytest.raises(PrintRefused, match=f"U\\+{ord(character):04X}"):
        printed([make_poster(building=f"12{character}号楼")])


@pytest.mark.parametrize(
    "changes",
    [
        {"url": "https://example.org/d/AAAAAAAA"},
        {"url": "example.org/d/7K2M9QX3"},
        {"url": "https://example.org/d/\n7K2M9QX3"},
        {"url": "https://[/d/7K2M9QX3"},
        {"url": "https://example.org/" + "x" * 200 + "/d/7K2M9QX3"},
        {"code": "7K2M9QX"},
        {"building": "", "doorway": " "},
        {"building": "甘" * 120},
        {"doorway": "A" * 90},
        {"estate": "甘" * 40},
        {"community": "甘" * 60},
        {"community_phone": "0" * 60},
        {"printed": "张" * 60},
    ],
)
def test_a_poster_that_would_be_wrong_is_refused_and_nothing_is_written(changes: dict[str, str]) -> None:
    out = io.BytesIO()
    with pytest.raises(PrintRefused) as refused:
        print_sheets([make_poster(), make_poster(**changes)], BUILTIN["a4-poster"], out)
    assert "甘" in refused.value.where or changes.get("community", "") in refused.value.where
    assert refused.value.why
    assert out.getvalue() == b""


def test_long_names_break_and_stay_inside_the_plate() -> None:
    building, doorway = "甘露园南里二区小区12号楼东侧配楼", "地下一层东侧第三单元"
    document = pypdfium2.PdfDocument(printed([make_poster(building=building, doorway=doorway)]))
    words = document[0].get_textpage()
    for name in (building, doorway):
        start = words.get_text_range().replace("\r\n", "\n\n").index(name)
        boxes = [words.get_charbox(start + offset) for offset in range(len(name))]
        assert min(box[0] for box in boxes) > 20 / 25.4 * 72
        assert max(box[2] for box in boxes) < 190 / 25.4 * 72
    document.close()


FOUR = Stock("four", 210, 297, columns=2, rows=2)


def test_cells_fill_row_by_row_from_the_first_free_one(save: Callable[[bytes], Path]) -> None:
    posters = random_posters(5, seed=5)
    readings = list(read_codes(save(printed(posters, FOUR, start_at=3))))
    assert [(reading.page, reading.text) for reading in readings] == [
        (1, posters[0].url),
        (1, posters[1].url),
        (2, posters[2].url),
        (2, posters[3].url),
        (2, posters[4].url),
    ]


@pytest.mark.parametrize(("stock", "start_at"), [(FOUR, 0), (FOUR, 5), (BUILTIN["a4-poster"], 2)])
def test_a_cell_that_is_not_on_the_sheet_is_refused(stock: Stock, start_at: int) -> None:
    with pytest.raises(PrintRefused, match=str(start_at)):
        printed([make_poster()], stock, start_at=start_at)


def test_pages_are_counted_and_nothing_is_written_for_nobody() -> None:
    out = io.BytesIO()
    assert print_sheets([], BUILTIN["a4-poster"], out) == 0
    assert out.getvalue() == b""
    assert print_sheets(random_posters(5, seed=1), FOUR, out) == 2


def test_page_size_is_the_stock() -> None:
    document = pypdfium2.PdfDocument(printed([make_poster()], BUILTIN["a5-poster"]))
    assert [round(points / 72 * 25.4) for points in document[0].get_size()] == [148, 210]
    document.close()


def test_a_page_is_small_beyond_the_font() -> None:
    few, many = random_posters(20, seed=2), random_posters(220, seed=2)
    assert few == many[:20]
    per_page = (len(printed(many)) - len(printed(few))) / 200
    assert per_page <= 5000


def test_the_same_posters_give_the_same_bytes() -> None:
    assert printed(random_posters(8, seed=3)) == printed(random_posters(8, seed=3))


def test_pages_leave_memory_and_posters_are_taken_one_at_a_time() -> None:
    printed([make_poster()])

    def kept(count: int) -> int:
        with Path(os.devnull).open("wb") as nowhere:
            tracemalloc.start()
            try:
                print_sheets((make_poster() for _ in range(count)), BUILTIN["a4-poster"], nowhere)
                return tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()

    # A page's operators are some 4 kB; only its number and offset may stay.
    assert kept(160) - kept(10) < 150 * 1500


def test_cross_references_point_at_their_objects() -> None:
    """Viewers repair a wrong table silently, print shops' machines do not."""
    pdf = printed(random_posters(12, seed=6))
    start = int(pdf.rsplit(b"startxref", 1)[1].split()[0])
    head, *entries = pdf[start:].split(b"trailer")[0].splitlines()[1:]
    assert head == b"0 %d" % len(entries)
    for number, entry in enumerate(entries[1:], 1):
        assert pdf[int(entry[:10]) :].startswith(b"%d 0 obj" % number)
