"""Names as they are kept. Apart from the ledgers, so that pages which look for places need no spreadsheet library."""

from __future__ import annotations

import re

_SPACES = re.compile("[ \u3000\u00a0]+")
_WIDE = {
    code: code - 0xFEE0
    for span in (range(0xFF10, 0xFF1A), range(0xFF21, 0xFF3B), range(0xFF41, 0xFF5B))
    for code in span
}


def tidy(text: str) -> str:
    """Text as it is kept: no blanks around, single blanks inside, full-width letters and digits made plain."""
    return _SPACES.sub(" ", text).strip().translate(_WIDE)
