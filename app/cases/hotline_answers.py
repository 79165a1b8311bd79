"""What the hotline's own follow-up (12345回访) heard, as its ledgers say: kept beside the report, apart from what the
resident answers on the receipt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.cases.channels import Channel
from app.cases.models import CaseFile, HotlineFollowUp, Report
from app.db import upsert

Heard = Mapping[str, str]
"""`contacted` and `solved` (yes · no) and `satisfied` (as `follow_up.SATISFACTIONS`), each only where answered."""


def keep(session: Session, sub_district_id: int, heard: Mapping[str, Heard]) -> int:
    """Keep what was heard about orders, by their number, in the caller's transaction: of those that are reports of
    this sub-district out of a ledger. A later ledger replaces what an earlier one said. Returns how many."""
    numbers, rows = [number for number, what in heard.items() if what], list[dict[str, object]]()
    for at in range(0, len(numbers), 500):
        query = select(Report.id, Report.order_number).join(CaseFile, CaseFile.id == Report.case_id)
        query = query.where(
            Report.order_number.in_(numbers[at : at + 500]),
            Report.channel == Channel.HOTLINE.value,
            CaseFile.sub_district_id == sub_district_id,
        )
        rows += [_row(report_id, heard[number or ""]) for report_id, number in session.execute(query)]
    _put(session, rows)
    return len(rows)


def keep_one(session: Session, report_id: int, heard: Heard) -> None:
    """The same for one report that was just made of an order."""
    if heard:
        _put(session, [_row(report_id, heard)])


def of_reports(session: Session, reports: Sequence[Report]) -> dict[int, HotlineFollowUp]:
    """What the hotline heard about these reports, by their id; nothing is asked where none came out of a ledger."""
    ids = [one.id for one in reports if one.order_number]
    if not ids:
        return {}
    query = select(HotlineFollowUp).where(HotlineFollowUp.report_id.in_(ids))
    return {one.report_id: one for one in session.scalars(query)}


def _row(report_id: int, heard: Heard) -> dict[str, object]:
    yes_no = {"yes": True, "no": False}
    return dict(
        report_id=report_id,
        contacted=yes_no.get(heard.get("contacted", "")),
        solved=yes_no.get(heard.get("solved", "")),
        satisfaction=heard.get("satisfied"),
        read_at=clock.now(),
    )


def _put(session: Session, rows: Sequence[dict[str, object]]) -> None:
    if not rows:
        return
    making = upsert(HotlineFollowUp, session.get_bind().dialect.name)
    columns = ("contacted", "solved", "satisfaction", "read_at")
    making = making.on_conflict_do_update(
        index_elements=["report_id"], set_={name: making.excluded[name] for name in columns}
    )
    session.connection().execute(making, list(rows))
