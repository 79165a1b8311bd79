"""Short messages to residents, over an HTTP gateway: POST {"to", "text"} as JSON to MASHANG_SMS_URL; user and
password may stand in that address. Only the worker sends, and loads the library at the first message."""

from __future__ import annotations

import logging
from enum import StrEnum

from app import config

LONGEST_SILENCE = 10.0  # seconds

_log = logging.getLogger(__name__)


class Taken(StrEnum):
    """What became of a message."""

    YES = "yes"
    LATER = "later"  # the gateway did not answer, or said: not now
    NEVER = "never"  # the gateway will not send this one


def send(to: str, text: str) -> Taken:
    """Send one message, once. A redirect is followed nowhere: it means a wrong address."""
    import ssl

    import httpx

    settings = config.active()
    patience = max(0.5, min(LONGEST_SILENCE, settings.lease_seconds / 4))
    try:
        answer = httpx.post(
            settings.sms_url,
            json={"to": to, "text": text},
            timeout=patience,
            follow_redirects=False,
            trust_env=False,
            verify=ssl.create_default_context(),  # the system's store: a gateway's own authority may stand in it
        )
    except (httpx.HTTPError, httpx.InvalidURL) as broken:
        _log.warning("the SMS gateway did not answer: %s", type(broken).__name__)
        return Taken.LATER
    if answer.is_success:
        return Taken.YES
    _log.warning("the SMS gateway answered %s", answer.status_code)
    return Taken.NEVER if answer.status_code in (400, 413, 422) else Taken.LATER
