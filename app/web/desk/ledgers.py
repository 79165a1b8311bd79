"""Ledgers that 12345 exported: hand one in, look it through, take what is ticked."""

from __future__ import annotations

import csv
import io
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from app import clock
from app.cases import importing, ledger_work
from app.cases import queries as cases
from app.cases.importing import FAULTY, KNOWN, LARGEST, OPEN, SUFFIXES, TAKEN, Choice, Said
from app.cases.models import LedgerImport, LedgerLine
from app.categories import queries as categories
from app.errors import NotFound, Refused
from app.places import finding
from app.places.exporting import harmless
from app.places.finding import Place
from app.reading import reading
from app.web import table_faults
from app.web.auth.sign_in import actor
from app.web.desk import bp, reading_in
from app.web.desk.keying import whole
from app.web.typed import fit
from app.web.words import by_field, message

PAGE = 50
TABS: dict[str, tuple[str, ...]] = {"open": (OPEN,), "faulty": (FAULTY,), "done": (TAKEN, KNOWN)}


@dataclass
class Shown:
    """One line as the page shows it. `found` are the places a search came to, `where` what stands in its field,
    `fault` why it was not taken, `is_ticked` whether it is to be."""

    line: LedgerLine
    said: Said
    place: Place | None
    where: str
    category: str = ""
    found: Sequence[Place] = ()
    fault: str = ""
    is_ticked: bool = False


@dataclass
class Tried:
    """What was sent and not all taken: why, by line; what was searched for, by line; what was ticked."""

    refused: Mapping[int, Refused] = field(default_factory=dict)
    found: Mapping[int, Sequence[Place]] = field(default_factory=dict)
    ticked: frozenset[int] | None = None


@bp.get("/ledgers/")
def ledgers() -> str:
    """What was handed in today, and where to hand in."""
    return _list()


@bp.post("/ledgers/")
def upload_ledger() -> Response | tuple[str, int]:
    """Read a ledger and lay it out; a long one is kept for the worker."""
    try:
        with _stored(request.files.get("ledger")) as (path, name):
            made = ledger_work.hand_in(actor(), path, name)
    except Refused as refused:
        return _list(by_field(refused), str(refused.params.get("reason", ""))), 422
    return redirect(url_for("desk.ledger", import_id=made), 303)


@bp.get("/ledgers/<int:import_id>")
def ledger(import_id: int) -> str:
    """A page of its lines."""
    return _draw(_within(import_id), Tried())


@bp.post("/ledgers/<int:import_id>")
def take_lines(import_id: int) -> Response | tuple[str, int] | str:
    """Keep what was chosen; take what is ticked, or everything that needs no look."""
    number = _within(import_id)
    if request.form.get("take_ready"):
        return _take_ready(number)
    lines = {one.id: one for one in cases.ledger_lines(reading(), number, (OPEN,), after=_after(), size=PAGE)}
    ticked = frozenset(one for one in map(reading_in.row_id, request.form.getlist("take")) if one in lines)
    chosen, found = _chosen(lines)
    importing.choose(actor(), number, chosen)
    if request.form.get("find"):
        return _draw(number, Tried(found=found, ticked=ticked))
    return _told(number, *importing.take(actor(), number, ticked), found)


@bp.get("/ledgers/<int:import_id>/progress")
def ledger_progress(import_id: int) -> Response:
    """How far the worker is, for the page to ask now and then."""
    how_far = _how_far(importing.the_import(reading(), actor(), _within(import_id)))
    return jsonify(how_far.told() if how_far else {"over": True})


@bp.get("/ledgers/<int:import_id>/faults.csv")
def ledger_faults(import_id: int) -> Response:
    """Every fault by line and column; nothing in it runs in a spreadsheet."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([_("行"), _("工单编号"), _("列"), _("怎么了")])
    for line, order, faults in cases.faulty_lines(reading(), _within(import_id)):
        for column, reason in faults:
            writer.writerow([line, *map(harmless, (order, column, table_faults.said(reason)))])
    answer = Response(text.getvalue().encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f"attachment; filename=faults-{import_id}.csv"
    return answer


@dataclass(frozen=True)
class HowFar:
    """What the worker is at with a ledger: in words, and in numbers where they are known."""

    words: str
    done: int
    of: int

    def told(self) -> dict[str, object]:
        """The same for the page's script."""
        return {"over": False, "words": self.words, "done": self.done, "of": self.of}


def _how_far(ledger: LedgerImport) -> HowFar | None:
    """None where nothing is under way."""
    if ledger.state == ledger_work.WAITING:
        if not ledger.lines:
            return HowFar(_("等着读，马上就开始。"), 0, 0)
        words = _("正在读：到第%(line)s行，一共%(lines)s行。", line=ledger.read_to, lines=ledger.lines)
        return HowFar(words, min(ledger.read_to, ledger.lines), ledger.lines)
    if ledger.taker_id is None:
        return None
    counts = cases.ledger_counts(reading(), ledger.id)
    left = importing.count_ready(reading(), ledger.id, after=ledger.taken_to)
    done = sum(counts.get(one, 0) for one in TABS["done"])
    return HowFar(_("正在录：录过%(done)s件，还有%(left)s件。", done=done, left=left), done, done + left)


