"""The roads to 12345, and stopping and starting them."""

from __future__ import annotations

import hashlib
import hmac
import logging

from sqlalchemy.orm import Session

from app import clock, config
from app.access import audit
from app.access.actor import SYSTEM, Actor
from app.access.permissions import Permission, require
from app.db import db, transaction
from app.forwarding import queries
from app.forwarding.models import HotlineChannel
from app.outbox import leasing, posting

MANUAL, WORKORDER, OPEN311 = "manual", "workorder", "open311"
PROMISES = ("forwarding_deliver", "forwarding_poll")

_log = logging.getLogger(__name__)


def is_stopped(name: str) -> bool:
    """Whether nothing is sent over this channel until a person or new settings start it again."""
    with Session(db.engine) as session:
        return queries.stopped_since(session, name) is not None


def stop(session: Session, name: str, fault: str) -> None:
    """Stop a channel for wrong set-up; the first stop tells staff once, inside the caller's transaction."""
    row = queries.channel(session, name)
    if row is None:
        row = HotlineChannel(name=name)
        session.add(row)
    elif row.stopped_at is not None:
        return
    row.stopped_at, row.reason = clock.now(), f"{fault[:40]}@{_settings_mark()}"
    session.flush()
    posting.post_once(
        session, "channel_stopped", name, key=f"channel_stopped:{name}:{row.stopped_at.isoformat()}"
    )
    _log.warning("hotline channel %s stopped: %s", name, fault)


def start_again(actor: Actor, name: str) -> None:
    """A person has put the set-up right: what waited goes out at once. Raises Forbidden."""
    require(actor, Permission.FORWARD)
    with transaction() as session:
        _start(session, name)
        audit.record(session, actor, "start_channel", "hotline_channel", name)


def resume(name: str) -> bool:
    """The same from the command line; False when the channel was not stopped."""
    with transaction() as session:
        audit.record(session, SYSTEM, "start_channel", "hotline_channel", name)
        return _start(session, name)


def start_again_if_changed(name: str) -> None:
    """At the worker's start: other address or token than when the channel stopped, so try again."""
    with transaction() as session:
        row = queries.channel(session, name)
        if row is not None and not (row.reason or "").endswith(_settings_mark()):
            _start(session, name)


def _start(session: Session, name: str) -> bool:
    row = queries.channel(session, name)
    if row is None or row.stopped_at is None:
        return False
    row.stopped_at = row.reason = None
    leasing.hasten(session, PROMISES)
    return True


def _settings_mark() -> str:
    """Tells one set of address and token from another, and neither of them to anybody."""
    settings = config.active()
    said = f"{settings.hotline_url}\n{settings.hotline_token}".encode()
    return hmac.new(settings.secret_key.encode(), said, hashlib.sha256).hexdigest()[:12]
