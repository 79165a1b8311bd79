"""The duty roster: who reads urgent reports at which hour of the week."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.access.actor import Role
from app.access.permissions import MAY, Permission
from app.errors import ManyRefused, NotFound, Refused
from app.reading import reading
from app.staff import duty, queries, roster
from app.web.admin import bp
from app.web.admin.forms import NOTHING, WEEKDAYS, Tried, not_taken, row_id
from app.web.auth.sign_in import actor


@bp.get("/duty", endpoint="duty")
def duty_page() -> tuple[str, int]:
    """The roster, weekday by weekday."""
    return _draw()


@bp.post("/duty")
def add_duty() -> Response | tuple[str, int]:
    """Put somebody on it, every week."""
    form = request.form
    given = (form.get("username", "")[:60].replace("\0", ""), ",".join(form.getlist("days")[:7]))
    try:
        duty.add(*given, form.get("from", "")[:9], form.get("to", "")[:9], actor=actor())
    except (Refused, ManyRefused) as refused:
        return _draw(not_taken("add", refused))
    except NotFound:
        return _draw(not_taken("add", Refused("duty_person", "username")))
    flash(_("排好了。"))
    return redirect(url_for("admin.duty"), 303)


@bp.post("/duty/<int:shift_id>/remove")
def remove_duty(shift_id: int) -> Response:
    """Take one shift off."""
    duty.remove(row_id(shift_id), actor=actor())
    flash(_("从值班表上拿掉了。"))
    return redirect(url_for("admin.duty"), 303)


def _draw(tried: Tried = NOTHING) -> tuple[str, int]:
    session, place = reading(), actor().sub_district_id or 0
    shifts = queries.roster(session, place)
    reads = [role for role in Role if role in MAY[Permission.SEE_CASES]]
    page = render_template(
        "admin/duty.html",
        week=[
            (str(word), [one for one in shifts if one.shift.weekday == day])
            for day, word in enumerate(WEEKDAYS)
        ],
        days=list(zip(roster.WEEKDAYS, WEEKDAYS, strict=True)),
        chosen=request.form.getlist("days") if tried.form else [],
        people=queries.with_role(session, place, *reads),
        clock=roster.clock,
        tried=tried,
    )
    return page, tried.status
