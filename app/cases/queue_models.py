"""What the queue is kept with: how many cases stand where, which of them changed just now, their words for the
search, and filters saved under a name."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class CaseTouched(Base):
    """One change of a case that neither `CaseCount` nor `CaseWords` knows yet: only ever added, so that nobody waits
    for anybody, and taken away by the worker. `from_state` and `to_state` are empty where no case moved."""

    __tablename__ = "case_touched"
    __table_args__ = (Index("ix_case_touched_where", "sub_district_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int]  # no foreign key: checking one would wait for whoever holds the case
    sub_district_id: Mapped[int]
    community_id: Mapped[int]
    from_state: Mapped[str | None] = mapped_column(String(12))
    to_state: Mapped[str | None] = mapped_column(String(12))


class CaseCount(Base):
    """How many cases of a community stood in a state before what is in `CaseTouched` happened."""

    __tablename__ = "case_count"

    sub_district_id: Mapped[int] = mapped_column(ForeignKey("sub_district.id"), primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), primary_key=True)
    state: Mapped[str] = mapped_column(String(12), primary_key=True)
    cases: Mapped[int]


class CaseWords(Base):
    """What a case is found by (`cases/grams.py`): `words` as they read, `marks` what the index adds to them. On
    SQLite the table `case_search` indexes both, on PostgreSQL an index of the marks. Deleting empties it at once."""

    __tablename__ = "case_words"

    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), primary_key=True)
    words: Mapped[str] = mapped_column(Text)
    marks: Mapped[str] = mapped_column(Text)


class SavedFilter(Base):
    """A filter of the queue under a name; `query` is the address it stands for. Whoever opens it sees what their own
    scope holds."""

    __tablename__ = "saved_filter"
    __table_args__ = (UniqueConstraint("staff_id", "name"), Index("ix_saved_filter_place", "sub_district_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    sub_district_id: Mapped[int] = mapped_column(ForeignKey("sub_district.id"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    name: Mapped[str] = mapped_column(String(40))
    query: Mapped[str] = mapped_column(String(1000))
    is_shared: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
