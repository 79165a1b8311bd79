"""What staff are shown is written into the audit log, and which routes show nothing that has to be.

`app.access.audit.saw` writes the lines. A route behind a permission stands in one of the two tables here, and a test
visits what `SEEN` promises."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from app.access import audit
from app.web.auth.sign_in import actor

Rest = ParamSpec("Rest")
Page = TypeVar("Page")


def shows(
    kind: str, fields: Sequence[str]
) -> Callable[[Callable[Concatenate[str, Rest], Page]], Callable[Concatenate[str, Rest], Page]]:
    """For what draws the page of one object, its number or id first: once it is drawn, that is written down."""

    def around(draw: Callable[Concatenate[str, Rest], Page]) -> Callable[Concatenate[str, Rest], Page]:
        @wraps(draw)
        def drawn(object_id: str, /, *args: Rest.args, **kwargs: Rest.kwargs) -> Page:
            page = draw(object_id, *args, **kwargs)
            audit.saw(actor(), kind, object_id, fields)
            return page

        return drawn

    return around


SEEN: dict[str, str] = {
    # endpoint: the kind of object that a look at it writes down
    "desk.case": "case",
    "desk.photo": "case",
    "desk.door": "door",
    "desk.case_day": "case_day",
    "desk.closing": "case_day",
    "desk.forwardings": "forwarding",
    "desk.data_requests": "data_request",
    "desk.print_case": "case",
    "desk.keyed": "case",
    "desk.slip": "case",
    "admin.audit": "audit",
    "admin.audit_export": "audit",
}

_ACT = "an act: its verb writes the history of the case in the same transaction"
_ACT_LOGGED = "an act: its verb writes its own line into the audit log in the same transaction"
NOT_SEEN: dict[str, str] = {
    # endpoint: why a look at it is not written down
    "desk.unit": "an officer's list of the work, as the queue is; opening one of them is written down",
    "desk.bulk": "the ticked lines of the queue once more",
    "desk.bulk_act": "lines of the queue that one act was done to",
    "desk.news": "numbers of cases alone",
    "desk.new": "an empty form, and counts",
    "desk.find_places": "names of places",
    "desk.find_alike": "first words of open cases at the door somebody stands at, as in the queue",
    "desk.ledgers": "names of files, and counts",
    "desk.ledger": "what a file just read in says; reading it in is written down",
    "desk.ledger_progress": "counts alone",
    "desk.ledger_faults": "what is wrong with lines of a file, without its words",
    "desk.queue": "the list of the work: place, state and first words; opening one of them is written down",
    "desk.case_days": "dates and counts",
    "admin.overview": "what one's own account may do, and what it was told",
    "desk.act": _ACT,
    "desk.add_photos": _ACT,
    "desk.visit": _ACT,
    "desk.close_day": _ACT,
    "desk.open_day": "an act: the day keeps who opened it",
    "desk.phone": _ACT_LOGGED,
    "desk.forwarding_act": _ACT_LOGGED,
    "desk.start_channel": _ACT_LOGGED,
    "desk.settle_data_request": _ACT,
    "desk.templates": "sentences of the house: nothing of a resident",
    "desk.template": "sentences of the house: nothing of a resident",
    "desk.add_template": _ACT_LOGGED,
    "desk.usual_templates": _ACT_LOGGED,
    "desk.change_template": _ACT_LOGGED,
    "desk.retire_template": _ACT_LOGGED,
    "desk.take_back_template": _ACT_LOGGED,
    "desk.read_notice": "shows nothing: it marks one's own notices as read and leads on",
    "auth.logout": "shows nothing",
    "auth.confirm": "asks for one's own password",
    "desk.find": "shows nothing: it leads to the queue, which writes down a look for a telephone",
    "desk.save_filter": "keeps an address under a name",
    "desk.change_filter": "keeps an address under a name",
    "desk.export_queue": _ACT_LOGGED,
    "desk.bulk_do": _ACT,
    "desk.undo_bulk": _ACT,
    "desk.put_in": "the page of a case once more, which is written down",
    "desk.key_in": _ACT_LOGGED,
    "desk.upload_ledger": _ACT_LOGGED,
    "desk.take_lines": _ACT_LOGGED,
    # no page of these shows anything of residents
    **dict.fromkeys(
        (
            *("admin.staff", "admin.person", "admin.logins", "admin.second_factor_page", "admin.settings"),
            *("admin.units", "admin.communities", "admin.categories", "admin.categories_table"),
            *("admin.category", "admin.new_category", "admin.preview_categories", "admin.duty"),
            *("admin.places", "admin.places_table", "admin.codes"),
        ),
        "accounts, settings, places: nothing of a resident",
    ),
    **dict.fromkeys(
        (
            *("admin.add_staff", "admin.change_person", "admin.act_on_person", "admin.end_login"),
            *("admin.end_other_logins", "admin.recovery_codes", "admin.change_settings"),
            *("admin.change_limits", "admin.settle_day", "admin.add_unit", "admin.change_unit"),
            *("admin.retire_unit", "admin.take_back_unit", "admin.change_community", "admin.add_category"),
            *("admin.change_category", "admin.retire_category", "admin.take_back_category"),
            *("admin.import_categories", "admin.add_duty", "admin.remove_duty"),
        ),
        _ACT_LOGGED,
    ),
}
