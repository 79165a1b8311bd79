"""``python -m qr DOORWAYS.csv --stock a4-poster --out F.pdf``: posters without the application."""

from __future__ import annotations

import argparse
import datetime
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from qr.doorways import Register
from qr.errors import PrintRefused
from qr.poster import Poster
from qr.sheet import print_sheets
from qr.stock import BUILTIN, Stock

DONE, DATA = 0, 1


def _base_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise argparse.ArgumentTypeError(f"not an address of the kind https://host: {text}")
    return text


def _date(text: str) -> str:
    try:
        return datetime.date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"not a date like 2026-11-03: {text}") from error


def _arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m qr",
        description="Print door codes from the CSV of "
        "`flask places export`: one poster for each doorway with an active code.",
    )
    parser.add_argument("csv", type=Path, metavar="CSV", help="columns of `flask places export`, UTF-8")
    parser.add_argument("--stock", required=True, choices=sorted(BUILTIN))
    parser.add_argument("--out", required=True, type=Path, metavar="F.pdf")
    parser.add_argument(
        "--base-url", type=_base_url, metavar="URL", help="print URL/d/CODE instead of the column url"
    )
    parser.add_argument("--design", choices=("black", "colour"), default="colour")
    parser.add_argument(
        "--start-at", type=int, default=1, metavar="N", help="first free cell of the first sheet"
    )
    parser.add_argument("--sub-district", default="", metavar="NAME", help="printed under the doorway")
    parser.add_argument("--community-phone", metavar="NUMBER", help="printed beside 12345")
    parser.add_argument(
        "--printed-on",
        type=_date,
        default=datetime.datetime.now().astimezone().date().isoformat(),
        metavar="DATE",
    )
    parser.add_argument(
        "--demo", action="store_true", help="mark as 演示·非官方 and print no community telephone"
    )
    options = parser.parse_args(arguments)
    stock: Stock = BUILTIN[options.stock]
    if not 1 <= options.start_at <= stock.cells:
        parser.error(f"--start-at: {stock.name} has cells 1 to {stock.cells}")
    return options


def _print_whole(register: Register, options: argparse.Namespace) -> tuple[int, int]:
    """Pages and posters printed. `options.out` appears whole or not at all."""
    posters = 0

    def counted() -> Iterator[Poster]:
        nonlocal posters
        for poster in register.posters():
            posters += 1
            yield poster

    part: Path = options.out.with_name(f".{options.out.name}.part")
    try:
        with part.open("wb") as out:
            pages = print_sheets(
                counted(), BUILTIN[options.stock], out, design=options.design, start_at=options.start_at
            )
        if pages:
            part.replace(options.out)
    finally:
        part.unlink(missing_ok=True)
    return pages, posters


def main(arguments: list[str] | None = None) -> int:
    """Run the command; 0 printed, 1 the data (or the files) did not allow it, 2 (SystemExit) wrong usage."""
    options = _arguments(arguments)
    register = Register(
        options.csv,
        options.sub_district,
        options.printed_on,
        options.base_url,
        options.community_phone,
        options.demo,
    )
    try:
        pages, posters = _print_whole(register, options)
    except (PrintRefused, OSError) as error:
        print(error, file=sys.stderr)  # noqa: T201 - a command prints
        return DATA
    if register.skipped:
        print(f"{options.csv}：{register.skipped} 个楼门没有在用的码，没有印", file=sys.stderr)  # noqa: T201 - a command prints
    print(f"pages={pages} posters={posters}")  # noqa: T201 - a command prints
    return DONE if pages else DATA


if __name__ == "__main__":
    sys.exit(main())
