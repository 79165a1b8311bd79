"""What went to 12345: where each hand-over stands, and what the hotline last said."""

from __future__ import annotations

from flask import render_template, request

from app.forwarding import queries as forwarding
from app.reading import reading
from app.web.auth.sign_in import actor
from app.web.desk import bp, phrases

STATES = tuple(phrases.FORWARDINGS)


@bp.get("/forwardings/")
def forwardings() -> str:
    """Hand-overs within scope, newest first, narrowed to one state when asked."""
    wanted = request.args.get("state", "")
    states = (wanted,) if wanted in STATES else STATES
    rows = forwarding.listed(reading(), actor(), states)
    return render_template("desk/forwardings.html", rows=rows, here=wanted if wanted in STATES else "", phrases=phrases)
