"""While somebody types at a door: what the neighbours have said that is like it, and whether it speaks of danger.
Nothing of the text is kept or written down."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_babel import gettext as _

from app.cases import likeness, urgency, wording
from app.places import codes
from app.web import throttle
from app.web.resident import bp, door_page
from app.web.resident.neighbour import Neighbour

Json = dict[str, Any]
LARGEST = 64 * 1024  # bytes; what can be typed is far less


@bp.post("/d/<code>/while-typing")
def while_typing(code: str) -> tuple[Json, int]:
    """`{"text": …}` in, `{"urgent": kind or null, "similar": […]}` out; the words are in the page's language."""
    plain = codes.read_code(code)
    door = None if plain is None else door_page.door_at(plain)
    if door is None or door.status != "active":
        return _found(), 404 if door is None else 410
    if not throttle.may_look_while_typing(request.remote_addr or ""):
        return _found(), 429
    text = _text()
    danger = urgency.recognised(text)
    said = [one for one in door_page.neighbours(door) if not one.is_done]
    alike = [Neighbour.of(said[place]) for place in likeness.similar(text, [one.words for one in said])]
    return _found(danger.kind if danger else None, alike), 200


def _found(urgent: str | None = None, alike: list[Neighbour] | None = None) -> Json:
    similar = [
        {
            "number": one.number,
            "words": one.words,
            "homes_text": one.homes,
            "state_word": one.state_word,
        }
        for one in alike or []
    ]
    return {"urgent": urgent, "similar": similar, "told": _told(urgent, similar)}


def _told(urgent: str | None, similar: list[dict[str, str]]) -> dict[str, str]:
    """What the script says beside them, for it knows no language."""
    told = {"urgent": _("有危险，先打电话")} if urgent else {}
    if similar:
        told |= {"similar": _("邻居说过的，是不是同一件事？"), "me_too": _("我家也是")}
    return told


def _text() -> str:
    """What was typed so far; anything else than words is taken for nothing."""
    if (request.content_length or 0) > LARGEST:
        return ""
    try:
        sent = request.get_json(silent=True)
    except RecursionError:
        return ""
    text = sent.get("text", "") if isinstance(sent, dict) else ""
    return text[: wording.LONGEST_TEXT] if isinstance(text, str) else ""
