"""How often a door, a network and a page may send, and a name may try to log in. Counted in memory with one
web process, in a Redis-protocol server with more: never in the database, which would cost a durable commit."""

from __future__ import annotations

import hashlib
import ipaddress
from dataclasses import dataclass

from flask import Flask, current_app

from app.config import ConfigError, Settings
from app.web.counting import Limit, Limiter, counters_at

MINUTE, HOUR, DAY = 60, 3600, 86400
LOGINS_BY_NAME = Limit(60, 5 * MINUTE)
LOGINS_BY_NAME_AND_NETWORK = Limit(8, 5 * MINUTE)
LOGINS_BY_NETWORK = Limit(40, 5 * MINUTE)
SECOND_STEPS_BY_ACCOUNT = Limit(10, 5 * MINUTE)  # whoever is here knows the password: few guesses are enough
WRONG_RECEIPTS = Limit(60, HOUR)
RECOVERIES_BY_NETWORK = Limit(3, DAY)
ONCE_A_PAGE = Limit(1, DAY)
LOOKS_WHILE_TYPING = Limit(120, MINUTE)
ONE_OF_A_PAGE = Limit(1, DAY)
TRIES = 20  # as often as reports are taken from a network it may try: what is refused is no report
LONGEST_KEY = 64  # characters; longer ones are no page's key and no account's name
MEGABYTE = 1024 * 1024
URGENT = 5  # and so many times as many reports of danger


@dataclass(frozen=True)
class Throttle:
    """The limiter and the limits of this application."""

    limiter: Limiter
    door: Limit
    network: Limit
    page: Limit
    tries: Limit
    urgent: Limit
    held: Limit
    held_in_all: Limit


def init_app(app: Flask, settings: Settings) -> None:
    """Connect the counter; a wrong address is refused at start."""
    try:
        counters = counters_at(settings.rate_limit_url)
    except Exception as wrong:  # the library raises whatever its storage does
        raise ConfigError(f"MASHANG_RATE_LIMIT_URL cannot be used: {type(wrong).__name__}") from wrong
    limits = settings.limits
    app.extensions["mashang-throttle"] = Throttle(
        Limiter(counters),
        Limit(limits.door, HOUR),
        Limit(limits.network, HOUR),
        Limit(limits.page, HOUR),
        tries=Limit(limits.network * TRIES, HOUR),
        urgent=Limit(limits.network * URGENT, HOUR),
        held=Limit(limits.held, DAY),
        held_in_all=Limit(limits.held_in_all, DAY),
    )


def too_many_from(door: str, address: str, page: str) -> float | None:
    """Count one try to report; the Unix time from which the next is taken, or None when this one may pass.

    A network and a page have tries to use up; what was taken (`count_taken`) is held against network and door."""
    throttle = _throttle()
    network, limiter = network_of(address), throttle.limiter
    for limit, kind, key in ((throttle.tries, "tries", network), (throttle.page, "page", _short(page))):
        if not limiter.hit(limit, kind, key):
            return _until(limit, kind, key)
    for limit, kind, key in ((throttle.network, "network", network), (throttle.door, "door", door)):
        if not limiter.test(limit, kind, key):
            return _until(limit, kind, key)
    return None


def count_taken(door: str, address: str, page: str) -> None:
    """Count one report that was taken: each page once, however often it was sent."""
    throttle = _throttle()
    if throttle.limiter.hit(ONE_OF_A_PAGE, "taken", _short(page)):
        throttle.limiter.hit(throttle.network, "network", network_of(address))
        throttle.limiter.hit(throttle.door, "door", door)


def may_call_for_help(address: str) -> bool:
    """Count one report of danger that is over the limits of others; False when this network has sent so many that
    nobody can be in that much danger."""
    throttle = _throttle()
    return throttle.limiter.hit(throttle.urgent, "urgent", network_of(address))


def may_hold(size: int, address: str) -> bool:
    """Count photos of so many bytes that are to wait for a page that was not sent to its end; False when this
    network, or all together, keep too much waiting."""
    throttle, megabytes = _throttle(), max(1, -(-size // MEGABYTE))
    network = network_of(address)
    if not throttle.limiter.test(throttle.held_in_all, "held-in-all", cost=megabytes):
        return False
    return throttle.limiter.hit(throttle.held, "held", network, cost=megabytes) and throttle.limiter.hit(
        throttle.held_in_all, "held-in-all", cost=megabytes
    )


def too_many_at(receipt: str, address: str) -> float | None:
    """Count one try to act on a report; the Unix time from which the next is taken when there were too many from
    this network, or too many were taken on it (`count_act`)."""
    throttle, network = _throttle(), network_of(address)
    if not throttle.limiter.hit(throttle.tries, "network-acts", network):
        return _until(throttle.tries, "network-acts", network)
    if not throttle.limiter.test(throttle.network, "receipt-acts", receipt):
        return _until(throttle.network, "receipt-acts", receipt)
    return None


def count_act(receipt: str, page: str) -> None:
    """Count one act on a report that was taken: each page once, however often it was sent."""
    throttle = _throttle()
    if throttle.limiter.hit(ONE_OF_A_PAGE, "act-taken", receipt, page.lower()):
        throttle.limiter.hit(throttle.network, "receipt-acts", receipt)


def _until(limit: Limit, *key: str) -> float:
    return _throttle().limiter.window_ends(limit, *key)


def may_log_in(address: str, username: str) -> bool:
    """Count one try; False when there were too many from this network, for this name from it, or for this name.

    The name by itself has more to use up, and only tries that pass the others use it: one stranger's network
    cannot lock anybody out."""
    limiter, network, name = _throttle().limiter, network_of(address), _short(username.strip())
    return (
        limiter.hit(LOGINS_BY_NETWORK, "login-network", network)
        and limiter.hit(LOGINS_BY_NAME_AND_NETWORK, "login-name-network", name, network)
        and limiter.hit(LOGINS_BY_NAME, "login-name", name)
    )


def may_take_second_step(address: str, staff_id: int) -> bool:
    """Count one try at the second step, or at the password given again; False when there were too many."""
    limiter = _throttle().limiter
    return limiter.hit(LOGINS_BY_NETWORK, "login-network", network_of(address)) and limiter.hit(
        SECOND_STEPS_BY_ACCOUNT, "second-step", str(staff_id)
    )


def too_many_wrong_receipts(address: str) -> float | None:
    """Count one receipt nobody was given; the Unix time from which this network may try others again, if it has
    tried too many. One that was given is never counted nor kept closed: a neighbourhood shares an address, and
    no network can try so many that it would find one."""
    network = network_of(address)
    if _throttle().limiter.hit(WRONG_RECEIPTS, "receipt", network):
        return None
    return _until(WRONG_RECEIPTS, "receipt", network)


def may_recover(address: str, page: str) -> bool:
    """Count one question for lost receipts; False when this page has asked before, or this network too often."""
    limiter = _throttle().limiter
    return limiter.hit(ONCE_A_PAGE, "recover-page", _short(page)) and limiter.hit(
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
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        return str(ip.ipv4_mapped)  # a server that listens on both sees every IPv4 address so
    if ip.version == 6:
        return str(ipaddress.ip_network(f"{address}/64", strict=False))
    return str(ip)


def _short(written: str) -> str:
    """What somebody sent, to count by: whatever its length, a counter is small."""
    plain = written.lower()
    if len(plain) <= LONGEST_KEY:
        return plain
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()


def _throttle() -> Throttle:
    throttle: Throttle = current_app.extensions["mashang-throttle"]
    return throttle
