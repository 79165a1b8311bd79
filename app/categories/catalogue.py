"""The catalogue a new installation starts with; rows that staff changed afterwards stay as they are."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from sqlalchemy.orm import Session

from app.categories import queries
from app.categories.models import Category, TimeLimit

CATALOGUE = Path(__file__).with_name("catalogue.csv")
FRAME = Path(__file__).with_name("frame.csv")
COMMUNITY = "社区居委会"  # the community itself as lead unit
LIMITS = {"2h": 2, "24h": 24, "7d": 168, "15d": 360}


def seed(session: Session) -> int:
    """Put limits and categories in that are not there yet, inside the caller's transaction; returns how many
    leaves are in use."""
    session.add_all(
        TimeLimit(key=key, hours=hours)
        for key, hours in LIMITS.items()
        if session.get(TimeLimit, key) is None
    )
    session.flush()
    known = queries.codes(session)
    session.add_all(leaf for leaf in leaves() if leaf.code not in known)
    session.flush()
    return len(queries.in_use(session))


def leaves() -> list[Category]:
    """The leaves of the catalogue file, new and in its order."""
    with CATALOGUE.open(encoding="utf-8", newline="") as file:
        return [
            Category(
                code=row["code"],
                level1=row["level1"],
                level2=row["level2"],
                level3=row["level3"],
                limit_key=row["limit"],
                lead_unit=row["lead_unit"],
                due_first=row["due_first"] == "yes",
                community_may_lead=row["community_may_lead"] == "yes",
                frame=row["frame"],
            )
            for row in csv.DictReader(file, strict=True)
        ]


@cache
def frame() -> dict[str, tuple[str, str, str]]:
    """The published three-level classification that figures of many places are compared by: code → its levels."""
    with FRAME.open(encoding="utf-8", newline="") as file:
        return {row["code"]: (row["level1"], row["level2"], row["level3"]) for row in csv.DictReader(file)}
