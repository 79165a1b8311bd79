"""`python -m benchmarks [--rounds N] [--seconds S] [--only NAME]…`: the product's figures beside the floor's.

Nothing here asserts: the exit code is 0 even when a must is missed, and the table says MISSED. Exit 1 if
the machine lacks a tool or the floor does not run, 2 for usage."""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TypeVar

from benchmarks.load import Load
from benchmarks.machine import CROWD, LOAD_CORE, description, missing_tools, stolen_share
from benchmarks.posters import FLOOR_PAGES, PAGES, Printed, print_pages
from benchmarks.rounds import NoFigure, Outcome, Pair
from benchmarks.servers import BenchError, Server, serving
from benchmarks.sides import Side, make_floor, make_product
from benchmarks.starting import Start, start_alone
from benchmarks.table import Limit, Row, aligned, at_least, at_most, printed, spread
from benchmarks.writers import Written, write_together

GROUPS: dict[str, tuple[str, ...]] = {
    "post": ("floor POST", "product POST"),
    "get": ("floor hello", "floor GET", "floor list", "product GET"),
    "photo": ("product POST", "product POST with a photo"),
    "crowd": (),
    "writers": (),
    "start": (),
    "posters": (),
}
_CROWD_RUN = "product POST"
Thing = TypeVar("Thing")


@dataclass
class Report:
    """What all the rounds gave, each run's outcomes by its name, and why the product is missing if it is."""

    chosen: Sequence[str]
    runs: dict[str, list[Outcome]] = field(default_factory=dict)
    crowd: list[Outcome] = field(default_factory=list)
    writers: list[Written] = field(default_factory=list)
    starts: dict[str, list[Start]] = field(default_factory=dict)
    pages: dict[str, list[Printed]] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _parse(arguments)
    lacks = missing_tools()
    if lacks:
        print("\n".join(lacks), file=sys.stderr)
        return 1
    os.sched_setaffinity(0, {LOAD_CORE})
    with tempfile.TemporaryDirectory(prefix="mashang-bench-") as folder:
        print(description(Path(folder)), flush=True)
        try:
            with stolen_share() as stolen:
                report = measure(asked.only or list(GROUPS), asked.rounds, asked.seconds, Path(folder))
        except BenchError as failed:
            print(failed, file=sys.stderr)
            return 1
    print(f"{asked.rounds} rounds of {asked.seconds:g} s; stolen by other machines: {stolen():.0%}\n")
    print(printed(rows_of(report)), beside(report), sep="\n\n")
    return 0


def measure(chosen: Sequence[str], rounds: int, seconds: float, folder: Path) -> Report:
    """Runs the chosen groups, their rounds interleaved. Raises BenchError if the floor does not run."""
    report = Report(chosen)
    sides = {"floor": make_floor(folder)}
    try:
        sides["product"] = make_product(folder)
    except BenchError as failed:
        report.missing["product"] = str(failed)
    if "start" in chosen:
        _measure_starts(report, sides, rounds, folder)
    names = list(dict.fromkeys(name for group in chosen for name in GROUPS[group]))
    if names or "crowd" in chosen:
        _measure_loads(report, sides, names, rounds, seconds, folder)
    if "writers" in chosen:
        _measure_writers(report, sides.get("product"), rounds, seconds)
    if "posters" in chosen:
        _measure_posters(report, rounds, folder)
    return report


def _measure_starts(report: Report, sides: dict[str, Side], rounds: int, folder: Path) -> None:
    for number in range(rounds):
        for name in _turned(list(sides), number):
            _note(f"round {number + 1}: start of {name}")
            try:
                report.starts.setdefault(name, []).append(start_alone(sides[name], folder))
            except BenchError as failed:
                report.missing["start of " + name] = str(failed)


def _measure_loads(
    report: Report, sides: dict[str, Side], names: list[str], rounds: int, seconds: float, folder: Path
) -> None:
    with ExitStack() as running:
        servers: dict[str, tuple[Server, Side]] = {}
        for name, side in sides.items():
            try:
                server = running.enter_context(serving(name, side.first_page, side.environment, folder))
            except BenchError as failed:
                report.missing[name] = str(failed)
                continue
            servers[name] = server, side
        pair = Pair(servers, folder, seconds)
        for number in range(rounds):
            for run in _turned(names, number):
                if run.split()[0] in servers:
                    report.runs.setdefault(run, []).append(_tried(pair, run, number))
            if "crowd" in report.chosen and "product" in servers:
                report.crowd.append(_tried(pair, _CROWD_RUN, number, CROWD))


