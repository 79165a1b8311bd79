"""The second factor: a code from a telephone (TOTP, RFC 6238), and recovery codes for when it is lost.

Every code works once: the counter of the last one is kept, and whoever checks holds the account's row. Codes go by
real time."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from datetime import timedelta
from enum import Enum

from sqlalchemy import delete
from sqlalchemy.orm import Session

from app import clock, config, sealing
from app.access import audit
from app.access.actor import Actor, ActorKind, Role
from app.db import transaction
from app.errors import Refused
from app.outbox import posting
from app.staff import queries
from app.staff.models import RecoveryCode, Staff

REQUIRED = frozenset({Role.DISPATCHER, Role.LEADER, Role.ADMIN})
CODES = 10
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # without letters that look like others
STEP_SECONDS = 30
NEIGHBOURS = (0, -1, 1)  # a telephone's clock may be half a minute off
MOST_MISSES, MISSES_WITHIN = 50, timedelta(hours=24)


class Standing(Enum):
    """What a login still needs after the password."""

    NOTHING = "nothing"
    CODE = "code"
    SET_UP = "set_up"


def standing(person: Staff) -> Standing:
    """What this account needs; those of a demonstration need none."""
    if person.totp_since is not None:
        return Standing.CODE
    if Role(person.role) in REQUIRED and not config.active().is_demo:
        return Standing.SET_UP
    return Standing.NOTHING


def offer(staff_id: int, login: str = "") -> str:
    """The secret to put into a telephone, in base32; the same until it is confirmed, and to each `login` another one:
    whoever had the password first and looked at the page knows nothing of what its owner puts into theirs. Raises
    Refused: second_factor_there when one is in use."""
    import pyotp

    with transaction() as session:
        person = session.get_one(Staff, staff_id, with_for_update=True)
        if person.totp_since is not None:
            raise Refused("second_factor_there")
        if person.totp_sealed is None:
            person.totp_sealed = _seal(person, pyotp.random_base32())
        return _offered_to(login, _secret(person))


def confirm(staff_id: int, code: str, login: str = "") -> list[str]:
    """The telephone shows the right code for what was offered to this login: from now on it is asked for. Returns the
    recovery codes, which nobody can be shown again. Raises Refused: code_wrong, second_factor_there."""
    with transaction() as session:
        person = session.get_one(Staff, staff_id, with_for_update=True)
        if person.totp_since is not None:
            raise Refused("second_factor_there")
        if person.totp_sealed is None:
            raise Refused("code_wrong", "code")
        secret = _offered_to(login, _secret(person))
        if not _takes(person, secret, code):
            raise Refused("code_wrong", "code")
        person.totp_sealed = _seal(person, secret)
        person.totp_since = clock.real_now()
        actor = Actor(ActorKind.STAFF, staff_id, Role(person.role), person.sub_district_id)
        audit.record(session, actor, "second_factor_set", "staff", staff_id, ("totp_since",))
        return _fresh_codes(session, staff_id)


def check(staff_id: int, code: str) -> bool:
    """Whether this code of the telephone, or recovery code, opens the account now. It works once. Asked only of who gave
    the right password, so nobody else can close it.

    Raises Refused: second_step_closed once too many were wrong within a day, for the rest of that day or until an
    administrator resets it."""
    with transaction() as session:
        person = session.get_one(Staff, staff_id, with_for_update=True)
        if not person.is_active or person.totp_since is None:
            return False
        if _misses(person) >= MOST_MISSES:
            raise Refused("second_step_closed", "code")
        if _takes(person, _secret(person), code) or _uses_recovery(session, staff_id, code):
            return True
        _miss(session, person)
        return False


def new_recovery_codes(actor: Actor) -> list[str]:
    """Other recovery codes for oneself; the earlier ones end. Raises Refused: second_factor_missing."""
    with transaction() as session:
        person = session.get_one(Staff, actor.staff_id, with_for_update=True)
        if person.totp_since is None:
            raise Refused("second_factor_missing")
        audit.record(session, actor, "recovery_codes_made", "staff", person.id)
        return _fresh_codes(session, person.id)


def forget(session: Session, person: Staff) -> None:
    """Take the second factor off an account, inside the caller's transaction."""
    person.totp_sealed = person.totp_since = person.totp_last = person.code_misses_since = None
    person.code_misses = 0
    session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == person.id))


def address(secret: str, username: str, issuer: str) -> str:
    """The otpauth address a telephone reads from a QR code."""
    import pyotp

    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=issuer)


def _offered_to(login: str, kept: str) -> str:
    """Another secret for each login, none of which tells another or what is kept."""
    return base64.b32encode(hmac.digest(kept.encode(), login.encode(), "sha256")[:20]).decode()


def _takes(person: Staff, secret: str, code: str) -> bool:
    """Whether the telephone shows this now and it was not taken before; then it is."""
    import pyotp

    digits = re.sub(r"\s", "", code)
    if not re.fullmatch(r"[0-9]{6}", digits):
        return False
    totp, now = pyotp.TOTP(secret), int(clock.real_now().timestamp()) // STEP_SECONDS
    for counter in (now + step for step in NEIGHBOURS):
        if counter > (person.totp_last or 0) and secrets.compare_digest(totp.generate_otp(counter), digits):
            person.totp_last = counter
            return True
    return False


def _misses(person: Staff) -> int:
    """How many codes were wrong within the day that the first of them began."""
    since = person.code_misses_since
    return person.code_misses if since and clock.real_now() - since < MISSES_WITHIN else 0


def _miss(session: Session, person: Staff) -> None:
    """Count a wrong code; at the last one allowed its owner and the administrators are told."""
    before = _misses(person)
    if not before:
        person.code_misses_since = clock.real_now()
    person.code_misses = before + 1
    if person.code_misses == MOST_MISSES:
        actor = Actor(ActorKind.STAFF, person.id, Role(person.role), person.sub_district_id)
        audit.record(session, actor, "second_step_closed", "staff", person.id, ("code_misses",))
        since = f"{person.code_misses_since:%Y%m%d%H%M%S}"
        posting.post(
            session, "second_step_closed", str(person.id), key=f"second_step_closed:{person.id}:{since}"
        )


def _uses_recovery(session: Session, staff_id: int, code: str) -> bool:
    wanted = _digest(staff_id, code)
    for kept in queries.recovery_codes(session, staff_id):
        if kept.used_at is None and secrets.compare_digest(kept.code_digest, wanted):
            kept.used_at = clock.real_now()
            actor = Actor(ActorKind.STAFF, staff_id)
            audit.record(session, actor, "recovery_code_used", "staff", staff_id)
            return True
    return False


def _fresh_codes(session: Session, staff_id: int) -> list[str]:
    session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == staff_id))
    codes = ["-".join(_four() for _ in range(4)) for _ in range(CODES)]
    session.add_all(RecoveryCode(staff_id=staff_id, code_digest=_digest(staff_id, code)) for code in codes)
    return codes


def _four() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(4))


def _digest(staff_id: int, code: str) -> str:
    """Eighty random bits need no slow hash."""
    plain = re.sub(r"[\s-]", "", code).upper().translate(str.maketrans("OIL", "011"))
    return hashlib.sha256(f"{staff_id}|{plain}".encode("utf-8", "surrogatepass")).hexdigest()


def _seal(person: Staff, secret: str) -> bytes:
    return sealing.seal(secret, column="staff.totp_sealed", row=person.username)


def _secret(person: Staff) -> str:
    return sealing.unseal(person.totp_sealed or b"", column="staff.totp_sealed", row=person.username)
