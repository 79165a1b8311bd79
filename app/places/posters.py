"""From codes to paper and back: print runs, and the proof that what was printed is what the register says.

The only module that knows `qr`. Drawing and reading take their time outside the transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from app import clock, config
from app.access import audit
from app.access.actor import Actor
from app.db import db, transaction
from app.errors import Refused
from app.places import queries
from app.places.exporting import door_url
from app.places.models import DoorCode, PrintCell, PrintRun
from app.places.queries import Choice, Printable
from qr.errors import PrintRefused, ProofRefused
from qr.poster import PALETTES, Design, Poster
from qr.proof import Reading, read_codes
from qr.sheet import print_sheets
from qr.stock import BUILTIN, Stock
from qr.symbol import matrix, outline, side

DESIGNS: tuple[Design, ...] = tuple(PALETTES)


@dataclass(frozen=True)
class Printed:
    """What a printing came to; `run_id` None where nothing was written (a dry run)."""

    run_id: int | None
    pages: int
    posters: int


@dataclass(frozen=True)
class Proof:
    """Pages of the file, symbols that are as the register says, and each one that is not, in words."""

    pages: int
    read: int
    misses: list[str]


@dataclass(frozen=True)
class Drawn:
    """A symbol for a page: modules along one side, quiet zone included, and the `d` of its one path."""

    side: int
    path: str


def drawn(link: str) -> Drawn:
    """The symbol of a link. Raises `qr.symbol.TooLong`."""
    modules = matrix(link)
    return Drawn(side(modules), outline(modules))


def stocks() -> list[Stock]:
    """The paper there is to print on."""
    return list(BUILTIN.values())


def print_codes(
    actor: Actor,
    choice: Choice,
    stock_name: str,
    out: Path,
    *,
    design: Design = "colour",
    start_at: int = 1,
    dry_run: bool = False,
) -> Printed:
    """Print the codes of `choice` into one PDF at `out` and record the run; the first goes into cell
    `start_at` of the first sheet. File and record appear together or not at all.

    Raises Refused: sub_district_unknown, stock_unknown, nothing_to_print, print_refused (names the doorway
    and why), reprinted_meanwhile (a code was revoked while its poster was drawn); OSError."""
    stock = BUILTIN.get(stock_name)
    if stock is None:
        raise Refused("stock_unknown", "stock", {"stock": stock_name})
    chosen = _chosen(choice)
    part = out.with_name(f".{out.name}.part")
    try:
        pages = _draw(chosen, stock, part, design, start_at)
        if dry_run:
            return Printed(None, pages, len(chosen))
        with transaction() as session:
            run = PrintRun(stock=stock.name, design=design)
            run_id = _record(session, choice, chosen, run, start_at=start_at, per_page=stock.cells)
            audit.record(session, actor, "codes_printed", "print_run", run_id, ("printed_at",))
            # last, so that no failure leaves a record without its file; a file without a record does no harm
            part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    return Printed(run_id, pages, len(chosen))


def proof_codes(pdf: Path) -> Proof:
    """Read every symbol of a printed file and compare it with the register and with the run it came from.

    Raises Refused: proof_refused for what is no PDF; OSError."""
    try:
        readings = list(read_codes(pdf))
    except ProofRefused as refused:
        raise Refused("proof_refused", None, {"why": str(refused)}) from refused
    session = db.session()
    codes = [(reading.page, _code_said(reading)) for reading in readings]
    standing = queries.standing_of(session, sorted({code for _, code in codes if code}))
    misses = [
        f"第{reading.page}页：{why}"
        for reading, (_, code) in zip(readings, codes, strict=True)
        if (why := _why_not(reading, code, standing))
    ]
    read = len(readings) - len(misses)
    misses += _against_run(session, [(page, code) for page, code in codes if code])
    if not readings:
        misses.append("文件里一页也没有")
    return Proof(max((reading.page for reading in readings), default=0), read, misses)


def _chosen(choice: Choice) -> list[Printable]:
    session = db.session()
    if queries.sub_district_by_code(session, choice.sub_district_code) is None:
        raise Refused("sub_district_unknown", "sub_district", {"code": choice.sub_district_code})
    chosen = queries.printable(session, choice)
    session.rollback()
    if not chosen:
        raise Refused("nothing_to_print")
    return chosen


def _draw(chosen: Sequence[Printable], stock: Stock, part: Path, design: Design, start_at: int) -> int:
    try:
        with part.open("wb") as file:
            return print_sheets(_posters(chosen), stock, file, design=design, start_at=start_at)
    except PrintRefused as refused:
        raise Refused("print_refused", None, {"where": refused.where, "why": refused.why}) from refused


def _posters(chosen: Sequence[Printable]) -> Iterator[Poster]:
    settings = config.active()
    today = clock.now().astimezone(settings.timezone).date().isoformat()
    for number, each in enumerate(chosen, 1):
        yield Poster(
            url=door_url(each.code),
            code=each.code,
            community=each.community,
            building=each.building,
            doorway=each.doorway,
            sub_district=each.sub_district,
            estate=None,
            community_phone=each.community_phone,
            printed=f"印次 {today} · 第{number}张",
            demo=settings.is_demo,
        )


def _record(
    session: Session,
    choice: Choice,
    chosen: Sequence[Printable],
    run: PrintRun,
    *,
    start_at: int,
    per_page: int,
) -> int:
    ids = [each.door_code_id for each in chosen]
    place = queries.sub_district_by_code(session, choice.sub_district_code)
    if place is None or queries.still_active(session, ids) != len(ids):
        raise Refused("reprinted_meanwhile")
    run.sub_district_id = place.id
    run.printed_at = clock.now()
    session.add(run)
    session.flush()
    cells = [_cell(run.id, at, per_page, code_id) for at, code_id in enumerate(ids, start_at - 1)]
    for at in range(0, len(cells), 5000):
        session.execute(insert(PrintCell), cells[at : at + 5000])
    session.execute(update(DoorCode), [{"id": each, "printed_at": run.printed_at} for each in ids])
    return run.id


def _cell(run_id: int, at: int, per_page: int, door_code_id: int) -> dict[str, int]:
    page, cell = divmod(at, per_page)
    return {"print_run_id": run_id, "page": page + 1, "cell": cell + 1, "door_code_id": door_code_id}


def _code_said(reading: Reading) -> str | None:
    """The code at the end of what a symbol says."""
    return None if reading.text is None else reading.text.rpartition("/")[2]


def _why_not(reading: Reading, code: str | None, standing: dict[str, str]) -> str | None:
    if not code:
        return "没有读到码"
    if code not in standing:
        return f"登记里没有 {code}"
    if standing[code] != "active":
        return f"{code} 已经作废"
    if reading.text != door_url(code):
        return f"网址不对：{reading.text}"
    return None


def _against_run(session: Session, read: list[tuple[int, str]]) -> list[str]:
    """What the file lacks, or has twice, of the run it came from: the newest of those that fit it best."""
    codes = sorted({code for _, code in read})
    found = Counter(read)
    fits = Counter(
        cell.run_id for cell in queries.cells_of_codes(session, codes) if (cell.page, cell.code) in found
    )
    if not fits:
        return []
    run_id = max(fits, key=lambda each: (fits[each], each))
    expected = Counter((cell.page, cell.code) for cell in queries.cells_of_run(session, run_id))
    lacking = [f"第{page}页：印次{run_id}的 {code} 没有读到" for page, code in (expected - found).elements()]
    surplus = [f"第{page}页：{code} 不在印次{run_id}的这一页" for page, code in (found - expected).elements()]
    return lacking + surplus
