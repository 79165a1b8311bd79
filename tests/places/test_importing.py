"""Bringing ledgers into the register: all or nothing, the same again changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.access.actor import SYSTEM
from app.categories import catalogue
from app.categories.models import Category, TimeLimit
from app.categories.setting_up import set_up
from app.db import db, transaction
from app.errors import Refused
from app.places.importing import ImportCounts, LedgerRefused, import_ledger
from app.places.models import Building, Community, Doorway, SubDistrict
from tests.places.ledgers import HEADER, Rows, comma_separated, xlsx

CODE = "110105015"
ROWS: Rows = (
    (*HEADER, "社区电话", "社区代码"),
    ("甘露园社区居委会", "1号楼", "1单元", 24, "010-1111111", None),
    ("甘露园社区居委会", "1号楼", "2单元", 24, None, None),
    ("红庙社区", "1号楼", "1单元", 12, None, "110105015037"),
)


@pytest.fixture(autouse=True)
def place(app: Flask) -> None:
    set_up(SYSTEM, CODE, "八里庄街道", "朝阳区")


def _counts() -> tuple[int, ...]:
    db.session.rollback()
    tables = (Community, Building, Doorway)
    return tuple(db.session.scalar(select(func.count()).select_from(table)) or 0 for table in tables)


def _communities() -> dict[str, Community]:
    db.session.rollback()
    db.session.expire_all()
    return {each.name: each for each in db.session.scalars(select(Community))}


def test_a_ledger_makes_communities_buildings_and_doorways(tmp_path: Path) -> None:
    """Two buildings of the same name in two communities are two."""
    done = import_ledger(SYSTEM, CODE, xlsx(tmp_path / "l.xlsx", ROWS))
    assert done.counts == ImportCounts(
        rows=3, communities=2, buildings=2, doorways=3, updated=0, unchanged=0, phones=0, skipped=0
    )
    assert _counts() == (2, 2, 3)
    found = {name: (each.code, each.phone) for name, each in _communities().items()}
    assert found == {"甘露园社区": ("110105015001", "010-1111111"), "红庙社区": ("110105015037", None)}


def test_the_same_again_changes_nothing_and_a_change_is_taken(tmp_path: Path) -> None:
    """An empty cell says nothing; what the ledger leaves out stays."""
    path = xlsx(tmp_path / "l.xlsx", ROWS)
    import_ledger(SYSTEM, CODE, path)
    again = import_ledger(SYSTEM, CODE, path).counts
    assert (again.unchanged, again.doorways, again.updated, again.phones) == (3, 0, 0, 0)
    changed = (
        ROWS[0],
        ("甘露园社区", "1号楼", "1单元", 30, "010-2222222", None),
        ("红庙社区", "1号楼", "1单元", None, None, None),
        ("红庙社区", "1号楼", "3单元", 8, None, None),
    )
    done = import_ledger(SYSTEM, CODE, comma_separated(tmp_path / "l.csv", changed)).counts
    assert (done.unchanged, done.doorways, done.updated, done.phones) == (1, 1, 1, 1)
    assert _counts() == (2, 2, 4)
    assert _communities()["甘露园社区"].phone == "010-2222222"
    assert sorted(db.session.scalars(select(Doorway.households))) == [8, 12, 24, 30]


def test_coordinates_come_later(tmp_path: Path) -> None:
    """A ledger may bring only what was lacking."""
    import_ledger(SYSTEM, CODE, xlsx(tmp_path / "l.xlsx", ROWS))
    more = ((*HEADER[:3], "经度", "纬度"), ("红庙社区", "1号楼", "1单元", 116.49, 39.91))
    assert import_ledger(SYSTEM, CODE, xlsx(tmp_path / "m.xlsx", more)).counts.updated == 1
    located = db.session.execute(
        select(Doorway.lng, Doorway.datum, Doorway.households).where(Doorway.lng > 0)
    )
    assert located.all() == [(116.49, "GCJ-02", 12)]


def test_one_fault_refuses_the_whole(tmp_path: Path) -> None:
    """Unless faulty lines are to be left out."""
    bad = xlsx(tmp_path / "l.xlsx", (*ROWS, ("红庙社区", "1号楼", "1单元", "x", None, None)))
    with pytest.raises(LedgerRefused) as refused:
        import_ledger(SYSTEM, CODE, bad)
    assert [(fault.line, fault.column) for fault in refused.value.faults] == [(5, "户数"), (5, "楼门")]
    assert _counts() == (0, 0, 0)
    done = import_ledger(SYSTEM, CODE, bad, skip_bad=True)
    assert (done.counts.doorways, done.counts.skipped, len(done.faults)) == (3, 1, 2)
    assert _counts() == (2, 2, 3)


def test_leaving_out_does_not_make_a_table_of_what_is_none(tmp_path: Path) -> None:
    """Without its columns, or with nothing left, a ledger is refused."""
    path = tmp_path / "l.xlsx"
    path.write_text("hello", encoding="utf-8")
    blank = xlsx(tmp_path / "m.xlsx", (HEADER, ("", "", "", "")))
    bad = xlsx(tmp_path / "n.xlsx", (HEADER, ("红庙", "", "", 3)))
    for each in (path, blank, bad):
        with pytest.raises(LedgerRefused):
            import_ledger(SYSTEM, CODE, each, skip_bad=True)
    assert _counts() == (0, 0, 0)


def test_trying_it_out_counts_and_writes_nothing(tmp_path: Path) -> None:
    """The same counts as the real thing."""
    path = xlsx(tmp_path / "l.xlsx", ROWS)
    tried = import_ledger(SYSTEM, CODE, path, dry_run=True)
    assert _counts() == (0, 0, 0)
    assert import_ledger(SYSTEM, CODE, path) == tried


def test_codes_of_communities_are_nobody_elses(tmp_path: Path) -> None:
    """Another sub-district's code, or another than the registered one, is refused with its line."""
    import_ledger(SYSTEM, CODE, xlsx(tmp_path / "l.xlsx", ROWS))
    set_up(SYSTEM, "110108005", "八里庄街道", "海淀区")
    taken = xlsx(tmp_path / "m.xlsx", (ROWS[0], ("徐庄", "1", "1", 1, None, "110105015037")))
    with pytest.raises(LedgerRefused, match="红庙社区"):
        import_ledger(SYSTEM, "110108005", taken)
    other = xlsx(tmp_path / "n.xlsx", (ROWS[0], ("红庙社区", "1号楼", "1单元", 1, None, "110105015099")))
    with pytest.raises(LedgerRefused, match="110105015037"):
        import_ledger(SYSTEM, CODE, other)
    assert _counts() == (2, 2, 3)


