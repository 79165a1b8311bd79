"""What a file's first bytes say: which kind of picture, how wide, how high. Pure, and only Python: a hostile file
meets the decoders in the worker, never in the process that answers residents."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Header:
    """A kind of picture by Pillow's name for it, and its size as stored (not yet upright)."""

    kind: str
    width: int
    height: int

    @property
    def is_too_large(self) -> bool:
        """Whether it has more pixels than can be unpacked without hurting everybody else."""
        return self.width * self.height > MOST_PIXELS_OF.get(self.kind, MOST_PIXELS_ELSE)


MOST_PIXELS = 60_000_000
MOST_PIXELS_OF = {"JPEG": MOST_PIXELS, "HEIF": 50_000_000}  # JPEG is shrunk while it is read
MOST_PIXELS_ELSE = 25_000_000  # unpacked whole: 34 bytes of WebP can be a gigabyte
MOST_MARKERS = 2_000  # before the picture itself
DEEPEST = 4  # boxes within boxes
_PADDING = re.compile(b"\xff+")
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_BARE = frozenset({0x01, *range(0xD0, 0xD9)})  # markers nothing follows
_HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_AVIF_BRANDS = frozenset({b"avif", b"avis"})


def read_header(body: bytes) -> Header | None:
    """The header of a picture; None for anything else, and for one that is visibly cut short."""
    for begins, reader in _READERS:
        if body.startswith(begins, 4 if begins == b"ftyp" else 0):
            try:
                found = reader(body)
            except (IndexError, ValueError):
                return None
            return found if found is not None and found.width > 0 and found.height > 0 else None
    return None


def _number(body: bytes, start: int, length: int, order: str = "big") -> int:
    part = body[start : start + length]
    if len(part) < length:
        raise ValueError("cut short")
    return int.from_bytes(part, "big" if order == "big" else "little")


def _jpeg(body: bytes) -> Header | None:
    place = 2
    for _ in range(MOST_MARKERS):
        padding = _PADDING.match(body, place)
        if padding is None:
            return None
        place = padding.end() - 1
        marker = body[place + 1]
        if marker in _JPEG_BARE:
            place += 2
        elif marker in _JPEG_FRAMES:
            return Header("JPEG", _number(body, place + 7, 2), _number(body, place + 5, 2))
        elif marker in (0xD9, 0xDA):
            return None
        else:
            place += 2 + _number(body, place + 2, 2)
    return None  # no camera writes so many


def _png(body: bytes) -> Header | None:
    if body[12:16] != b"IHDR":
        return None
    return Header("PNG", _number(body, 16, 4), _number(body, 20, 4))


def _gif(body: bytes) -> Header:
    return Header("GIF", _number(body, 6, 2, "little"), _number(body, 8, 2, "little"))


def _webp(body: bytes) -> Header | None:
    if body[8:12] != b"WEBP" or _number(body, 4, 4, "little") + 8 > len(body):
        return None
    chunk = body[12:16]
    if chunk == b"VP8X":
        return Header("WEBP", _number(body, 24, 3, "little") + 1, _number(body, 27, 3, "little") + 1)
    if chunk == b"VP8L":
        bits = _number(body, 21, 4, "little")
        return Header("WEBP", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if chunk == b"VP8 ":
        width, height = _number(body, 26, 2, "little"), _number(body, 28, 2, "little")
        return Header("WEBP", width & 0x3FFF, height & 0x3FFF)
    return None


def _boxed(body: bytes) -> Header | None:
    """HEIF and AVIF. The largest of the sizes given counts: a photo is often stored in tiles."""
    brands = {body[place : place + 4] for place in (8, *range(16, min(_number(body, 0, 4), 256), 4))}
    kind = "AVIF" if brands & _AVIF_BRANDS else "HEIF" if brands & _HEIF_BRANDS else None
    sizes: list[tuple[int, int]] = []
    for name, start, end in _boxes(body, 0, len(body)):
        if end > len(body) and name in (b"ftyp", b"meta", b"mdat"):
            return None  # cut short; what some cameras add behind the picture need not be a box
        if name == b"meta":
            sizes += _sizes(body, start + 4, end)
    if kind is None or not sizes:
        return None
    return Header(kind, *max(sizes, key=lambda size: size[0] * size[1]))


def _sizes(body: bytes, start: int, end: int, depth: int = 0) -> Iterator[tuple[int, int]]:
    if depth > DEEPEST:
        return
    for name, inner, after in _boxes(body, start, end):
        if name in (b"iprp", b"ipco"):
            yield from _sizes(body, inner, min(after, end), depth + 1)
        elif name == b"ispe":
            yield _number(body, inner + 4, 4), _number(body, inner + 8, 4)


def _boxes(body: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """The boxes of a container: name, where the inside begins, where the box ends."""
    while start + 8 <= end:
        length, inner = _number(body, start, 4), start + 8
        if length == 1:
            length, inner = _number(body, start + 8, 8), start + 16
        after = end if length == 0 else start + length
        if after < inner:
            return
        yield body[start + 4 : start + 8], inner, after
        start = after


_READERS = (
    (b"\xff\xd8\xff", _jpeg),
    (b"\x89PNG\r\n\x1a\n", _png),
    (b"GIF87a", _gif),
    (b"GIF89a", _gif),
    (b"RIFF", _webp),
    (b"ftyp", _boxed),
)
