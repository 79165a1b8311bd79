"""The table of ready sentences."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class ReplyTemplate(Base):
    """A sentence that a sub-district keeps for what is done with a case (现成的话). `category` is the code of a leaf,
    the name of a first level, or empty for all; what is retired is offered no more."""

    __tablename__ = "reply_template"

    id: Mapped[int] = mapped_column(primary_key=True)
    sub_district_id: Mapped[int] = mapped_column(ForeignKey("sub_district.id"), index=True)
    action: Mapped[str] = mapped_column(String(20))
    category: Mapped[str] = mapped_column(String(40), default="")
    title: Mapped[str] = mapped_column(String(40))
    text: Mapped[str] = mapped_column(String(500))
    retired_at: Mapped[datetime | None]
