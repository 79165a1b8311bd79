"""The administrator at the desk, and rows as the database has them now."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pytest

from app.db import Base, db
from tests.desk.conftest import Desk, desk
from tests.world import World

__all__ = ["desk"]
Row = TypeVar("Row", bound=Base)


@pytest.fixture
def admin(desk: Callable[[str], Desk]) -> Desk:
    """The administrator of 八里庄街道, logged in."""
    return desk("admin")


def fresh(kind: type[Row], key: object) -> Row:
    """A row as it stands."""
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(kind, key)


def nobody_else(world: World) -> list[str]:
    """Accounts that do not administer."""
    return [who for who in world.staff if who != "admin"]
