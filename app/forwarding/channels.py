"""The roads to 12345. `workorder` speaks to a city's gateway over HTTP; stopping and starting a channel."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import ssl
import time
from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import quote

import httpx
from sqlalchemy.orm import Session

from app import clock, config
from app.access import audit
from app.access.actor import SYSTEM, Actor
from app.access.permissions import Permission, require
from app.db import db, transaction
from app.forwarding import gateway, queries
from app.forwarding.gateway import Answer, Meaning
from app.forwarding.models import HotlineChannel
from app.outbox import leasing, posting

MANUAL, WORKORDER, OPEN311 = "manual", "workorder", "open311"
LARGEST_ANSWER = 1024 * 1024
LONGEST_SILENCE = 15.0
PROMISES = ("forwarding_deliver", "forwarding_poll")

_log = logging.getLogger(__name__)


# ---- the wire ------------------------------------------------------------------------------------------


def send(external_id: str, body: dict[str, Any]) -> Answer:
    """POST one order, once. Whatever goes wrong on the way leaves the outcome unknown."""
    return _exchange(
        gateway.to_an_order, "POST", "/workorders", json=body, headers={"Idempotency-Key": external_id}
    )


def look_up(external_id: str) -> Answer:
    """Ask whether the gateway holds an order of this forwarding: KNOWN, ABSENT, or no answer to rely on."""
    return _exchange(
        lambda *answer: gateway.to_a_look_up(external_id, *answer),
        "GET",
        "/workorders",
        params={"external_id": external_id},
    )


def read(workorder_id: str) -> Answer:
    """Ask for one order: KNOWN with its news, ABSENT, or no answer to rely on."""
    return _exchange(
        lambda *answer: gateway.to_a_reading(workorder_id, *answer),
        "GET",
        f"/workorders/{quote(workorder_id, safe='')}",
    )


def _exchange(
    understand: Callable[[int, bytes, str | None], Answer],
    method: str,
    path: str,
    *,
    headers: dict[str, str] | None = None,
    **request: Any,
) -> Answer:
    settings = config.active()
    try:
        token = {"Authorization": f"Bearer {settings.hotline_token}"}
        # JSON as it is read by people too; httpx would escape nothing either, but allows NaN
        if "json" in request:
            request["content"] = json.dumps(request.pop("json"), ensure_ascii=False, allow_nan=False).encode()
            token["Content-Type"] = "application/json"
        with _client().stream(
            method,
            settings.hotline_url + path,
            headers=token | (headers or {}),
            timeout=_patience(),
            **request,
        ) as answer:
            return understand(answer.status_code, _body(answer), answer.headers.get("Retry-After"))
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError):
        return Answer(Meaning.WRONG_SETUP, fault="settings")
    except (httpx.HTTPError, _TooMuch) as broken:
        return Answer(Meaning.UNKNOWN, fault=type(broken).__name__)


class _TooMuch(Exception):
    """The answer is longer, or takes longer, than any work order would."""


def _body(answer: httpx.Response) -> bytes:
    """The body, within reason: a gateway that drips must not outlast the lease."""
    ends = time.monotonic() + _patience()
    body = bytearray()
    for part in answer.iter_bytes():
        body += part
        if len(body) > LARGEST_ANSWER or time.monotonic() > ends:
            raise _TooMuch
    return bytes(body)


def _patience() -> float:
    """Seconds of silence borne: connecting, sending and reading together stay within the lease."""
    return max(0.5, min(LONGEST_SILENCE, config.active().lease_seconds / 4))


@cache
def _client() -> httpx.Client:
    # the system's certificate store, and SSL_CERT_FILE where a city signs its own; no proxy by accident
    return httpx.Client(follow_redirects=False, verify=ssl.create_default_context(), trust_env=False)


# ---- stopping and starting -----------------------------------------------------------------------------


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
