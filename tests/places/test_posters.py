"""From the register to paper and back."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pypdfium2
import pytest
from sqlalchemy import func, select

from app import config
from app.access.actor import SYSTEM
from app.db import db, transaction
from app.errors import Refused
from app.places import codes, posters
from app.places.models import Building, DoorCode, PrintCell, PrintRun
from app.places.queries import Choice
from qr.proof import read_codes
from tests.world import World

HOME = Choice("110105015")


def _print(out: Path, choice: Choice = HOME, **said: int | bool) -> posters.Printed:
    return posters.print_codes(SYSTEM, choice, "a4-poster", out, **said)  # type: ignore[arg-type]


def _fresh(query: object) -> list[object]:
    db.session.rollback()
    db.session.expire_all()
    return list(db.session.scalars(query))  # type: ignore[call-overload]


def _pages(source: Path, out: Path, numbers: list[int]) -> Path:
    """Some pages of a PDF, in this order."""
    with pypdfium2.PdfDocument(source) as whole, pypdfium2.PdfDocument.new() as part:
        part.import_pages(whole, [number - 1 for number in numbers])
        kept = BytesIO()
        part.save(kept)
    out.write_bytes(kept.getvalue())
    return out


def test_every_active_code_is_printed_and_read_back(world: World, tmp_path: Path) -> None:
    """The symbol says the address of the settings; the run records page, cell and time."""
    out = tmp_path / "o.pdf"
    done = _print(out)
    assert (done.pages, done.posters) == (12, 12)
    said = [reading.text for reading in read_codes(out)]
    assert said == [f"{config.active().base_url}/d/{door.code}" for door in world.doors]
    assert posters.proof_codes(out) == posters.Proof(12, 12, [])
    assert _fresh(select(PrintCell.page).where(PrintCell.print_run_id == done.run_id)) == list(range(1, 13))
    unprinted = select(DoorCode.code).where(DoorCode.printed_at.is_(None))
    assert _fresh(unprinted) == [world.far_door.code]
    assert list(tmp_path.glob(".*.part")) == []


@pytest.mark.parametrize(
    ("community", "building", "doors"),
    [
        ("红庙社区", None, slice(0, 8)),
        ("110105015002", None, slice(8, 12)),
        (None, "红庙北里2号楼", slice(4, 8)),
        ("八里庄北里社区", "八里庄北里10号楼", slice(8, 12)),
    ],
)
def test_a_part_is_printed(
    world: World, tmp_path: Path, community: str | None, building: str | None, doors: slice
) -> None:
    """By community, name or code, and by building."""
    _print(tmp_path / "o.pdf", Choice("110105015", community, building))
    said = [(reading.text or "")[-8:] for reading in read_codes(tmp_path / "o.pdf")]
    assert said == [door.code for door in world.doors[doors]]


def test_only_what_was_not_printed_or_hung_up(world: World, tmp_path: Path) -> None:
    """A revoked code is never printed."""
    _print(tmp_path / "a.pdf", Choice("110105015", "红庙社区"))
    assert _print(tmp_path / "b.pdf", Choice("110105015", unprinted=True)).posters == 4
    with pytest.raises(Refused, match="nothing_to_print"):
        _print(tmp_path / "c.pdf", Choice("110105015", unprinted=True))
    with transaction() as session:
        hung = session.scalars(select(DoorCode).where(DoorCode.code == world.doors[0].code)).one()
        hung.installed_at = hung.issued_at
    codes.revoke(SYSTEM, world.doors[1].code, "gone")
    assert _print(tmp_path / "c.pdf", Choice("110105015", uninstalled=True)).posters == 10
    assert not (tmp_path / "d.pdf").exists()


def test_trying_it_out_leaves_no_trace(world: World, tmp_path: Path) -> None:
    """No file, no run, no time of printing."""
    done = _print(tmp_path / "o.pdf", dry_run=True)
    assert (done.run_id, done.pages, done.posters) == (None, 12, 12)
    assert list(tmp_path.glob("*.pdf*")) == list(tmp_path.glob(".*.part")) == []
    assert _fresh(select(func.count()).select_from(PrintRun)) == [0]


def test_a_name_without_letters_to_print_it_is_refused_whole(world: World, tmp_path: Path) -> None:
    """The doorway is named, an older file stays, nothing is recorded."""
    out = tmp_path / "o.pdf"
    out.write_bytes(b"older")
    with transaction() as session:
        session.scalars(select(Building).where(Building.name == "红庙北里2号楼")).one().name = "🏠楼"
    with pytest.raises(Refused) as refused:
        _print(out)
    assert refused.value.key == "print_refused"
    assert "🏠楼 1单元" in str(refused.value.params["where"])
    assert out.read_bytes() == b"older"
    assert _fresh(select(func.count()).select_from(PrintRun)) == [0]
    assert _fresh(select(DoorCode.id).where(DoorCode.printed_at.is_not(None))) == []


def test_a_code_revoked_while_it_is_drawn(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then nothing is printed, rather than a dead code."""
    draw = posters._draw

    def slowly(*given: object) -> int:
        pages = draw(*given)  # type: ignore[arg-type]
        codes.revoke(SYSTEM, world.doors[3].code, "abused")
        return pages

    monkeypatch.setattr(posters, "_draw", slowly)
    with pytest.raises(Refused, match="reprinted_meanwhile"):
        _print(tmp_path / "o.pdf")
    assert not (tmp_path / "o.pdf").exists()
    assert _fresh(select(func.count()).select_from(PrintRun)) == [0]


