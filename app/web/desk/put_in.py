"""Ready sentences into the box of a form: by its button without a script, nothing typed is lost."""

from __future__ import annotations

from flask import abort, request

from app.cases import queries as cases
from app.categories import queries as categories
from app.places import queries as places
from app.reading import reading
from app.web.auth.sign_in import actor
from app.web.desk import bp, phrases, reading_in, replies
from app.web.desk.case_page import Tried, draw
from app.web.typed import typed_in


@bp.post("/cases/<number>/<action>/words")
def put_in(number: str, action: str) -> str:
    """The page again, with the chosen sentence behind what was typed."""
    number = reading_in.case_number(number)
    if action not in phrases.BUTTONS:
        abort(404)
    session = reading()
    case = cases.case_page(session, actor(), number)
    ready = replies.offered(
        case, categories.by_id(session, case.category_id), places.door_of_doorway(session, case.doorway_id)
    )
    typed, key = typed_in(), request.form.get("template", "")
    words = next((one.words for one in ready.get(action, ()) if one.key == key), "")
    typed["note"] = "\n".join(part for part in (typed.get("note", "").strip(), words) if part)
    return draw(number, Tried(action, {}, typed))
