"""A place to put a printed PDF."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def save(tmp_path: Path) -> Callable[[bytes], Path]:
    """Writes bytes to a PDF file and returns its path."""

    def write(pdf: bytes) -> Path:
        path = tmp_path / "sheets.pdf"
        path.write_bytes(pdf)
        return path

    return write
