"""What the hotline pushes: is it really the hotline, and what does it say."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from app import clock, config
from app.db import transaction
from app.forwarding import answers, queries
from app.forwarding.models import HotlinePush

if TYPE_CHECKING:
    from app.forwarding.gateway import News

TOLERANCE = timedelta(minutes=5)


def verify(timestamp: str | None, signature: str | None, raw_body: bytes) -> bool:
    """Whether this body was signed with our secret within five minutes of the real time, either way.

    `timestamp` is unix seconds, `signature` is `sha256=` and the hex HMAC of timestamp, full stop, body.
    Without a configured secret nothing is believed."""
    secret = config.active().hotline_webhook_secret
    if not secret or not timestamp or not signature:
        return False
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 12):
        return False
    if abs(clock.real_now().timestamp() - int(timestamp)) > TOLERANCE.total_seconds():
        return False
    right = hmac.new(secret.encode(), timestamp.encode() + b"." + raw_body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(f"sha256={right}".encode(), signature.encode("utf-8", "replace"))


def take(raw_body: bytes) -> str:
    """Let a verified push do its work; answers what came of it: `applied`, `repeated`, `out_of_order`,
    `ended`, `another_order`, `unknown` or `unreadable`. Every push is kept, none counts twice."""
    news = _read(raw_body)
    with transaction() as session:
        outcome = _apply(session, news) if news is not None else "unreadable"
        session.add(
            HotlinePush(
                received_at=clock.now(),
                digest=hashlib.sha256(raw_body).hexdigest(),
                outcome=outcome,
                external_id=news.external_id[:64] if news else "",
                workorder_id=news.workorder_id if news else "",
                status=news.status if news else "",
                updated_at=news.updated_at if news else None,
            )
        )
    return outcome


def _read(raw_body: bytes) -> News | None:
    """What the push says; None when nobody can read it."""
    from pydantic import ValidationError  # no web process starts with it: few are ever pushed to

    from app.forwarding.gateway import News

    try:
        return News.model_validate_json(raw_body)
    except ValidationError:
        return None


def _apply(session: Session, news: News) -> str:
    forwarding_id = news.external_id or queries.forwarding_of_order(session, news.workorder_id) or ""
    found = answers.locked(session, forwarding_id)
    if found is None:
        return "unknown"
    return answers.apply_news(session, *found, news)
