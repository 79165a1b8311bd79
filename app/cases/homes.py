"""How many neighbours stand behind a case, and the place in the queue that gives it."""

from __future__ import annotations

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.cases.models import CaseFile, Report, Support
from app.cases.steps import step_of
from app.places.models import SubDistrict


def recount(session: Session, case: CaseFile) -> None:
    """Count the homes of a case anew, and its step: for when reports came, moved or were taken back. The number
    is what neighbours add: who joined and counts, and every report beyond the first that was merged into it."""
    session.flush()
    case.homes = _joined(session, case.id) + max(_own(session, case.id) - 1, 0)
    lift_at = session.get_one(SubDistrict, case.sub_district_id).lift_at_homes
    case.step = step_of(case.urgency, case.due_first, case.homes, lift_at)


def others_live(session: Session, case_id: int, report_id: int) -> bool:
    """Whether anybody else's report stands in this case, not taken back."""
    query = (
        select(Report.id)
        .outerjoin(Support, Support.report_id == Report.id)
        .where(
            Report.case_id == case_id,
            Report.id != report_id,
            Report.withdrawn_at.is_(None),
            or_(Support.report_id.is_(None), Support.undone_at.is_(None)),
        )
    )
    return session.scalars(query.limit(1)).first() is not None


def _joined(session: Session, case_id: int) -> int:
    """One network counts once a day, also when it joined two cases that are one now."""
    networks = select(Support.network_day).where(Support.case_id == case_id, Support.undone_at.is_(None))
    return session.scalar(select(func.count()).select_from(networks.distinct().subquery())) or 0


def _own(session: Session, case_id: int) -> int:
    query = (
        select(func.count(Report.id))
        .outerjoin(Support, Support.report_id == Report.id)
        .where(Report.case_id == case_id, Report.withdrawn_at.is_(None), Support.report_id.is_(None))
    )
    return session.scalar(query) or 0
