"""Workers as processes of their own: from the command line as a user starts them, or the same command forked
from a process that has its imports done, which saves a second or more for each of many deaths."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from multiprocessing.context import ForkServerProcess

from flask.cli import main

from app.config import ROOT

PATIENCE = 60.0
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["pytest", "tests.proof.workers", "app", "app.models", "app.commands.worker"])


class Workers:
    """Starts workers, and ends whatever still runs."""

    def __init__(self, environment: Callable[[], dict[str, str]]) -> None:
        self._environment = environment
        self._launched: list[subprocess.Popen[str]] = []
        self._forked: list[ForkServerProcess] = []

    def launch(self, *options: str) -> subprocess.Popen[str]:
        """`flask worker` on the database of the test, at its business time."""
        process = subprocess.Popen(
            [sys.executable, "-m", "flask", "worker", *options],
            cwd=ROOT,
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._launched.append(process)
        return process

    def fork(self) -> ForkServerProcess:
        """The same command in a forked process."""
        process = _FORKS.Process(target=_run, args=(self._environment(),), daemon=True)
        process.start()
        self._forked.append(process)
        return process

    def end(self) -> None:
        """Kill what runs and close its pipes."""
        for forked in self._forked:
            forked.kill()
            forked.join()
        for launched in self._launched:
            launched.kill()
            launched.communicate()


def end_gracefully(process: subprocess.Popen[str]) -> str:
    """SIGTERM, exit 0; the summary line."""
    process.send_signal(signal.SIGTERM)
    said, complained = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, complained
    return said.strip().splitlines()[-1]


def _run(environment: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(ROOT)
    sys.argv = ["flask", "worker"]
    main()
