"""Several ticked cases at once: the page that asks what to do with them, doing it, and taking it back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from app.access.permissions import Permission, may
from app.cases import bulk
from app.cases import queries as cases
from app.cases.assigning import Assignment
from app.cases.bulk import Outcome, Picked, Undone
from app.cases.models import BulkLine, CaseEvent
from app.cases.queries import Row
from app.cases.triage import Sorting
from app.categories import queries as categories
from app.categories.models import Category
from app.errors import NotFound, Refused
from app.reading import reading
from app.staff import queries as staff
from app.staff.queries import Colleague
from app.web.auth.sign_in import actor
from app.web.desk import bp, phrases, reading_in, undo_line
from app.web.typed import fit, typed_in
from app.web.words import KINDS, by_field, message

LONGEST_BACK = 500
TICK = re.compile(r"([0-9]{4}-[0-9]{4,7}):([0-9]{1,9})")


@dataclass(frozen=True)
class Ticked:
    """A ticked case on the page: as it was ticked, as it is now (None: no such case), why it was not done."""

    number: str
    version: int
    row: Row | None
    why: str = ""
    touch: CaseEvent | None = None


def _sort(ticks: Sequence[Picked]) -> Outcome:
    unit = reading_in.unit(request.form.get("lead_unit", ""))
    category = fit(request.form.get("category", "")[:12])
    return bulk.triage_many(actor(), ticks, Sorting(request.form.get("kind", ""), category, unit))


def _give(ticks: Sequence[Picked]) -> Outcome:
    unit = reading_in.unit(request.form.get("lead_unit", ""))
    person = reading_in.row_id(request.form.get("person", ""))
    return bulk.assign_many(actor(), ticks, Assignment(person, unit))


ACTS: dict[str, Callable[[Sequence[Picked]], Outcome]] = {bulk.TRIAGE: _sort, bulk.ASSIGN: _give}


@bp.get("/bulk", endpoint="bulk")
def bulk_page() -> str:
    """What to do with the ticked cases; without any, what this account did at once lately."""
    act, ticks = request.args.get("do", bulk.TRIAGE), _ticks(request.args.getlist("case"))
    if not ticks or act not in ACTS:
        recent = cases.recent_bulk_acts(reading(), actor().staff_id or 0)
        return render_template(
            "desk/bulk_acts.html", recent=recent, phrases=phrases, wanted="do" in request.args
        )
    return _draw(act, _unasked(ticks), ticks, _back(request.args.get("back", "")))


@bp.post("/bulk")
def bulk_do() -> Response | tuple[str, int]:
    """Do it with each of them; what could not be done stays ticked with the reason beside it."""
    act, ticks = request.form.get("act", ""), _ticks(request.form.getlist("case"))
    back = _back(request.form.get("back", ""))
    if act not in ACTS:
        raise NotFound
    try:
        outcome = ACTS[act](ticks)
    except Refused as refused:
        return _draw(act, _unasked(ticks[: bulk.MOST]), ticks, back, by_field(refused)), 422
    if outcome.act_id is not None:
        undo_line.remember(outcome.act_id, _done(act, len(outcome.done)), back)
    if outcome.left:
        left = {one.number: one.why for one in outcome.left}
        return _draw(act, left, ticks, back, {"": _not_done(len(outcome.left))}), 422
    return redirect(_queue(back), 303)


@bp.get("/bulk/<act_id>")
def bulk_act(act_id: str) -> str:
    """What was done at once, how each of its cases stands now, and the button that takes it back."""
    return _draw_act(_id(act_id))


@bp.post("/bulk/<act_id>/undo")
def undo_bulk(act_id: str) -> Response | tuple[str, int]:
    """Take it back; what somebody has touched since stays, and is named."""
    wanted = _id(act_id)
    try:
        undone = bulk.undo(actor(), wanted)
    except Refused as refused:
        return _draw_act(wanted, message(refused)), 422
    flash(_undone(undone))
    if undone.kept or not undone.restored:
        return redirect(url_for("desk.bulk_act", act_id=wanted), 303)
    back = _back(request.form.get("back", ""))
    if len(undone.restored) == 1 and not back:
        return redirect(url_for("desk.case", number=undone.restored[0]), 303)
    return redirect(_queue(back), 303)


@bp.app_template_global("may_triage")
def may_triage() -> bool:
    """Whether this account may tick cases to sort or give them out."""
    return may(actor(), Permission.TRIAGE)


def _draw(
    act: str,
    left: Mapping[str, Refused | None],
    ticks: Sequence[Picked],
    back: str,
    errors: Mapping[str, str] | None = None,
) -> str:
    rows = cases.by_numbers(reading(), actor(), list(left))
    ticked = _ticked(left, {one.number: one.version for one in ticks}, rows)
    touches = [one.touch.staff_id for one in ticked if one.touch is not None and one.touch.staff_id]
    return render_template(
        "desk/bulk_picked.html",
        act=act,
        ticked=ticked,
        back=back,
        errors=errors or {},
        typed=typed_in(),
        kinds=KINDS,
        tree=_tree() if act == bulk.TRIAGE else {},
        people=_people(rows.values()) if act == bulk.ASSIGN else [],
        names=staff.names(reading(), set(touches)) if touches else {},
        phrases=phrases,
    )


def _ticked(
    left: Mapping[str, Refused | None], versions: Mapping[str, int], rows: Mapping[str, Row]
) -> list[Ticked]:
    """Whoever was told that a case has changed, and by what, may go on from how it is now."""
    changed = [row.id for row in rows.values() if row.version != versions[row.number]]
    touches = cases.last_touches(reading(), changed) if changed else {}
    found = []
    for number, why in left.items():
        row = rows.get(number)
        version = row.version if row is not None and why is not None else versions[number]
        touch = touches.get(row.id) if row else None
        found.append(Ticked(number, version, row, message(why) if why else "", touch))
    return found


def _unasked(ticks: Sequence[Picked]) -> dict[str, Refused | None]:
    return {one.number: None for one in ticks}


def _draw_act(act_id: int, error: str = "") -> str:
    session, who = reading(), actor()
    act = bulk.look(session, who, act_id)
    ids = [line.case_id for line in act.lines]
    rows = {row.id: row for row in cases.by_ids(session, who, ids)}
    touches = cases.last_touches(session, ids)
    people = {act.staff_id, act.undone_by, act.handler_id} | {one.staff_id for one in touches.values()}
    lines = [(line, rows[line.case_id], touches[line.case_id]) for line in act.lines if line.case_id in rows]
    return render_template(
        "desk/bulk_act.html",
        act=act,
        lines=lines,
        names=staff.names(session, {one for one in people if one is not None}),
        may_undo=bulk.may_take_back(who, act) and any(_can_be_undone(line, row) for line, row, _t in lines),
        error=error,
        phrases=phrases,
    )


def _can_be_undone(line: BulkLine, row: Row) -> bool:
    return line.undone_at is None and line.version_after == row.version


def _ticks(written: Sequence[str]) -> list[Picked]:
    """`NUMBER:VERSION` of every box that was ticked; what cannot be one is left out."""
    found = [TICK.fullmatch(one) for one in written[: bulk.MOST * 2]]
    return list({one[1]: Picked(one[1], int(one[2])) for one in found if one is not None}.values())


def _tree() -> dict[str, list[Category]]:
    tree: dict[str, list[Category]] = {}
    for leaf in categories.in_use(reading()):
        tree.setdefault(f"{leaf.level1} / {leaf.level2}", []).append(leaf)
    return tree


def _people(rows: Iterable[Row]) -> list[Colleague]:
    """Colleagues who cover the place of one of these cases at least."""
    places = {row.community_id for row in rows}
    found = staff.colleagues(reading(), actor().sub_district_id or 0)
    return [one for one in found if any(one.covers(place) for place in places)]


def _back(written: str) -> str:
    """The queue's own query, to return to the same list: names and values, never an address."""
    return urlencode(parse_qsl(fit(written[:LONGEST_BACK])))


def _queue(back: str) -> str:
    return url_for("desk.queue") + (f"?{back}" if back else "")


def _id(written: str) -> int:
    found = reading_in.row_id(written)
    if found is None:
        raise NotFound
    return found


def _done(act: str, many: int) -> str:
    if act == bulk.TRIAGE:
        return str(ngettext("分好了%(num)s件。", "分好了%(num)s件。", many))
    return str(ngettext("派好了%(num)s件。", "派好了%(num)s件。", many))


def _not_done(many: int) -> str:
    return str(ngettext("有%(num)s件没办成，还勾着。", "有%(num)s件没办成，还勾着。", many))


def _undone(undone: Undone) -> str:
    done = len(undone.restored)
    if not done:
        return str(_("一件也没撤回，后来都有人改过。"))
    words = str(ngettext("撤回了%(num)s件。", "撤回了%(num)s件。", done))
    if not undone.kept:
        return words
    kept = len(undone.kept)
    return words + str(
        ngettext("有%(num)s件后来有人改过，没有动。", "有%(num)s件后来有人改过，没有动。", kept)
    )
