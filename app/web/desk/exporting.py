"""The list of a filter as a file: .xlsx, or .csv for whatever reads that."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterator
from datetime import date, datetime
from typing import IO, Any
from urllib.parse import parse_qsl

from flask import abort, request, send_file
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from app import clock
from app.calendar.queries import local
from app.cases import exporting
from app.cases.narrowing import Wanted
from app.cases.queue import Listed
from app.places.exporting import harmless
from app.reading import reading
from app.web.auth.sign_in import actor
from app.web.desk import bp, marks, wanted
from app.web.words import CHANNELS

TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
COLUMNS = (
    _l("案件"), _l("收到"), _l("状态"), _l("原话第一行"), _l("种类"), _l("类别"), _l("社区"), _l("楼"), _l("楼门"),
    _l("邻居也说（户）"), _l("主责"), _l("内部期限"), _l("期限"), _l("办件日"), _l("渠道"), _l("接着办次数"),
)  # fmt: skip


@bp.post("/export")
def export_queue() -> Response:
    """What the filter of the page shows, within the scope of whoever asks."""
    form = request.form.get("as", "")
    if form not in TYPES:
        abort(400)
    asked = wanted.read(dict(parse_qsl(request.form.get("query", "")[:2000])))
    exporting.note(actor(), form, sorted(asked.kept))
    out = tempfile.TemporaryFile()  # noqa: SIM115 - whoever sends it closes it
    (_write_xlsx if form == "xlsx" else _write_csv)(out, asked.wanted)
    out.seek(0)
    name = f"{local(clock.now()):%Y%m%d-%H%M}.{form}"
    return send_file(out, TYPES[form], as_attachment=True, download_name=name, max_age=0)


def _lines(asked: Wanted) -> Iterator[list[str | int]]:
    """Head, rows, and a last line where rows are left out."""
    yield [str(column) for column in COLUMNS]
    for number, row in enumerate(exporting.listed(reading(), actor(), asked, exporting.MOST + 1)):
        if number == exporting.MOST:
            yield [_("只有前%(most)s件，请把条件再收窄一些。", most=exporting.MOST)]
            return
        yield [harmless(one) if isinstance(one, str) else one for one in _line(row)]


def _line(row: Listed) -> list[str | int]:
    return [
        row.number, _moment(row.received_at), marks.staff_state(row), exporting.title(row),
        marks.kind_word(row.kind), row.category, row.community, row.building, row.doorway, row.homes, row.lead_unit,
        _moment(row.internal_due_at), _moment(row.due_at), _day(row.case_day),
        str(CHANNELS.get(row.channel, row.channel)), row.carries,
    ]  # fmt: skip


def _write_xlsx(out: IO[bytes], asked: Wanted) -> None:
    import xlsxwriter

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(out, options | {"strings_to_numbers": False})
    text = book.add_format({"quote_prefix": True, "num_format": "@"})
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    for number, line in enumerate(_lines(asked)):
        for place, value in enumerate(line):
            if isinstance(value, str):
                sheet.write_string(number, place, value, text)
            else:
                sheet.write_number(number, place, value)
    book.close()


def _write_csv(out: IO[bytes], asked: Wanted) -> None:
    words: Any = io.TextIOWrapper(out, "utf-8-sig", newline="", write_through=True)
    writer = csv.writer(words)
    for line in _lines(asked):
        writer.writerow(line)
    words.flush()
    words.detach()


def _moment(value: datetime) -> str:
    return f"{local(value):%Y-%m-%d %H:%M}"


def _day(value: date) -> str:
    return value.isoformat()
