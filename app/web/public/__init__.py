"""Pages for everybody: what this is, the community's board, how personal information is used."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, render_template, request

from app import clock
from app.calendar import queries as calendar
from app.calendar.saturdays import Promise as Saturday
from app.calendar.saturdays import next_case_day
from app.cases import queries as cases
from app.cases.queries import Published
from app.cases.workflow import AT_WORK, State
from app.errors import NotFound
from app.places.queries import community_by_code, terms_of_privacy
from app.reading import reading
from app.web.words import FEWEST, homes_told, shape, told_state

bp = Blueprint("public", __name__)
PAGE_SIZE = 25


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
    page = _page(request.args.get("page", ""))
    published = cases.published_in(session, community.id, start=(page - 1) * PAGE_SIZE, size=PAGE_SIZE + 1)
    counts = cases.counts_in(session, community.id)
    at_work = sum(counts.get(state, 0) for state in (State.RECEIVED, *AT_WORK))
    done = counts.get(State.RESOLVED, 0) + counts.get(State.CLOSED, 0)
    tally = [("at_work", at_work), ("done", done), ("forwarded", counts.get(State.FORWARDED, 0))]
    return render_template(
        "public/board.html",
        community=community,
        fewest=FEWEST,
        tally={name: count if count >= FEWEST else None for name, count in tally},
        published=[_told(one) for one in published[:PAGE_SIZE]],
        page=page,
        more=len(published) > PAGE_SIZE,
        saturday=_next_saturday(community.sub_district_id),
    )


@dataclass(frozen=True)
class Told:
    """A published case on the board: no door, no resident, no small number."""

    words: str
    building: str
    said_on: date
    state_word: str
    shape: str
    homes: str


def _told(case: Published) -> Told:
    word = told_state(case.state, due_first=case.due_first)
    homes = homes_told(case.homes) if case.homes >= FEWEST else ""
    drawn = shape(case.state, due_first=case.due_first)
    return Told(case.words, case.building, case.said_on, word, drawn, homes)


def _page(written: str) -> int:
    return int(written) if re.fullmatch(r"[1-9][0-9]{0,4}", written) else 1


def _next_saturday(sub_district_id: int) -> Saturday:
    moment, session = calendar.local(clock.now()), reading()
    settled = calendar.settled_by(session, sub_district_id)
    return next_case_day(moment, calendar.rhythm_of(session, sub_district_id), settled)


@bp.get("/privacy")
def privacy() -> str:
    """Who receives what residents write, why, how long, and how to have it deleted."""
    return render_template("public/privacy.html", terms=terms_of_privacy(reading()))
