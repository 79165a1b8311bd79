"""Whether the clock may forward a case by itself when the hold ends. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Facts:
    """What the rule looks at."""

    is_open: bool
    is_triaged: bool
    kind: str | None
    legal_basis: str | None
    returned_times: int
    has_hotline_report: bool = False  # some of it came from 12345
    is_all_from_hotline: bool = False  # all of it did


def reasons_against(facts: Facts) -> list[str]:
    """Message keys of every reason not to forward by the clock; empty means it may go.

    Triaged, not declined or set aside, not an inquiry, its legal basis recorded, not already returned once; and what
    came from 12345 does not go back to it by itself: it would come round again as a new order."""
    reasons = []
    if not facts.is_open:
        reasons.append("not_open")
    if not facts.is_triaged:
        reasons.append("not_triaged")
    if facts.kind == "inquiry":
        reasons.append("inquiry")
    if facts.legal_basis is None:
        reasons.append("no_legal_basis")
    if facts.returned_times > 0:
        reasons.append("returned_before")
    if facts.has_hotline_report:
        reasons.append("from_hotline")
    return reasons


def reasons_against_by_hand(facts: Facts) -> list[str]:
    """The same for a dispatcher's own `forward_now`: one may send a returned case again, with more said, and one in
    which a resident's own report stands beside that from 12345."""
    waived = {"returned_before"} if facts.is_all_from_hotline else {"returned_before", "from_hotline"}
    return [reason for reason in reasons_against(facts) if reason not in waived]
