"""What production refuses to start with, in one line that names the setting; never a stack."""

from __future__ import annotations

import base64

import pytest

from app.config import DEMO_FIELD_KEY, ConfigError, load_settings


def _key(key: bytes) -> str:
    return base64.urlsafe_b64encode(key).decode()


GOOD = {
    "MASHANG_BASE_URL": "https://mashang.example",
    "MASHANG_SECRET_KEY": "s" * 40,
    "MASHANG_FIELD_KEYS": _key(b"k" * 32),
}


def test_production_is_what_nobody_said_otherwise() -> None:
    assert load_settings(GOOD).env == "production"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MASHANG_BASE_URL", ""),
        ("MASHANG_BASE_URL", "mashang.example"),
        ("MASHANG_SECRET_KEY", ""),
        ("MASHANG_SECRET_KEY", "s" * 31),
        ("MASHANG_FIELD_KEYS", ""),
        ("MASHANG_FIELD_KEYS", "密钥"),
        ("MASHANG_FIELD_KEYS", _key(b"k" * 31)),
        ("MASHANG_FIELD_KEYS", _key(DEMO_FIELD_KEY)),
        ("MASHANG_NOW", "2026-11-28T09:00:00+08:00"),
        ("MASHANG_LEASE_SECONDS", "0"),
        ("MASHANG_LEASE_SECONDS", "9" * 5000),
        ("MASHANG_RETRY_BASE_SECONDS", "0"),
        ("MASHANG_LIMITS", "door=-1"),
        ("MASHANG_LIMITS", "door=0"),
        ("MASHANG_TIMEZONE", "Asia"),
        ("MASHANG_TIMEZONE", "/etc/passwd"),
        ("MASHANG_HOTLINE_CHANNEL", "fax"),
        ("MASHANG_HOTLINE_CHANNEL", "workorder"),
    ],
)
def test_what_it_does_not_start_with(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=r"MASHANG_[A-Z_]+") as refused:
        load_settings(GOOD | {name: value})
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 200
