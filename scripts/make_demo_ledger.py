"""Make the demonstration ledger: the real communities of one sub-district, with invented buildings.

    python scripts/make_demo_ledger.py DIVISIONS.csv data/demo/balizhuang.xlsx

DIVISIONS.csv has the columns level, code, name, parent_code. Buildings, doorways, households and coordinates
are made up, the same at every run; no telephone numbers are."""

from __future__ import annotations

import argparse
import csv
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from openpyxl import Workbook

SUB_DISTRICT = "110105015"
SEED = 20261103
HEADER = ("社区", "社区代码", "楼", "楼门", "户数", "经度", "纬度", "坐标系", "社区电话")
WEST, EAST, SOUTH, NORTH = 116.4785, 116.5130, 39.9075, 39.9330
COLUMNS_OF_COMMUNITIES = 5


@dataclass(frozen=True)
class Community:
    """A community as the statistical list has it."""

    code: str
    name: str

    @property
    def estate(self) -> str:
        """What its buildings are called after."""
        short = re.sub(r"(社区)?(居民委员会|居委会)$", "", self.name)
        return re.sub(r"(第[一二三四]|(?<=里)[东北])$", "", short)


def communities(divisions: Path) -> list[Community]:
    """The communities of the sub-district, in the order of their codes."""
    with divisions.open(encoding="utf-8-sig", newline="") as file:
        return [
            Community(row["code"], row["name"])
            for row in csv.DictReader(file)
            if row["level"] == "community" and row["parent_code"] == SUB_DISTRICT
        ]


def doorways(all_of_them: list[Community]) -> Iterator[tuple[object, ...]]:
    """Rows of the ledger."""
    chance = random.Random(SEED)  # noqa: S311 - a repeatable ledger, no secret
    taken: dict[str, int] = {}
    for number, community in enumerate(all_of_them):
        lng, lat = _middle(number, len(all_of_them))
        first = taken.get(community.estate, 0) + 1
        last = first + chance.randint(12, 17)
        taken[community.estate] = last
        for building in range(first, last + 1):
            yield from _building(chance, community, building, lng, lat)


def _building(
    chance: random.Random, community: Community, number: int, lng: float, lat: float
) -> Iterator[tuple[object, ...]]:
    """A tower has one or two doorways and many households at each, a slab up to six with fewer."""
    tower = chance.random() < 0.25
    count = chance.randint(1, 2) if tower else chance.randint(3, 6)
    households = chance.choice((28, 32, 36)) if tower else chance.choice((10, 12, 12, 15, 18, 24))
    lng, lat = lng + chance.uniform(-0.0025, 0.0025), lat + chance.uniform(-0.0022, 0.0022)
    for doorway in range(1, count + 1):
        at = (round(lng + doorway * 0.00012, 6), round(lat, 6))
        name = f"{community.estate}{number}号楼"
        yield community.name, community.code, name, f"{doorway}单元", households, *at, "GCJ-02", None


def _middle(number: int, of: int) -> tuple[float, float]:
    """Where a community lies on a plain grid over the sub-district."""
    row, column = divmod(number, COLUMNS_OF_COMMUNITIES)
    rows = -(-of // COLUMNS_OF_COMMUNITIES)
    return (
        WEST + (column + 0.5) * (EAST - WEST) / COLUMNS_OF_COMMUNITIES,
        SOUTH + (row + 0.5) * (NORTH - SOUTH) / rows,
    )


def main() -> None:
    """Write the ledger and say how many doorways it has."""
    parser = argparse.ArgumentParser(description="Make the demonstration ledger.")
    parser.add_argument("divisions", type=Path, help="CSV with level, code, name, parent_code")
    parser.add_argument("out", type=Path, help="the .xlsx to write")
    options = parser.parse_args()
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("楼门台账")
    sheet.append(["朝阳区八里庄街道楼门台账（演示，楼和户数为虚构）"])
    sheet.append(HEADER)
    count = 0
    for row in doorways(communities(options.divisions)):
        sheet.append(row)
        count += 1
    workbook.save(options.out)
    print(f"doorways={count}")


if __name__ == "__main__":
    main()
