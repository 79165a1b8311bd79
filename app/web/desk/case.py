"""One case, its telephone, its photos."""

from __future__ import annotations

import re

from flask import flash, redirect, request, send_file, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.access import audit
from app.cases import contact, photos, scope, staff_photos
from app.cases import queries as cases
from app.cases.staff_photos import Shots
from app.errors import ManyRefused, NotFound, Refused, Stale
from app.reading import reading
from app.web import pictures
from app.web.auth.sign_in import actor
from app.web.desk import bp, reading_in
from app.web.desk.case_page import Tried, draw
from app.web.typed import typed_in
from app.web.words import by_field


@bp.get("/cases/<number>")
def case(number: str) -> str:
    """The page of a case."""
    return draw(reading_in.case_number(number))


@bp.post("/cases/<number>/phone")
def phone(number: str) -> str | tuple[str, int]:
    """The same with names and telephones in full, which is written down."""
    number = reading_in.case_number(number)
    try:
        found = contact.reveal(
            actor(), number, reading_in.row_id(request.form.get("report", "")), request.form.get("reason", "")
        )
    except Refused as refused:
        return draw(number, Tried("phone", by_field(refused), typed_in())), 422
    return draw(number, contacts=found)


@bp.post("/cases/<number>/photos")
def add_photos(number: str) -> Response | tuple[str, int]:
    """Put photos of how it looks now to the case."""
    number, version = reading_in.case_number(number), reading_in.version(request.form)
    try:
        with pictures.taken_in() as taken:
            staff_photos.add(actor(), number, version, Shots(taken, bool(request.form.get("is_cleared"))))
            taken.is_saved = True
    except (Refused, ManyRefused) as refused:
        return draw(number, Tried("add_photo", by_field(refused), typed_in())), 422
    except Stale as stale:
        return draw(number, Tried("add_photo", {}, typed_in(), stale)), 409
    flash(_("照片收到了，处理好就能看到。"))
    return redirect(url_for("desk.case", number=number), 303)


@bp.get("/photos/<media_name>")
def photo(media_name: str) -> Response:
    """A re-encoded photo of a case within scope; never a file as it was sent."""
    found = cases.photo_by_name(reading(), media_name) if re.fullmatch(r"[0-9a-f]{32}", media_name) else None
    if found is None or not found.is_shown:
        raise NotFound
    if not scope.reaches(reading(), actor(), found.case):
        raise NotFound
    number, photo_id = found.case.number, found.photo.id
    try:
        answer = send_file(photos.served(media_name), mimetype="image/jpeg")
    except FileNotFoundError as gone:
        raise NotFound from gone
    audit.saw(actor(), "case", number, (f"photo:{photo_id}",))
    return answer
