"""Reports that do not belong together are parted: some go into a new case at their own door, and come back when
that was a mistake. Whoever joined (“me too”) stays with the report they joined."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app import clock
from app.access.actor import Actor
from app.access.permissions import Permission, require
from app.cases import handling, merging, touching
from app.cases.intake import next_number
from app.cases.models import CaseEvent, CaseFile, Report
from app.cases.wording import title_of
from app.cases.workflow import State
from app.db import transaction
from app.errors import NotFound, Refused
from app.outbox import posting
from app.places import queries as places


def split(actor: Actor, number: str, version: int, report_ids: Sequence[int]) -> CaseFile:
    """Take these reports out of an open case into a new one, which waits to be sorted; what was promised holds.
    Returns the new case. Raises NotFound, Forbidden, Stale, or Refused at `reports`."""
    with transaction() as session:
        case = handling.load(session, number=number, within=actor)
        # asked before anything is told about its reports
        require(actor, Permission.MERGE, sub_district_id=case.sub_district_id, community_id=case.community_id)
        here = _reports(session, case.id)
        chosen = _chosen(session, case, here, set(report_ids))
        moved = sorted({*(one.id for one in chosen), *_company(session, here, chosen)})
        made = _made(session, case, chosen[0])
        handling.apply(
            session,
            actor,
            case,
            "split",
            version=version,
            data={"into": made.id, "into_number": made.number, "reports": moved},
        )
        merging.move(session, moved, made.id)
        came = {
            "from": case.id,
            "from_number": case.number,
            "first": chosen[0].id,
            "reports": moved,
            "next_day": made.promised_on,
        }
        handling.apply(session, actor, made, "split_from", data=came)
        merging.settle(session, made, case)
        posting.post(session, "report_received", made.number, key=f"split:{made.id}")
        return made


def unsplit(actor: Actor, number: str, version: int) -> CaseFile:
    """Put a case that was split off back into the one it came out of, with whoever joined it since. Raises NotFound,
    Forbidden, Stale, or Refused when that one is not open, or has itself become part of a third."""
    return merging.put_into(
        actor, number, version, lambda session, one: _origin(session, actor, one), "unsplit"
    )


def can_be_undone(events: Sequence[CaseEvent]) -> bool:
    """Whether this history begins with a split."""
    return any(event.action == "split_from" for event in events)


def _origin(session: Session, actor: Actor, number: str) -> str:
    """The number of the case this one was split off; which of the two is locked first is for whoever puts it back."""
    case = session.scalars(select(CaseFile).where(CaseFile.number == number)).one_or_none()
    if case is None:
        raise NotFound
    require(actor, Permission.MERGE, sub_district_id=case.sub_district_id, community_id=case.community_id)
    query = select(CaseEvent.data).where(CaseEvent.case_id == case.id, CaseEvent.action == "split_from")
    data = session.scalars(query.limit(1)).first()
    if data is None:
        raise Refused("not_split", "action")
    return str(data["from_number"])


def _reports(session: Session, case_id: int) -> Sequence[Report]:
    query = select(Report).where(Report.case_id == case_id).options(joinedload(Report.support))
    return session.scalars(query.order_by(Report.id).execution_options(populate_existing=True)).all()


def _chosen(session: Session, case: CaseFile, here: Sequence[Report], wanted: set[int]) -> list[Report]:
    """The reports to take out, the earliest first."""
    if not wanted:
        raise Refused("split_nothing", "reports")
    chosen = [one for one in here if one.id in wanted]
    if len(chosen) != len(wanted):
        raise Refused("split_not_here", "reports")
    if any(one.support is not None for one in chosen):
        raise Refused("split_neighbour", "reports")
    if any(one.withdrawn_at is not None for one in chosen):
        raise Refused("split_withdrawn", "reports")
    if wanted & merging.begun_with(session, case.id):
        raise Refused("split_first_stays", "reports")
    if all(one.id in wanted for one in here if one.support is None and one.withdrawn_at is None):
        raise Refused("split_nobody_left", "reports")
    return chosen


def _company(session: Session, here: Sequence[Report], chosen: Sequence[Report]) -> set[int]:
    """Those who joined one of these reports: a case that came with it, or was split off for it."""
    joined = {one.id for one in here if one.support is not None}
    if not joined:
        return set()
    where = select(CaseEvent.report_id, CaseEvent.case_id).where(
        CaseEvent.report_id.in_(joined), CaseEvent.action == "join"
    )
    taken = {one.id for one in chosen}
    return {
        report_id
        for report_id, case_id in session.execute(where)
        if report_id is not None and taken & merging.begun_with(session, case_id)
    }


def _made(session: Session, case: CaseFile, first: Report) -> CaseFile:
    """The new case, at the door of its first report: to be sorted, and promised what was promised."""
    door = places.door_of_doorway(session, first.doorway_id)
    made = CaseFile(
        number=next_number(session.connection(), clock.now()),
        sub_district_id=door.sub_district_id,
        community_id=door.community_id,
        doorway_id=first.doorway_id,
        state=State.RECEIVED.value,
        title=title_of(first.text),
        kind=first.kind or case.kind,
        due_first=case.due_first,
        received_at=first.received_at,
        due_at=case.due_at,
        internal_due_at=case.internal_due_at,
        case_day=case.case_day,
        promised_on=case.promised_on,
        promise_tentative=case.promise_tentative,
        urgency=case.urgency,
        extended_times=case.extended_times,  # with the deadline goes how often it was put off
        carries=case.carries,
    )
    for column, value in merging.promise_kept(session, made).items():
        setattr(made, column, value)
    session.add(made)
    session.flush()
    place = (made.sub_district_id, made.community_id)
    touching.touch(session.connection(), made.id, place, None, made.state)
    return made
