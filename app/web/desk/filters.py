"""Filters of the queue kept under a name."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.cases import saved_filters
from app.errors import NotFound, Refused
from app.web.auth.sign_in import actor
from app.web.desk import bp, queue, reading_in, wanted
from app.web.desk.wanted import Filter
from app.web.typed import typed_in
from app.web.words import by_field


@bp.post("/filters")
def save_filter() -> Response | tuple[str, int]:
    """Keep the filter of the page under a name."""
    asked = _asked()
    # whom somebody looked for by telephone is nothing to keep
    kept = {name: value for name, value in asked.kept.items() if name != "caller"}
    try:
        saved_filters.save(
            actor(),
            request.form.get("name", ""),
            urlencode(kept),
            is_shared=request.form.get("shared") == "1",
        )
    except Refused as refused:
        return queue.draw(asked, errors=by_field(refused), typed=typed_in()), 422
    flash(_("存好了，点名字就是这些条件。"))
    return redirect(url_for("desk.queue", **asked.kept), 303)


@bp.post("/filters/<int:filter_id>")
def change_filter(filter_id: int) -> Response | tuple[str, int]:
    """Rename, share, keep to oneself, or delete one's filter."""
    asked, found, do = _asked(), reading_in.row_id(str(filter_id)), request.form.get("do", "")
    if found is None:
        raise NotFound
    try:
        if do == "rename":
            saved_filters.rename(actor(), found, request.form.get("name", ""))
        elif do in ("share", "unshare"):
            saved_filters.share(actor(), found, is_shared=do == "share")
        elif do == "delete":
            saved_filters.delete(actor(), found)
        else:
            raise NotFound
    except Refused as refused:
        errors = {f"name-{found}": words for words in by_field(refused).values()}
        return queue.draw(asked, errors=errors, typed={f"name-{found}": typed_in().get("name", "")}), 422
    flash(_("改好了。"))
    return redirect(url_for("desk.queue", **asked.kept), 303)


def _asked() -> Filter:
    return wanted.read(dict(parse_qsl(request.form.get("query", "")[:2000])))
