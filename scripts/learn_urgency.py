"""Learns the weights of characters for urgency from the practice sentences, and tells how well that generalises.

`python -m scripts.learn_urgency` prints recall and false alarms on each file when its weights were learnt from the
others (the phrases of the table know all of them), then writes app/cases/urgency_weights.csv from all."""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from zlib import crc32

from app.cases import urgency

PRACTICE = Path("tests/resident")
FILES = ("urgent_practice.csv", "urgent_held.csv", "urgent_more.csv", "urgent_further.csv")
WEIGHTS = Path("app/cases/urgency_weights.csv")
ROUNDS, STEP, DECAY, RATE_ALONE = 30, 0.3, 1e-3, 0.05
SEEN_AT_LEAST = 2  # sentences; what was seen once tells nothing

Sentence = tuple[str, bool]


def sentences(name: str) -> list[Sentence]:
    """The sentences of a file and whether each is urgent."""
    return [(row["sentence"], bool(row["urgent"])) for row in _rows(name)]


def kinds(name: str) -> list[tuple[str, str]]:
    """The urgent sentences of a file and what kind of danger each tells of."""
    return [(row["sentence"], row["urgent"]) for row in _rows(name) if row["urgent"]]


def _rows(name: str) -> list[dict[str, str]]:
    with (PRACTICE / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def learnt(known: list[Sentence]) -> dict[str, float]:
    """Logistic regression with a step of its own for every gram; "" is what holds whatever is written."""
    compared = [(urgency.compared(text), urgent) for text, urgent in known]
    texts = [(urgency.grams(plain), urgent) for plain, urgent in compared if not plain.isascii()]
    seen = Counter(gram for found, _ in texts for gram in set(found))
    kept = {gram for gram, times in seen.items() if times >= SEEN_AT_LEAST}
    weights = dict.fromkeys([*sorted(kept), ""], 0.0)
    travelled = dict.fromkeys(weights, 1e-6)
    for turn in range(ROUNDS):
        for found, urgent in sorted(
            texts, key=lambda one: crc32(f"{turn}{one[0]}".encode())
        ):  # mixed, yet the same
            _learn(weights, travelled, found, urgent)
    return {gram: round(weight, 3) for gram, weight in weights.items() if abs(weight) >= 0.01}


def _learn(weights: dict[str, float], travelled: dict[str, float], found: list[str], urgent: bool) -> None:
    scale = urgency.scale(found)
    sure = weights[""] + scale * sum(weights.get(gram, 0.0) for gram in found)
    missed = 1 / (1 + math.exp(-max(-30.0, min(30.0, sure)))) - urgent
    weights[""] -= RATE_ALONE * missed
    for gram in found:
        if gram in weights:
            slope = missed * scale + DECAY * weights[gram]
            travelled[gram] += slope * slope
            weights[gram] -= STEP * slope / math.sqrt(travelled[gram])


def measured(known: list[Sentence], weights: Mapping[str, float] | None = None) -> tuple[float, float]:
    """Recall and rate of false alarms."""
    found = [(urgent, urgency.recognised(text, weights) is not None) for text, urgent in known]
    alarms = [said for urgent, said in found if urgent]
    traps = [said for urgent, said in found if not urgent]
    return sum(alarms) / len(alarms), sum(traps) / len(traps)


def main() -> None:
    files = {name: sentences(name) for name in FILES}
    for left_out, known in files.items():
        others = [one for name, found in files.items() if name != left_out for one in found]
        recall, false_alarms = measured(known, learnt(others))
        print(f"{left_out} left out: recall={recall:.3f} false_alarms={false_alarms:.3f}")
    weights = learnt([one for found in files.values() for one in found])
    with WEIGHTS.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["characters", "weight"])
        rows.writerows(sorted(weights.items()))
    for name, known in files.items():
        recall, false_alarms = measured(known, weights)
        print(f"{name}: recall={recall:.3f} false_alarms={false_alarms:.3f}")
    print(f"{len(weights)} weights")


if __name__ == "__main__":
    main()
