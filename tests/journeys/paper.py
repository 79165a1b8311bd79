"""What stands on paper, and a photo taken in a stairwell."""

from __future__ import annotations

from pathlib import Path

import pypdfium2
import zxingcpp
from PIL import Image, ImageDraw, ImageFilter


def addresses_on(pdf: Path, count: int) -> list[str]:
    """What a telephone's camera reads from the first `count` posters."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [_read(document[number].render(scale=2).to_pil()) for number in range(count)]
    finally:
        document.close()


def _read(page: Image.Image) -> str:
    found = zxingcpp.read_barcodes(page)
    assert len(found) == 1, f"a poster carries one code, this one {len(found)}"
    return found[0].text


def photo_of_a_dark_stairwell(path: Path) -> Path:
    """A JPEG as a telephone makes it: large, and with a note of where it was taken."""
    picture = Image.new("RGB", (2400, 1800), (38, 36, 40))
    draw = ImageDraw.Draw(picture)
    draw.polygon([(0, 0), (620, 300), (620, 1300), (0, 1800)], fill=(58, 55, 54))
    draw.polygon([(2400, 0), (1780, 300), (1780, 1300), (2400, 1800)], fill=(50, 47, 47))
    draw.polygon([(0, 1800), (620, 1300), (1780, 1300), (2400, 1800)], fill=(72, 66, 60))
    for step in range(6):
        top = 1300 - 75 * step
        draw.rectangle([900 + 40 * step, top - 75, 1700 - 20 * step, top], fill=(84 - 7 * step,) * 3)
    draw.rectangle([690, 560, 860, 1300], fill=(70, 48, 36), outline=(96, 70, 50), width=10)
    draw.ellipse([1130, 120, 1290, 250], fill=(92, 90, 84), outline=(120, 116, 108), width=8)
    draw.line([1210, 0, 1210, 120], fill=(120, 116, 108), width=10)
    where = Image.Exif()
    where[0x010E] = "taken at the third floor"
    picture.filter(ImageFilter.GaussianBlur(4)).save(path, "JPEG", quality=90, exif=where)
    return path
