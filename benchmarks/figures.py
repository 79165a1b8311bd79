"""From what the runs gave to the rows of the table, and the absolute figures behind them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median

from benchmarks.first_load import FirstVisit
from benchmarks.load import Load
from benchmarks.machine import CROWD
from benchmarks.posters import FLOOR_PAGES, PAGES, Printed
from benchmarks.rounds import NoFigure, Outcome
from benchmarks.starting import Start
from benchmarks.table import Limit, Row, aligned, at_least, at_most, spread
from benchmarks.writers import Written

GROUPS: dict[str, tuple[str, ...]] = {
    "post": ("floor POST", "product POST"),
    "get": ("floor hello", "floor GET", "floor list", "product GET"),
    "photo": ("product POST", "product POST with a photo"),
    "crowd": (),
    "writers": (),
    "start": (),
    "posters": (),
    "first": (),
}
Bounds = tuple[Limit, Limit]  # must, goal


@dataclass
class Report:
    """What all the rounds gave, each run's outcomes by its name, and why the product is missing if it is."""

    chosen: Sequence[str]
    runs: dict[str, list[Outcome]] = field(default_factory=dict)
    crowd: list[Outcome] = field(default_factory=list)
    writers: list[Written] = field(default_factory=list)
    starts: dict[str, list[Start]] = field(default_factory=dict)
    pages: dict[str, list[Printed]] = field(default_factory=dict)
    firsts: list[FirstVisit] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)


def rows_of(report: Report) -> list[Row]:
    """The rows of the groups that were chosen."""
    makers: dict[str, Callable[[Report], list[Row]]] = {
        "post": _post_rows, "get": _get_rows, "photo": _photo_rows, "crowd": _crowd_rows,
        "writers": _writers_rows, "start": _start_rows, "posters": _poster_rows,
        "first": _first_rows,
    }  # fmt: skip
    return [row for group in GROUPS if group in report.chosen for row in makers[group](report)]


def _post_rows(report: Report) -> list[Row]:
    floor_and_product = ("product POST", "floor POST")
    return [
        _ratio(report, "POST a report / floor's POST", floor_and_product, lambda load: load.rate(303),
               (at_least(1.0), at_least(1.9))),
        _ratio(report, "CPU per report / floor's", floor_and_product, lambda load: load.cpu_each(303),
               (at_most(1.0), at_most(0.6))),
        _alone(report, "p99 / p50 of POST, 8 connections", "product POST", lambda load: load.p99 / load.p50,
               (at_most(5, ""), at_most(3, ""))),
    ]  # fmt: skip


def _get_rows(report: Report) -> list[Row]:
    return [
        _ratio(report, "GET a doorway page / floor's hello", ("product GET", "floor hello"),
               lambda load: load.rate(200), (at_least(0.5), at_least(0.9))),
    ]  # fmt: skip


def _photo_rows(report: Report) -> list[Row]:
    return [
        _ratio(report, "POST with a 200 kB photo / without", ("product POST with a photo", "product POST"),
               lambda load: load.rate(303), (at_least(0.5), at_least(0.7))),
    ]  # fmt: skip


def _crowd_rows(report: Report) -> list[Row]:
    what, none = f"errors at {CROWD} connections", at_most(0, "")
    reasons = _reasons(report.crowd) or _absent(report, report.crowd, "product")
    values = [float(load.broken + load.total - load.count(303)) for load in _loads(report.crowd)]
    return [Row(what, none, none, values, reasons)]


def _writers_rows(report: Report) -> list[Row]:
    lost = list(dict.fromkeys(written.unbalanced for written in report.writers if written.unbalanced))
    reasons = lost or _absent(report, report.writers, "writers")
    locked = [float(written.locked) for written in report.writers]
    p99 = [written.p99 for written in report.writers]
    return [
        Row("2 processes × 8 writers: “locked”", at_most(0, ""), at_most(0, ""), locked, reasons),
        Row("2 processes × 8 writers: p99", at_most(20, "ms"), at_most(5, "ms"), p99, reasons),
    ]


def _start_rows(report: Report) -> list[Row]:
    floors, products = report.starts.get("floor", []), report.starts.get("product", [])
    reasons = _absent(report, products, "start of product") if len(products) != len(floors) else []
    both = [] if reasons else list(zip(products, floors, strict=True))
    return [
        Row("start to first answer / floor's", at_most(1.5), at_most(1.1),
            [product.seconds / floor.seconds for product, floor in both], reasons),
        Row("memory (PSS) / floor's", at_most(1.3), at_most(1.1),
            [product.pss / floor.pss for product, floor in both], reasons),
    ]  # fmt: skip


