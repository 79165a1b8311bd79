"""A lost receipt comes back by short message to the telephone left with it. Whoever asks learns nothing: a known
and an unknown number get the same answer for the same work, and only the worker looks them up."""

from __future__ import annotations

import logging
import re
from datetime import timedelta

from sqlalchemy.orm import Session

from app import clock, config
from app.calendar import queries as calendar
from app.cases.sealing import phone_index, unseal
from app.cases.wording import has_control_characters, is_phone
from app.cases.workflow import OPEN, State
from app.db import db, transaction
from app.errors import NotFound, Refused
from app.notices import queries
from app.notices.queries import Recovered
from app.outbox import leasing, posting
from app.outbox.leasing import Leased
from app.outbox.queries import used_keys

A_DAY = 3  # times a telephone may be asked for
AT_MOST = 5  # receipts in one message
SINCE = timedelta(days=365)
OF_NO_USE_AFTER = timedelta(hours=24)

_log = logging.getLogger(__name__)


def is_offered() -> bool:
    """Whether this installation can send short messages."""
    return bool(config.active().sms_url)


def readable(phone: str) -> str:
    """What somebody typed, if it can be a telephone. Raises Refused: phone_wrong."""
    if has_control_characters(phone) or not is_phone(phone):
        raise Refused("phone_wrong", "phone")
    return phone


def ask(phone: str) -> None:
    """Promise to look for the receipts of a telephone; the fourth time on a day nothing happens. The promise
    holds the keyed digest of the number, never the number. Raises NotFound where no short messages are sent,
    Refused: phone_wrong."""
    if not is_offered():
        raise NotFound
    digest = phone_index(readable(phone))
    day = calendar.today(clock.now())
    keys = [f"recover_receipts:{digest}:{day}:{time}" for time in range(1, A_DAY + 1)]
    with transaction() as session:
        used = used_keys(session, keys)
        free = [key for key in keys if key not in used]
        if free:
            posting.post_once(session, "recover_receipts", digest, key=free[0])


def send_receipts(item: Leased) -> None:
    """Send the receipts of a telephone to it, in one message; to one nobody left, nothing."""
    from app.notices import sms

    with Session(db.engine) as session:
        since = clock.now() - SINCE
        found = queries.reports_of_phone(session, item.ref, since, AT_MOST)
    if not found:
        return leasing.keep(item)
    taken = sms.send(_telephone(found), message(found))
    if taken is sms.Taken.LATER and clock.real_now() - item.first_tried_at < OF_NO_USE_AFTER:
        wait = leasing.backoff(item.attempts, config.active().retry_base_seconds)
        return leasing.put_back(item, wait=wait, fault="sms_later")
    if taken is not sms.Taken.YES:
        _log.error("receipts %s: the SMS gateway did not take the message", item.id)
    return leasing.keep(item)


def _telephone(found: list[Recovered]) -> str:
    """The number, as a gateway wants it: of equal digits, as the newest report has them."""
    newest = max(found, key=lambda one: one.received_at)
    phone = unseal(newest.phone_sealed or b"", column="phone", row=newest.receipt)
    return re.sub(r"[^+0-9]", "", phone)


def message(found: list[Recovered]) -> str:
    """The short message: day, place, whether it is still open, and the receipt's address; no word of theirs."""
    settings = config.active()
    head = "【码上】您要找的回执：" if not settings.is_demo else "【码上·演示·非官方】您要找的回执："
    return "\n".join([head, *map(_line, found)])


def _line(one: Recovered) -> str:
    day = calendar.today(one.received_at)
    stands = "在办" if State(one.state) in OPEN | {State.FORWARDED} else "办过了"
    address = f"{config.active().base_url}/r/{one.receipt}"
    return f"{day.month}月{day.day}日 {one.building}{one.doorway} {stands} {address}"
