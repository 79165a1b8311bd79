"""Nobody loses what they typed because a login ran out: the form travels with the login, is shown, and is sent by
whoever typed it with one press.

It is only taken from a page of ours (the browser says from where): another site cannot put words into it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

from flask import Response, make_response, redirect, render_template, request, url_for

from app.web.typed import fit

CARRIED = "carried-"
TO, FIELD = f"{CARRIED}to", f"{CARRIED}f-"
NOT_CARRIED = frozenset({"csrf_token", "confirm_password", "confirm_code", "password"})
MOST_BYTES = 200_000
_STAFF = re.compile(r"/(?:desk|admin)/\S*")
Fields = list[tuple[str, str]]


def from_our_page() -> bool:
    """Whether the browser says that this form was sent from a page of this house."""
    origin = urlsplit(request.headers.get("Origin") or request.headers.get("Referer") or "")
    return bool(origin.netloc) and origin.netloc == request.host


def of_this_form() -> Fields:
    """What was typed into the form of this request, to be carried through a login."""
    fields = [(name, fit(value)) for name, value in request.form.items(multi=True) if name not in NOT_CARRIED]
    return fields if sum(len(name) + len(value) for name, value in fields) <= MOST_BYTES else []


def carried() -> Fields:
    """What this page of the login carries on: the address first, then the form that was sent to it."""
    if request.method != "POST" or not from_our_page():
        return []
    return [(name, fit(value)) for name, value in request.form.items(multi=True) if name.startswith(CARRIED)]


@dataclass(frozen=True)
class Kept:
    """A form to be sent once more: to which address, with which fields."""

    to: str
    fields: Fields


def form_to_send() -> Kept | None:
    """The form this login carried, if any and if it belongs to the staff's side."""
    fields = carried()
    to = next((value for name, value in fields if name == TO), "")
    if not _STAFF.fullmatch(to):
        return None
    return Kept(to, [(name[len(FIELD) :], value) for name, value in fields if name.startswith(FIELD)])


def log_in_first() -> Response:
    """The page of the login instead of an act whose login is over, with everything typed in it."""
    fields = [(TO, request.path), *((FIELD + name, value) for name, value in of_this_form())]
    action = url_for("auth.login", next=request.path)
    page = render_template("auth/login.html", error="", is_over=True, carried=fields, action=action)
    return make_response(page, 401)


def lead_on(url: str) -> Response:
    """On to where the person was going; with a form carried, to the page that shows it and sends it."""
    kept = form_to_send()
    if kept is None:
        return cast("Response", redirect(url))
    return make_response(render_template("auth/going_on.html", kept=kept, onward=url))