def _poster_rows(report: Report) -> list[Row]:
    obvious, one, many = (
        report.pages.get(name, []) for name in (f"floor {FLOOR_PAGES}", "product 1", f"product {PAGES}")
    )
    reasons = [] if len(obvious) == len(one) == len(many) else _absent(report, [], "posters by product")
    rounds = [] if reasons else list(zip(obvious, one, many, strict=True))
    return [
        Row(f"{PAGES} A4 posters: faster than the obvious way", at_least(8), at_least(25),
            [slow.seconds_a_page / fast.seconds_a_page for slow, _, fast in rounds], reasons),
        Row("… kB a page beyond the font", at_most(5, "kB"), at_most(5, "kB"),
            [(fast.size - first.size) / 1000 / (PAGES - 1) for _, first, fast in rounds], reasons),
        Row("… peak memory", at_most(150, "MB"), at_most(150, "MB"),
            [fast.peak for _, _, fast in rounds], reasons),
    ]  # fmt: skip


def _first_rows(report: Report) -> list[Row]:
    reasons = _absent(report, report.firsts, "first visits")
    fetched = [visit.fetched for visit in report.firsts]
    return [
        Row("first load of the form", at_most(15, "kB"), at_most(8, "kB"),
            [one.size / 1000 for one in fetched], reasons),
        Row("… requests", at_most(3, ""), at_most(2, ""),
            [float(one.requests) for one in fetched], reasons),
        Row("… script, after the first paint", at_most(40, "kB"), at_most(40, "kB"),
            [one.script_size / 1000 for one in fetched], reasons),
        Row("form usable at 400 kbit/s and 400 ms", at_most(3, "s"), at_most(2, "s"),
            [visit.usable for visit in report.firsts], reasons),
    ]  # fmt: skip


def _ratio(
    report: Report, what: str, names: tuple[str, str], figure: Callable[[Load], float], bounds: Bounds
) -> Row:  # fmt: skip
    above, below = (report.runs.get(name, []) for name in names)
    reasons = _reasons([*above, *below]) or _absent(report, above and below, "product")
    pairs = [] if reasons else list(zip(_loads(above), _loads(below), strict=True))
    values = [figure(upper) / figure(lower) for upper, lower in pairs if figure(lower)]
    return Row(what, *bounds, values, reasons)


def _alone(report: Report, what: str, name: str, figure: Callable[[Load], float], bounds: Bounds) -> Row:
    outcomes = report.runs.get(name, [])
    reasons = _reasons(outcomes) or _absent(report, outcomes, "product")
    return Row(what, *bounds, [] if reasons else [figure(load) for load in _loads(outcomes)], reasons)


def beside(report: Report) -> str:
    """The absolute figures behind the ratios, for whoever compares machines; never a promise."""
    lines = [["run", "a second", "CPU ms each", "p50 ms", "p99 ms"]]
    for name, outcomes in sorted(report.runs.items()):
        loads = _loads(outcomes)
        if not loads or _reasons(outcomes):
            continue
        status = 303 if "POST" in name else 200
        figures = [[load.rate(status), load.cpu_each(status), load.p50, load.p99] for load in loads]
        lines.append([name, *(spread(column, "") for column in zip(*figures, strict=True))])
    for name, starts in sorted(report.starts.items()):
        lines.append([f"{name}: start s, PSS MB", spread([start.seconds for start in starts], ""),
                      spread([start.pss / 1024 for start in starts], ""), "", ""])  # fmt: skip
    for name, prints in sorted(report.pages.items()):
        lines.append([f"posters, {name}: s", spread([one.seconds for one in prints], ""), "", "", ""])
    if report.writers:
        rates = [len(written.milliseconds) for written in report.writers]
        middles = [median(written.milliseconds) for written in report.writers]
        lines.append(["writers, commits a round", spread(rates, ""), "", spread(middles, ""),
                      spread([written.p99 for written in report.writers], "")])  # fmt: skip
    return aligned(lines)


def _loads(outcomes: Sequence[Outcome]) -> list[Load]:
    return [outcome for outcome in outcomes if isinstance(outcome, Load)]


def _reasons(outcomes: Sequence[Outcome]) -> list[str]:
    # one run that lost or doubled something voids the row: losing is nothing to take a median over
    return list(dict.fromkeys(outcome.reason for outcome in outcomes if isinstance(outcome, NoFigure)))


def _absent(report: Report, outcomes: Sequence[object], who: str) -> list[str]:
    if outcomes:
        return []
    return [report.missing.get(who) or report.missing.get("product") or "it was not run"]
