"""Pages for everybody: what this is, the community's board, how personal information is used."""

from __future__ import annotations

from flask import Blueprint, render_template

from app.cases import queries as cases
from app.cases.workflow import AT_WORK, State
from app.errors import NotFound
from app.places.queries import community_by_code
from app.reading import reading
from app.web.words import shape, told_state

bp = Blueprint("public", __name__)
FEWEST = 5  # smaller counts would point at single homes


@bp.get("/")
def home() -> str:
    """What this is, and the way to one's own door."""
    return render_template("public/home.html")


@bp.get("/c/<code>")
def board(code: str) -> str:
    """A community's public board: counts, and the cases staff published in their own words."""
    session = reading()
    community = community_by_code(session, code) if code.isprintable() else None
    if community is None:
        raise NotFound
    counts = cases.counts_in(session, community.id)
    at_work = sum(counts.get(state, 0) for state in (State.RECEIVED, *AT_WORK))
    done = counts.get(State.RESOLVED, 0) + counts.get(State.CLOSED, 0)
    tally = [("at_work", at_work), ("done", done), ("forwarded", counts.get(State.FORWARDED, 0))]
    return render_template(
        "public/board.html",
        community=community,
        fewest=FEWEST,
        tally={name: count if count >= FEWEST else None for name, count in tally},
        published=[
            (case.public_words, told_state(State(case.state)), shape(State(case.state)))
            for case in cases.published_in(session, community.id)
        ],
    )


@bp.get("/privacy")
def privacy() -> str:
    """Who receives what residents write, why, how long, and how to have it deleted."""
    return render_template("public/privacy.html")
