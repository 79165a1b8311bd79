"""What came into the list on the screen, and what somebody else changed in it, since it was drawn: asked every few
seconds by the page (`queue.js`), answered in ids and numbers alone. It costs two statements, whatever there is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from flask import jsonify, request
from werkzeug.wrappers import Response

from app import clock
from app.cases import news
from app.cases import queries as cases
from app.cases.news import Line, Place
from app.cases.workflow import has_aged_pages
from app.notices import queries as notices
from app.reading import reading
from app.web.auth.sign_in import actor
from app.web.desk import bp, reading_in
from app.web.desk.notices import URGENT
from app.web.desk.rail import here
from app.web.desk.wanted import TABS

GRACE = timedelta(seconds=5)  # what was begun before the page was drawn may be written a little later
NARROWED = ("state", "community")
FARTHEST = timedelta(days=36500)


def address() -> str:
    """Where a page asks for news of the list it shows: the moment it was drawn, and what it is narrowed to."""
    asked = {"place": f"t{int(clock.now().timestamp() * 1000)}"}
    asked |= {name: request.args[name] for name in NARROWED if request.args.get(name)}
    return f"{here(request.script_root, 'desk.news')}?{urlencode(asked)}"


@bp.get("/news", endpoint="news")
def news_of_list() -> Response | tuple[str, int]:
    """204 while there is nothing to tell but where to ask from next."""
    asked = request.args.get("place", "")
    place, lines = _found(asked)
    mine = [line for line in lines if actor().covers(line.sub_district_id, line.community_id)]
    counted = mine if news.read(asked) else [line for line in mine if line.at >= _moment(asked)]
    told = {
        "place": str(place),
        "new": _came(mine),
        "changed": _changed(mine),
        "tabs": _moved(counted),
        "urgent": notices.urgent_numbers(reading(), actor(), URGENT),
    }
    if str(place) == asked and not told["urgent"]:
        return "", 204
    return jsonify(told)


def _found(asked: str) -> tuple[Place, Sequence[Line]]:
    place = news.read(asked)
    if place is None:
        return cases.lines_since(reading(), _moment(asked) - GRACE)
    lines = cases.lines_after(reading(), place)
    return news.after(place, [line.id for line in lines]), lines


def _moment(asked: str) -> datetime:
    """When the page was drawn; now, where the address does not say."""
    now = clock.now()
    if asked[:1] != "t" or not asked[1:].isdecimal() or not asked.isascii() or len(asked) > 16:
        return now
    drawn = datetime.fromtimestamp(0, UTC) + min(timedelta(milliseconds=int(asked[1:])), FARTHEST)
    return min(drawn, now)


def _came(lines: Sequence[Line]) -> list[str]:
    """Numbers of the cases that are in this list now and were not before. A list narrowed by more than a tab and a
    community may not hold them: the page looks for them in the list itself, and forgets what is not there."""
    states = {state.value for state in TABS.get(request.args.get("state", ""), TABS["received"])}
    community = reading_in.row_id(request.args.get("community", ""))
    return list(
        dict.fromkeys(
            line.number
            for line in lines
            if line.state in states
            and line.to_state in states
            and line.from_state not in states
            and community in (None, line.community_id)
        )
    )


def _changed(lines: Sequence[Line]) -> dict[str, int]:
    """The version of every case of which an older page is stale now."""
    return {
        line.number: line.version
        for line in lines
        if line.from_state is not None and has_aged_pages(line.action, line.data)
    }


def _moved(lines: Sequence[Line]) -> dict[str, int]:
    """By how many the count over each tab has changed."""
    moved: Counter[str] = Counter()
    community = reading_in.row_id(request.args.get("community", ""))
    for line in lines:
        if line.from_state == line.to_state or community not in (None, line.community_id):
            continue
        for key, states in TABS.items():
            moved[key] += (line.to_state in states) - (line.from_state in states)
    return {key: by for key, by in moved.items() if by}
