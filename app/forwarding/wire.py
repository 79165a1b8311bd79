"""The wire of the `workorder` channel: one question, one answer, over HTTP. Only the worker speaks it, so that
no web process pays for its libraries."""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import quote

import httpx

from app import config
from app.forwarding import gateway
from app.forwarding.gateway import Answer, Meaning

LARGEST_ANSWER = 1024 * 1024
LONGEST_SILENCE = 15.0


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
