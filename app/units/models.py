"""Units that lead or support a case."""

from __future__ import annotations

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class Unit(Base):
    """A body that can be made lead or supporting unit. `sub_district_code` says whose list it is on; a `retired` one is
    offered no more and keeps what it has."""

    __tablename__ = "unit"
    __table_args__ = (UniqueConstraint("sub_district_code", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sub_district_code: Mapped[str] = mapped_column(String(12))
    name: Mapped[str] = mapped_column(String(60))
    phone: Mapped[str | None] = mapped_column(String(30))
    retired: Mapped[bool] = mapped_column(default=False)