def _tried(pair: Pair, run: str, number: int, connections: int | None = None) -> Outcome:
    try:
        outcome = pair.run(run) if connections is None else pair.run(run, connections)
    except BenchError as failed:
        outcome = NoFigure(f"{run}: {failed}")
    shown = f"{outcome.rate(200) + outcome.rate(303):.0f}/s" if isinstance(outcome, Load) else outcome.reason
    _note(f"round {number + 1}: {run}{f' at {connections}' if connections else ''}: {shown}")
    return outcome


def _measure_writers(report: Report, product: Side | None, rounds: int, seconds: float) -> None:
    if product is None:
        return
    for number in range(rounds):
        try:
            written = write_together(product, seconds)
        except BenchError as failed:
            report.missing["writers"] = str(failed)
            return
        report.writers.append(written)
        _note(f"round {number + 1}: writers: p99 {written.p99:.1f} ms, {written.locked} locked")


def _measure_posters(report: Report, rounds: int, folder: Path) -> None:
    plan = [("floor", FLOOR_PAGES), ("product", 1), ("product", PAGES)]
    for number in range(rounds):
        for side, pages in _turned(plan, number):
            try:
                report.pages.setdefault(f"{side} {pages}", []).append(print_pages(side, pages, folder))
            except BenchError as failed:
                report.missing[f"posters by {side}"] = str(failed)
        _note(f"round {number + 1}: posters")


def rows_of(report: Report) -> list[Row]:
    """The rows of the groups that were chosen."""
    makers: dict[str, Callable[[Report], list[Row]]] = {
        "post": _post_rows, "get": _get_rows, "photo": _photo_rows, "crowd": _crowd_rows,
        "writers": _writers_rows, "start": _start_rows, "posters": _poster_rows,
    }  # fmt: skip
    return [row for group in GROUPS if group in report.chosen for row in makers[group](report)]


def _post_rows(report: Report) -> list[Row]:
    floor_and_product = ("product POST", "floor POST")
    return [
        _ratio(report, "POST a report / floor's POST", floor_and_product, lambda load: load.rate(303),
               at_least(1.0), at_least(1.9)),
        _ratio(report, "CPU per report / floor's", floor_and_product, lambda load: load.cpu_each(303),
               at_most(1.0), at_most(0.6)),
        _alone(report, "p99 / p50 of POST, 8 connections", "product POST", lambda load: load.p99 / load.p50,
               at_most(5, ""), at_most(3, "")),
    ]  # fmt: skip


def _get_rows(report: Report) -> list[Row]:
    return [
        _ratio(report, "GET a doorway page / floor's hello", ("product GET", "floor hello"),
               lambda load: load.rate(200), at_least(0.5), at_least(0.9)),
    ]  # fmt: skip


def _photo_rows(report: Report) -> list[Row]:
    return [
        _ratio(report, "POST with a 200 kB photo / without", ("product POST with a photo", "product POST"),
               lambda load: load.rate(303), at_least(0.5), at_least(0.7)),
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


def _ratio(
    report: Report, what: str, names: tuple[str, str], figure: Callable[[Load], float],
    must: Limit, goal: Limit,
) -> Row:  # fmt: skip
    above, below = (report.runs.get(name, []) for name in names)
    reasons = _reasons([*above, *below]) or _absent(report, above and below, "product")
    pairs = [] if reasons else list(zip(_loads(above), _loads(below), strict=True))
    values = [figure(upper) / figure(lower) for upper, lower in pairs if figure(lower)]
    return Row(what, must, goal, values, reasons)


def _alone(
    report: Report, what: str, name: str, figure: Callable[[Load], float], must: Limit, goal: Limit
) -> Row:
    outcomes = report.runs.get(name, [])
    reasons = _reasons(outcomes) or _absent(report, outcomes, "product")
    return Row(what, must, goal, [] if reasons else [figure(load) for load in _loads(outcomes)], reasons)


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


def _turned(things: list[Thing], number: int) -> list[Thing]:
    return things if number % 2 == 0 else things[::-1]


def _note(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Figures beside floors.")
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds (5)")
    parser.add_argument("--seconds", type=float, default=4.0, help="seconds of load a run (4)")
    parser.add_argument("--only", action="append", choices=list(GROUPS), help="rows to measure; repeatable")
    asked = parser.parse_args(arguments)
    if asked.rounds < 1 or asked.seconds <= 0:
        parser.error("rounds and seconds must be above zero")
    return asked
