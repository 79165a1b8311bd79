"""Two processes of eight threads, all taking reports in on one SQLite file at the same time."""

import json
import subprocess
import sys
from dataclasses import dataclass, field
from statistics import quantiles

from benchmarks.machine import on_all_cores
from benchmarks.servers import ROOT, BenchError
from benchmarks.sides import Side

PROCESSES = 2
THREADS = 8
_DOORS = 20


@dataclass
class Written:
    """What the writers saw: milliseconds of each report, “locked” errors, and by how much the books rose."""

    milliseconds: list[float] = field(default_factory=list)
    locked: int = 0
    risen: dict[str, int] = field(default_factory=dict)

    @property
    def p99(self) -> float:
        return quantiles(self.milliseconds, n=100)[98]

    @property
    def unbalanced(self) -> str | None:
        """Why the books do not balance, or None."""
        if all(rise == len(self.milliseconds) for rise in self.risen.values()):
            return None
        books = ", ".join(f"{name} {rise}" for name, rise in self.risen.items())
        return f"receipts {len(self.milliseconds)}, but {books}"


def write_together(product: Side, seconds: float) -> Written:
    """Runs all the writers at once on the product's database; raises BenchError if a process fails."""
    command = [sys.executable, "-m", "benchmarks.writing", str(seconds), *product.codes[:_DOORS]]
    before = product.counts()
    processes = [
        subprocess.Popen(
            on_all_cores(command), cwd=ROOT, env=product.environment,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for _ in range(PROCESSES)
    ]  # fmt: skip
    answers = [(process, *process.communicate()) for process in processes]
    written = Written()
    for process, out, err in answers:
        if process.returncode != 0:
            raise BenchError(f"a writing process ended with {process.returncode}: {err[-600:]}")
        answer = json.loads(out)
        written.milliseconds += answer["milliseconds"]
        written.locked += answer["locked"]
    if len(written.milliseconds) < 2:
        raise BenchError("the writers took no reports in")
    written.risen = {name: now - before[name] for name, now in product.counts().items()}
    return written
