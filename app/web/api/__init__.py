"""For machines: whether we are up, and the hotline's push."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, jsonify, request
from sqlalchemy import text
from werkzeug.wrappers import Response

from app import config
from app.forwarding import push
from app.reading import reading

bp = Blueprint("api", __name__)
LARGEST_PUSH = 1024 * 1024  # bytes


@bp.get("/healthz")
def healthz() -> Response:
    """The process is up."""
    return jsonify(status="ok")


@bp.get("/readyz")
def readyz() -> tuple[Response, int]:
    """The database answers and the media folder can be written."""
    checks = {"database": _database(), "media": _media()}
    return jsonify(checks), 200 if all(checks.values()) else 503


@bp.post("/hooks/hotline")
def hotline_push() -> tuple[Response, int]:
    """What the hotline pushes: signed, fresh, and never taken twice."""
    if (request.content_length or 0) > LARGEST_PUSH:
        return jsonify(error="too large"), 413
    body = request.get_data()
    timestamp = request.headers.get("X-Mashang-Timestamp", "")
    if not push.verify(timestamp, request.headers.get("X-Mashang-Signature", ""), body):
        return jsonify(error="signature"), 401
    push.take(body)
    return jsonify(status="kept"), 200


def _database() -> bool:
    try:
        reading().execute(text("SELECT 1"))
    except Exception:  # whatever the driver raises means: not ready
        return False
    return True


def _media() -> bool:
    folder = Path(config.active().media_url)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".ready"
        probe.touch()
    except OSError:
        return False
    return True
