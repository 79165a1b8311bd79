"""Every kind of file a phone hands over becomes one plain JPEG: upright, right in colour, on white, and with nothing
in it but the picture."""

from __future__ import annotations

import io
import random
import struct

import pillow_heif
import pytest
from PIL import Image, ImageCms, PngImagePlugin

from app.cases.picture_header import Header, read_header
from app.cases.reencoding import Picture, reencoded

pillow_heif.register_heif_opener()

SECRETS = (
    "SecretCamera",
    "39.9162",
    "SecretXmp",
    "SecretComment",
    "SecretProfile",
    "SecretTrailer",
    "GPSLatitude",
)
XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>SecretXmp GPSLatitude=39.9162</x:xmpmeta>"
RED, BLUE, GREEN, YELLOW = (200, 30, 30), (30, 30, 200), (20, 160, 40), (220, 200, 30)
CORNERS = (RED, BLUE, GREEN, YELLOW)  # top left, top right, bottom left, bottom right


def quartered(width: int = 240, height: int = 160) -> Image.Image:
    """Each quarter in a colour of its own, so that every turning and mirroring shows."""
    image = Image.new("RGB", (width, height), RED)
    image.paste(BLUE, (width // 2, 0, width, height // 2))
    image.paste(GREEN, (0, height // 2, width // 2, height))
    image.paste(YELLOW, (width // 2, height // 2, width, height))
    return image


def saved(image: Image.Image, image_format: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, image_format, **options)  # type: ignore[arg-type]
    return out.getvalue()


def exif(orientation: int = 1) -> bytes:
    notes = Image.Exif()
    notes[0x0112], notes[0x010F] = orientation, "SecretCamera"
    notes.get_ifd(0x8825)[1] = "N"
    notes.get_ifd(0x8825)[2] = (39.0, 54.0, 58.0)
    return notes.tobytes()


def wide_profile() -> bytes:
    """A colour profile unlike sRGB, with a word in it: red and blue change places."""
    plain = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    plain = plain.replace(b"rXYZ", b"tmpX").replace(b"bXYZ", b"rXYZ").replace(b"tmpX", b"bXYZ")
    return bytes(plain)


def made(body: bytes) -> Picture:
    picture = reencoded(body)
    assert picture is not None
    return picture


def corners(picture: Picture) -> list[tuple[int, ...]]:
    with Image.open(io.BytesIO(picture.body)) as image:
        width, height = image.size
        places = [(x, y) for y in (height // 4, height * 3 // 4) for x in (width // 4, width * 3 // 4)]
        return [tuple(image.getpixel(place)) for place in places]  # type: ignore[arg-type]


def near(seen: tuple[int, ...], wanted: tuple[int, ...], by: int = 14) -> bool:
    return all(abs(one - other) <= by for one, other in zip(seen, wanted, strict=True))


def as_taken(picture: Picture) -> bool:
    return all(near(seen, wanted) for seen, wanted in zip(corners(picture), CORNERS, strict=True))


def segments(body: bytes) -> list[int]:
    """The markers of a JPEG up to its pixels; what stands behind its end is an error."""
    assert body.startswith(b"\xff\xd8")
    assert body.endswith(b"\xff\xd9")
    assert body.count(b"\xff\xd9") == 1
    markers, place = [], 2
    while body[place + 1] != 0xDA:
        assert body[place] == 0xFF
        markers.append(body[place + 1])
        place += 2 + int.from_bytes(body[place + 2 : place + 4], "big")
    return markers


# ---- what phones write ---------------------------------------------------------------------------------


def _multi_picture() -> bytes:
    """A phone's MPO: the photo, and behind it another one with a depth map."""
    body = saved(
        quartered(), "MPO", save_all=True, append_images=[Image.new("RGB", (240, 160), "black")], exif=exif()
    )
    with Image.open(io.BytesIO(body)) as image:
        assert image.format == "MPO"
    return body


def _moving() -> bytes:
    """A “motion photo”: a JPEG with a film behind it."""
    film = struct.pack(">I4s4s", 24, b"ftyp", b"mp42") + b"SecretTrailer" * 4000
    return saved(quartered(), "JPEG", quality=95, exif=exif()) + film


def _animated(image_format: str) -> bytes:
    second = Image.new("RGB", (240, 160), "black")
    lossless = {"lossless": True} if image_format == "WEBP" else {}
    return saved(quartered(), image_format, save_all=True, append_images=[second], duration=80, **lossless)


PHONES = {
    "jpeg": saved(quartered(), "JPEG", quality=95),
    "progressive jpeg": saved(quartered(), "JPEG", quality=95, progressive=True),
    "png": saved(quartered(), "PNG"),
    "palette png": saved(quartered().quantize(16), "PNG"),
    "webp": saved(quartered(), "WEBP"),
    "lossless webp": saved(quartered(), "WEBP", lossless=True),
    "heic": saved(quartered(), "HEIF", quality=90),
    "avif": saved(quartered(), "AVIF", quality=90),
    "gif": saved(quartered(), "GIF"),
    "mpo": _multi_picture(),
    "motion photo": _moving(),
    "animated gif": _animated("GIF"),
    "animated png": _animated("PNG"),
    "animated webp": _animated("WEBP"),
}


@pytest.mark.parametrize("kind", PHONES)
def test_every_kind_becomes_the_same_picture(kind: str) -> None:
    picture = made(PHONES[kind])
    assert (picture.width, picture.height) == (240, 160)
    assert as_taken(picture), corners(picture)


@pytest.mark.parametrize("kind", PHONES)
def test_the_header_says_what_the_decoder_would(kind: str) -> None:
    header = read_header(PHONES[kind])
    assert header is not None
    with Image.open(io.BytesIO(PHONES[kind])) as image:
        assert header.kind == {"MPO": "JPEG"}.get(image.format or "", image.format)
        assert (header.width, header.height) == image.size


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_however_it_was_held_it_stands_upright(orientation: int, image_format: str) -> None:
    undo = {
        2: [Image.Transpose.FLIP_LEFT_RIGHT],
        3: [Image.Transpose.ROTATE_180],
        4: [Image.Transpose.FLIP_TOP_BOTTOM],
        5: [Image.Transpose.TRANSPOSE],
        6: [Image.Transpose.ROTATE_90],
        7: [Image.Transpose.TRANSVERSE],
        8: [Image.Transpose.ROTATE_270],
    }
    image = quartered()
    for turn in undo.get(orientation, []):
        image = image.transpose(turn)
    picture = made(saved(image, image_format, exif=exif(orientation)))
    assert (picture.width, picture.height) == (240, 160)
    assert as_taken(picture)


def test_heic_is_turned_once() -> None:
    image = quartered().transpose(Image.Transpose.ROTATE_90)
    picture = made(saved(image, "HEIF", quality=90, exif=exif(6)))
    assert (picture.width, picture.height) == (240, 160)
    assert as_taken(picture)


# ---- colours -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_colours_are_taken_over_without_the_profile(image_format: str) -> None:
    plain = saved(quartered(), image_format, quality=95)
    body = saved(quartered(), image_format, quality=95, icc_profile=wide_profile())
    seen = corners(made(body))
    assert near(seen[0], RED[::-1], 20), (
        "red and blue change places by the profile, and so they do in the picture"
    )
    assert near(seen[1], BLUE[::-1], 20)
    assert as_taken(made(plain))


@pytest.mark.parametrize("profile", [b"none", b"\0" * 200, wide_profile()[:150]])
def test_a_profile_nobody_can_read_costs_no_picture(profile: bytes) -> None:
    assert as_taken(made(saved(quartered(), "JPEG", quality=95, icc_profile=profile)))


def test_a_profile_of_another_kind_of_picture_costs_no_picture() -> None:
    assert made(saved(quartered().convert("L"), "PNG", icc_profile=wide_profile()))
    assert made(saved(quartered().convert("CMYK"), "JPEG", icc_profile=wide_profile()))


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_is_see_through_stands_on_white(mode: str) -> None:
    image = Image.new("RGBA", (80, 60), (0, 0, 0, 0))
    image.paste((0, 0, 0, 255), (40, 0, 80, 60))
    if mode == "P":
        image = image.quantize(8, method=Image.Quantize.FASTOCTREE)
    elif mode != "RGBA":
        image = image.convert("LA")
    left_top, right_top, *_ = corners(made(saved(image, "PNG")))
    assert near(left_top, (255, 255, 255))
    assert near(right_top, (0, 0, 0))


def test_sixteen_bits_of_grey_keep_their_shades() -> None:
    image = Image.new("I;16", (80, 60), 0)
    for x in range(40, 80):
        for y in range(60):
            image.putpixel((x, y), 32768)
    left, right, *_ = corners(made(saved(image, "PNG")))
    assert near(left, (0, 0, 0))
    assert near(right, (127, 127, 127))


def test_printers_colours_become_screen_colours() -> None:
    picture = made(saved(quartered().convert("CMYK"), "JPEG", quality=95))
    assert all(near(seen, wanted, 30) for seen, wanted in zip(corners(picture), CORNERS, strict=True))


# ---- nothing but the picture ---------------------------------------------------------------------------


def _telling() -> dict[str, bytes]:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes() + b"SecretProfile"
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", "SecretComment 39.9162")
    text.add_itxt("XML:com.adobe.xmp", XMP.decode())
    notes = {"exif": exif(), "icc_profile": profile}
    return {
        "jpeg": saved(quartered(), "JPEG", xmp=XMP, comment=b"SecretComment", **notes) + b"SecretTrailer",
        "png": saved(quartered(), "PNG", pnginfo=text, **notes),
        "webp": saved(quartered(), "WEBP", xmp=XMP, **notes),
        "heic": saved(quartered(), "HEIF", xmp=XMP, **notes),
        "avif": saved(quartered(), "AVIF", xmp=XMP, **notes),
        "mpo": _multi_picture(),
        "motion photo": _moving(),
    }


@pytest.mark.parametrize("kind", _telling())
def test_nothing_of_who_where_and_with_what_is_left(kind: str) -> None:
    body = _telling()[kind]
    assert any(secret.encode() in body for secret in SECRETS), "the test file tells something"
    served = made(body).body
    assert not [secret for secret in SECRETS if secret.encode() in served]
    plain = {0xE0, 0xDB, 0xC0, 0xC4}  # JFIF, tables, the frame
    assert set(segments(served)) <= plain
    with Image.open(io.BytesIO(served)) as image:
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        assert not image.getexif()


# ---- what is none --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", PHONES)
def test_wherever_a_file_is_cut_nothing_breaks(kind: str) -> None:
    whole = PHONES[kind]
    for part in (1, 9, 30, 60, 90):
        cut = whole[: len(whole) * part // 100]
        header = read_header(cut)
        assert header is None or isinstance(header, Header)
        reencoded(cut)


@pytest.mark.parametrize("kind", PHONES)
def test_nonsense_in_the_header_raises_nothing(kind: str) -> None:
    chance = random.Random(kind)
    for _ in range(400):
        body = bytearray(PHONES[kind][:2000])
        for _ in range(chance.randint(1, 8)):
            body[chance.randrange(len(body))] = chance.randrange(256)
        read_header(bytes(body))


def test_too_many_pixels_are_not_unpacked() -> None:
    big = saved(Image.new("RGB", (6000, 5000)), "PNG")
    header = read_header(big)
    assert header is not None
    assert header.is_too_large
    assert reencoded(big) is None
