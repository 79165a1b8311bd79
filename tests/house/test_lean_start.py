"""A web process starts without the libraries that only some later act needs: they cost seconds and memory."""

from __future__ import annotations

import subprocess
import sys

from app.config import ROOT

ONLY_LATER = (
    "httpx", "rich", "pydantic", "cryptography", "pwdlib", "argon2", "PIL", "pillow_heif", "openpyxl", "reportlab",
    "zxingcpp", "pypdfium2", "qrcode", "alembic", "psycopg", "apprise", "icalendar", "xlsxwriter", "sqlalchemy.dialects.postgresql",
    "limits", "wrapt", "xml.etree.ElementTree",
)  # fmt: skip
LOADED = f"""
import sys
from app import create_app
create_app({{"MASHANG_ENV": "test", "MASHANG_DATABASE_URL": "sqlite:///" + sys.argv[1]}})
print(*(name for name in {ONLY_LATER!r} if name in sys.modules))
"""


def test_a_web_process_starts_lean(tmp_path: object) -> None:
    started = subprocess.run(
        [sys.executable, "-c", LOADED, f"{tmp_path}/m.db"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert started.stdout.split() == []