def test_where_it_cannot_be_written(world: World, tmp_path: Path) -> None:
    """A folder that is not there is an error of the system, and nothing is recorded."""
    with pytest.raises(FileNotFoundError):
        _print(tmp_path / "nowhere" / "o.pdf")
    assert _fresh(select(func.count()).select_from(PrintRun)) == [0]


def test_a_proof_misses_what_was_revoked_since(world: World, tmp_path: Path) -> None:
    """Paper that would lead a resident nowhere."""
    out = tmp_path / "o.pdf"
    _print(out)
    codes.revoke(SYSTEM, world.doors[2].code, "stolen")
    proof = posters.proof_codes(out)
    assert (proof.pages, proof.read) == (12, 11)
    assert proof.misses == [f"第3页：{world.doors[2].code} 已经作废"]


def test_a_proof_misses_lost_pages_and_doubled_ones(world: World, tmp_path: Path) -> None:
    """Compared with the run the file came from, not with a later one of other doors."""
    out = tmp_path / "o.pdf"
    _print(out, Choice("110105015", "红庙社区"))
    _print(tmp_path / "later.pdf", Choice("110105015", "八里庄北里社区"))
    assert posters.proof_codes(out).misses == []
    lost = posters.proof_codes(_pages(out, tmp_path / "lost.pdf", [1, 2, 3, 4, 5, 6, 7]))
    assert (lost.pages, lost.read, len(lost.misses)) == (7, 7, 1)
    assert world.doors[7].code in lost.misses[0]
    doubled = posters.proof_codes(_pages(out, tmp_path / "doubled.pdf", [1, 2, 3, 4, 5, 6, 7, 8, 8]))
    assert (doubled.pages, len(doubled.misses)) == (9, 1)


def test_a_proof_misses_another_address_and_an_empty_page(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Printed for another address, or with a page that says nothing."""
    out = tmp_path / "o.pdf"
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(posters, "door_url", lambda code: f"http://elsewhere.test/d/{code}")
        _print(out, Choice("110105015", building="红庙北里1号楼"))
    assert (posters.proof_codes(out).read, len(posters.proof_codes(out).misses)) == (0, 4)
    _print(out, Choice("110105015", building="红庙北里1号楼"))
    with pypdfium2.PdfDocument(out) as whole:
        whole.new_page(595, 842)
        whole.save(tmp_path / "more.pdf")
    assert posters.proof_codes(tmp_path / "more.pdf") == posters.Proof(5, 4, ["第5页：没有读到码"])


def test_what_is_no_pdf_is_not_proved(world: World, tmp_path: Path) -> None:
    """Refused in words."""
    (tmp_path / "o.pdf").write_bytes(b"hello")
    with pytest.raises(Refused, match="proof_refused"):
        posters.proof_codes(tmp_path / "o.pdf")
