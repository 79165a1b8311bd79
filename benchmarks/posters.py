"""1 000 A4 posters in one PDF, against the obvious way: qrcode → a 150 dpi RGB page → a PDF, by Pillow.

`python -m benchmarks.posters product|floor PAGES OUT` prints one PDF and its seconds and peak memory. The
obvious way holds every page until it writes, so it prints fewer pages and its time is scaled by page."""

import json
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.machine import SERVER_CORE, pinned
from benchmarks.servers import ROOT, BenchError

PAGES = 1000
FLOOR_PAGES = 40
A4_AT_150_DPI = (1240, 1754)
_URL = "https://mashang.example/d/{code}"


@dataclass(frozen=True)
class Printed:
    """One PDF: pages, seconds without imports, bytes of the file, peak memory of the process in MB."""

    pages: int
    seconds: float
    size: int
    peak: float

    @property
    def seconds_a_page(self) -> float:
        return self.seconds / self.pages


def print_pages(side: str, pages: int, folder: Path) -> Printed:
    """Prints `pages` posters in a process of its own on one core; raises BenchError with its last words."""
    out = folder / f"{side}-{pages}.pdf"
    command = [sys.executable, "-m", "benchmarks.posters", side, str(pages), str(out)]
    answer = subprocess.run(
        pinned(SERVER_CORE, command), cwd=ROOT, capture_output=True, text=True, check=False
    )
    if answer.returncode != 0:
        raise BenchError(f"printing by {side} failed: {answer.stderr[-600:]}")
    figures = json.loads(answer.stdout)
    return Printed(pages, figures["seconds"], out.stat().st_size, figures["peak"])


def by_product(pages: int, out: Path) -> float:
    """Seconds of `print_sheets` for so many posters."""
    from qr.poster import Poster
    from qr.sheet import print_sheets
    from qr.stock import BUILTIN

    posters = (
        Poster(
            url=_URL.format(code=_code(number)), code=_code(number), community=f"测速{number % 20 + 1}社区",
            building=f"{number // 8 + 1}号楼", doorway=f"{number % 8 + 1}单元", sub_district="八里庄街道",
            estate=None, community_phone=None, printed=f"印次 2026-11-03 · 第{number + 1}张", demo=False,
        )
        for number in range(pages)
    )  # fmt: skip
    began = time.perf_counter()
    with out.open("wb") as file:
        print_sheets(posters, BUILTIN["a4-poster"], file)
    return time.perf_counter() - began


def by_floor(pages: int, out: Path) -> float:
    """Seconds of the obvious way for so many posters."""
    import qrcode
    from PIL import Image, ImageDraw, ImageFont

    large, small = ImageFont.load_default(72), ImageFont.load_default(36)
    began = time.perf_counter()
    sheets = []
    for number in range(pages):
        page = Image.new("RGB", A4_AT_150_DPI, "white")
        drawing = ImageDraw.Draw(page)
        drawing.text((620, 200), f"Building {number // 8 + 1} Door {number % 8 + 1}", "black", large, "mm")
        symbol = qrcode.make(_URL.format(code=_code(number))).get_image().convert("RGB").resize((614, 614))
        page.paste(symbol, (313, 660))
        drawing.text((620, 1400), _code(number), "black", small, "mm")
        sheets.append(page)
    sheets[0].save(out, "PDF", resolution=150, save_all=True, append_images=sheets[1:])
    return time.perf_counter() - began


def _code(number: int) -> str:
    return f"{number:08d}"


def main() -> None:
    side, pages, out = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    seconds = {"product": by_product, "floor": by_floor}[side](pages, out)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "peak": peak}))


if __name__ == "__main__":
    main()
