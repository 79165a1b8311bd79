"""The hand-over pack: everything that waits for a person, as files to carry to the hotline's own system."""

from __future__ import annotations

import csv
import io
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from app.access import audit
from app.access.actor import SYSTEM
from app.cases import photos
from app.db import db, transaction
from app.forwarding import dossier, queries
from app.places.exporting import harmless

COLUMNS = (
    "forwarding_id",
    "case_number",
    "sequence",
    "held_for",
    "title",
    "description",
    "category",
    "address",
    "lead_unit",
    "due_at",
    "contact_name",
    "contact_phone",
    "legal_basis",
    "photos",
)
INDEX = "forwardings.csv"


@dataclass(frozen=True)
class Packed:
    """How much was written."""

    forwardings: int
    photos: int


def export(folder: Path) -> Packed:
    """Write a list (CSV), and for each held forwarding its dossier (JSON) and photos, into `folder`.

    Everything is readable by this account alone: it holds what residents let us hand over. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    rows, copied, held = [], 0, list[tuple[str, dict[str, Any]]]()
    with Session(db.engine) as session:
        for forwarding in queries.all_held(session):
            try:
                body = dossier.build(session, forwarding)
            except dossier.NobodyLeft:
                continue
            held.append((forwarding.id, dossier.whose(session, forwarding.case_id)))
            names = queries.ready_photos(session, forwarding.case_id)
            own = folder / f"{body['case_number']}-{forwarding.sequence}"
            own.mkdir(exist_ok=True, mode=0o700)
            _write(own / "dossier.json", json.dumps(body, ensure_ascii=False, indent=2).encode() + b"\n")
            for place, name in enumerate(names, 1):
                _write(own / f"{place}.jpg", photos.served(name).read_bytes())
            copied += len(names)
            rows.append(_row(body, forwarding.held_for or "", len(names)))
    _write(folder / INDEX, _as_csv(rows))
    with transaction() as writing:
        for forwarding_id, gone in held:
            dossier.write_down_handed(writing, forwarding_id, gone)
            audit.record(writing, SYSTEM, "forwarding_exported", "forwarding", forwarding_id)
    return Packed(len(held), copied)


def _row(body: dict[str, Any], held_for: str, photo_count: int) -> list[str]:
    contact = body["contact"] or {}
    category = body["category"] or {}
    values = (
        body["external_id"],
        body["case_number"],
        body["sequence"],
        held_for,
        body["title"],
        body["description"],
        " / ".join(part for name in ("level1", "level2", "level3") if (part := category.get(name))),
        "".join(part for part in body["address"].values() if part),
        body["lead_unit"] or "",
        body["due_at"],
        contact.get("name") or "",
        contact.get("phone") or "",
        body["legal_basis"],
        photo_count,
    )
    return [harmless(str(value)) for value in values]


def _as_csv(rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([list(COLUMNS), *rows])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def _write(path: Path, body: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(body)
