"""A few programs that live and die together.

Own code and not honcho or supervisord, because of three things asked of it: a program that ends well counts as
a fault too, nothing may outlive a supervisor that was killed, and the addresses are printed between the
programs' lines once the web server answers."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import IO

PATIENCE = 5.0  # seconds between asking and killing
_SET_PARENT_DEATH_SIGNAL = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None
_out = threading.Lock()


class Stopped(BaseException):
    """Somebody asked us to stop."""


def stop_on_signals() -> None:
    """From now on SIGTERM, SIGHUP and Ctrl-C raise Stopped in the main thread."""
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, _raise_stopped)


def say(line: str) -> None:
    """One whole line on standard output, never mixed with another."""
    with _out, contextlib.suppress(BrokenPipeError):
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


class Supervisor:
    """Runs programs, prefixes what they say, and ends all of them with the first."""

    def __init__(self) -> None:
        self._running: dict[str, subprocess.Popen[str]] = {}
        self._spoken: set[str] = set()
        self._parent = os.getppid()

    def start(self, name: str, command: Sequence[str], environ: Mapping[str, str]) -> None:
        """Start one program, in a process group of its own."""
        process = subprocess.Popen(
            command, env=dict(environ), text=True, errors="replace", start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            preexec_fn=_die_with_parent,  # noqa: PLW1509 - one call of libc, no locks, before any thread
        )  # fmt: skip
        self._running[name] = process
        if process.stdout:
            threading.Thread(target=self._pass_on, args=(name, process.stdout), daemon=True).start()

    def has_spoken(self, name: str) -> bool:
        """Whether the program has said a line; ours do when they have their port, or that they cannot."""
        return name in self._spoken

    def wait_until(self, ready: Callable[[], bool], limit: float) -> bool:
        """Whether `ready` came true before a program ended and within `limit` seconds."""
        until = time.monotonic() + limit
        while time.monotonic() < until and not self.ended():
            if ready():
                return True
            time.sleep(0.05)
        return False

    def wait(self) -> None:
        """Return when a program has ended, or whoever started us has."""
        while not self.ended() and os.getppid() == self._parent:
            time.sleep(0.1)

    def ended(self) -> str:
        """The first program found to have ended, as `worker ended with 1`; empty while all run."""
        for name, process in self._running.items():
            if process.poll() is not None:
                return f"{name} ended with {process.returncode}"
        return ""

    def stop(self) -> None:
        """Ask all to end, and kill what has not within PATIENCE; nothing of them is left afterwards."""
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        for process in self._running.values():
            _signal_group(process, signal.SIGTERM)
        until = time.monotonic() + PATIENCE
        for process in self._running.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, until - time.monotonic()))
            _signal_group(process, signal.SIGKILL)
            process.wait()

    def _pass_on(self, name: str, lines: IO[str]) -> None:
        for line in lines:
            say(f"{name:<7} | {line.rstrip()}")
            self._spoken.add(name)


def _raise_stopped(*_: object) -> None:
    raise Stopped


def _die_with_parent() -> None:
    if _libc is not None:
        _libc.prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGTERM)


def _signal_group(process: subprocess.Popen[str], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)
