"""Accounts, the communities they cover, and one-time links to set a password."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class Staff(Base):
    """Somebody with an account. `supervisor_id` is who is told when a resident says a second time that it was not
    solved (None: the leader). `totp_sealed` is the secret of the second factor, in use from `totp_since` on;
    `totp_last` the counter of the last code taken, for a code works once; `code_misses` how many wrong ones were tried
    after the right password since `code_misses_since`. `keeps_shared`: an administrator who may change what every
    sub-district of the installation shares."""

    __tablename__ = "staff"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(60), unique=True)
    display_name: Mapped[str] = mapped_column(String(40))
    role: Mapped[str] = mapped_column(String(12))
    sub_district_id: Mapped[int] = mapped_column(ForeignKey("sub_district.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    password_hash: Mapped[str | None] = mapped_column(String(255))
    totp_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    totp_since: Mapped[datetime | None]
    totp_last: Mapped[int | None] = mapped_column(BigInteger)
    code_misses: Mapped[int] = mapped_column(default=0)
    code_misses_since: Mapped[datetime | None]
    is_active: Mapped[bool] = mapped_column(default=True)
    keeps_shared: Mapped[bool] = mapped_column(default=False)
    supervisor_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    created_at: Mapped[datetime]


class StaffCommunity(Base):
    """A community this account covers; an account without any covers the whole sub-district if its role does."""

    __tablename__ = "staff_community"

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), primary_key=True)


class PasswordLink(Base):
    """A one-time link to set a password; only the digest of its token is kept."""

    __tablename__ = "password_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class StaffSession(Base):
    """One login (登录): from the password to logging out, being ended, or running out. Only the digest of what the
    cookie carries is kept. `authenticated_at` is when the password was last given in it; `device` and `network` are
    coarse, to be recognised by whose it is. Real times, not the business clock's."""

    __tablename__ = "staff_session"
    __table_args__ = (Index("ix_staff_session_staff_id", "staff_id", "ended_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    begun_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    authenticated_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    device: Mapped[str] = mapped_column(String(60), default="")
    network: Mapped[str] = mapped_column(String(43), default="")


class RecoveryCode(Base):
    """A code that stands once for the second factor whose telephone is lost; only its digest is kept."""

    __tablename__ = "recovery_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    code_digest: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None]


class DutyShift(Base):
    """When somebody is on duty, every week: who reads urgent reports at this hour (值班表).

    `weekday` 0 is Monday; `starts` and `ends` are minutes since local midnight, `ends` up to 1440 and later than
    `starts`: a night is two shifts."""

    __tablename__ = "duty_shift"
    __table_args__ = (Index("ix_duty_shift_when", "sub_district_id", "weekday"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sub_district_id: Mapped[int] = mapped_column(ForeignKey("sub_district.id"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    weekday: Mapped[int] = mapped_column(SmallInteger)
    starts: Mapped[int] = mapped_column(SmallInteger)
    ends: Mapped[int] = mapped_column(SmallInteger)