def test_generated_codes_step_around_those_in_use(tmp_path: Path) -> None:
    """A code the ledger names further down is not given away before."""
    rows = (
        (*HEADER, "社区代码"),
        ("甲", "1", "1", 1, None),
        ("乙", "1", "1", 1, f"{CODE}001"),
        ("丙", "1", "1", 1, None),
    )
    import_ledger(SYSTEM, CODE, xlsx(tmp_path / "l.xlsx", rows))
    assert {name: each.code[-3:] for name, each in _communities().items()} == {
        "甲": "002",
        "乙": "001",
        "丙": "003",
    }


def test_a_hundred_thousand_doorways(tmp_path: Path) -> None:
    """One ledger, one transaction, and again without a change."""
    rows = [
        HEADER,
        *((f"社区{n // 5000}", f"{n // 6}号楼", f"{n % 6 + 1}单元", n % 40) for n in range(100_000)),
    ]
    path = comma_separated(tmp_path / "l.csv", rows)
    assert import_ledger(SYSTEM, CODE, path).counts.doorways == 100_000
    assert import_ledger(SYSTEM, CODE, path).counts.unchanged == 100_000
    assert _counts() == (20, 16_680, 100_000)


def test_nowhere_to_import_to(tmp_path: Path) -> None:
    """An unknown sub-district is said before anything of the ledger."""
    with pytest.raises(Refused, match="sub_district_unknown"):
        import_ledger(SYSTEM, "999999", xlsx(tmp_path / "l.xlsx", ROWS))


def test_setting_up_twice_is_setting_up_once() -> None:
    """The catalogue is there whole, and a leaf that staff changed stays changed."""
    with transaction() as session:
        session.scalars(select(Category).where(Category.code == "020101")).one().lead_unit = "红庙物业"
    again = set_up(SYSTEM, CODE, "八里庄街道", "朝阳区")
    assert not again.is_new
    assert again.categories == len(catalogue.leaves())
    leaf = db.session.scalars(select(Category).where(Category.code == "020101")).one()
    assert leaf.lead_unit == "红庙物业"
    limits = db.session.scalars(select(TimeLimit))
    assert {limit.key: limit.hours for limit in limits} == {"2h": 2, "24h": 24, "7d": 168, "15d": 360}
    assert db.session.scalar(select(func.count()).select_from(SubDistrict)) == 1


@pytest.mark.parametrize(
    ("code", "name", "key"),
    [
        (CODE, "双井街道", "sub_district_differs"),
        ("八里庄", "八里庄街道", "sub_district_code_wrong"),
        ("1" * 13, "八里庄街道", "sub_district_code_wrong"),
        ("110105016", " ", "name_missing"),
        ("110105016", "长" * 41, "field_too_long"),
        ("110105016", "双井\x07街道", "control_characters"),
    ],
)
def test_a_sub_district_that_cannot_be(code: str, name: str, key: str) -> None:
    """Refused by name, and nothing is written."""
    with pytest.raises(Refused, match=key):
        set_up(SYSTEM, code, name)
    assert db.session.scalar(select(func.count()).select_from(SubDistrict)) == 1


def test_the_catalogue_is_well_made() -> None:
    """Unique codes in order, three levels within their columns, limits that exist, water and heat first."""
    leaves = catalogue.leaves()
    codes = [leaf.code for leaf in leaves]
    assert codes == sorted(set(codes))
    assert len(leaves) >= 120
    for leaf in leaves:
        assert len(leaf.code) == 6
        assert leaf.limit_key in catalogue.LIMITS
        assert all((leaf.level1, leaf.level2, leaf.level3, leaf.lead_unit))
        assert leaf.limit_key in {"2h", "24h"} or not leaf.due_first
        assert leaf.community_may_lead or leaf.lead_unit != "社区居委会"
        assert leaf.frame in catalogue.frame()
    first = {leaf.level3 for leaf in leaves if leaf.due_first}
    assert {"家里停水", "家里停电", "家里停气", "暖气不热", "电梯停用、常坏"} <= first
