"""Alerts beyond the desk: what is urgent goes to the Apprise addresses of the installation too, each address a
promise of its own, so that one that fails is tried again and neither holds up nor doubles the others.

A message holds the case number, the place, the kind of urgency and the desk's address: nothing a resident said."""

from __future__ import annotations

import hashlib
import hmac
import logging
from datetime import timedelta

from sqlalchemy.orm import Session

from app import clock, config
from app.calendar import queries as calendar
from app.db import db, transaction
from app.notices import queries
from app.notices.queries import Scene
from app.outbox import leasing, posting
from app.outbox.leasing import Leased

URGENCIES = {
    "gas": "燃气",
    "fire": "火情",
    "lift": "电梯困人",
    "crime": "治安",
    "injury": "有人伤病",
    "danger": "可能有危险",
}
HEADS = {"urgent_report": "紧急", "urgent_unread": "紧急，10分钟还没人看"}
SAID_SO_AFTER = (
    3  # tries, then dispatchers and administrators are told that an address does not take its messages
)
OF_NO_USE_AFTER = timedelta(hours=24)

_log = logging.getLogger(__name__)


def promise(session: Session, kind: str, number: str, telling: int) -> None:
    """Promise one message to each address, inside the caller's transaction, for one telling (the promise it comes
    from); one promised before stays one."""
    for target in config.active().notice_targets:
        ref = f"{kind}:{number}:{_mark(target)}:{telling}"
        posting.post_once(session, "alert_out", ref, key=f"alert_out:{ref}")


def send_out(item: Leased) -> None:
    """Send one message to one address; what it does not take is tried again, for a day."""
    from app.notices import outside

    kind, number, mark, telling = f"{item.ref}:0".split(":")[:4]  # promises of before name no telling
    with Session(db.engine) as session:
        scene = queries.scenes(session, [number]).get(number)
    target = {_mark(one): one for one in config.active().notice_targets}.get(mark)
    if scene is None:
        return leasing.keep(item)
    if target is None:
        return _readdress(item, kind, number, int(telling))
    if outside.send(target, *message(kind, scene)):
        return leasing.keep(item)
    return _again(item, number, mark)


def message(kind: str, scene: Scene) -> tuple[str, str]:
    """Title and text of an alert."""
    settings = config.active()
    head = f"【{'演示·非官方 ' if settings.is_demo else ''}{HEADS[kind]}】"
    what = URGENCIES.get(scene.urgency, URGENCIES["danger"])
    where = f"{scene.community} {scene.building} {scene.doorway}"
    link = f"{settings.base_url}/desk/cases/{scene.number}"
    return f"{head}{what}：{where}", f"{what}\n{where}\n案件{scene.number}\n{link}"


def _readdress(item: Leased, kind: str, number: str, telling: int) -> None:
    """The address is no longer among the settings: whatever came in its place gets the message."""
    with transaction() as session:
        promise(session, kind, number, telling)
        leasing.kept(session, item)


def _again(item: Leased, number: str, mark: str) -> None:
    if clock.real_now() - item.first_tried_at > OF_NO_USE_AFTER:
        _log.error("alert %s: not taken for a day, given up", item.id)
        return leasing.keep(item)
    with transaction() as session:
        if item.attempts == SAID_SO_AFTER:
            key = f"alert_failed:{mark}:{calendar.today(clock.now())}"
            posting.post_once(session, "alert_failed", number, key=key)
        wait = leasing.backoff(item.attempts, config.active().retry_base_seconds)
        leasing.returned(session, item, wait=wait, fault="not_taken")
    return None


def _mark(target: str) -> str:
    """Tells one address from another, and none of them to anybody: it stands in the outbox."""
    secret = config.active().secret_key.encode()
    return hmac.new(secret, target.encode(), hashlib.sha256).hexdigest()[:12]
