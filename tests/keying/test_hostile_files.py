"""Tables that somebody means harm with: every way in answers what is wrong and where, in little memory and time."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest

from app.cases.orders import read_orders
from app.categories import keeping
from app.categories.keeping import CatalogueRefused
from app.config import ROOT
from app.places.ledger import read_ledger
from tests.desk.conftest import Desk
from tests.keying import hostile
from tests.world import World

At = Callable[[str], Desk]
MEMORY = 700 * 1024 * 1024
SECONDS = 60
# These are taken apart, and what is good in them is read: what they say too much of is not believed.
READ = {"a table of sectors it has not", "more of the table than there is"}


def written(folder: Path) -> dict[str, Path]:
    """Every such file, by its name."""
    found = {name: make(folder / f"{name}.xlsx") for name, make in hostile.WORKBOOKS.items()}
    for kind, bodies in ((".csv", hostile.TEXTS), (".xls", hostile.old_workbooks(folder / "good.xls"))):
        for number, (name, body) in enumerate(bodies.items()):
            found[name] = folder / f"{number}{kind}"
            found[name].write_bytes(body)
    return found


def said_of(path: Path) -> list[str]:
    """What orders, the catalogue and the register of doorways say of one file."""
    catalogue = ""
    try:
        keeping._read(path)
    except CatalogueRefused as refused:
        catalogue = "；".join(f"{one.line} {one.reason}" for one in refused.faults)
    places = "；".join(f"{one.line} {one.reason}" for one in read_ledger(path).faults)
    return [read_orders(path).broken, catalogue, places]


def read_within_bounds(paths: dict[str, str]) -> None:
    """In a process of its own, which may not take more."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    print(json.dumps({name: said_of(Path(path)) for name, path in paths.items()}))


def test_every_reader_says_what_is_wrong_and_takes_little(tmp_path: Path) -> None:
    paths = {name: str(path) for name, path in written(tmp_path).items()}
    asked = f"from tests.keying.test_hostile_files import read_within_bounds as r; r({paths!r})"
    done = subprocess.run(
        [sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=False, timeout=180
    )
    assert done.returncode == 0, done.stderr[-2000:]
    said = json.loads(done.stdout)
    assert len(said) == len(hostile.WORKBOOKS) + len(hostile.TEXTS) + 8
    for name, (orders, catalogue, places) in said.items():
        assert (orders == "") == (name in READ), (name, orders)
        assert catalogue, name
        assert places, name
    assert "第1行：一行超过16384格" in said["wide"][0].replace("xl/worksheets/sheet1.xml ", "")
    assert said["one line of nineteen megabytes"][0].startswith("第2行：这一行超过")
    for name in ("entities", "outside"):
        assert all("DTD" in one for one in said[name]), said[name]
    assert not any("root:" in one for one in said["outside"])


@pytest.mark.parametrize("name", ["zeros", "wide", "outside", "many_sheets"])
def test_the_ways_in_answer_422(desk: At, world: World, tmp_path: Path, name: str) -> None:
    body = hostile.WORKBOOKS[name](tmp_path / "a.xlsx").read_bytes()
    handed_in = desk("dispatcher").post("/desk/ledgers/", ledger=(BytesIO(body), "a.xlsx"))
    assert handed_in.status_code == 422
    assert "第1行" in handed_in.get_data(as_text=True)
    looked = desk("admin").post("/admin/categories/preview", table=(BytesIO(body), "a.xlsx"))
    assert looked.status_code == 422
    assert looked.get_data(as_text=True)


@pytest.mark.parametrize("name", [name for name in hostile.TEXTS if "megabytes" not in name])
def test_texts_answer_422(desk: At, world: World, name: str) -> None:
    body = hostile.TEXTS[name]
    handed_in = desk("dispatcher").post("/desk/ledgers/", ledger=(BytesIO(body), "a.csv"))
    assert handed_in.status_code == 422
    looked = desk("admin").post("/admin/categories/preview", table=(BytesIO(body), "a.csv"))
    assert looked.status_code == 422


def test_dates_formulas_and_titles_are_read_as_they_are_shown(tmp_path: Path) -> None:
    cell = '<c r="{at}" t="inlineStr"><is><t>{text}</t></is></c>'
    dated = '<c r="C2" s="1"><v>1.5</v></c>'
    formula = '<c r="B3"><f>1+1</f><v>2</v></c>'
    styles = (
        f'<styleSheet xmlns="{hostile._MAIN}"><fonts/><fills/><borders/><cellStyleXfs/><cellXfs>'
        '<xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>'
    )
    rows = [
        '<row r="1">'
        + "".join(
            cell.format(at=f"{c}1", text=t)
            for c, t in zip("ABC", ("工单编号", "主要内容", "受理时间"), strict=True)
        )
        + "</row>",
        '<row r="2">'
        + cell.format(at="A2", text="1")
        + cell.format(at="B2", text="灯坏了")
        + dated
        + "</row>",
        '<row r="3">' + cell.format(at="A3", text="2") + formula + "</row>",
    ]
    parts = {
        "xl/worksheets/sheet1.xml": hostile.sheet(rows, '<mergeCells><mergeCell ref="A1:C1"/></mergeCells>'),
        "xl/styles.xml": [styles.encode()],
    }
    plain = hostile.workbook(tmp_path / "a.xlsx", parts)
    first, second = read_orders(plain).orders
    assert first.received is None or first.received.year >= 2000, "a date of 1900 is none of a work order"
    assert [(one.column, "公式" in one.reason) for one in second.faults][:1] == [("主要内容", True)]
