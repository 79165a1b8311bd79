"""What leaves the screen is written down: who printed a case."""

from __future__ import annotations

from app.access import audit
from app.access.actor import Actor
from app.access.permissions import Permission, require
from app.cases import queries
from app.db import transaction

PRINTED = ("text", "spot", "additions", "history")


def printed(actor: Actor, number: str) -> None:
    """Write down that this person printed a case. Raises NotFound, also out of scope, or Forbidden."""
    require(actor, Permission.SEE_CASES)
    with transaction() as session:
        case = queries.case_page(session, actor, number)
        audit.record(session, actor, "print_case", "case", case.number, PRINTED)
