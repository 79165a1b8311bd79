"""One writing process: `python -m benchmarks.writing SECONDS DOORCODE…` prints its reports' times as JSON.

Eight threads take reports in without a pause, through the same verb the resident's page calls, in the app
of the environment."""

import json
import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle

from sqlalchemy.exc import OperationalError

from app.access.actor import resident
from app.cases.intake import receive
from app.cases.wording import Words
from app.db import db
from app.places.queries import Door, door_by_code
from benchmarks.visits import words
from benchmarks.writers import THREADS
from wsgi import app


def doors(codes: list[str]) -> list[Door]:
    """The doors behind the codes."""
    with app.app_context():
        found = [door_by_code(db.session(), code) for code in codes]
    return [door for door in found if door is not None]


def write_until(until: float, at: list[Door], milliseconds: list[float], locked: list[str]) -> None:
    """Sends report after report until the monotonic time `until`; notes each one's time, each refusal."""
    for number, door in enumerate(cycle(at)):
        if time.monotonic() >= until:
            return
        typed = words(number)
        report = Words(text=typed.text, spot=typed.spot, name=typed.name, phone=typed.phone, call_back=True)
        began = time.perf_counter()
        try:
            with app.app_context():
                receive(resident(), door, str(uuid.uuid4()), report)
        except OperationalError as refused:
            if "locked" not in str(refused):
                raise
            locked.append(str(refused))
            continue
        milliseconds.append(1000 * (time.perf_counter() - began))


def main() -> None:
    seconds, at = float(sys.argv[1]), doors(sys.argv[2:])
    milliseconds: list[float] = []
    locked: list[str] = []
    until = time.monotonic() + seconds
    with ThreadPoolExecutor(THREADS) as threads:
        working = [threads.submit(write_until, until, at, milliseconds, locked) for _ in range(THREADS)]
    for one in working:
        one.result()
    print(json.dumps({"milliseconds": milliseconds, "locked": len(locked)}))


if __name__ == "__main__":
    main()
