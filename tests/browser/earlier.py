"""`python -m tests.browser.earlier DAYS PORT`: `flask serve` with the real clock so many days back."""

import sys
import time

DAYS, PORT = int(sys.argv[1]), sys.argv[2]
_now = time.time
time.time = lambda: _now() - DAYS * 24 * 3600

from flask.cli import main  # noqa: E402 - after the clock was set back

sys.argv = ["flask", "serve", "--port", PORT]
main()
