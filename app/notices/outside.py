"""Sending to Apprise addresses: WeCom, DingTalk and Feishu robots, mail, gateways. Only the worker does, and
loads the library at the first message: it costs half a second."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from app import config
from app.config import ConfigError

if TYPE_CHECKING:
    from apprise import AppriseAsset

LONGEST_SILENCE = 10.0  # seconds

_log = logging.getLogger(__name__)


def send(target: str, title: str, body: str) -> bool:
    """Send one message, once; whether the address took it. Redirects are not followed."""
    from apprise import Apprise

    to = Apprise(asset=_asset())
    patience = max(0.5, min(LONGEST_SILENCE, config.active().lease_seconds / 4))
    try:
        is_taken = bool(to.add(target)) and bool(to.notify(body=body, title=title, timeout=patience))
    except Exception as wrong:  # whatever a service of the library's hundred raises
        _log.warning("an alert could not be sent: %s", type(wrong).__name__)
        return False
    if not is_taken:
        _log.warning("an alert was not taken by %s://…", target.split("://", 1)[0])
    return is_taken


def check() -> None:
    """At the worker's start: Apprise can read every address. Raises ConfigError, which quotes none of them."""
    targets = config.active().notice_targets
    if not targets:
        return
    from apprise import Apprise

    for place, target in enumerate(targets, 1):
        if Apprise.instantiate(target, asset=_asset()) is None:
            schema = target.split("://", 1)[0]
            raise ConfigError(f"MASHANG_NOTICE_TARGETS: Apprise cannot use address {place} ({schema}://…)")


def _asset() -> AppriseAsset:
    from apprise import AppriseAsset

    logging.getLogger("apprise").setLevel(
        logging.CRITICAL + 1
    )  # it quotes addresses, and they hold passwords
    return AppriseAsset(http_redirects=False, async_mode=False, secure_logging=True)
