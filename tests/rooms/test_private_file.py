"""The database file holds residents' words: nobody else on the machine reads it."""

from __future__ import annotations

from pathlib import Path

from app.db import make_private


def test_a_new_database_file_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "instance" / "mashang.db"
    for _ in range(2):
        make_private(f"sqlite:///{path}")
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0


def test_a_server_has_no_file() -> None:
    make_private("postgresql+psycopg://127.0.0.1/mashang")
