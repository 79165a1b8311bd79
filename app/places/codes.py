"""Door codes: seven random characters and a check character, issued, read from what people write, revoked."""

from __future__ import annotations

import re
import secrets
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import insert
from sqlalchemy.orm import Session
from stdnum import luhn

from app import clock
from app.access import audit
from app.access.actor import Actor
from app.db import db, transaction
from app.errors import Refused
from app.places import queries
from app.places.models import DoorCode

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 8
REASONS = ("replaced", "stolen", "abused", "gone")
_LONGEST_WRITTEN = 64
_BETWEEN = re.compile("[\\s\u00ad\u2010-\u2015\u2212_.·-]")
_MISREAD = str.maketrans("OIL", "011")


@dataclass(frozen=True)
class Issued:
    """How many codes were issued now, and how many doorways held one already."""

    issued: int
    kept: int


def check_character(plain: str) -> str:
    """The eighth character of seven plain ones: 7K2M9QX gives 3."""
    return str(luhn.calc_check_digit(plain, alphabet=ALPHABET))


def read_code(written: str) -> str | None:
    """A code as somebody wrote or typed it, made plain: case, blanks and hyphens do not count, O is 0, I and
    L are 1. None for what cannot be a code, a wrong check character included."""
    return None if len(written) > _LONGEST_WRITTEN else _plain(written)


@lru_cache(maxsize=4096)  # the same doors are opened again and again
def _plain(written: str) -> str | None:
    code = _BETWEEN.sub("", unicodedata.normalize("NFKC", written)).upper().translate(_MISREAD)
    if len(code) != LENGTH or any(character not in ALPHABET for character in code):
        return None
    return code if check_character(code[:-1]) == code[-1] else None


def random_code() -> str:
    """A code nobody can guess from another."""
    plain = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH - 1))
    return plain + check_character(plain)


def issue(actor: Actor, sub_district_code: str, *, dry_run: bool = False) -> Issued:
    """Give every doorway of a sub-district that has no active code a new one, never one that ever was.
    Raises Refused: sub_district_unknown."""
    if dry_run:
        return _due(db.session(), sub_district_code)[0]
    with transaction() as session:
        issued, doorways = _due(session, sub_district_code)
        now = clock.now()
        for at in range(0, len(doorways), 5000):
            chunk = doorways[at : at + 5000]
            fresh = _fresh_codes(session, len(chunk))
            rows = [
                {"doorway_id": doorway, "code": code, "status": "active", "issued_at": now}
                for doorway, code in zip(chunk, fresh, strict=True)
            ]
            session.execute(insert(DoorCode), rows)
        if doorways:
            audit.record(session, actor, "codes_issued", "sub_district", sub_district_code, ("code",))
        return issued


def revoke(actor: Actor, written: str, reason: str, *, dry_run: bool = False) -> str:
    """End a code for good; returns it made plain. Raises Refused: choice_unknown, code_unknown,
    code_revoked (it was before)."""
    if reason not in REASONS:
        raise Refused("choice_unknown", "reason", {"reason": reason})
    code = read_code(written)
    if code is None:
        raise Refused("code_unknown", "code", {"code": written})
    if dry_run:
        return _active(db.session(), code).code
    with transaction() as session:
        row = _active(session, code)
        row.status = "revoked"
        row.revoked_reason = reason
        row.revoked_at = clock.now()
        audit.record(session, actor, "code_revoked", "door_code", row.id, ("status", "revoked_reason"))
    return code


def _due(session: Session, sub_district_code: str) -> tuple[Issued, list[int]]:
    place = queries.sub_district_by_code(session, sub_district_code)
    if place is None:
        raise Refused("sub_district_unknown", "sub_district", {"code": sub_district_code})
    doorways = list(queries.doorways_without_code(session, place.id))
    return Issued(len(doorways), queries.count_active_codes(session, place.id)), doorways


def _fresh_codes(session: Session, count: int) -> list[str]:
    fresh: set[str] = set()
    while len(fresh) < count:
        fresh |= {random_code() for _ in range(count - len(fresh))}
        fresh -= queries.codes_among(session, sorted(fresh))
    return list(fresh)


def _active(session: Session, code: str) -> DoorCode:
    row = queries.code_row(session, code)
    if row is None:
        raise Refused("code_unknown", "code", {"code": code})
    if row.status != "active":
        raise Refused("code_revoked", "code", {"code": code, "reason": row.revoked_reason or ""})
    return row
