"""Categories and the limits they stand under."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base


class TimeLimit(Base):
    """How long the work may take, in hours of natural time; an editable row, not a constant."""

    __tablename__ = "time_limit"

    key: Mapped[str] = mapped_column(String(8), primary_key=True)
    hours: Mapped[int]


class Category(Base):
    """A leaf of the catalogue (三级分类). `due_first`: water, power, gas, heat and the like do not wait for
    Saturday; `community_may_lead`: whether the community itself may be made lead for it (Regulation art. 17: never
    for what it only assists); `frame`: the code of the published classification it is counted under, or empty."""

    __tablename__ = "category"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(12), unique=True)
    level1: Mapped[str] = mapped_column(String(40))
    level2: Mapped[str] = mapped_column(String(40))
    level3: Mapped[str] = mapped_column(String(60))
    limit_key: Mapped[str] = mapped_column(ForeignKey("time_limit.key"))
    lead_unit: Mapped[str] = mapped_column(String(60), default="")
    due_first: Mapped[bool] = mapped_column(default=False)
    community_may_lead: Mapped[bool] = mapped_column(default=False)
    frame: Mapped[str] = mapped_column(String(6), default="")
    retired: Mapped[bool] = mapped_column(default=False)

    limit: Mapped[TimeLimit] = relationship()
