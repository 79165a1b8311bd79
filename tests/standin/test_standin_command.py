"""The command line: fault specs, usage errors, and files or ports that cannot be had."""

import socket
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.commands.hotline import hotline
from app.standin import BadFaultSpec, Faults, create_gateway
from app.standin.faults import KNOWN


def test_a_spec_is_read_as_written() -> None:
    faults = Faults.parse("500:0.1, lost-reply:0.2,slow:0.3:8,late,no-idempotency")
    assert faults.chances == {"500": 0.1, "lost-reply": 0.2, "slow": 0.3, "late": 1.0, "no-idempotency": 1.0}
    assert faults.seconds == {"slow": 8.0, "late": 10.0}
    assert faults.describe() == "500:0.1,lost-reply:0.2,slow:0.3:8,late:1:10,no-idempotency:1"
    assert Faults.parse(faults.describe()) == faults


def test_every_fault_of_the_contract_is_known_and_no_other() -> None:
    assert sorted(KNOWN) == sorted(
        ["500", "503", "409", "422", "lost-reply", "drop", "slow", "late", "no-idempotency"]
    )
    assert all(Faults.parse(name).strikes(name) for name in KNOWN)
    assert not any(Faults.parse("").strikes(name) for name in KNOWN)
    assert not any(Faults.parse(f"{name}:0").strikes(name) for name in KNOWN)


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("504", "504"),
        ("500,,503", "no such fault"),
        ("500:often", "often"),
        ("500:1.5", "between 0 and 1"),
        ("500:-0.1", "between 0 and 1"),
        ("500:nan", "between 0 and 1"),
        ("500:", "not a chance"),
        ("500,500", "given twice"),
        ("500:0.5:3", "no further field"),
        ("slow:1:2:3", "no further field"),
        ("slow:1:soon", "not a number of seconds"),
        ("late:1:99999", "between 0 and 3600"),
    ],
)
def test_a_bad_spec_ends_with_2_and_says_what_is_wrong(spec: str, said: str) -> None:
    with pytest.raises(BadFaultSpec, match=said):
        Faults.parse(spec)
    outcome = CliRunner().invoke(hotline, ["serve", "--faults", spec])
    assert outcome.exit_code == 2
    assert said in " ".join(outcome.stderr.split())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--push-url", "http://127.0.0.1:9"], "--webhook-secret"),
        (["--push-url", "127.0.0.1:9", "--webhook-secret", "s"], "not an http address"),
        (["--port", "70000"], "--port"),
    ],
)
def test_wrong_usage_ends_with_2(options: list[str], said: str) -> None:
    outcome = CliRunner().invoke(hotline, ["serve", *options], env={"MASHANG_HOTLINE_WEBHOOK_SECRET": None})
    assert outcome.exit_code == 2
    assert said in outcome.stderr


def test_a_file_that_is_no_store_ends_with_1(tmp_path: Path) -> None:
    not_a_store = tmp_path / "letter.db"
    not_a_store.write_text("这不是数据库" * 100, encoding="utf-8")
    outcome = CliRunner().invoke(hotline, ["serve", "--port", "0", "--store", str(not_a_store)])
    assert outcome.exit_code == 1
    assert "letter.db" in outcome.stderr


def test_a_port_that_is_taken_ends_with_1(store: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        outcome = CliRunner().invoke(hotline, ["serve", "--port", port, "--store", str(store)])
    assert outcome.exit_code == 1
    assert port in outcome.stderr


def test_the_faults_switched_on_stand_on_the_start_page(store: Path) -> None:
    visitor = create_gateway(store, None, Faults.parse("slow:0.25:3,no-idempotency")).test_client()
    assert "slow:0.25:3,no-idempotency:1" in visitor.get("/").text
