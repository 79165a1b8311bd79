"""Where the wire does not reach: by hand, with the same effect."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from app.config import ROOT
from app.errors import NotFound, Refused
from app.forwarding import by_hand, pack
from app.forwarding.models import Forwarding
from tests.forwarding.conftest import case_of, newest
from tests.forwarding.scripted import Scripted, ScriptedGateway
from tests.forwarding.test_worker import use_channel
from tests.world import World

Forward = Callable[..., Forwarding]
Work = Callable[[], dict[str, int]]


@pytest.fixture
def held(forward: Forward, work: Work, world: World, monkeypatch: pytest.MonkeyPatch) -> Forwarding:
    use_channel(monkeypatch, "manual")
    sent = forward(text='=HYPERLINK("http://x")灯坏了', phone="13912345678", name="陈", consent_forward=True)
    work()
    return newest(sent.case_id)


def test_an_order_made_and_answered_by_hand(held: Forwarding, work: Work, world: World) -> None:
    dispatcher = world.actor("dispatcher")
    with pytest.raises(Refused, match="forwarding_without_order"):
        by_hand.write_down_answer(dispatcher, held.id, "closed", result="", solved=True)
    by_hand.write_down_order(dispatcher, held.id, " 2026-JH-001 ")
    assert newest(held.case_id).state == "delivered"
    with pytest.raises(Refused, match="forwarding_not_held"):
        by_hand.write_down_order(dispatcher, held.id, "2026-JH-002")
    with pytest.raises(Refused, match="choice_unknown"):
        by_hand.write_down_answer(dispatcher, held.id, "lost", result="", solved=None)
    by_hand.write_down_answer(dispatcher, held.id, "closed", result="修好了", solved=True)
    assert case_of(held).state == "resolved"
    assert [event.action for event in world.events(case_of(held))][-2:] == ["order_made", "hotline_resolved"]


@pytest.mark.parametrize("number", ["", "x" * 81, "a\x00b"])
def test_a_number_that_is_none_is_refused(number: str, held: Forwarding, world: World) -> None:
    with pytest.raises(Refused, match="workorder_id_wrong"):
        by_hand.write_down_order(world.actor("dispatcher"), held.id, number)


def test_another_sub_districts_dispatcher_finds_nothing(held: Forwarding, world: World) -> None:
    with pytest.raises(NotFound):
        by_hand.try_again(world.actor("far_dispatcher"), held.id)


def test_what_was_held_can_be_sent_again_and_is_looked_up_first(
    forward: Forward, work: Work, gateway: ScriptedGateway, world: World
) -> None:
    sent = forward()
    gateway.posts.append(Scripted(413, makes=True))
    work()
    by_hand.try_again(world.actor("dispatcher"), sent.id)
    work()
    assert (newest(sent.case_id).state, len(gateway.of(sent.id))) == ("delivered", 1)
    with pytest.raises(Refused, match="forwarding_not_held"):
        by_hand.try_again(world.actor("dispatcher"), sent.id)


def test_the_pack_holds_what_waits_and_no_live_formula(held: Forwarding, tmp_path: Path) -> None:
    assert pack.export(tmp_path / "pack") == pack.Packed(1, 0)
    raw = (tmp_path / "pack" / pack.INDEX).read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    (row,) = csv.DictReader(raw.decode("utf-8-sig").splitlines())
    number = case_of(held).number
    assert (row["case_number"], row["held_for"], row["contact_phone"]) == (number, "manual", "13912345678")
    assert row["title"].startswith("'=HYPERLINK")
    body = json.loads((tmp_path / "pack" / f"{number}-1" / "dossier.json").read_text())
    assert body["external_id"] == held.id
    assert (tmp_path / "pack" / pack.INDEX).stat().st_mode & 0o077 == 0


def test_the_command_line_writes_the_pack(
    held: Forwarding, tmp_path: Path, process_env: Callable[[], dict[str, str]]
) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        program = "from app.commands.forwarding import forwarding; from app import create_app\n"
        program += "with create_app().app_context(): forwarding()"
        return subprocess.run(
            [sys.executable, "-c", program, *arguments],
            cwd=ROOT,
            env=process_env(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    done = run("export", "--out", str(tmp_path / "out"))
    assert (done.returncode, done.stdout) == (0, "exported=1 photos=0\n"), done.stderr
    (tmp_path / "file").write_text("in the way")
    wrong = run("export", "--out", str(tmp_path / "file" / "below"))
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert "file/below" in wrong.stderr
    assert run("resume").stdout == "resumed=0\n"
    assert run("export").returncode == 2


@pytest.mark.parametrize("lead", ["=", "＝", "＋", "－", "＠", "\t", "\u3000="])
def test_no_spelling_of_a_formula_is_live_in_the_pack(lead: str) -> None:
    body = {
        "external_id": "x", "case_number": "2611-0001", "sequence": 1, "title": f"{lead}1", "description": f"{lead}1",
        "address": {}, "lead_unit": None, "due_at": "", "legal_basis": "statute", "contact": None, "category": None,
    }  # fmt: skip
    assert pack._row(body, "", 0)[4:6] == [f"'{lead}1"] * 2
