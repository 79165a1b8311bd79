"""The audit log is also looked at from desks."""

from tests.desk.conftest import desk

__all__ = ["desk"]
