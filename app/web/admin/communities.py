"""The communities: how far their codes have come, and whom their residents call."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.errors import ManyRefused, Refused
from app.places import keeping, queries
from app.places.importing import LONGEST_NAME
from app.reading import reading
from app.web.admin import bp
from app.web.admin.forms import NOTHING, Tried, not_taken, row_id, seen
from app.web.auth.sign_in import actor


@bp.get("/communities", endpoint="communities")
def communities_page() -> tuple[str, int]:
    """The communities by code."""
    return _draw()


@bp.post("/communities/<int:community_id>")
def change_community(community_id: int) -> Response | tuple[str, int]:
    """Another name or telephone."""
    form = request.form
    given = (form.get("name", ""), form.get("phone", ""), seen())
    try:
        keeping.change_community(actor(), row_id(community_id), *given)
    except (Refused, ManyRefused) as refused:
        return _draw(not_taken(str(community_id), refused))
    flash(_("改好了，居民再打开就是新的。"))
    return redirect(url_for("admin.communities"), 303)


def _draw(tried: Tried = NOTHING) -> tuple[str, int]:
    rows = queries.coverage(reading(), actor().sub_district_id or 0)
    page = render_template(
        "admin/communities.html", rows=rows, seen=keeping.seen, tried=tried, longest=LONGEST_NAME
    )
    return page, tried.status
