"""`flask worker`: keeps promises and time. Any number may run; killing one loses and doubles nothing."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from types import FrameType

import click
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

from app import clock, config, models
from app.access import seals
from app.access.actor import SYSTEM
from app.calendar import queries as calendar
from app.case_days import closing
from app.cases import digesting, handling, importing, ledger_work, own_contact, photos
from app.cases import queries as cases
from app.cases.workflow import State
from app.commands.up_to_date import require_up_to_date
from app.db import cut_log_off, db, transaction
from app.forwarding import channels, delivery
from app.forwarding import queries as forwarding
from app.notices import alerts, outside, recovering, telling
from app.notices import queries as notices
from app.outbox import leasing
from app.outbox.leasing import Leased

__all__ = ["HANDLERS", "models", "worker"]  # every table, for the foreign keys between rooms

Handler = Callable[[Leased], None]
BUSY = timedelta(seconds=5)
PICTURE_TRIES = 10  # what has ended the worker, or failed, this often is given up


def _make_picture(item: Leased) -> None:
    photos.reencode(item.ref, give_up=item.attempts > PICTURE_TRIES)
    leasing.keep(item)


def _delete_picture(item: Leased) -> None:
    photos.remove(item.ref)
    leasing.keep(item)


def _forget_words(item: Leased) -> None:
    """What was deleted leaves the bytes on the disk as well."""
    digesting.forget_for_good()
    if cut_log_off():
        leasing.keep(item)
    else:
        leasing.put_back(item, wait=BUSY, fault="busy")


HANDLERS: dict[str, Handler] = {
    "urgent_report": telling.tell,
    "urgent_unread": telling.tell,
    "alert_out": alerts.send_out,
    "photo": _make_picture,
    "photo_gone": _delete_picture,
    "words_gone": _forget_words,
    **{kind: telling.tell for kind in telling.TOLD if kind not in telling.CALLED_OUT},
    "recover_receipts": recovering.send_receipts,
    "forwarding_deliver": delivery.deliver,
    "forwarding_poll": delivery.poll,
    ledger_work.READ: ledger_work.read_on,
    ledger_work.TAKE: ledger_work.take_on,
}
"""The one table of outbox kinds and who keeps them, most urgent first: whatever needs no network goes before
what may have to wait for the hotline; only an alert goes before everything."""

IDLE_SECONDS = 0.4
TICK_SECONDS = 5.0
SLOW_TICK_SECONDS = 600.0
SEAL_SECONDS = 60.0
_log = logging.getLogger("mashang.worker")


@click.command("worker")
@click.option("--once", is_flag=True, help="Do what is due now, then end.")
@with_appcontext
def worker(*, once: bool) -> None:
    """Keep the clock and the outbox: close and release case-days, re-encode photos, tell staff, deliver to
    12345 and ask after its orders, seal the audit log. SIGTERM ends it after the item in hand."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("mashang.audit").setLevel(logging.INFO)  # heads of the chain are to stand in the log
    stop = _stop_on_signal()
    require_up_to_date("worker")
    _check_addresses()
    channels.start_again_if_changed(config.active().hotline_channel)
    done = _drain(stop) if once else _run(stop)
    click.echo(" ".join(f"{what}={done[what]}" for what in ("closed", "released", "ended", "kept", "failed")))


def _check_addresses() -> None:
    try:
        outside.check()
    except config.ConfigError as wrong:
        click.echo(f"worker: {wrong}", err=True)
        raise click.exceptions.Exit(1) from None


def _stop_on_signal() -> threading.Event:
    stop = threading.Event()

    def ask(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ask)
    return stop


def _run(stop: threading.Event) -> Counter[str]:
    done: Counter[str] = Counter()
    next_tick = next_slow_tick = next_seal = 0.0
    watch = seals.Watch()
    while not stop.is_set():
        if time.monotonic() >= next_slow_tick:
            done += _tick_slowly()
            next_slow_tick = time.monotonic() + SLOW_TICK_SECONDS
        if time.monotonic() >= next_tick:
            done += _tick()
            next_tick = time.monotonic() + TICK_SECONDS
        if time.monotonic() >= next_seal:
            _seal(watch)
            next_seal = time.monotonic() + SEAL_SECONDS
        worked = _one(done)
        if not (_digest() or worked):
            stop.wait(IDLE_SECONDS)
    _seal(watch)
    return done


