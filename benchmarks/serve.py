"""Serves one app the way both sides are served: `python -m benchmarks.serve floor|product PORT`.

Both with the settings of `flask serve`; the floor reads its database's path from FLOOR_DATABASE."""

import os
import sys
from collections.abc import Callable
from typing import Any

import waitress

from app.commands.serve import SERVING


def floor() -> Callable[..., Any]:
    from benchmarks.floor import create_floor

    return create_floor(os.environ["FLOOR_DATABASE"])


def product() -> Callable[..., Any]:
    from wsgi import app

    application: Callable[..., Any] = app
    return application


SIDES = {"floor": floor, "product": product}


def main() -> None:
    side, port = sys.argv[1], int(sys.argv[2])
    waitress.serve(SIDES[side](), host="127.0.0.1", port=port, _quiet=True, **SERVING)


if __name__ == "__main__":
    main()
