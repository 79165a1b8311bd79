"""Reading back what is, and is not, on paper."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pypdfium2
import pytest

from qr.errors import ProofRefused
from qr.proof import Reading, read_codes
from tests.qr.printing import make_poster, printed


def test_a_page_without_a_code_is_reported(tmp_path: Path, save: Callable[[bytes], Path]) -> None:
    document = pypdfium2.PdfDocument(save(printed([make_poster()])))
    document.new_page(595, 842)
    mixed = tmp_path / "mixed.pdf"
    document.save(mixed)
    document.close()
    assert list(read_codes(mixed)) == [Reading(1, "https://example.org/d/7K2M9QX3"), Reading(2, None)]


@pytest.mark.parametrize("content", [b"", b"not a PDF", b"%PDF-1.4\n%%EOF"])
def test_a_file_that_is_no_pdf_is_refused(content: bytes, save: Callable[[bytes], Path]) -> None:
    with pytest.raises(ProofRefused, match=r"sheets\.pdf"):
        list(read_codes(save(content)))


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list(read_codes(tmp_path / "none.pdf"))
