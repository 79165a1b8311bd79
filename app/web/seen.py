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
    "admin.audit": "audit",
    "admin.audit_export": "audit",
}

_ACT = "an act: its verb writes the history of the case in the same transaction"
_ACT_LOGGED = "an act: its verb writes its own line into the audit log in the same transaction"
NOT_SEEN: dict[str, str] = {
    # endpoint: why a look at it is not written down
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
}
