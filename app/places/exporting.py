"""The register as a table for people and for `python -m qr`."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from app import config
from app.db import db
from app.errors import Refused
from app.places import queries
from app.places.queries import Entry

COLUMNS = (
    "doorway_id",
    "community",
    "building",
    "doorway",
    "code",
    "url",
    "status",
    "printed_at",
    "installed_at",
    "last_scanned_at",
)
_LIVE = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # also as Chinese keyboards write them
_LEADS = ("\t", "\r", "\n")


def door_url(code: str) -> str:
    """What the printed symbol of a code says."""
    return f"{config.active().base_url}/d/{code}"


def export_register(sub_district_code: str, out: Path) -> int:
    """Write every doorway of a sub-district with its newest code to a CSV with a BOM; returns their number.
    The file appears whole or not at all. Raises Refused: sub_district_unknown; OSError."""
    session = db.session()
    place = queries.sub_district_by_code(session, sub_district_code)
    if place is None:
        raise Refused("sub_district_unknown", "sub_district", {"code": sub_district_code})
    part = out.with_name(f".{out.name}.part")
    try:
        lines = 0
        with part.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            for entry in queries.register(session, place.id):
                writer.writerow(_line(entry))
                lines += 1
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    return lines


def register_table(
    session: Session, sub_district_id: int, communities: Collection[int] | None = None
) -> bytes:
    """The same table as bytes, of a sub-district or of these communities of it: for a page to hand out."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows(_line(entry) for entry in queries.register(session, sub_district_id, communities))
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def harmless(text: str) -> str:
    """Text that no spreadsheet will run as a formula, also when what it was put into is saved as something else."""
    return f"'{text}" if text.startswith(_LEADS) or text.lstrip().startswith(_LIVE) else text


def _line(entry: Entry) -> list[str | int]:
    names = [harmless(name) for name in (entry.community, entry.building, entry.doorway)]
    url = door_url(entry.code) if entry.code else ""
    moments = [_local(at) for at in (entry.printed_at, entry.installed_at, entry.last_scanned_at)]
    return [entry.doorway_id, *names, entry.code or "", url, entry.status or "none", *moments]


def _local(moment: datetime | None) -> str:
    if moment is None:
        return ""
    return moment.astimezone(config.active().timezone).isoformat(timespec="seconds")
