"""The committed fonts have the characters and the names that printing relies on."""

from __future__ import annotations

import pytest
from fontTools.ttLib import TTFont

from qr.fonts.build import FAMILY, HERE, WEIGHTS, characters

STYLES = sorted(WEIGHTS)


@pytest.fixture(scope="module", params=STYLES)
def committed(request: pytest.FixtureRequest) -> tuple[str, TTFont]:
    return request.param, TTFont(HERE / f"MashangSansSC-{request.param}.ttf")


def test_every_gbk_character_but_one_is_there(committed: tuple[str, TTFont]) -> None:
    glyphs = committed[1].getBestCmap()
    assert [character for character in sorted(characters()) if ord(character) not in glyphs] == ["≒"]
    assert {ord(character) for character in "喆珺祎堃翀·、，？（）“”"} <= set(glyphs)


def test_names_are_our_own_and_tell_the_weights_apart(committed: tuple[str, TTFont]) -> None:
    style, font = committed
    names = font["name"]
    assert names.getDebugName(1) == FAMILY
    assert names.getDebugName(6) == f"MashangSansSC-{style}"
    for name_id in (1, 2, 3, 4, 6, 16, 17, 25):
        assert "Source" not in (names.getDebugName(name_id) or "")
        assert "Thin" not in (names.getDebugName(name_id) or "")
    assert "SIL Open Font License" in names.getDebugName(13)
    assert font["OS/2"].usWeightClass == WEIGHTS[style]


def test_fonts_are_static_and_bold_is_heavier() -> None:
    fonts = {style: TTFont(HERE / f"MashangSansSC-{style}.ttf") for style in STYLES}
    for font in fonts.values():
        assert "fvar" not in font
        assert "glyf" in font
    one = {style: font["glyf"][font.getBestCmap()[ord("一")]] for style, font in fonts.items()}
    assert one["Bold"].yMax - one["Bold"].yMin > one["Regular"].yMax - one["Regular"].yMin


def test_licence_is_beside_the_fonts() -> None:
    assert "SIL OPEN FONT LICENSE" in (HERE / "OFL.txt").read_text()
