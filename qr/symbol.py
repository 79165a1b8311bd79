"""The two-dimensional code as a matrix and as one vector path."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

from qrcode.constants import ERROR_CORRECT_M, ERROR_CORRECT_Q
from qrcode.exceptions import DataOverflowError
from qrcode.main import QRCode
from qrcode.util import QRData

QUIET_ZONE = 4
BYTES: Literal[4] = 4  # the symbol's byte mode, whatever the text looks like
# Scoring all eight masks takes most of qrcode's time; any mask is valid, and the tests read this one back.
MASK = 3
# Version 10 is 57 modules: on the smallest poster a module is then still over a millimetre.
MAX_VERSION = 10

DARK_RUN = re.compile(b"\x01+")

Matrix = Sequence[Sequence[bool | None]]


class TooLong(ValueError):
    """The text needs more modules than a poster's symbol has."""


@lru_cache(maxsize=256)
def _version_and_correction(length: int) -> tuple[int, int]:
    """Smallest version that holds `length` bytes with correction M, raised to Q where Q fits the same one."""
    sample = QRData(b"a" * length, mode=BYTES)

    def version_for(correction: int) -> int:
        code = QRCode(error_correction=correction)
        code.add_data(sample)
        return code.best_fit()

    version = version_for(ERROR_CORRECT_M)
    try:
        stronger = version_for(ERROR_CORRECT_Q) == version
    except (DataOverflowError, ValueError):
        stronger = False
    return version, ERROR_CORRECT_Q if stronger else ERROR_CORRECT_M


def matrix(text: str, mask: int = MASK) -> Matrix:
    """Rows of modules (true is dark), without quiet zone. Raises TooLong."""
    data = text.encode()
    try:
        version, correction = _version_and_correction(len(data))
    except (DataOverflowError, ValueError) as error:
        raise TooLong(text) from error
    if version > MAX_VERSION:
        raise TooLong(text)
    code = QRCode(version=version, error_correction=correction, border=0, mask_pattern=mask)
    code.add_data(QRData(data, mode=BYTES))
    code.make(fit=False)
    return code.modules


def path(modules: Matrix) -> str:
    """PDF operators of one path that covers the dark modules: one unit a module, x to the right and y *down*
    from the corner of the quiet zone. One path, so that no viewer shows seams between modules."""
    rectangles = []
    for y, row in enumerate(modules, QUIET_ZONE):
        for run in DARK_RUN.finditer(bytes(map(bool, row))):
            start, end = run.span()
            rectangles.append(f"{start + QUIET_ZONE} {y} {end - start} 1 re")
    rectangles.append("f")
    return "\n".join(rectangles)


def outline(modules: Matrix) -> str:
    """The same as the `d` of one SVG path, for a page."""
    drawn = []
    for y, row in enumerate(modules, QUIET_ZONE):
        for run in DARK_RUN.finditer(bytes(map(bool, row))):
            start, end = run.span()
            drawn.append(f"M{start + QUIET_ZONE} {y}h{end - start}v1H{start + QUIET_ZONE}z")
    return "".join(drawn)


def side(modules: Matrix) -> int:
    """Modules along one side, quiet zone included."""
    return len(modules) + 2 * QUIET_ZONE
