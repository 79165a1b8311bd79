"""What residents ask to have deleted: open requests, and the answer to each."""

from __future__ import annotations

from collections.abc import Mapping

from flask import flash, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from app.access import audit
from app.cases import data_requests
from app.cases import queries as cases
from app.errors import NotFound, Refused
from app.reading import reading
from app.web.auth.sign_in import actor
from app.web.desk import bp, reading_in
from app.web.typed import typed_in
from app.web.words import by_field

DONE = {"done": _l("删掉了，居民会看到您写的话。"), "refused": _l("答复了，居民会看到您写的话。")}


@bp.get("/data-requests/", endpoint="data_requests")
def data_requests_page() -> str:
    """The open requests, the earliest first."""
    page = _draw()
    audit.saw(actor(), "data_request", "open", ("titles",))
    return page


@bp.post("/data-requests/<int:request_id>")
def settle_data_request(request_id: int) -> Response | tuple[str, int]:
    """Delete, or refuse with the reason; what was typed is kept when it is not taken."""
    outcome = request.form.get("outcome", "")
    wanted = reading_in.row_id(str(request_id))
    if wanted is None:
        raise NotFound
    try:
        data_requests.settle(actor(), wanted, outcome, request.form.get("note", ""))
    except Refused as refused:
        return _draw(request_id, by_field(refused), typed_in()), 422
    flash(str(DONE[outcome]))
    return redirect(url_for("desk.data_requests"), 303)


def _draw(
    tried: int = 0, errors: Mapping[str, str] | None = None, typed: Mapping[str, str] | None = None
) -> str:
    who = actor()
    asked = [
        (one, report)
        for one, report in cases.open_data_requests(reading(), who.sub_district_id or 0)
        if who.covers(report.case.sub_district_id, report.case.community_id)
    ]
    return render_template(
        "desk/data_requests.html", asked=asked, tried=tried, errors=errors or {}, typed=typed or {}
    )
