"""One case on paper, for inside the house."""

from __future__ import annotations

from flask import render_template, request
from flask_login import current_user

from app import clock
from app.cases import looking_over
from app.cases import queries as cases
from app.cases.contact import masked_contacts
from app.cases.workflow import State
from app.categories import queries as categories
from app.places import queries as places
from app.reading import reading
from app.staff import queries as staff
from app.web.auth.sign_in import actor
from app.web.desk import bp, phrases, reading_in, unit
from app.web.words import KINDS, STAFF_STATES


@bp.get("/cases/<number>/print")
def print_case(number: str) -> str:
    """A page of paper: words, place, history; pictures by `?photos=1`; no telephone in full. Written down."""
    number = reading_in.case_number(number)
    looking_over.printed(actor(), number)
    session = reading()
    case = cases.case_page(session, actor(), number)
    people = {one.staff_id for one in case.events} | {case.handler_id}
    return render_template(
        "desk/case_print.html",
        case=case,
        state_word=STAFF_STATES[State(case.state)],
        door=places.door_of(session, case.doorway_id),
        category=categories.by_id(session, case.category_id),
        kinds=KINDS,
        names=staff.names(session, {one for one in people if one is not None}),
        contacts={one.report_id: one for one in masked_contacts(case)},
        on_it=unit.section(actor(), case),
        with_photos=request.args.get("photos") == "1",
        phrases=phrases,
        by=current_user.name,
        now=clock.now(),
    )
