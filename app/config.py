"""Settings from the environment, checked once at start. Every name is in the public contract."""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENTS = ("demo", "test", "production")
DEMO_FIELD_KEY = b"demo-and-test-only-field-key-32b"
CHANNELS = ("manual", "workorder", "open311")


class ConfigError(RuntimeError):
    """A setting is missing or wrong; the message is one line that names it."""


@dataclass(frozen=True)
class Limits:
    """How many reports an hour are taken from one door and one network, and how often one page may be sent; how
    many megabytes of photos may wait in a day for pages that were led to the emergency numbers first, from one
    network and in all."""

    door: int = 20
    network: int = 30
    page: int = 20
    held: int = 120
    held_in_all: int = 2000


@dataclass(frozen=True)
class Settings:
    """Everything the product reads from its surroundings."""

    env: str
    base_url: str
    secret_key: str
    field_keys: tuple[bytes, ...]
    database_url: str
    media_url: str
    rate_limit_url: str
    trusted_proxies: int
    metrics_allow: tuple[str, ...]
    hotline_channel: str
    hotline_url: str
    hotline_token: str
    hotline_webhook_secret: str
    notice_targets: tuple[str, ...]
    sms_url: str
    lease_seconds: int
    retry_base_seconds: int
    limits: Limits
    timezone: ZoneInfo
    now: datetime | None

    @property
    def is_demo(self) -> bool:
        return self.env == "demo"


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read and check the settings; raises ConfigError in one line."""
    given = os.environ if environ is None else environ
    env = given.get("MASHANG_ENV") or "production"
    if env not in ENVIRONMENTS:
        raise ConfigError(f"MASHANG_ENV is {env!r}; it must be one of {', '.join(ENVIRONMENTS)}")
    return Settings(
        env=env,
        base_url=_base_url(given, env),
        secret_key=_secret(given, env),
        field_keys=_field_keys(given, env),
        database_url=_database_url(given),
        media_url=given.get("MASHANG_MEDIA_URL") or str(ROOT / "instance" / "media"),
        rate_limit_url=given.get("MASHANG_RATE_LIMIT_URL") or "memory://",
        trusted_proxies=_whole(given, "MASHANG_TRUSTED_PROXIES", 0),
        metrics_allow=tuple((given.get("MASHANG_METRICS_ALLOW") or "127.0.0.0/8,::1/128").split(",")),
        hotline_channel=_channel(given),
        hotline_url=(given.get("MASHANG_HOTLINE_URL") or "").rstrip("/"),
        hotline_token=given.get("MASHANG_HOTLINE_TOKEN") or "",
        hotline_webhook_secret=given.get("MASHANG_HOTLINE_WEBHOOK_SECRET") or "",
        notice_targets=_notice_targets(given.get("MASHANG_NOTICE_TARGETS") or ""),
        sms_url=_sms_url(given.get("MASHANG_SMS_URL") or ""),
        lease_seconds=_whole(given, "MASHANG_LEASE_SECONDS", 60, least=1),
        retry_base_seconds=_whole(given, "MASHANG_RETRY_BASE_SECONDS", 30, least=1),
        limits=_limits(given.get("MASHANG_LIMITS") or ""),
        timezone=_timezone(given),
        now=_start(given, env),
    )


def _base_url(given: Mapping[str, str], env: str) -> str:
    url = (given.get("MASHANG_BASE_URL") or "").rstrip("/")
    if url and not url.startswith(("http://", "https://")):
        raise ConfigError(f"MASHANG_BASE_URL is {url!r}; it must start with http:// or https://")
    if not url and env == "production":
        raise ConfigError("MASHANG_BASE_URL is not set; it is what the printed codes carry")
    return url or "http://127.0.0.1:8000"


def _secret(given: Mapping[str, str], env: str) -> str:
    secret = given.get("MASHANG_SECRET_KEY") or ""
    if env == "production" and len(secret) < 32:
        raise ConfigError("MASHANG_SECRET_KEY is missing or shorter than 32 characters")
    return secret or "demo-and-test-only"


def _field_keys(given: Mapping[str, str], env: str) -> tuple[bytes, ...]:
    raw = given.get("MASHANG_FIELD_KEYS") or ""
    if not raw:
        if env == "production":
            raise ConfigError("MASHANG_FIELD_KEYS is not set; telephone numbers are sealed with it")
        return (DEMO_FIELD_KEY,)
    try:
        keys = tuple(base64.urlsafe_b64decode(part) for part in raw.split(","))
    except (binascii.Error, ValueError) as wrong:
        raise ConfigError("MASHANG_FIELD_KEYS is not base64") from wrong
    if any(len(key) != 32 for key in keys):
        raise ConfigError("MASHANG_FIELD_KEYS: every key must be 32 bytes")
    if env == "production" and DEMO_FIELD_KEY in keys:
        raise ConfigError("MASHANG_FIELD_KEYS holds the key of demo and test, which anybody can read")
    return keys


def _database_url(given: Mapping[str, str]) -> str:
    url = given.get("MASHANG_DATABASE_URL") or f"sqlite:///{ROOT / 'instance' / 'mashang.db'}"
    if url.startswith(("postgresql://", "postgres://")):
        return "postgresql+psycopg://" + url.split("://", 1)[1]
    if not url.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise ConfigError("MASHANG_DATABASE_URL must be sqlite:///… or postgresql://…")
    return url


def _channel(given: Mapping[str, str]) -> str:
    channel = given.get("MASHANG_HOTLINE_CHANNEL") or "manual"
    if channel not in CHANNELS:
        raise ConfigError(f"MASHANG_HOTLINE_CHANNEL is {channel!r}; one of {', '.join(CHANNELS)}")
    if channel != "manual" and not given.get("MASHANG_HOTLINE_URL"):
        raise ConfigError(f"MASHANG_HOTLINE_URL is not set, and the channel is {channel}")
    return channel


def _notice_targets(raw: str) -> tuple[str, ...]:
    """Addresses apart by spaces or commas; a comma inside one stays. They hold passwords, so none is quoted."""
    targets = tuple(
        part for part in re.split(r"[\s,]+(?=[a-z][a-z0-9+.-]*://)|\s+", raw.strip(" ,\n\t")) if part
    )
    for place, target in enumerate(targets, 1):
        if not re.fullmatch(r"[a-z][a-z0-9+.-]*://[^\s,][^\s]*", target):
            raise ConfigError(f"MASHANG_NOTICE_TARGETS: address {place} is none; write Apprise's schema://…")
    return targets


def _sms_url(url: str) -> str:
    """An HTTP gateway; its address may hold a password, so it is not quoted."""
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        is_good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_good = False
    if not is_good or re.search(r"\s", url):
        raise ConfigError("MASHANG_SMS_URL must be an address that starts with http:// or https://")
    return url


def _whole(given: Mapping[str, str], name: str, default: int, *, least: int = 0) -> int:
    raw = given.get(name) or ""
    if not raw:
        return default
    if not re.fullmatch(r"[0-9]{1,9}", raw) or int(raw) < least:
        raise ConfigError(f"{name} is {raw[:40]!r}; it must be a whole number, at least {least}")
    return int(raw)


def _limits(raw: str) -> Limits:
    if not raw:
        return Limits()
    try:
        parts = {name.strip(): int(count) for name, count in (part.split("=") for part in raw.split(","))}
        limits = Limits(**parts)
    except (ValueError, TypeError) as wrong:
        raise ConfigError(
            f"MASHANG_LIMITS is {raw!r}; write door=20,network=30,page=20,held=120,held_in_all=2000"
        ) from wrong
    if min(parts.values()) < 1:
        raise ConfigError(f"MASHANG_LIMITS is {raw!r}; a limit below one lets nobody in")
    return limits


def _timezone(given: Mapping[str, str]) -> ZoneInfo:
    name = given.get("MASHANG_TIMEZONE") or "Asia/Shanghai"
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as wrong:
        raise ConfigError(f"MASHANG_TIMEZONE is {name!r}, which is no time zone") from wrong


def _start(given: Mapping[str, str], env: str) -> datetime | None:
    raw = given.get("MASHANG_NOW") or ""
    if not raw:
        return None
    if env == "production":
        raise ConfigError("MASHANG_NOW is for demo and test only")
    try:
        moment = datetime.fromisoformat(raw)
    except ValueError as wrong:
        raise ConfigError(f"MASHANG_NOW is {raw!r}; write it like 2026-11-28T09:00:00+08:00") from wrong
    if moment.tzinfo is None:
        raise ConfigError("MASHANG_NOW needs an offset, like +08:00")
    return moment


_active: Settings | None = None


def activate(settings: Settings) -> None:
    """Make these the settings of the process; `create_app` calls it."""
    global _active  # noqa: PLW0603 - one set of settings a process, on purpose
    _active = settings


def active() -> Settings:
    """The settings of the process; raises RuntimeError before `create_app`."""
    if _active is None:
        raise RuntimeError("no settings yet: create_app() has not run")
    return _active
