"""Delivering forwardings and asking after their orders: what the worker does for `forwarding_deliver` and
`forwarding_poll`. The network is never spoken to inside a transaction.

`Forwarding.sent_at` is on disk before a request goes out. Whoever finds it set (a retry, or the successor
of a killed worker) looks up first and sends again only when the gateway knows of no such order."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from app import clock, config
from app.db import db, transaction
from app.forwarding import answers, channels, dossier, queries, wire
from app.forwarding.answers import DELIVERED, HELD, WAITING
from app.forwarding.gateway import Answer, Meaning
from app.forwarding.models import Forwarding
from app.outbox import leasing, posting
from app.outbox.leasing import Leased

PHOTOS_AT_MOST = timedelta(minutes=10)
PHOTOS_AGAIN = timedelta(seconds=3)
TOLD_AFTER = timedelta(hours=24)


def deliver(item: Leased) -> None:
    """Bring one forwarding to the hotline, or put the promise back. Doubles nothing, whenever it is killed."""
    channel = config.active().hotline_channel
    sent_before = _sent_before(item)
    if sent_before is None:
        return leasing.keep(item)
    if channel != channels.WORKORDER:
        return _hold(item, channels.MANUAL if channel == channels.MANUAL else "channel_not_ready")
    if channels.is_stopped(channel):
        return _try_later(item, Answer(Meaning.UNKNOWN, fault="channel_stopped"))
    if sent_before and not _settle_by_look_up(item):
        return None
    return _send(item)


def poll(item: Leased) -> None:
    """Ask after the order of one forwarding, once; asked again later until the order has ended."""
    channel = config.active().hotline_channel
    with Session(db.engine) as session:
        forwarding = queries.by_id(session, item.ref)
        order = queries.order_of(session, item.ref)
    if forwarding is None or order is None or forwarding.state != DELIVERED:
        return leasing.keep(item)
    if channel != channels.WORKORDER or channels.is_stopped(channel):
        return _ask_again(item)
    answer = wire.read(order.workorder_id)
    if answer.meaning is Meaning.KNOWN:
        return _take_news(item, answer)
    if answer.meaning is Meaning.ABSENT:
        return _hold(item, "order_unknown")
    if answer.meaning is Meaning.WRONG_SETUP:
        _stop(answer)
    return leasing.put_back(item, wait=_wait(item, answer), fault=answer.fault)


# ---- the steps of a delivery ---------------------------------------------------------------------------


def _sent_before(item: Leased) -> bool | None:
    """Whether a request may have reached the gateway already; None when nothing is left to deliver."""
    with Session(db.engine) as session:
        forwarding = queries.by_id(session, item.ref)
        if forwarding is None or forwarding.state != WAITING:
            return None
        return forwarding.sent_at is not None


def _settle_by_look_up(item: Leased) -> bool:
    """Ask what became of the request before. True when the gateway knows of no order, so that it is safe to
    send; else the promise is settled or put back here."""
    answer = wire.look_up(item.ref)
    if answer.meaning is Meaning.ABSENT:
        return True
    _settle(item, answer)
    return False


def _send(item: Leased) -> None:
    with Session(db.engine) as session:
        forwarding = session.get_one(Forwarding, item.ref)
        if _should_wait_for_photos(session, item, forwarding):
            return leasing.put_back(item, wait=PHOTOS_AGAIN, fault="photos_pending")
        try:
            body, gone = dossier.build(session, forwarding), dossier.whose(session, forwarding.case_id)
        except dossier.NobodyLeft:
            return _hold(item, "nobody_left")
    started = time.monotonic()
    if not _about_to_send(item, gone):
        return None
    if time.monotonic() - started > config.active().lease_seconds / 4:
        # the machine slept between lease and request: somebody else may be at it
        return leasing.put_back(item, wait=_wait(item), fault="too_slow")
    return _settle(item, wire.send(item.ref, body))


def _should_wait_for_photos(session: Session, item: Leased, forwarding: Forwarding) -> bool:
    if clock.real_now() - item.first_tried_at > PHOTOS_AT_MOST:
        return False
    return queries.photos_pending(session, forwarding.case_id)


def _about_to_send(item: Leased, gone: dict[str, Any]) -> bool:
    """Write down that a request may reach the gateway from now on, and what is in it; False when the forwarding or the lease is
    no longer ours."""
    with transaction() as session:
        forwarding = queries.locked(session, item.ref)
        if forwarding is None or forwarding.state != WAITING:
            leasing.kept(session, item)
            return False
        if not leasing.renew(session, item, config.active().lease_seconds):
            return False
        forwarding.sent_at = forwarding.sent_at or clock.now()
        dossier.write_down_handed(session, forwarding.id, gone)
        return True


def _settle(item: Leased, answer: Answer) -> None:
    """Do what the answer means."""
    if answer.meaning in (Meaning.MADE, Meaning.KNOWN):
        return _delivered(item, answer.workorder_id)
    if answer.meaning is Meaning.REFUSED:
        return _refused(item, answer.reason)
    if answer.meaning is Meaning.HELD:
        return _hold(item, answer.fault)
    if answer.meaning is Meaning.WRONG_SETUP:
        _stop(answer)
    return _try_later(item, answer)


def _delivered(item: Leased, workorder_id: str) -> None:
    with transaction() as session:
        found = answers.locked(session, item.ref)
        if found is not None and found[1].state == WAITING:
            answers.accept(session, *found, workorder_id)
        leasing.kept(session, item)


def _refused(item: Leased, reason: str) -> None:
    with transaction() as session:
        found = answers.locked(session, item.ref)
        if found is not None and found[1].state == WAITING:
            answers.refuse(session, *found, reason)
        leasing.kept(session, item)


def _take_news(item: Leased, answer: Answer) -> None:
    with transaction() as session:
        found = answers.locked(session, item.ref)
        if found is not None and answer.news is not None:
            answers.apply_news(session, *found, answer.news)
        if found is not None and found[1].state == DELIVERED:
            leasing.again(session, item, wait=answers.poll_interval())
        else:
            leasing.kept(session, item)


def _hold(item: Leased, reason: str) -> None:
    """Nothing more happens by itself: a person is told."""
    with transaction() as session:
        forwarding = queries.locked(session, item.ref)
        if forwarding is not None and forwarding.state in (WAITING, DELIVERED):
            forwarding.state, forwarding.held_for = HELD, reason[:40]
            posting.post_once(
                session, "forwarding_held", item.ref, key=f"forwarding_held:{item.ref}:{item.id}"
            )
        leasing.kept(session, item)


def _stop(answer: Answer) -> None:
    with transaction() as session:
        channels.stop(session, config.active().hotline_channel, answer.fault)


def _try_later(item: Leased, answer: Answer) -> None:
    """Put the promise back; after a day in vain, dispatchers are told once, and it goes on."""
    with transaction() as session:
        forwarding = queries.by_id(session, item.ref)
        if forwarding is not None and _waits_too_long(item, forwarding):
            posting.post_once(session, "undelivered_24h", item.ref, key=f"undelivered_24h:{item.ref}")
        leasing.returned(session, item, wait=_wait(item, answer), fault=answer.fault)


def _waits_too_long(item: Leased, forwarding: Forwarding) -> bool:
    # either clock will do: the business clock of a demo may run ahead of the machine's
    tried_for = clock.real_now() - item.first_tried_at
    return max(tried_for, clock.now() - forwarding.created_at) >= TOLD_AFTER


def _wait(item: Leased, answer: Answer | None = None) -> timedelta:
    return leasing.backoff(
        item.attempts, config.active().retry_base_seconds, answer.asked if answer else None
    )


def _ask_again(item: Leased) -> None:
    with transaction() as session:
        leasing.again(session, item, wait=answers.poll_interval())
