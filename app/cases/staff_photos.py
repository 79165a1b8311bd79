"""What staff photograph of a case: how it looks now that it was seen to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app import clock
from app.access.actor import Actor
from app.cases import handling, photos
from app.cases.models import CaseFile, Photo
from app.cases.photos import TakenIn
from app.db import transaction
from app.errors import Refused
from app.outbox import posting


@dataclass(frozen=True)
class Shots:
    """Photos in quarantine, and whether their taker ticked that they show no faces, plates or papers."""

    taken_in: Sequence[TakenIn] = ()
    is_cleared: bool = False


def add(actor: Actor, number: str, version: int, shots: Shots) -> CaseFile:
    """Put photos to a case. Residents see them, once re-encoded, only where they were cleared.

    Raises Refused without a photo, Stale, NotFound or Forbidden."""
    if not shots.taken_in:
        raise Refused("photo_needed", "photo1")
    with transaction() as session:
        case = handling.load(session, number=number, within=actor)
        return attach(session, actor, case, shots, version=version)


def attach(
    session: Session, actor: Actor, case: CaseFile, shots: Shots, *, version: int | None = None
) -> CaseFile:
    """The same inside the caller's transaction, for an act that photos go with; none change nothing."""
    if not shots.taken_in:
        return case
    data = {"photos": len(shots.taken_in), "cleared": shots.is_cleared}
    handling.apply(session, actor, case, "add_photo", version=version, data=data)
    for taken in shots.taken_in:
        session.add(_row(actor, case, taken, is_cleared=shots.is_cleared))
        posting.post(session, "photo", taken.media_name)
    return case


def _row(actor: Actor, case: CaseFile, taken: TakenIn, *, is_cleared: bool) -> Photo:
    return Photo(
        case_id=case.id,
        staff_id=actor.staff_id,
        is_cleared=is_cleared,
        state=photos.QUARANTINED,
        media_name=taken.media_name,
        media_type=taken.media_type,
        size=taken.size,
        width=taken.width,
        height=taken.height,
        taken_in_at=clock.now(),
    )
