"""录一件: what somebody says on the telephone, at the counter, in a group, by mail, or what was seen on patrol,
written down while they are still there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time

from flask import jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app import clock, config
from app.access import audit
from app.calendar import queries as calendar
from app.cases import keying_in, urgency, wording
from app.cases import queries as cases
from app.cases.channels import KEYED, Channel
from app.cases.intake import OtherWords
from app.cases.keying_in import Alike, Keyed
from app.cases.models import Report
from app.cases.triage import Sorting
from app.cases.wording import LONGEST_TEXT, Words, read_receipt
from app.categories import queries as categories
from app.categories.models import Category
from app.errors import ManyRefused, NotFound, Refused
from app.places import finding
from app.places.finding import Place
from app.places.queries import door_of_doorway
from app.reading import reading
from app.web import tokens
from app.web.auth.sign_in import actor
from app.web.desk import bp, reading_in
from app.web.typed import fit, typed_in
from app.web.words import CHANNELS, KINDS, by_field, message

NEW = "new"
SHORT = 24
FOLDED = ("kind", "category", "spot", "email", "sort_now", "lead_unit")


@dataclass
class Draft:
    """The form as it stands: what was typed, what was found for it, what is wrong with it. `danger` is the kind of
    danger its words speak of, until the person has said to have passed it on."""

    typed: Mapping[str, str]
    key: str
    place: Place | None = None
    found: Sequence[Place] = ()
    is_looked_for: bool = False
    alike: Sequence[Alike] = ()
    errors: Mapping[str, str] = field(default_factory=dict)
    danger: str = ""
    earlier: str = ""


@bp.get("/new")
def new() -> str:
    """An empty form; the channel is that of the last one, or of the address, and so is the place."""
    place = finding.place_of(reading(), actor(), request.args.get("place", "")[:12])
    asked = request.args.get("channel", "")
    channel = (
        asked if asked in KEYED else cases.last_channel(reading(), actor().staff_id) or Channel.PHONE.value
    )
    typed = {"channel": channel, "where": place.words if place else ""}
    return _draw(Draft(typed, tokens.new_key(), place, alike=_alike(place, "")))


@bp.post("/new")
def key_in() -> Response | str | tuple[str, int]:
    """Take it down; whatever cannot be taken comes back with everything typed."""
    draft = _as_sent()
    if request.form.get("find"):
        return _draw(draft)
    keyed = _keyed(draft)
    wrong = _faults(draft, keyed)
    if wrong:
        draft.errors = by_field(ManyRefused(wrong))
        return _draw(draft), 422
    is_new = not request.form.get("urgent_seen")
    found = urgency.recognised(keyed.words.text) if is_new else None
    if found is not None:
        draft.danger = found.kind
        return _draw(draft)
    try:
        receipt = keying_in.key_in(
            actor(),
            request.form.get("submission_key", ""),
            replace(keyed, sorting=_sorting()),
            is_calm=is_new,
        )
    except OtherWords as other:
        draft.key, draft.earlier = tokens.new_key(), other.receipt
        draft.errors = {"": message(Refused("page_used"))}
        return _draw(draft), 422
    except (Refused, ManyRefused) as refused:
        draft.errors = by_field(refused)
        if "submission_key" in draft.errors:
            draft.key = tokens.new_key()
        return _draw(draft), 422
    return redirect(url_for("desk.keyed", receipt=receipt), 303)


@bp.get("/places")
def find_places() -> Response:
    """Places that answer to what is being typed, for the list under the field."""
    found = finding.find(reading(), actor(), request.args.get("q", ""))
    return jsonify(places=[{"ref": one.ref, "words": whole(one)} for one in found])


@bp.post("/new/alike")
def find_alike() -> Response:
    """Open cases that what is being said may be one with, as a part of the form. Posted, for it is what residents say."""
    place = finding.place_of(reading(), actor(), request.form.get("place", "")[:12])
    text = fit(request.form.get("text", ""))[:LONGEST_TEXT]
    typed = {"same": request.form.get("same", "")[:12]}
    part = render_template(
        "desk/new_alike.html", alike=_alike(place, text), typed=typed, errors={}, live=True
    )
    return jsonify(part=part)


@bp.get("/new/<receipt>")
def keyed(receipt: str) -> str:
    """What to read out: the receipt in groups, the number, the day."""
    return _receipt_page("desk/new_done.html", receipt)


@bp.get("/new/<receipt>/slip")
def slip(receipt: str) -> str:
    """The same on a slip of paper, 80 mm wide, with the symbol that opens the receipt."""
    from app.places.posters import drawn  # what draws is heavy, and few pages draw

    link = f"{config.active().base_url}{url_for('resident.receipt', receipt=_report(receipt).receipt)}"
    return _receipt_page("desk/new_slip.html", receipt, act="print", symbol=drawn(link))


def _receipt_page(template: str, written: str, *, act: str = "see", **more: object) -> str:
    report = _report(written)
    number, place = (
        report.case.number,
        finding.place_of(reading(), actor(), f"{finding.DOOR}{report.doorway_id}"),
    )
    page = render_template(
        template,
        report=report,
        case=report.case,
        door=door_of_doorway(reading(), report.doorway_id),
        channel=report.channel,
        place=place,
        is_joined=report.case.reports[0].id != report.id,
        **more,
        address=f"{config.active().base_url}{url_for('resident.find_receipt')}",
    )
    audit.saw(actor(), "case", number, ("receipt",), act=act)
    return page


def _report(written: str) -> Report:
    receipt = read_receipt(written)
    if receipt is None:
        raise NotFound
    return cases.keyed_report(reading(), actor(), receipt)


def _as_sent() -> Draft:
    """The form as it came, with the place it names or, where what was typed names one alone, that one."""
    form, typed = request.form, typed_in()
    key = form.get("submission_key", "")
    draft = Draft(typed, key if wording.is_submission_key(key) else tokens.new_key())
    where = typed.get("where", "").strip()
    chosen = finding.place_of(reading(), actor(), form.get("place", "")[:12])
    if chosen is not None and where in ("", whole(chosen), chosen.words) and not form.get("find"):
        draft.place = chosen
    elif where:
        draft.found, draft.is_looked_for = finding.find(reading(), actor(), where), True
        if chosen is not None and chosen in draft.found:
            draft.place = chosen
        elif len(draft.found) == 1:
            draft.place = draft.found[0]
    if draft.place is not None:
        typed["where"] = whole(draft.place)
    draft.alike = _alike(draft.place, typed.get("text", ""))
    return draft


def _keyed(draft: Draft) -> Keyed:
    form = request.form
    words = Words(
        text=form.get("text", "").replace("\r\n", "\n"),
        kind=form.get("kind", ""),
        category=form.get("category", "").strip(),
        spot=form.get("spot", "").strip(),
        name=form.get("name", "").strip(),
        phone=form.get("phone", "").strip(),
        email=form.get("email", "").strip(),
        call_back=bool(form.get("call_back")),
        consent_forward=bool(form.get("consent_forward")),
    )
    same = form.get("same", "")
    return Keyed(
        place=draft.place.ref if draft.place else "",
        words=words,
        channel=form.get("channel", ""),
        same="" if same == NEW else same[:SHORT],
    )


def _faults(draft: Draft, keyed: Keyed) -> list[Refused]:
    """What is wrong with the form before anything is tried, sorting at once included."""
    wrong = keying_in.faults(keyed)
    if draft.place is None:
        wrong.insert(0, Refused("place_many" if len(draft.found) > 1 else "place_unknown", "where"))
    if keyed.same and not reading_in.is_case_number(keyed.same):
        wrong.append(Refused("case_unknown", "same"))
    is_anew = (
        cases.report_by_key(reading(), draft.key) is None
    )  # what it is like may be itself, pressed twice
    if is_anew and not request.form.get("same") and any(one.is_like for one in draft.alike):
        wrong.append(Refused("maybe_same", "same"))
    return wrong


def _sorting() -> Sorting | None:
    """What to sort it by, when that was asked for."""
    if not request.form.get("sort_now") or not keying_in.may_sort(actor()):
        return None
    form = request.form
    return Sorting(
        form.get("kind", ""), form.get("category", "").strip(), reading_in.unit(form.get("lead_unit", ""))
    )


def _alike(place: Place | None, text: str) -> Sequence[Alike]:
    return [] if place is None else keying_in.alike(reading(), actor(), place, text[:LONGEST_TEXT])


def whole(place: Place) -> str:
    """A place in one line; of a building or a community it is said that the rest is not known."""
    if place.is_door:
        return place.words
    return str(_("%(place)s，不知哪个楼门", place=place.words))


def _draw(draft: Draft) -> str:
    session, who = reading(), actor()
    midnight = calendar.utc(datetime.combine(calendar.today(clock.now()), time()))
    counted = cases.counts_by_channel(session, who, midnight)
    return render_template(
        "desk/new.html",
        draft=draft,
        typed=draft.typed,
        errors=draft.errors,
        channels=[(one.value, CHANNELS[one.value]) for one in KEYED],
        today=[(word, counted[name]) for name, word in CHANNELS.items() if counted.get(name)],
        whole=whole,
        kinds=KINDS,
        tree=_tree(),
        may_sort=keying_in.may_sort(who),
        labels=_labels(),
        is_more_open=any(draft.typed.get(name) or name in draft.errors for name in FOLDED),
    )


def _labels() -> dict[str, str]:
    """The fields a fault may stand at, by name."""
    return {
        "where": _("在哪儿"),
        "text": _("说了什么"),
        "same": _("是不是同一件"),
        "phone": _("电话"),
        "name": _("姓名"),
        "email": _("邮箱"),
        "spot": _("具体在哪儿"),
        "category": _("类别"),
        "kind": _("是哪一种"),
        "channel": _("怎么来的"),
        "lead_unit": _("主责单位"),
    }


def _tree() -> dict[str, list[Category]]:
    tree: dict[str, list[Category]] = {}
    for leaf in categories.in_use(reading()):
        tree.setdefault(f"{leaf.level1} / {leaf.level2}", []).append(leaf)
    return tree