def _take_ready(import_id: int) -> Response | tuple[str, int]:
    """As many as a request is a place for at once; more are the worker's."""
    if importing.count_ready(reading(), import_id) > importing.AT_ONCE:
        ledger_work.ask_to_take(actor(), import_id)
        return redirect(url_for("desk.ledger", import_id=import_id), 303)
    return _told(import_id, *importing.take(actor(), import_id, importing.ready_lines(reading(), import_id)))


def _within(import_id: int) -> int:
    if import_id > 2**31 - 1:
        raise NotFound
    return importing.the_import(reading(), actor(), import_id).id


@contextmanager
def _stored(upload: FileStorage | None) -> Iterator[tuple[Path, str]]:
    """The file on disk while it is read, for this account alone, and gone afterwards. Raises Refused."""
    if upload is None or not upload.filename:
        raise Refused("ledger_missing", "ledger")
    name = PurePath(fit(upload.filename).replace("\\", "/")).name
    suffix = PurePath(name).suffix.lower()
    upload.stream.seek(0, os.SEEK_END)
    if upload.stream.tell() > LARGEST:
        raise Refused("ledger_too_big", "ledger", {"megabytes": LARGEST // 1024 // 1024})
    upload.stream.seek(0)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "ledger").with_suffix(suffix if suffix in SUFFIXES else ".none")
        upload.save(path)
        yield path, name


def _chosen(lines: Mapping[int, LedgerLine]) -> tuple[dict[int, Choice], dict[int, Sequence[Place]]]:
    """What each line's fields say now; where a place was typed that is not one alone, the places it may be."""
    session, who = reading(), actor()
    chosen, found = dict[int, Choice](), dict[int, Sequence[Place]]()
    form = request.form
    refs = {form.get(f"place-{number}", "")[:12] for number in lines} | {one.place for one in lines.values()}
    known, everywhere = finding.places_of(session, who, refs), None
    for number, line in lines.items():
        same = form.get(f"same-{number}", line.same)
        place = known.get(form.get(f"place-{number}", "")[:12])
        where, now = fit(form.get(f"where-{number}", "")).strip(), known.get(line.place)
        if place is None and (not where or (now is not None and where == whole(now))):
            place = now
        elif place is None:
            everywhere = everywhere or finding.Gazetteer(session, who)
            found[number] = finding.find(session, who, where, among=everywhere)
            place = found[number][0] if len(found[number]) == 1 else None
        is_one = reading_in.is_case_number(same)
        chosen[number] = Choice(place.ref if place else "", same if is_one else "")
    return chosen, found


def _told(
    import_id: int,
    taken: int,
    refused: Mapping[int, Refused],
    found: Mapping[int, Sequence[Place]] | None = None,
) -> Response | tuple[str, int]:
    if taken:
        flash(ngettext("录了%(num)s件。", "录了%(num)s件。", taken))
    if refused:
        return _draw(import_id, Tried(refused, found or {}, frozenset(refused))), 422
    return redirect(url_for("desk.ledger", import_id=import_id, after=_after() or None), 303)


def _after() -> int:
    return reading_in.row_id(request.values.get("after", "")) or 0


def _list(errors: Mapping[str, str] | None = None, reason: str = "") -> str:
    who = actor()
    made = cases.ledger_imports(reading(), who, clock.now() - importing.KEPT)
    return render_template(
        "desk/ledgers.html",
        made=made,
        errors=errors or {},
        reason=reason,
        said=table_faults.shown,
        megabytes=LARGEST // 1024 // 1024,
    )


def _draw(import_id: int, tried: Tried) -> str:
    session, tab, after = reading(), request.args.get("show", "open"), _after()
    tab = tab if tab in TABS else "open"
    lines = cases.ledger_lines(session, import_id, TABS[tab], after=after, size=PAGE + 1)
    counts = cases.ledger_counts(session, import_id)
    known = finding.places_of(session, actor(), {one.place for one in lines})
    here = importing.the_import(session, actor(), import_id)
    names = {one.code: one.level3 for one in categories.in_use(session)}
    return render_template(
        "desk/ledger.html",
        said=table_faults.shown,
        ledger=here,
        how_far=_how_far(here),
        lines=[_shown(line, known.get(line.place), names, tried) for line in lines[:PAGE]],
        more=lines[PAGE - 1].line if len(lines) > PAGE else None,
        after=after,
        tab=tab,
        tabs=[(key, sum(counts.get(one, 0) for one in TABS[key])) for key in TABS],
        ready=importing.count_ready(session, import_id),
        at_once=importing.AT_ONCE,
        faults=counts.get(FAULTY, 0),
        whole=whole,
    )


def _shown(line: LedgerLine, place: Place | None, names: Mapping[str, str], tried: Tried) -> Shown:
    where = whole(place) if place else fit(request.form.get(f"where-{line.id}", "")) if tried.found else ""
    is_sure = place is not None and place.ref[0] != finding.COMMUNITY
    why = tried.refused.get(line.id)
    return Shown(
        line,
        importing.said_in(line),
        place,
        where,
        names.get(line.category, ""),
        () if place else tried.found.get(line.id, ()),
        message(why) if why else "",
        is_sure if tried.ticked is None else line.id in tried.ticked,
    )
