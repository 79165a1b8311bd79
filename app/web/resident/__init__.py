"""The resident's door: say it, keep the receipt, judge it. Anonymous, sets no cookie, needs no script."""

from flask import Blueprint

bp = Blueprint("resident", __name__)

from app.web.resident import alarm, joining, promise, receipts, recovery, saying, typing  # noqa: E402, F401 - the views register themselves
