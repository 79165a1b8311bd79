"""The actions of a case: each key of the workflow table that staff press, and the verb that does it."""

from __future__ import annotations

from collections.abc import Callable

from flask import abort, flash, redirect, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from app.access.actor import Actor
from app.access.permissions import may
from app.case_days import deciding
from app.cases import asking, bulk, handling, merging, publishing, returning, splitting, units_at_work
from app.cases.assigning import Assignment
from app.cases.bulk import Picked
from app.cases.triage import Sorting
from app.cases.units_at_work import Asking
from app.cases.workflow import WORKFLOW
from app.errors import Forbidden, ManyRefused, Refused, Stale
from app.forwarding import handover
from app.places.codes import read_code
from app.web.auth.sign_in import actor
from app.web.desk import bp, phrases, reading_in, undo_line
from app.web.desk.case_page import Tried, draw
from app.web.typed import typed_in
from app.web.words import by_field

Form = MultiDict[str, str]
Verb = Callable[[Actor, str, str, int, Form], object]


def _sort(who: Actor, number: str, action: str, version: int, form: Form) -> None:
    unit = reading_in.unit(form.get("lead_unit", ""))
    sorting = Sorting(form.get("kind", ""), form.get("category", "")[:12].replace("\0", ""), unit)
    _undoable(action, bulk.alone(who, Picked(number, version), sorting))


def _assign(who: Actor, number: str, action: str, version: int, form: Form) -> None:
    unit = reading_in.unit(form.get("lead_unit", ""))
    given = Assignment(reading_in.row_id(form.get("person", "")), unit)
    _undoable(action, bulk.alone(who, Picked(number, version), given))


def _undoable(action: str, act_id: int) -> None:
    """Instead of the plain line on top: one with the button that takes it back."""
    undo_line.remember(act_id, str(phrases.DONE[action]))


def _act(who: Actor, number: str, action: str, version: int, form: Form) -> None:
    handling.act(who, number, action, version, form.get("note", ""))


def _dispose(who: Actor, number: str, action: str, version: int, form: Form) -> None:
    """Decline names its ground, transfer the number called."""
    field, known = ("ground", phrases.GROUNDS) if action == "decline" else ("called", phrases.EMERGENCY)
    chosen = form.get(field, "")
    if chosen not in known:
        raise Refused("choice_unknown", field)
    handling.act(who, number, action, version, form.get("note", ""), data={field: chosen})


def _bring_back(who: Actor, number: str, action: str, version: int, form: Form) -> None:
    returning.bring_back(who, number, action, version, form.get("note", ""))


def _decide(who: Actor, number: str, action: str, version: int, form: Form) -> None:
    deciding.decide(
        who,
        number,
        version,
        action,
        reason=form.get("note", ""),
        next_day=reading_in.next_day(form.get("next_day", "")),
        person_id=reading_in.row_id(form.get("person", "")),
    )


def _forward(who: Actor, number: str, _action: str, version: int, _form: Form) -> None:
    handover.forward_now(who, number, version)


def _ask_resident(who: Actor, number: str, _action: str, version: int, form: Form) -> None:
    asking.ask(who, number, version, form.get("note", ""))


def _merge(who: Actor, number: str, _action: str, version: int, form: Form) -> None:
    into = form.get("into_number", "").strip()
    if not reading_in.is_case_number(into):
        raise Refused("case_unknown", "into_number")
    merging.merge(who, number, version, into)


def _unmerge(who: Actor, number: str, _action: str, version: int, _form: Form) -> None:
    merging.unmerge(who, number, version)


def _split(who: Actor, number: str, _action: str, version: int, form: Form) -> None:
    chosen = [reading_in.row_id(one) or 0 for one in form.getlist("reports")]
    splitting.split(who, number, version, chosen)


def _unsplit(who: Actor, number: str, _action: str, version: int, _form: Form) -> None:
    splitting.unsplit(who, number, version)


def _publish(who: Actor, number: str, action: str, version: int, form: Form) -> None:
    if action == "unpublish":
        publishing.unpublish(who, number, version)
        return
    words, circle = form.get("public_words", ""), form.get("visibility", "")
    publishing.publish(who, number, version, words, circle, about_no_person=bool(form.get("about_no_person")))


def _assign_unit(who: Actor, number: str, _action: str, version: int, form: Form) -> None:
    words, due_on = form.get("note", ""), reading_in.due_day(form.get("due_on", ""))
    units_at_work.assign_unit(
        who, number, version, form.get("unit", ""), Asking(form.get("part", ""), words, due_on)
    )


def _release_unit(who: Actor, number: str, _action: str, version: int, form: Form) -> None:
    unit_id = reading_in.row_id(form.get("unit_id", ""))
    units_at_work.release_unit(who, number, version, unit_id, form.get("note", ""))


def _for_unit(who: Actor, number: str, action: str, version: int, form: Form) -> None:
    words = form.get("note", "")
    if action == "unit_answer":
        units_at_work.unit_answer(who, number, version, words, form.get("proposed", ""))
    elif action == "unit_done":
        units_at_work.unit_done(who, number, version, words)
    else:
        units_at_work.unit_returns(who, number, version, words)


VERBS: dict[str, Verb] = {
    "triage": _sort,
    "start": _act,
    "note": _act,
    "answer": _act,
    "set_aside": _act,
    "decline": _dispose,
    "transfer": _dispose,
    "release": _bring_back,
    "reopen": _bring_back,
    "resolve": _decide,
    "in_hand": _decide,
    "carry_over": _decide,
    "mark_due": _decide,
    "recall": _decide,
    "forward_now": _forward,
    "publish": _publish,
    "unpublish": _publish,
    "ask_resident": _ask_resident,
    "merge": _merge,
    "unmerge": _unmerge,
    "assign": _assign,
    "assign_unit": _assign_unit,
    "release_unit": _release_unit,
    "unit_answer": _for_unit,
    "unit_done": _for_unit,
    "unit_returns": _for_unit,
    "extend": _decide,
    "split": _split,
    "unsplit": _unsplit,
}
UNDOABLE = frozenset({"triage", "assign"})


@bp.post("/cases/<number>/<action>")
def act(number: str, action: str) -> Response | tuple[str, int]:
    """Do one action; what was typed is kept when it is not taken."""
    number, verb = reading_in.case_number(number), VERBS.get(action)
    if verb is None:
        abort(404)
    if not may(actor(), WORKFLOW[action].permission):
        raise Forbidden(WORKFLOW[action].permission)
    try:
        verb(actor(), number, action, reading_in.version(request.form), request.form)
    except (Refused, ManyRefused) as refused:
        return draw(number, Tried(action, by_field(refused), typed_in())), 422
    except Stale as stale:
        return draw(number, Tried(action, {}, typed_in(), stale)), 409
    if action not in UNDOABLE:
        flash(str(phrases.DONE[action]))
    return redirect(_next(number), 303)


def _next(number: str) -> str:
    """Back to the page the form stood on, out of a fixed list."""
    wanted, day, code = (request.form.get(name, "") for name in ("next", "day", "code"))
    if wanted == "queue":
        return url_for("desk.queue")
    if wanted == "unit" and actor().is_officer:
        return url_for("desk.unit")
    if wanted == "case-day":
        return url_for("desk.case_day", day=reading_in.day(day).isoformat())
    if wanted == "door" and (plain := read_code(code)):
        return url_for("desk.door", code=plain)
    return url_for("desk.case", number=number)
