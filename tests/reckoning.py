"""What a run adds up to: how many tests ran on each database, whether any was skipped, and whether every GET
route was fetched by some test."""

from __future__ import annotations

import os
from collections import Counter
from typing import Any

import pytest
from flask import Flask

KEY = pytest.StashKey["Reckoning"]()


class Reckoning:
    """Counts of one process, joined in the controller when tests run in several."""

    def __init__(self) -> None:
        self.ran: Counter[str] = Counter()
        self.skipped: list[str] = []
        self.routes: set[str] = set()
        self.fetched: set[str] = set()

    def unfetched(self) -> list[str]:
        """GET routes that no test fetched."""
        return sorted(self.routes - self.fetched)

    def faults(self, *, complete: bool) -> list[str]:
        """Why the run may not count as passed."""
        faults = []
        if complete and self.unfetched():
            faults.append(f"no test fetched: {', '.join(self.unfetched())}")
        if os.environ.get("CI") == "true":
            if self.skipped:
                faults.append(f"skipped: {', '.join(self.skipped)}")
            if self.ran["sqlite"] != self.ran["postgresql"]:
                faults.append(f"not the same tests on each database: {dict(self.ran)}")
        return faults


_current = Reckoning()


def know_routes(app: Flask) -> None:
    """Note which GET routes there are to fetch; static files are no pages."""
    _current.routes |= {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.endpoint.endswith("static")
    }


def note_fetched(endpoint: str | None) -> None:
    """A test got an answer from this route."""
    if endpoint:
        _current.fetched.add(endpoint)


def pytest_configure(config: pytest.Config) -> None:
    config.stash[KEY] = _current


def pytest_runtest_setup(item: pytest.Item) -> None:
    spec = getattr(item, "callspec", None)
    if spec is not None and "maker" in spec.params:
        item.user_properties.append(("database", spec.params["maker"]))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped:
        _current.skipped.append(report.nodeid)
    if report.when == "call" and not report.skipped:
        _current.ran.update(value for name, value in report.user_properties if name == "database")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    config = session.config
    if hasattr(config, "workeroutput"):
        config.workeroutput["pages"] = [sorted(_current.routes), sorted(_current.fetched)]
        return
    if _current.faults(complete=is_complete(session)) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    routes, fetched = getattr(node, "workeroutput", {}).get("pages", ([], []))
    _current.routes |= set(routes)
    _current.fetched |= set(fetched)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    ran = _current.ran
    if ran:
        terminalreporter.write_line(
            f"tests run on sqlite: {ran['sqlite']}, on postgresql: {ran['postgresql']}"
        )
    for fault in _current.faults(complete=is_complete(terminalreporter._session)):
        terminalreporter.write_line(f"FAILED: {fault}", red=True)


def is_complete(session: pytest.Session) -> bool:
    """Whether this run was of all tests: no selection, and none left out by a stop on the way."""
    config = session.config
    chosen = any(
        config.getoption(name, default=None)
        for name in (
            "keyword",
            "markexpr",
            "lf",
            "deselect",
            "ignore",
            "ignore_glob",
            "collectonly",
            "stepwise",
        )
    )
    everything = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    return everything and not chosen and not session.shouldstop and not session.shouldfail
