"""One round: floor and product asked in turn, and after each run with writes the books checked."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import visits
from benchmarks.load import Load, Prepared, run_load, write_requests
from benchmarks.machine import CONNECTIONS
from benchmarks.servers import Server
from benchmarks.sides import Side

_FIRST_GUESS = 1200.0
_SPARE = 1.4


@dataclass(frozen=True)
class NoFigure:
    """A run that may not be shown, and why."""

    reason: str


Outcome = Load | NoFigure


@dataclass
class Pair:
    """Both sides running, and what a run needs to know: seconds, a folder, the rates seen so far."""

    servers: dict[str, tuple[Server, Side]]
    folder: Path
    seconds: float
    rates: dict[str, float] = field(default_factory=dict)

    def run(self, name: str, connections: int = CONNECTIONS) -> Outcome:
        """The run called `name`, a key of RUNS. Raises BenchError if a server or wrk fails."""
        side, ask = RUNS[name]
        server, data = self.servers[side]
        return ask(self, name, server, data, connections)

    def enough(self, name: str) -> int:
        """How many requests to prepare so that a run of the usual length does not use them up."""
        return math.ceil(self.rates.get(name, _FIRST_GUESS) * self.seconds * _SPARE)


Ask = Callable[[Pair, str, Server, Side, int], Outcome]


def unbalanced(load: Load, risen: dict[str, int]) -> str | None:
    """Why the books do not balance after a run with writes, or None: every answer a 303, and every counted
    number risen by exactly as many."""
    wrong = {status: count for status, count in load.answers.items() if status != 303}
    if wrong or load.broken:
        answers = ", ".join(f"{count} × {status}" for status, count in sorted(wrong.items()))
        return f"{load.count(303)} × 303, but also {answers or 'no other answer'}; {load.broken} broken"
    if not load.count(303):
        return "nothing was answered"
    if any(rise != load.count(303) for rise in risen.values()):
        return f"303s {load.count(303)}, but " + ", ".join(f"{name} {rise}" for name, rise in risen.items())
    return None


def _open(paths: Callable[[Side], Sequence[str]]) -> Ask:
    def ask(pair: Pair, name: str, server: Server, side: Side, connections: int) -> Outcome:
        requests = write_requests(pair.folder / "requests", [visits.opening(path) for path in paths(side)])
        load = run_load(server, requests, pair.seconds, once=False, connections=connections)
        if load.broken or load.count(200) != load.total or not load.total:
            return NoFigure(f"{name}: answers {load.answers}, {load.broken} broken")
        return load

    return ask


def _send(prepare: Callable[[Server, list[str], int], list[Prepared]], *, photo: bool = False) -> Ask:
    def ask(pair: Pair, name: str, server: Server, side: Side, connections: int) -> Outcome:
        requests = write_requests(pair.folder / "requests", prepare(server, side.codes, pair.enough(name)))
        shared = _photo_part(pair.folder) if photo else None
        before = side.counts()
        load = run_load(server, requests, pair.seconds, once=True, filler=shared, connections=connections)
        pair.rates[name] = max(load.rate(303), _FIRST_GUESS / 4)
        risen = {counted: now - before[counted] for counted, now in side.counts().items()}
        reason = unbalanced(load, risen)
        return NoFigure(f"{name}: {reason}") if reason else load

    return ask


def _with_photo(server: Server, codes: list[str], count: int) -> list[Prepared]:
    return visits.product_reports(server, codes, count, photo=True)


def _photo_part(folder: Path) -> Path:
    path = folder / "photo.part"
    if not path.exists():
        path.write_bytes(visits.filler())
    return path


RUNS: dict[str, tuple[str, Ask]] = {
    "floor hello": ("floor", _open(lambda _: ["/hello"])),
    "floor list": ("floor", _open(lambda _: ["/list"])),
    "floor GET": ("floor", _open(lambda side: [f"/d/{code}" for code in side.codes])),
    "product GET": ("product", _open(lambda side: [f"/d/{code}" for code in side.codes])),
    "floor POST": ("floor", _send(visits.floor_reports)),
    "product POST": ("product", _send(visits.product_reports)),
    "product POST with a photo": ("product", _send(_with_photo, photo=True)),
}
