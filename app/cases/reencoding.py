"""Making a servable picture of whatever a camera wrote: upright, small, in sRGB, on white, without a note in it.
Loaded by the worker alone, at its first photo: the decoders cost start-up time and memory."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass

import pillow_heif
from PIL import ExifTags, Image, ImageCms

from app.cases.picture_header import MOST_PIXELS, Header, read_header

LONGEST_EDGE = 1600
JPEG_QUALITY = 82
_BOX = (LONGEST_EDGE, LONGEST_EDGE)
_SRGB = ImageCms.createProfile("sRGB")
_GREY_OF_16_BITS = ("I;16", "I;16B", "I;16L", "I;16N", "I")
_TURNS: dict[object, Image.Transpose] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

pillow_heif.register_heif_opener()
Image.MAX_IMAGE_PIXELS = MOST_PIXELS


@dataclass(frozen=True)
class Picture:
    """A servable JPEG."""

    body: bytes
    width: int
    height: int


def reencoded(sent: bytes) -> Picture | None:
    """The servable picture of a file; None when it cannot be made, for whatever reason lies in the file."""
    try:
        return _made(sent)
    except Exception:  # the decoders raise whatever a broken or hostile file makes them stumble over
        return None


def made_before(body: bytes) -> Picture:
    """A picture made here earlier, read back."""
    with Image.open(io.BytesIO(body), formats=("JPEG",)) as image:
        return Picture(body, *image.size)


def _made(sent: bytes) -> Picture | None:
    header = read_header(sent)
    if header is None:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        # only the decoder its first bytes ask for; JPEG is also the door to phones' multi-picture files
        with Image.open(io.BytesIO(sent), formats=(header.kind,)) as image:
            if Header(header.kind, *image.size).is_too_large:
                return None
            turn, profile = _TURNS.get(_orientation(image)), image.info.get("icc_profile")
            small = _small(image)
    upright = small if turn is None else small.transpose(turn)
    fresh = Image.new("RGB", upright.size)  # carries nothing over but the pixels
    fresh.paste(_in_srgb(_on_white(upright), profile))
    out = io.BytesIO()
    fresh.save(out, "JPEG", quality=JPEG_QUALITY, optimize=True)
    return Picture(out.getvalue(), *fresh.size)


def _small(image: Image.Image) -> Image.Image:
    """The first picture of the file, shrunk: before anything else, for every copy of a large one costs memory."""
    image.draft(None, _BOX)
    image.load()
    if image.mode in _GREY_OF_16_BITS:
        image = image.convert("I").point(lambda value: value / 257).convert("L")
    elif image.mode == "1" or (image.mode in ("L", "RGB") and image.has_transparency_data):
        image = image.convert("RGBA" if image.has_transparency_data else "L")
    elif image.mode not in ("L", "LA", "RGB", "RGBA", "CMYK"):
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    image.thumbnail(_BOX)
    return image.copy()


def _on_white(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image
    seen = image.convert("RGBA")
    white = Image.new("RGB", seen.size, "white")
    white.paste(seen, mask=seen.getchannel("A"))
    return white


def _in_srgb(image: Image.Image, profile: object) -> Image.Image:
    """The same colours without the file's own profile, which is not served."""
    if isinstance(profile, bytes) and profile:
        try:
            own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            turned = ImageCms.profileToProfile(image, own, _SRGB, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, ValueError):
            turned = None  # a profile nobody can read, or of another kind of picture
        if turned is not None:
            return turned
    return image.convert("RGB")


def _orientation(image: Image.Image) -> object:
    """What the picture's own notes say of how it was held; None where they say nothing, or nonsense."""
    try:
        return image.getexif().get(ExifTags.Base.Orientation)
    except Exception:  # notes nobody can read are no reason to throw the picture away
        return None
