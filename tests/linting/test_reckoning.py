"""A run that skipped something, left a database out, or never fetched a page does not pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import databases
from tests.reckoning import Reckoning


@pytest.fixture
def reckoning(monkeypatch: pytest.MonkeyPatch) -> Reckoning:
    """A good run in CI: equal counts, nothing skipped, every route fetched."""
    monkeypatch.setenv("CI", "true")
    good = Reckoning()
    good.ran.update(["sqlite", "postgresql"])
    good.routes, good.fetched = {"resident.form", "desk.queue"}, {"resident.form", "desk.queue", "other"}
    return good


def test_a_good_run_has_no_fault(reckoning: Reckoning) -> None:
    assert reckoning.faults(complete=True) == []


def test_a_route_no_test_fetched_fails_the_complete_run_only(reckoning: Reckoning) -> None:
    reckoning.fetched.discard("desk.queue")
    assert reckoning.faults(complete=True) == ["no test fetched: desk.queue"]
    assert reckoning.faults(complete=False) == []


def test_skips_and_unequal_counts_fail_in_ci_only(
    reckoning: Reckoning, monkeypatch: pytest.MonkeyPatch
) -> None:
    reckoning.skipped.append("tests/x.py::test_y")
    reckoning.ran.update(["sqlite"])
    assert len(reckoning.faults(complete=False)) == 2
    monkeypatch.delenv("CI")
    assert reckoning.faults(complete=False) == []


def test_a_database_left_out_altogether_is_noticed(reckoning: Reckoning) -> None:
    del reckoning.ran["postgresql"]
    assert len(reckoning.faults(complete=False)) == 1


def test_without_postgresql_the_run_fails_and_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(databases, "DEBIANS_PLACE", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RuntimeError, match="apt-get install postgresql"):
        databases.PostgresMaker(tmp_path)
