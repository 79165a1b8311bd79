"""Accounts of the sub-district: who works here, as what, where; one-time links; closing and opening."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from werkzeug.wrappers import Response

from app import config
from app.access.actor import Actor, Role
from app.errors import NotFound, Refused
from app.reading import reading
from app.staff import accounts, editing
from app.staff import queries as people
from app.staff.editing import Changed
from app.staff.models import Staff
from app.web.admin import bp
from app.web.auth.sign_in import actor, me
from app.web.typed import typed_in
from app.web.words import ROLES, by_field

Answer = str | Response | tuple[str, int]
ACTS: dict[str, tuple[Callable[[Actor, int], None], LazyString]] = {
    "close": (editing.let_go, _l("账号关了，登录的地方都退出了。")),
    "open": (editing.take_back, _l("账号又能用了。")),
    "end-logins": (editing.end_logins, _l("这个账号在各处都退出了。")),
    "reset-second-factor": (editing.reset_second_factor, _l("第二步验证取消了，下次登录时重新设。")),
}


@bp.get("/staff")
def staff() -> str:
    """Everybody with an account here."""
    return _list({}, {})


@bp.post("/staff")
def add_staff() -> Answer:
    """A new account; the link that sets its password is shown once."""
    form = request.form
    try:
        added = accounts.add_staff(
            form.get("username", "").strip(),
            form.get("role", ""),
            sub_district_code=me().sub_district_code,
            display_name=_name(form),
            communities=form.getlist("communities"),
            unit=form.get("unit", "")[:60],
            actor=actor(),
        )
    except Refused as refused:
        return _list(by_field(refused), typed_in()), 422
    return _with_link(form.get("username", "").strip(), added.link_token or "")


@bp.get("/staff/<int(max=2147483647):staff_id>")
def person(staff_id: int) -> str:
    """One account."""
    return _person(_theirs(staff_id), {}, {})


@bp.post("/staff/<int(max=2147483647):staff_id>")
def change_person(staff_id: int) -> Answer:
    """Name, role, scope, unit, supervisor."""
    form = request.form
    changed = Changed(
        form.get("display_name", ""),
        form.get("role", ""),
        form.getlist("communities"),
        form.get("unit", "")[:60],
        form.get("supervisor", ""),
    )
    try:
        editing.change(actor(), staff_id, changed)
    except Refused as refused:
        return _person(_theirs(staff_id), by_field(refused), typed_in()), 422
    flash(_("改好了。"))
    return redirect(url_for("admin.staff"), 303)


@bp.post("/staff/<int(max=2147483647):staff_id>/<act>")
def act_on_person(staff_id: int, act: str) -> Answer:
    """A fresh link, closing, opening, ending logins, taking the second factor off."""
    found = _theirs(staff_id)
    if act == "link":
        return _with_link(found.username, accounts.new_link(found.username, actor=actor()))
    if act not in ACTS:
        abort(404)
    verb, done = ACTS[act]
    try:
        verb(actor(), staff_id)
    except Refused as refused:
        return _person(found, by_field(refused), {}), 422
    flash(str(done))
    return redirect(url_for("admin.person", staff_id=staff_id), 303)


def _theirs(staff_id: int) -> Staff:
    """An account of the administrator's own sub-district; raises NotFound for any other."""
    found = people.by_id(reading(), staff_id)
    if found is None or found.sub_district_id != me().sub_district_id:
        raise NotFound
    return found


def _name(form: Mapping[str, str]) -> str:
    name = form.get("display_name", "").strip()
    if len(name) > editing.LONGEST_NAME or not (name or "-").isprintable():
        raise Refused("name_wrong", "display_name", {"longest": editing.LONGEST_NAME})
    return name


def _list(errors: Mapping[str, str], typed: Mapping[str, str]) -> str:
    return render_template(
        "admin/staff.html", people=people.listed(reading(), me().sub_district_id), **_choices(errors, typed)
    )


def _person(found: Staff, errors: Mapping[str, str], typed: Mapping[str, str]) -> str:
    listed = next(one for one in people.listed(reading(), me().sub_district_id) if one.person.id == found.id)
    supervisors = people.with_role(reading(), me().sub_district_id, Role.WORKER, Role.DISPATCHER, Role.LEADER)
    return render_template(
        "admin/person.html",
        one=listed,
        within=accounts.is_within_reach(actor(), found),
        supervisors=[each for each in supervisors if each.id != found.id],
        **_choices(errors, typed),
    )


def _choices(errors: Mapping[str, str], typed: Mapping[str, str]) -> dict[str, object]:
    return {
        "errors": errors,
        "typed": typed,
        "chosen": request.form.getlist("communities"),
        "roles": {role.value: word for role, word in ROLES.items()},
        "communities": people.communities(reading(), me().sub_district_id),
        "units": people.units(reading(), me().sub_district_code),
    }


def _with_link(username: str, token: str) -> str:
    address = f"{config.active().base_url}{url_for('auth.set_password', token=token)}"
    return render_template("admin/link.html", username=username, address=address)
