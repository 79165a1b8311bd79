"""What printing and proofing refuse."""

from __future__ import annotations


class PrintRefused(ValueError):
    """Something that cannot be printed as it stands. `where` names the doorway (or option), `why` the reason;
    both are meant for the person who prints."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where}：{why}")
        self.where = where
        self.why = why


class ProofRefused(ValueError):
    """A file handed in for proofing that is not a readable PDF."""
