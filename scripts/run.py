"""`make run`: the demo sub-district, set up and served on loopback until it is stopped.

Prints URL=, DOORWAY=, LOGIN=, SHEETS= and HOTLINE= once the web server answers."""

from __future__ import annotations

import errno
import http.client
import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from scripts.supervisor import Stopped, Supervisor, say, stop_on_signals
from scripts.surroundings import ROOT, BadChoice, Surroundings, settle

START_LIMIT = 60.0
FLASK = str(Path(sys.executable).with_name("flask"))


def main() -> int:
    """0 when stopped by request, 1 when something could not be set up or ended by itself."""
    stop_on_signals()
    os.chdir(ROOT)
    try:
        place = settle(os.environ)
        _ports_must_be_free(place)
        return serve(place, prepare(place))
    except Stopped:
        return 0
    except BadChoice as bad:
        print(f"make run: {bad}", file=sys.stderr)
    except subprocess.CalledProcessError as failed:
        print(f"make run: setting up ended with {failed.returncode}", file=sys.stderr)
    return 1


def prepare(place: Surroundings) -> dict[str, str]:
    """What scripts.demo_house says of the demo it set up; its errors go straight through."""
    command = [sys.executable, "-m", "scripts.demo_house"]
    done = subprocess.run(command, env=place.environ, stdout=subprocess.PIPE, text=True, check=True)
    *lines, demo = done.stdout.splitlines()
    for line in lines:
        say(line)
    facts: dict[str, str] = json.loads(demo)
    return facts


def serve(place: Surroundings, demo: Mapping[str, str]) -> int:
    """Run web, worker and stand-in until one ends or we are stopped."""
    environ = place.environ | {"PYTHONUNBUFFERED": "1"}
    together = Supervisor()
    try:
        together.start("web", [FLASK, "serve", "--host", place.host, "--port", str(place.port)], environ)
        together.start("worker", [FLASK, "worker"], environ)
        if place.has_own_hotline:
            together.start("hotline", _hotline(place), environ)
        if together.wait_until(lambda: _is_up(together, place), START_LIMIT):
            for name, value in _addresses(place, demo).items():
                say(f"{name}={value}")
            together.wait()
        why = together.ended() or "the web server did not answer, or make is gone"
    finally:
        together.stop()
    print(f"make run: {why}; all stopped", file=sys.stderr)
    return 1


def _hotline(place: Surroundings) -> list[str]:
    """The stand-in tells us its news at once where there is a secret to sign it with; else we ask for it."""
    command = [FLASK, "hotline", "serve", "--port", str(place.hotline_port)]
    if place.environ.get("MASHANG_HOTLINE_WEBHOOK_SECRET"):
        host = _reached_at(place)
        command += [
            "--push-url",
            f"http://[{host}]:{place.port}" if ":" in host else f"http://{host}:{place.port}",
        ]
    return command


def _reached_at(place: Surroundings) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(place.host, place.host)  # noqa: S104 - asked, not bound


def _ports_must_be_free(place: Surroundings) -> None:
    _must_be_free(place.host, place.port, "PORT")
    if place.has_own_hotline:
        _must_be_free("127.0.0.1", place.hotline_port, "HOTLINE_PORT")


def _must_be_free(host: str, port: int, name: str) -> None:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as wrong:
        if wrong.errno == errno.EADDRINUSE:
            raise BadChoice(
                f"port {port} on {host} is in use; choose another: {name}={port + 10} make run"
            ) from None
        raise BadChoice(f"cannot listen on {host} port {port}: {wrong.strerror}") from None


def _addresses(place: Surroundings, demo: Mapping[str, str]) -> dict[str, str]:
    return {
        "URL": place.base_url,
        "DOORWAY": demo["DOORWAY"],
        "LOGIN": demo["LOGIN"],
        "SHEETS": demo["SHEETS"],
        "HOTLINE": place.hotline_url,
    }


def _is_up(together: Supervisor, place: Surroundings) -> bool:
    """Our own programs have their ports (or somebody else might be answering), and the web server answers."""
    have_ports = together.has_spoken("web") and (together.has_spoken("hotline") or not place.has_own_hotline)
    return have_ports and _answers(place)


def _answers(place: Surroundings) -> bool:
    connection = http.client.HTTPConnection(_reached_at(place), place.port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main())
