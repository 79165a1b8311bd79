"""Places, and the codes that stand for doorways."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Float, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base, index_where


class SubDistrict(Base):
    """A sub-district office (街道). `statutory_basis`: hand-over to 12345 may rest on the law (PIPL 13(3)).
    `lift_at_homes`: so many neighbours who joined lift a case by its one step. `contact_days`: so many days after
    a case ended, names and telephones are deleted."""

    __tablename__ = "sub_district"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(12), unique=True)
    name: Mapped[str] = mapped_column(String(40))
    district: Mapped[str] = mapped_column(String(40), default="")
    phone: Mapped[str | None] = mapped_column(String(30))
    statutory_basis: Mapped[bool] = mapped_column(default=True)
    lift_at_homes: Mapped[int] = mapped_column(default=3)
    contact_days: Mapped[int] = mapped_column(default=90)


class Community(Base):
    """A community (社区): the scope of a community worker."""

    __tablename__ = "community"
    __table_args__ = (UniqueConstraint("sub_district_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sub_district_id: Mapped[int] = mapped_column(ForeignKey("sub_district.id"))
    code: Mapped[str] = mapped_column(String(16), unique=True)
    name: Mapped[str] = mapped_column(String(40))
    phone: Mapped[str | None] = mapped_column(String(30))

    sub_district: Mapped[SubDistrict] = relationship()


class Building(Base):
    """A building (楼) of a community, with the estate's name in front where the ledger has one."""

    __tablename__ = "building"
    __table_args__ = (UniqueConstraint("community_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    name: Mapped[str] = mapped_column(String(60))

    community: Mapped[Community] = relationship()


class Doorway(Base):
    """A doorway (楼门): where a code hangs. Coordinates are in the ledger's own datum. `stands_in`: none that hangs
    anywhere, but “nobody knows which” of its building (`places/standing_in.py`)."""

    __tablename__ = "doorway"
    __table_args__ = (UniqueConstraint("building_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    building_id: Mapped[int] = mapped_column(ForeignKey("building.id"))
    name: Mapped[str] = mapped_column(String(40))
    households: Mapped[int | None]
    lng: Mapped[float | None] = mapped_column(Float)
    lat: Mapped[float | None] = mapped_column(Float)
    datum: Mapped[str | None] = mapped_column(String(8))
    stands_in: Mapped[bool] = mapped_column(default=False)

    building: Mapped[Building] = relationship()


class DoorCode(Base):
    """A code (楼门码): many over time, one active at a doorway, a revoked one never used again."""

    __tablename__ = "door_code"
    __table_args__ = (index_where("uq_door_code_active", "doorway_id", "status = 'active'", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    doorway_id: Mapped[int] = mapped_column(ForeignKey("doorway.id"), index=True)
    code: Mapped[str] = mapped_column(String(8), unique=True)
    status: Mapped[str] = mapped_column(String(8), default="active")
    revoked_reason: Mapped[str | None] = mapped_column(String(12))
    issued_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    printed_at: Mapped[datetime | None]
    installed_at: Mapped[datetime | None]
    last_scanned_at: Mapped[datetime | None]

    doorway: Mapped[Doorway] = relationship()


class PrintRun(Base):
    """One printing of codes (印次)."""

    __tablename__ = "print_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    sub_district_id: Mapped[int] = mapped_column(ForeignKey("sub_district.id"))
    stock: Mapped[str] = mapped_column(String(40))
    design: Mapped[str] = mapped_column(String(12))
    printed_at: Mapped[datetime]


class PrintCell(Base):
    """Where on a print run one code stands, counted from 1, so that a torn one can be printed again."""

    __tablename__ = "print_cell"
    __table_args__ = (UniqueConstraint("print_run_id", "page", "cell"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    print_run_id: Mapped[int] = mapped_column(ForeignKey("print_run.id"))
    page: Mapped[int]
    cell: Mapped[int]
    door_code_id: Mapped[int] = mapped_column(ForeignKey("door_code.id"), index=True)
