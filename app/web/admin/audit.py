"""The audit log for those who read it: who saw and did what, within the own sub-district. Reading it is in it."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from io import StringIO

from flask import Response, render_template, request, stream_with_context
from flask_babel import gettext as _

from app import config
from app.access import audit as log
from app.access import queries
from app.access.models import AuditEntry
from app.access.queries import Looked
from app.calendar.queries import local
from app.places.exporting import harmless
from app.reading import reading
from app.staff import queries as staff
from app.web.admin import bp
from app.web.admin.audit_words import ACTORS, ACTS, act_word, field_words, kind_word, object_word
from app.web.auth.sign_in import actor

PAGE_SIZE = 50
EXPORTED_AT_ONCE = 500
COLUMNS = ("line", "at", "actor", "person", "act", "act_key", "object", "object_id", "fields", "field_keys")


@dataclass(frozen=True)
class Asked:
    """What the filters held: as typed, as it is looked for, and what was wrong with it."""

    typed: Mapping[str, str]
    looked: Looked
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """Which filters were used: names, never what was in them."""
        return [name for name in ("person", "act", "object", "day") if self.typed.get(name)]


@dataclass(frozen=True)
class Line:
    """One line as people read it."""

    id: int
    at: datetime
    who: str
    is_person: bool
    act: str
    kind: str
    object_id: str
    thing: str
    fields: str


@bp.get("/audit")
def audit() -> tuple[str, int]:
    """A page of the log, newest first."""
    who, asked = actor(), _asked()
    before = _number(request.args.get("before", ""))
    place = who.sub_district_id or 0
    found = (
        []
        if asked.errors
        else queries.page(reading(), place, asked.looked, before=before, size=PAGE_SIZE + 1)
    )
    page = render_template(
        "admin/audit.html",
        lines=_lines(found[:PAGE_SIZE]),
        more=len(found) > PAGE_SIZE,
        before=before,
        asked=asked,
        people=staff.everybody(reading(), place),
        acts={key: str(word) for key, word in ACTS.items()} | _as_is(asked.looked.act),
        head=queries.head(reading()),
        kept={name: asked.typed[name] for name in asked.names},
    )
    log.saw(who, "audit", "lines", asked.names or ("lines",))
    return page, 422 if asked.errors else 200


@bp.get("/audit.csv")
def audit_export() -> Response | tuple[str, int]:
    """The same as a table, everything that the filters leave; no spreadsheet runs any of it."""
    asked = _asked()
    if asked.errors:
        return audit()
    log.saw(actor(), "audit", "lines", asked.names or ("lines",), act="export")
    answer = Response(
        stream_with_context(_table(actor().sub_district_id or 0, asked.looked)), mimetype="text/csv"
    )
    answer.headers["Content-Disposition"] = 'attachment; filename="audit.csv"'
    return answer


def _asked() -> Asked:
    typed = {
        name: request.args.get(name, "").replace("\0", "").strip()[:64]
        for name in ("person", "act", "object", "day")
    }
    looked = Looked(_number(typed["person"]), typed["act"], typed["object"])
    if not typed["day"]:
        return Asked(typed, looked)
    day = _day(typed["day"])
    if day is None:
        return Asked(typed, looked, {"day": _("请写成2026-11-28这样的日期。")})
    starts, ends = (
        datetime.combine(each, time(), config.active().timezone) for each in (day, day + timedelta(days=1))
    )
    return Asked(typed, replace(looked, since=starts, until=ends))


def _day(written: str) -> date | None:
    try:
        found = date.fromisoformat(written)
    except ValueError:
        return None
    return found if 2000 <= found.year <= 2100 else None


def _number(written: str) -> int | None:
    return int(written) if re.fullmatch(r"[0-9]{1,9}", written) else None


def _as_is(act: str) -> dict[str, str]:
    return {act: act} if act and act not in ACTS else {}


def _lines(entries: Sequence[AuditEntry]) -> list[Line]:
    names = staff.names(reading(), {entry.staff_id for entry in entries if entry.staff_id is not None})
    return [
        Line(
            entry.id,
            local(entry.at),
            names.get(entry.staff_id or 0) or str(ACTORS.get(entry.actor_kind, entry.actor_kind)),
            entry.staff_id in names,
            act_word(entry.act),
            kind_word(entry.object_kind),
            entry.object_id,
            object_word(entry.object_id),
            field_words(entry.fields),
        )
        for entry in entries
    ]


def _table(place: int, looked: Looked) -> Iterator[str]:
    yield "\ufeff" + _as_csv(COLUMNS)
    before: int | None = None
    while entries := queries.page(reading(), place, looked, before=before, size=EXPORTED_AT_ONCE):
        for entry, line in zip(entries, _lines(entries), strict=True):
            at = entry.at.astimezone(config.active().timezone).isoformat(timespec="seconds")
            kind = str(ACTORS.get(entry.actor_kind, entry.actor_kind))
            person = line.who if line.is_person else ""
            words = (kind, person, line.act, entry.act, line.kind, line.object_id, line.fields, entry.fields)
            yield _as_csv((str(line.id), at, *map(harmless, words)))
        before = entries[-1].id
        reading().expunge_all()  # a year of it must not stay in memory


def _as_csv(values: tuple[str, ...]) -> str:
    line = StringIO()
    csv.writer(line).writerow(values)
    return line.getvalue()
