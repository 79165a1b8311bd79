"""Report, Case, CaseEvent, Support, Photo, FollowUp, DataRequest, BulkAct, LedgerImport, CaseUnit. Only `handling`
assigns `CaseFile.state`."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base, index_where


def _where_given(name: str, column: str) -> Index:
    """An index of the rows that have something in this column: the others cost nothing."""
    return index_where(name, column, f"{column} IS NOT NULL")


class CaseNumber(Base):
    """The last number given in a month: `2611-0361` is the 361st case of November 2026."""

    __tablename__ = "case_number"

    month: Mapped[str] = mapped_column(String(4), primary_key=True)
    last: Mapped[int]


class CaseFile(Base):
    """A case (案件): the work behind one or more reports.

    `case_day` is the Saturday whose list it stands on; `promised_on` what the resident was told;
    `due_marked_at` is the mark “due to forward”, which the clock releases; `version` rises with every act
    that staff decide on (`Move.ages_pages`), so that a stale page is told so. `visibility` is private unless staff publish their own public words.
    `urgency` is what was recognised in the words (gas, fire …; empty for none); `homes` counts the neighbours
    who joined; `step` is the place in the queue the two give it (`cases/steps.py`). `waiting_since` is the mark
    of a question the residents have not answered; `merged_into_id` the case this one became part of;
    `extended_times` how often people put its deadline off."""

    __tablename__ = "case_file"
    __table_args__ = (
        Index("ix_case_file_queue", "sub_district_id", "state", "step", "internal_due_at", "id"),
        Index("ix_case_file_community", "community_id", "state", "step", "internal_due_at", "id"),
        Index("ix_case_file_newest", "sub_district_id", "received_at", "id"),
        _where_given("ix_case_file_category_id", "category_id"),
        _where_given("ix_case_file_handler_id", "handler_id"),
        Index("ix_case_file_day", "sub_district_id", "case_day", "state"),
        Index("ix_case_file_doorway", "doorway_id", "state"),
        _where_given("ix_case_file_merged_into_id", "merged_into_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(12), unique=True)
    sub_district_id: Mapped[int] = mapped_column(ForeignKey("sub_district.id"))
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    doorway_id: Mapped[int] = mapped_column(ForeignKey("doorway.id"))
    state: Mapped[str] = mapped_column(String(12))
    version: Mapped[int] = mapped_column(default=1)
    title: Mapped[str] = mapped_column(String(60))
    kind: Mapped[str | None] = mapped_column(String(12))
    category_id: Mapped[int | None] = mapped_column(ForeignKey("category.id"))
    lead_unit: Mapped[str] = mapped_column(String(60), default="")
    handler_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    due_first: Mapped[bool] = mapped_column(default=False)
    received_at: Mapped[datetime]
    due_at: Mapped[datetime]
    internal_due_at: Mapped[datetime]
    case_day: Mapped[date]
    promised_on: Mapped[date]
    promise_tentative: Mapped[bool] = mapped_column(default=False)
    triaged_at: Mapped[datetime | None]
    legal_basis: Mapped[str | None] = mapped_column(String(10))
    carries: Mapped[int] = mapped_column(default=0)
    due_marked_at: Mapped[datetime | None]
    returned_times: Mapped[int] = mapped_column(default=0)
    extended_times: Mapped[int] = mapped_column(default=0)
    reopened_times: Mapped[int] = mapped_column(default=0)
    resolved_at: Mapped[datetime | None]
    visibility: Mapped[str] = mapped_column(String(10), default="private")
    public_words: Mapped[str] = mapped_column(String(200), default="")
    published_at: Mapped[datetime | None]
    urgency: Mapped[str] = mapped_column(String(12), default="")
    step: Mapped[int] = mapped_column(SmallInteger, default=3)
    homes: Mapped[int] = mapped_column(default=0)
    waiting_since: Mapped[datetime | None]
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"))

    reports: Mapped[list[Report]] = relationship(back_populates="case", order_by="Report.id")
    events: Mapped[list[CaseEvent]] = relationship(back_populates="case", order_by="CaseEvent.id")


class Report(Base):
    """A report (诉求): the resident's own words, never edited by staff.

    `receipt` opens it for the resident. Name, telephone and mail are sealed (AES-GCM) before they get here;
    `contact_forgotten_at` says when they were deleted. A report with a `support` is a “me too”: its words are an
    optional note. The case a report came with holds its `receive`, also after a merge has put it into another.
    `channel` is one of `cases/channels.py`; `keyed_by_id` who of the staff wrote it down, None for what residents
    sent or a ledger said; `order_number` the work order of 12345 it was read from."""

    __tablename__ = "report"
    __table_args__ = (
        _where_given("ix_report_phone_index", "phone_index"),
        _where_given("ix_report_keyed_by_id", "keyed_by_id"),
        _where_given("ix_report_order_number", "order_number"),
        Index("ix_report_received_at", "received_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), index=True)
    receipt: Mapped[str] = mapped_column(String(12), unique=True)
    submission_key: Mapped[str] = mapped_column(String(36), unique=True)
    submission_digest: Mapped[str] = mapped_column(String(64))
    doorway_id: Mapped[int] = mapped_column(ForeignKey("doorway.id"))
    channel: Mapped[str] = mapped_column(String(12), default="scan")
    text: Mapped[str] = mapped_column(Text)
    kind: Mapped[str | None] = mapped_column(String(12))
    spot: Mapped[str] = mapped_column(String(60), default="")
    name_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone_index: Mapped[str | None] = mapped_column(String(64))
    email_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    call_back: Mapped[bool] = mapped_column(default=False)
    consent_forward: Mapped[bool] = mapped_column(default=False)
    written_at: Mapped[datetime | None]
    received_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    contact_forgotten_at: Mapped[datetime | None]
    keyed_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    order_number: Mapped[str | None] = mapped_column(String(40))

    case: Mapped[CaseFile] = relationship(back_populates="reports")
    support: Mapped[Support | None] = relationship(back_populates="report")
    photos: Mapped[list[Photo]] = relationship(order_by="Photo.id")
    additions: Mapped[list[Addition]] = relationship(order_by="Addition.id")


class Support(Base):
    """A “me too” (我家也是): the report that joined a published case. `network_day` is a keyed digest of the
    network and the day; `is_counted` says whether it counts as a home (one network counts once a case and day);
    `undone_at` that the resident took it back."""

    __tablename__ = "support"
    __table_args__ = (Index("ix_support_network", "case_id", "network_day"),)

    report_id: Mapped[int] = mapped_column(ForeignKey("report.id"), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"))
    doorway_id: Mapped[int] = mapped_column(ForeignKey("doorway.id"))
    network_day: Mapped[str] = mapped_column(String(64))
    is_counted: Mapped[bool]
    joined_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]

    report: Mapped[Report] = relationship(back_populates="support")


class Addition(Base):
    """Words a resident added later to their own report; never edited either. `answers_id` is the line of
    history in which staff asked, if these words answer a question."""

    __tablename__ = "addition"

    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("report.id"), index=True)
    submission_key: Mapped[str] = mapped_column(String(36), unique=True)
    text: Mapped[str] = mapped_column(Text)
    added_at: Mapped[datetime]
    answers_id: Mapped[int | None] = mapped_column(ForeignKey("case_event.id"))


class Photo(Base):
    """A photo: of a report (`report_id`), or taken by staff of a case (`case_id` and `staff_id`).

    `state`: quarantined (as sent, never served) · ready (re-encoded) · refused. `is_cleared`: staff ticked that it
    shows no faces, plates or papers; only such a photo of staff is ever shown to residents."""

    __tablename__ = "photo"
    __table_args__ = (
        CheckConstraint("(report_id IS NULL) <> (case_id IS NULL)", name="of_one"),
        _where_given("ix_photo_case_id", "case_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int | None] = mapped_column(ForeignKey("report.id"), index=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    is_cleared: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(String(12), default="quarantined")
    media_name: Mapped[str] = mapped_column(String(40), unique=True)
    media_type: Mapped[str] = mapped_column(String(20))
    size: Mapped[int]
    width: Mapped[int]
    height: Mapped[int]
    sha256: Mapped[str | None] = mapped_column(String(64))
    taken_in_at: Mapped[datetime]


class CaseEvent(Base):
    """One line of a case's history. Append-only. `told` is what residents of the case read, if anything;
    `note` is for staff; `data` holds ids and dates, never personal data."""

    __tablename__ = "case_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), index=True)
    at: Mapped[datetime]
    action: Mapped[str] = mapped_column(String(20))
    from_state: Mapped[str | None] = mapped_column(String(12))
    to_state: Mapped[str] = mapped_column(String(12))
    actor_kind: Mapped[str] = mapped_column(String(12))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    report_id: Mapped[int | None] = mapped_column(ForeignKey("report.id"))
    note: Mapped[str] = mapped_column(Text, default="")
    told: Mapped[str] = mapped_column(Text, default="")
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

    case: Mapped[CaseFile] = relationship(back_populates="events")


class FollowUp(Base):
    """A resident's three answers (回访); the last one per report counts."""

    __tablename__ = "follow_up"
    __table_args__ = (UniqueConstraint("submission_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("report.id"), index=True)
    submission_key: Mapped[str] = mapped_column(String(36))
    contacted: Mapped[bool]
    solved: Mapped[bool]
    satisfaction: Mapped[str] = mapped_column(String(20))
    note: Mapped[str] = mapped_column(Text, default="")
    answered_at: Mapped[datetime]


class HotlineFollowUp(Base):
    """What the hotline's own follow-up (12345回访) heard about a report that came out of its ledger, as the ledger read
    last says it; None for what was not asked or not answered. Never one of the resident's answers on the receipt
    (`FollowUp`): who asks is another, and figures of the two are never one."""

    __tablename__ = "hotline_follow_up"

    report_id: Mapped[int] = mapped_column(ForeignKey("report.id"), primary_key=True)
    contacted: Mapped[bool | None]
    solved: Mapped[bool | None]
    satisfaction: Mapped[str | None] = mapped_column(String(20))
    read_at: Mapped[datetime]


class DataRequest(Base):
    """A resident's request to see or delete what is held of them (PIPL 44–47), by receipt. `kind`: see · delete.
    `outcome`: done · refused, with the words told to the resident."""

    __tablename__ = "data_request"
    __table_args__ = (Index("ix_data_request_open", "sub_district_id", "settled_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sub_district_id: Mapped[int] = mapped_column(ForeignKey("sub_district.id"))
    report_id: Mapped[int] = mapped_column(ForeignKey("report.id"), index=True)
    submission_key: Mapped[str] = mapped_column(String(36), unique=True)
    kind: Mapped[str] = mapped_column(String(8))
    asked_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    outcome: Mapped[str | None] = mapped_column(String(8))
    told: Mapped[str] = mapped_column(Text, default="")


class BulkAct(Base):
    """What somebody did to one case or many at once (分一批、派一批), so that it can be taken back. `act`: triage ·
    assign; `handler_id` is who was given them; `undone_at` when the first of them was taken back."""

    __tablename__ = "bulk_act"
    __table_args__ = (Index("ix_bulk_act_recent", "staff_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sub_district_id: Mapped[int] = mapped_column(ForeignKey("sub_district.id"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    act: Mapped[str] = mapped_column(String(12))
    handler_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    done_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))

    lines: Mapped[list[BulkLine]] = relationship(order_by="BulkLine.id")


class BulkLine(Base):
    """One case of a bulk act. `before` holds the columns it changed as they were: ids, dates, keys and the name of a
    unit, nothing of the resident's; `version_after` is the case's version when it was done: taken back is what nobody has touched since."""

    __tablename__ = "bulk_line"
    __table_args__ = (UniqueConstraint("bulk_act_id", "case_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    bulk_act_id: Mapped[int] = mapped_column(ForeignKey("bulk_act.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), index=True)
    version_after: Mapped[int]
    before: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    undone_at: Mapped[datetime | None]


class LedgerImport(Base):
    """A ledger of 12345 being looked through before anything is taken from it (`cases/importing.py`). It is gone a day
    later; `finished` counts the lines that were done already and are not kept.

    `state`: waiting (the worker reads it, and has come to the line `read_to`) · ready · broken (`broken` says why).
    `taker_id` is who asked the worker to take whatever needs no look, which has come to the line `taken_to`."""

    __tablename__ = "ledger_import"

    id: Mapped[int] = mapped_column(primary_key=True)
    sub_district_id: Mapped[int] = mapped_column(ForeignKey("sub_district.id"), index=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    file_name: Mapped[str] = mapped_column(String(120))
    made_at: Mapped[datetime]
    finished: Mapped[int]
    lines: Mapped[int]
    state: Mapped[str] = mapped_column(String(10), default="ready")
    broken: Mapped[str] = mapped_column(String(200), default="")
    read_to: Mapped[int] = mapped_column(default=0)
    taker_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    taken_to: Mapped[int] = mapped_column(default=0)


class LedgerFile(Base):
    """The file of a ledger that is still to be read, sealed; gone when it is read."""

    __tablename__ = "ledger_file"

    ledger_import_id: Mapped[int] = mapped_column(ForeignKey("ledger_import.id"), primary_key=True)
    suffix: Mapped[str] = mapped_column(String(5))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class LedgerLine(Base):
    """One line of it. What the resident said and how to reach them is `sealed` as one, and gone when it is taken;
    `place` as `places/finding.py` writes it, `category` a leaf's code, `same` the open case it may be one with.
    `outcome`: open · taken · known (that order is a case already) · faulty."""

    __tablename__ = "ledger_line"
    __table_args__ = (UniqueConstraint("ledger_import_id", "line"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ledger_import_id: Mapped[int] = mapped_column(ForeignKey("ledger_import.id"))
    line: Mapped[int]
    order_number: Mapped[str] = mapped_column(String(40))
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone_index: Mapped[str | None] = mapped_column(String(64))
    place: Mapped[str] = mapped_column(String(10), default="")
    category: Mapped[str] = mapped_column(String(12), default="")
    due_at: Mapped[datetime | None]
    same: Mapped[str] = mapped_column(String(12), default="")
    outcome: Mapped[str] = mapped_column(String(10))
    faults: Mapped[list[list[str]]] = mapped_column(JSON, default=list)
    case_number: Mapped[str] = mapped_column(String(12), default="")


class CaseUnit(Base):
    """A unit's part in a case: `lead` (主责, one at a time) or `supporting` (协办). `asked` is what the desk asked for,
    `answer` what the unit answered the desk, `proposed` what it proposes to tell the residents; `due_at` is internal.
    `outcome`, with `ended_at`: done · over (the case ended otherwise) · returned (not ours) · released (by the desk)."""

    __tablename__ = "case_unit"
    __table_args__ = (
        Index("ix_case_unit_unit_id_ended_at", "unit_id", "ended_at"),
        index_where("uq_case_unit_lead", "case_id", "part = 'lead' AND ended_at IS NULL", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    part: Mapped[str] = mapped_column(String(10))
    asked_at: Mapped[datetime]
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    asked: Mapped[str] = mapped_column(Text, default="")
    due_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(Text, default="")
    proposed: Mapped[str] = mapped_column(Text, default="")
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(8))
