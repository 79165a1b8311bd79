"""`python -m benchmarks [--rounds N] [--seconds S] [--only NAME]…`: the product's figures beside the floor's.

Nothing here asserts: the exit code is 0 even when a must is missed, and the table says MISSED. Exit 1 if
the machine lacks a tool or the floor does not run, 2 for usage."""

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TypeVar

from benchmarks.figures import GROUPS, Report, beside, rows_of
from benchmarks.first_load import visit
from benchmarks.load import Load
from benchmarks.machine import CROWD, LOAD_CORE, description, missing_tools, stolen_share
from benchmarks.posters import FLOOR_PAGES, PAGES, print_pages
from benchmarks.rounds import NoFigure, Outcome, Pair
from benchmarks.servers import BenchError, Server, serving
from benchmarks.sides import Side, make_floor, make_product
from benchmarks.starting import start_alone
from benchmarks.table import printed
from benchmarks.writers import write_together

_CROWD_RUN = "product POST"
Thing = TypeVar("Thing")


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
    if "crowd" in chosen or any(GROUPS[group] for group in chosen):
        _measure_loads(report, sides, rounds, seconds, folder)
    if "writers" in chosen:
        _measure_writers(report, sides.get("product"), rounds, seconds)
    if "posters" in chosen:
        _measure_posters(report, rounds, folder)
    if "first" in chosen:
        _measure_first_visits(report, sides.get("product"), rounds, folder)
    return report


def _measure_starts(report: Report, sides: dict[str, Side], rounds: int, folder: Path) -> None:
    for number in range(rounds):
        for name in _turned(list(sides), number):
            _note(f"round {number + 1}: start of {name}")
            try:
                report.starts.setdefault(name, []).append(start_alone(sides[name], folder))
            except BenchError as failed:
                report.missing["start of " + name] = str(failed)


def _measure_loads(report: Report, sides: dict[str, Side], rounds: int, seconds: float, folder: Path) -> None:
    names = list(dict.fromkeys(name for group in report.chosen for name in GROUPS[group]))
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


def _measure_first_visits(report: Report, product: Side | None, rounds: int, folder: Path) -> None:
    if product is None:
        return
    try:
        with serving("product", product.first_page, product.environment, folder) as server:
            for number in range(rounds):
                report.firsts.append(visit(server.url(product.first_page)))
                _note(f"round {number + 1}: first visit: usable after {report.firsts[-1].usable:.2f} s")
    except BenchError as failed:
        report.firsts.clear()
        report.missing["first visits"] = str(failed)


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
