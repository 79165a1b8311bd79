"""What somebody with ill will would try at the desk: junk in every field of every form and address."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from app.access.actor import Role
from tests.desk.conftest import Desk
from tests.world import World

Sit = Callable[[str], Desk]

JUNK = ("\0", "a\0b", "99999999999999999999", "2147483648", "-1", "\uffff", "‮", "٣", "x" * 5000, "'\"<%", "1e9", "0")
NAMES = (
    "q", "after", "before", "state", "community", "building", "door", "category", "kind", "unit", "handler", "due", "day",
    "channel", "waiting", "phone", "since", "until", "caller", "place", "query", "name", "shared", "do", "as", "act", "case",
    "back", "person", "lead_unit", "version", "note", "next_day", "reports", "report", "report_id", "into", "username", "role",
    "display_name", "communities", "supervisor", "seen", "days", "from", "to", "word", "table", "show", "take", "find",
    "text", "same", "where", "submission_key", "sort_now", "spot", "email", "template", "told", "proposed", "part", "due_on",
    "unit_id", "object", "code", "confirm_code", "visibility", "public_words", "words", "reason", "photo", "question",
)  # fmt: skip
