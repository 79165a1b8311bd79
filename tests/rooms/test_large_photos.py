"""What the largest photos of phones cost the worker: measured in a process of its own, printed, and bounded."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pillow_heif
import pytest
from PIL import Image

from app.config import ROOT

pillow_heif.register_heif_opener()

SIZE = (8064, 6048)  # 48 megapixels, as the larger phones write
MOST_MEGABYTES = {"JPEG": 180, "progressive": 320, "HEIF": 520}
MEASURED = """
import re, sys
from pathlib import Path
from app.cases import reencoding

def peak():  # not ru_maxrss, which begins with what the parent held
    return int(re.search(r"VmHWM:\\s+([0-9]+)", Path("/proc/self/status").read_text())[1]) // 1024

before = peak()
picture = reencoding.reencoded(Path(sys.argv[1]).read_bytes())
assert picture is not None and (picture.width, picture.height) == (1600, 1200)
print(before, peak())
"""


def _photo(kind: str) -> bytes:
    """A picture with something to see everywhere, at a phone's size of file."""
    image = Image.effect_noise((504, 378), 40).convert("RGB").resize(SIZE, Image.Resampling.BILINEAR)
    out = io.BytesIO()
    if kind == "HEIF":
        image.save(out, "HEIF", quality=30, enc_params={"preset": "ultrafast"})
    else:
        image.save(out, "JPEG", quality=80, progressive=kind == "progressive")
    return out.getvalue()


@pytest.mark.parametrize("kind", MOST_MEGABYTES)
def test_forty_eight_megapixels_fit_into_a_small_machine(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "photo"
    path.write_bytes(_photo(kind))
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, str(path)], cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    before, peak = map(int, done.stdout.split())
    print(f"{kind} of 48 MP, {path.stat().st_size / 1e6:.1f} MB: {before} MB before, {peak} MB at the peak")
    assert peak < MOST_MEGABYTES[kind]
