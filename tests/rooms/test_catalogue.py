"""The catalogue goes out as a table and comes in again; faults are named; leaves retire and never go."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import func, select

from app.access.actor import SYSTEM
from app.cases import triage
from app.cases.triage import Sorting
from app.categories import catalogue, keeping, queries
from app.categories.keeping import CatalogueRefused, Taken
from app.categories.models import Category
from app.db import db, transaction
from app.errors import Refused
from tests.world import World

HEAD = "代码,一级,二级,三级,时限,主责单位,不等周六,社区可主责,公布的分类,停用"


@pytest.fixture
def seeded(world: World) -> int:
    """The whole catalogue, as a new sub-district has it; how many leaves there are."""
    with transaction() as session:
        return catalogue.seed(session)


def table(folder: Path, *lines: str, name: str = "c.csv", head: str = HEAD) -> Path:
    path = folder / name
    path.write_text("\n".join([head, *lines]), encoding="utf-8-sig")
    return path


def leaf(code: str) -> Category:
    db.session.rollback()
    db.session.expire_all()
    found = queries.by_code(db.session(), code)
    assert found is not None
    return found


def test_what_went_out_comes_in_and_changes_nothing(seeded: int, tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_bytes(keeping.export_catalogue(db.session()))
    count = db.session.scalar(select(func.count()).select_from(Category))
    assert keeping.import_catalogue(SYSTEM, path) == Taken(0, 0, count)


def test_leaves_are_added_and_changed_and_others_left(seeded: int, tmp_path: Path) -> None:
    lines = (
        "990101,别的,小事,门牌掉了,7d,物业公司,否,否,010212,否",
        "020101,楼里的事,楼道,灯不亮,24h,红庙物业,是,no,,",
    )
    before = leaf("020102").lead_unit
    assert keeping.import_catalogue(SYSTEM, table(tmp_path, *lines)) == Taken(1, 1, 0)
    assert (leaf("990101").level3, leaf("990101").frame) == ("门牌掉了", "010212")
    changed = leaf("020101")
    assert (changed.lead_unit, changed.limit_key, changed.due_first) == ("红庙物业", "24h", True)
    assert leaf("020102").lead_unit == before


def test_a_workbook_with_a_title_is_read_too(seeded: int, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["八里庄街道分类目录"])
    book.active.append(HEAD.split(","))
    book.active.append(["990101", "别的", "小事", "门牌掉了", "7d", "物业公司", "", "", "", ""])
    book.save(tmp_path / "c.xlsx")
    assert keeping.import_catalogue(SYSTEM, tmp_path / "c.xlsx") == Taken(1, 0, 0)


def test_a_dry_run_counts_and_writes_nothing(seeded: int, tmp_path: Path) -> None:
    path = table(tmp_path, "990101,别的,小事,门牌掉了,7d,物业公司,,,,")
    assert keeping.import_catalogue(SYSTEM, path, dry_run=True) == Taken(1, 0, 0)
    assert queries.by_code(db.session(), "990101") is None


def test_every_fault_is_named_and_nothing_is_taken_in(seeded: int, tmp_path: Path) -> None:
    lines = (
        "990101,别的,小事,门牌掉了,7d,物业公司,,,,",
        ",别的,小事,没有代码,7d,,,,,",
        "990102,别的,小事,时限不对,8d,,,,,",
        "990101,别的,小事,重复,7d,,,,,",
        "990103,别的,小事,分类不对,7d,,,,999999,",
        "990104,别的,小事,是否不对,7d,,也许,,,",
    )
    with pytest.raises(CatalogueRefused) as refused:
        keeping.import_catalogue(SYSTEM, table(tmp_path, *lines))
    assert [(one.line, one.column) for one in refused.value.faults] == [
        (3, "代码"), (4, "时限"), (5, "代码"), (6, "公布的分类"), (7, "不等周六"),
    ]  # fmt: skip
    assert queries.by_code(db.session(), "990101") is None


@pytest.mark.parametrize("head", ["", "代码,一级"])
def test_a_table_without_its_head_is_refused(seeded: int, tmp_path: Path, head: str) -> None:
    with pytest.raises(CatalogueRefused) as refused:
        keeping.import_catalogue(SYSTEM, table(tmp_path, "1,2", head=head))
    assert "没有表头" in refused.value.faults[0].reason


def test_a_retired_leaf_is_offered_no_more_and_stays(seeded: int) -> None:
    assert keeping.retire(SYSTEM, "030303")
    assert not keeping.retire(SYSTEM, "030303")
    assert "030303" not in {one.code for one in queries.in_use(db.session())}
    assert queries.terms_of(db.session.connection(), "030303") is None
    assert leaf("030303").retired
    with pytest.raises(Refused, match="category_unknown"):
        keeping.retire(SYSTEM, "none")


def test_a_community_is_never_made_lead_for_what_it_only_assists(world: World, seeded: int) -> None:
    who, case = world.actor("dispatcher"), world.case(world.report())
    with pytest.raises(Refused, match="community_only_assists"):
        triage.triage(who, case.number, case.version, Sorting(category="010104", lead_unit=triage.COMMUNITY))
    done = triage.triage(who, case.number, case.version, Sorting(category="020102"))
    assert done.lead_unit == triage.COMMUNITY
