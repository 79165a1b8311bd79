"""Signed addresses of photos for those without an account: they end by themselves."""

from __future__ import annotations

from datetime import timedelta

from itsdangerous import BadData, URLSafeSerializer

from app import clock, config

_SALT = "mashang.photo"


def photo_url(media_name: str, lifetime: timedelta) -> str:
    """An absolute address under which this photo can be fetched until `lifetime` (real time) has passed."""
    ends = int((clock.real_now() + lifetime).timestamp())
    return f"{config.active().base_url}/media/{_signer().dumps([media_name, ends])}"


def read_photo_token(token: str) -> str | None:
    """The media name a token stands for; None when it is forged, mangled or has run out."""
    try:
        media_name, ends = _signer().loads(token)
    except (BadData, ValueError, TypeError):
        return None
    if not isinstance(media_name, str) or not isinstance(ends, int):
        return None
    return media_name if clock.real_now().timestamp() < ends else None


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(config.active().secret_key, salt=_SALT)
