"""The list of units: who can be made lead or supporting."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from app.cases import unit_list
from app.cases import unit_list_queries as queries
from app.cases.triage import COMMUNITY
from app.errors import ManyRefused, Refused
from app.reading import reading
from app.web.admin import bp
from app.web.admin.forms import NOTHING, Tried, not_taken, row_id, seen
from app.web.auth.sign_in import actor

Answer = Response | tuple[str, int]


@bp.get("/units", endpoint="units")
def units_page() -> Answer:
    """The units, each with what hangs on it."""
    return _draw()


@bp.post("/units")
def add_unit() -> Answer:
    """Put one on the list."""
    form = request.form
    return _do("add", lambda: _added(unit_list.add(actor(), form.get("name", ""), form.get("phone", ""))))


@bp.post("/units/<int:unit_id>")
def change_unit(unit_id: int) -> Answer:
    """Another name or telephone; a new name is carried through."""
    form = request.form
    given = (form.get("name", ""), form.get("phone", ""), seen())
    return _do(str(unit_id), lambda: _changed(unit_list.change(actor(), row_id(unit_id), *given)))


@bp.post("/units/<int:unit_id>/retire")
def retire_unit(unit_id: int) -> Answer:
    """Offer one no longer."""
    return _do(str(unit_id), lambda: _retired(unit_list.retire, row_id(unit_id)))


@bp.post("/units/<int:unit_id>/take-back")
def take_back_unit(unit_id: int) -> Answer:
    """Offer one again."""
    return _do(str(unit_id), lambda: _retired(unit_list.take_back, row_id(unit_id)))


def _do(form: str, verb: Callable[[], str]) -> Answer:
    try:
        words = verb()
    except (Refused, ManyRefused) as refused:
        return _draw(not_taken(form, refused))
    flash(words)
    return redirect(url_for("admin.units"), 303)


def _added(_unit_id: int) -> str:
    return str(_("记下了，从现在起可以选它。"))


def _changed(renamed: unit_list.Renamed) -> str:
    if renamed == unit_list.Renamed():
        return str(_("改好了。"))
    words: str = _(
        "改好了：分类里改了%(leaves)s处，没办完的案件里改了%(cases)s件。",
        leaves=renamed.leaves,
        cases=renamed.cases,
    )
    if renamed.kept_for_others:
        words += _("分类里还是老名字，因为别的街道也有叫这个名字的单位。")
    return words


def _retired(verb: Callable[..., None], unit_id: int) -> str:
    verb(actor(), unit_id, seen())
    return str(_("停用了，不再让人选它。") if verb is unit_list.retire else _("又可以选它了。"))


def _draw(tried: Tried = NOTHING) -> tuple[str, int]:
    session, who = reading(), actor()
    code = current_user.sub_district_code
    rows = queries.listed(session, code, who.sub_district_id or 0)
    known = {row.unit.name for row in rows}
    named = {name: count for name, count in queries.leaves_by_unit(session).items() if name != COMMUNITY}
    page = render_template(
        "admin/units.html",
        rows=rows,
        seen=unit_list.seen,
        missing={name: count for name, count in named.items() if name not in known},
        tried=tried,
        longest=unit_list.LONGEST_NAME,
    )
    return page, tried.status
