"""What a resident may write, checked before anything is saved. Pure."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from app.errors import ManyRefused, Refused

LONGEST_TEXT = 2000
LONGEST_NAME = 40
LONGEST_SPOT = 60
LONGEST_EMAIL = 120
KINDS = ("inquiry", "help", "complaint", "tipoff", "suggestion")
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOKALIKES = str.maketrans({"O": "0", "I": "1", "L": "1"})
_NOT_CHARACTERS = "\ufdd0-\ufdef" + "".join(
    chr(plane + last) for plane in range(0, 0x110000, 0x10000) for last in (0xFFFE, 0xFFFF)
)
# Cc and Cs, but not line ends and tabs; and what Unicode keeps from ever being a character
_CONTROL = re.compile(f"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff{_NOT_CHARACTERS}]")
_PHONE = re.compile(r"\+?[\d\s\-()（）]{7,24}")


@dataclass(frozen=True)
class Words:
    """A report as a resident sent it, before it is checked."""

    text: str = ""
    kind: str = ""
    category: str = ""
    spot: str = ""
    name: str = ""
    phone: str = ""
    email: str = ""
    call_back: bool = False
    consent_forward: bool = False
    written_at: datetime | None = None
    photos: int = field(default=0)
    is_trapped: bool = False  # a field that people do not see was filled in


def check(words: Words) -> None:
    """Raise ManyRefused naming every field that cannot be taken."""
    found = faults(words)
    if found:
        raise ManyRefused(found)


def faults(words: Words) -> list[Refused]:
    """Everything about these words that cannot be taken; empty when they can."""
    faults = []
    if not words.text.strip() and not words.photos:
        faults.append(Refused("text_missing", "text"))
    if len(words.text) > LONGEST_TEXT:
        faults.append(Refused("text_too_long", "text", {"longest": LONGEST_TEXT, "length": len(words.text)}))
    faults += [
        Refused("field_too_long", name, {"longest": longest})
        for name, longest in (("name", LONGEST_NAME), ("spot", LONGEST_SPOT), ("email", LONGEST_EMAIL))
        if len(getattr(words, name)) > longest
    ]
    faults += [
        Refused("control_characters", name)
        for name in ("text", "name", "spot", "phone", "email")
        if has_control_characters(getattr(words, name))
    ]
    if words.kind and words.kind not in KINDS:
        faults.append(Refused("choice_unknown", "kind"))
    if has_control_characters(words.category):
        faults.append(Refused("choice_unknown", "category"))
    if words.phone and not is_phone(words.phone):
        faults.append(Refused("phone_wrong", "phone"))
    if words.call_back and not words.phone:
        faults.append(Refused("phone_needed", "phone"))
    if words.email and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", words.email):
        faults.append(Refused("email_wrong", "email"))
    return faults


def has_control_characters(text: str) -> bool:
    """Control characters other than line ends and tabs, and halves of characters, which no database keeps."""
    return bool(_CONTROL.search(text))


def without_control_characters(text: str) -> str:
    """The same text without them, to show it again."""
    return _CONTROL.sub("", text)


def is_phone(phone: str) -> bool:
    """Eleven digits of a mobile, or a landline with area code; spaces and hyphens do not matter."""
    digits = re.sub(r"\D", "", phone)
    return bool(_PHONE.fullmatch(phone.strip())) and 7 <= len(digits) <= 15


def title_of(text: str) -> str:
    """The first line of the resident's words, short enough for a list."""
    first = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return first if len(first) <= 40 else first[:39] + "…"


def new_receipt() -> str:
    """Twelve Crockford base32 characters: 60 bits nobody guesses."""
    bits = secrets.randbits(60)
    return "".join(CROCKFORD[bits >> shift & 31] for shift in range(0, 60, 5))


def read_receipt(written: str) -> str | None:
    """A receipt as somebody typed it; None when it cannot be one."""
    plain = re.sub(r"[\s\-]", "", written).upper().translate(_LOOKALIKES)
    return plain if len(plain) == 12 and all(char in CROCKFORD for char in plain) else None


def is_submission_key(key: str) -> bool:
    """A UUID in its usual form, as the page carried it."""
    try:
        return str(UUID(key)) == key.lower()
    except ValueError:
        return False
