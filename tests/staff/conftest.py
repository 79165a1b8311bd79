"""Accounts are tried at their pages, too."""

from tests.desk.conftest import desk

__all__ = ["desk"]
