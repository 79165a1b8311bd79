"""How often a door, a network and a page may send, and a name may try to log in. Counted in memory with one
web process, in a Redis-protocol server with more: never in the database, which would cost a durable commit."""

from __future__ import annotations

import ipaddress
import time
from dataclasses import dataclass

from flask import Flask, current_app
from limits import RateLimitItem, RateLimitItemPerDay, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter

from app.config import ConfigError, Settings
from app.web.counting import CountingInMemory

LOGINS_BY_NAME = RateLimitItemPerMinute(60, 5)
LOGINS_BY_NAME_AND_NETWORK = RateLimitItemPerMinute(8, 5)
LOGINS_BY_NETWORK = RateLimitItemPerMinute(40, 5)
WRONG_RECEIPTS = RateLimitItemPerHour(60)
RECOVERIES_BY_NETWORK = RateLimitItemPerDay(3)
ONCE_A_PAGE = RateLimitItemPerDay(1)
LOOKS_WHILE_TYPING = RateLimitItemPerMinute(120)


@dataclass(frozen=True)
class Throttle:
    """The limiter and the limits of this application."""

    limiter: FixedWindowRateLimiter
    door: RateLimitItem
    network: RateLimitItem
    page: RateLimitItem


def init_app(app: Flask, settings: Settings) -> None:
    """Connect the counter; a wrong address is refused at start."""
    try:
        storage = storage_from_string(_address(settings.rate_limit_url))
    except Exception as wrong:  # the library raises whatever its storage does
        raise ConfigError(f"MASHANG_RATE_LIMIT_URL cannot be used: {type(wrong).__name__}") from wrong
    limits = settings.limits
    app.extensions["mashang-throttle"] = Throttle(
        FixedWindowRateLimiter(storage),
        RateLimitItemPerHour(limits.door),
        RateLimitItemPerHour(limits.network),
        RateLimitItemPerHour(limits.page),
    )


def _address(url: str) -> str:
    return CountingInMemory.STORAGE_SCHEME[0] + "://" if url.startswith("memory://") else url


def too_many_from(door: str, address: str, page: str) -> float | None:
    """Count one report; the Unix time from which the next is taken, or None when this one may pass.

    The door comes last: a network that has used its own up uses up no more of anybody's door."""
    throttle = _throttle()
    keys = (
        (throttle.network, "network", network_of(address)),
        (throttle.page, "page", page),
        (throttle.door, "door", door),
    )
    for limit, kind, key in keys:
        if not throttle.limiter.hit(limit, kind, key):
            return float(throttle.limiter.get_window_stats(limit, kind, key).reset_time) or time.time()
    return None


def too_many_at(receipt: str, address: str) -> bool:
    """Count one act on a report; True when there were too many on it, or from this network."""
    throttle = _throttle()
    limit, hit = throttle.network, throttle.limiter.hit
    return not (hit(limit, "network-acts", network_of(address)) and hit(limit, "receipt-acts", receipt))


def may_log_in(address: str, username: str) -> bool:
    """Count one try; False when there were too many from this network, for this name from it, or for this name.

    The name by itself has more to use up, and only tries that pass the others use it: one stranger's network
    cannot lock anybody out."""
    limiter, network, name = _throttle().limiter, network_of(address), username.strip().lower()
    return (
        limiter.hit(LOGINS_BY_NETWORK, "login-network", network)
        and limiter.hit(LOGINS_BY_NAME_AND_NETWORK, "login-name-network", name, network)
        and limiter.hit(LOGINS_BY_NAME, "login-name", name)
    )


def may_try_receipts(address: str) -> bool:
    """Whether this network has not yet tried too many receipts that nobody was given."""
    return _throttle().limiter.test(WRONG_RECEIPTS, "receipt", network_of(address))


def count_wrong_receipt(address: str) -> None:
    """One more unknown receipt from this network."""
    _throttle().limiter.hit(WRONG_RECEIPTS, "receipt", network_of(address))


def may_recover(address: str, page: str) -> bool:
    """Count one question for lost receipts; False when this page has asked before, or this network too often."""
    limiter = _throttle().limiter
    return limiter.hit(ONCE_A_PAGE, "recover-page", page.lower()) and limiter.hit(
        RECOVERIES_BY_NETWORK, "recover-network", network_of(address)
    )


def may_look_while_typing(address: str) -> bool:
    """Count one look for what the neighbours have said, made while somebody types."""
    return _throttle().limiter.hit(LOOKS_WHILE_TYPING, "typing-network", network_of(address))


def network_of(address: str) -> str:
    """An IPv4 address, or the /64 an IPv6 address lies in: one household, one carrier gateway."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    if ip.version == 6:
        return str(ipaddress.ip_network(f"{address}/64", strict=False))
    return str(ip)


def _throttle() -> Throttle:
    throttle: Throttle = current_app.extensions["mashang-throttle"]
    return throttle