def _drain(stop: threading.Event) -> Counter[str]:
    """Until nothing is due; what is put back on the way waits for another run, every order is asked after."""
    done: Counter[str] = Counter()
    with transaction() as session:
        leasing.hasten(session, ["forwarding_poll"], but_faulty=True)
    as_of = clock.real_now()
    done += _tick_slowly()
    worked = True
    while worked and not stop.is_set():
        done += _tick()
        worked = False
        while not stop.is_set() and (_one(done, as_of) or _digest()):
            worked = True
    _seal(seals.Watch())
    return done


def _one(done: Counter[str], as_of: datetime | None = None) -> bool:
    """Keep one promise; False when nothing is due. No error of a handler gets past here."""
    settings = config.active()
    try:
        taken = leasing.take(settings.lease_seconds, list(HANDLERS), as_of=as_of)
    except Exception:
        _log.exception("the outbox could not be read")
        _forget()
        return False
    for item in taken:
        done["kept" if _handle(item) else "failed"] += 1
    return bool(taken)


def _digest() -> bool:
    """Count and index what changed; False when nothing did."""
    try:
        return digesting.digest(forwarding.order_numbers) > 0
    except Exception:
        _log.exception("what changed could not be counted and indexed")
        _forget()
        return False


def _handle(item: Leased) -> bool:
    try:
        HANDLERS[item.kind](item)
    except Exception as wrong:
        _log.exception("%s %s: attempt %s failed", item.kind, item.id, item.attempts)
        _forget()
        _put_back(item, type(wrong).__name__)
        return False
    return True


def _put_back(item: Leased, fault: str) -> None:
    try:
        wait = leasing.backoff(item.attempts, config.active().retry_base_seconds)
        leasing.put_back(item, wait=wait, fault=fault)
    except Exception:
        # the lease will end by itself
        _log.exception("%s %s could not be put back", item.kind, item.id)
        _forget()


def _forget() -> None:
    db.session.remove()


# ---- the clock -----------------------------------------------------------------------------------------


Act = Callable[[int], int]


def _tick() -> Counter[str]:
    """Do what is due by the clock in every sub-district; what fails is tried again at the next tick."""
    return _everywhere(("closed", _close_days), ("released", _release_days), ("ended", _end_cases))


def _tick_slowly() -> Counter[str]:
    """The same for what is counted in days, and would cost a long look at every tick."""
    return _everywhere(("forgotten", _forget_contacts), ("ledgers", importing.forget_old))


def _everywhere(*acts: tuple[str, Act]) -> Counter[str]:
    done: Counter[str] = Counter()
    try:
        with Session(db.engine) as session:
            everywhere = notices.every_sub_district(session)
    except Exception:
        _log.exception("the clock could not be read")
        return done
    _sweep()
    for sub_district_id in everywhere:
        for what, act in acts:
            try:
                done[what] += act(sub_district_id)
            except Exception:
                _log.exception("sub-district %s: %s failed", sub_district_id, what)
                _forget()
    return +done


def _seal(watch: seals.Watch) -> None:
    """Seal what the audit log took in; any worker may, and one does."""
    try:
        watch.turn()
    except Exception:
        _log.exception("the audit log could not be sealed")
        _forget()


def _sweep() -> None:
    try:
        photos.sweep()
    except Exception:
        _log.exception("quarantine could not be swept")


def _close_days(sub_district_id: int) -> int:
    with Session(db.engine) as session:
        days = closing.due_for_closing(session, sub_district_id)
    for day in days:
        closing.close(sub_district_id, day)
    return len(days)


def _release_days(sub_district_id: int) -> int:
    with Session(db.engine) as session:
        days = closing.due_for_release(session, sub_district_id)
    for day in days:
        closing.release(sub_district_id, day)
    return len(days)


def _end_cases(sub_district_id: int) -> int:
    """Close what was resolved long enough ago without anybody saying it was not."""
    with Session(db.engine) as session:
        patience = timedelta(days=calendar.rhythm_of(session, sub_district_id).follow_up_days)
        resolved = cases.resolved_before(session, clock.now() - patience, sub_district_id)
    ended = 0
    for case_id in resolved:
        with transaction() as session:
            case = handling.load(session, case_id=case_id)
            if case.state != State.RESOLVED.value or case.resolved_at is None:
                continue
            if case.resolved_at >= clock.now() - patience:
                continue
            handling.apply(session, SYSTEM, case, "close")
            ended += 1
    return ended


def _forget_contacts(sub_district_id: int) -> int:
    """Delete names and telephones that are no longer needed, a batch at a time."""
    forgotten = 0
    while batch := own_contact.forget_what_is_over(sub_district_id):
        forgotten += batch
    return forgotten
