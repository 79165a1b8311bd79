"""What the hotline says of an order, and what it does to the case. Polls and pushes share it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from app import clock, config
from app.access.actor import HOTLINE
from app.calendar import queries as calendar
from app.calendar.saturdays import next_case_day
from app.cases import handling
from app.cases.models import CaseFile
from app.forwarding import queries
from app.forwarding.models import Forwarding, WorkOrder
from app.outbox import posting

if TYPE_CHECKING:
    from app.forwarding.gateway import News

WAITING, DELIVERED, ENDED, HELD = "waiting", "delivered", "ended", "held"
STEPS = {"accepted": 0, "assigned": 1, "in_progress": 2, "returned": 3, "closed": 3}
LONGEST_RESULT = 4000
POLLS_PER_BASE = 10  # every 5 minutes where the retry base is 30 seconds


def locked(session: Session, forwarding_id: str) -> tuple[CaseFile, Forwarding] | None:
    """A forwarding and its case, locked in the order everybody locks them; None where there is none."""
    found = queries.by_id(session, forwarding_id)
    if found is None:
        return None
    case = handling.load(session, case_id=found.case_id)
    forwarding = queries.locked(session, forwarding_id)
    return None if forwarding is None else (case, forwarding)


def promise_poll(session: Session, forwarding_id: str) -> None:
    """Promise to ask after the order of a forwarding."""
    posting.post_again(session, "forwarding_poll", forwarding_id, wait=poll_interval())


def poll_interval() -> timedelta:
    """How long after one poll of an order the next one comes; real time."""
    return timedelta(seconds=max(1, config.active().retry_base_seconds * POLLS_PER_BASE))


def order_number(session: Session, forwarding: Forwarding) -> str | None:
    """The hotline's number for this forwarding, once there is one."""
    order = queries.order_of(session, forwarding.id)
    return None if order is None else order.workorder_id


def has_order(session: Session, forwarding: Forwarding) -> bool:
    """Whether the hotline is known to hold an order for this forwarding."""
    return order_number(session, forwarding) is not None


def accept(session: Session, case: CaseFile, forwarding: Forwarding, workorder_id: str) -> WorkOrder:
    """The hotline holds an order for this forwarding: the first word of it, however it came."""
    moment = clock.now()
    forwarding.state, forwarding.held_for, forwarding.delivered_at = DELIVERED, None, moment
    forwarding.sent_at = forwarding.sent_at or moment
    order = WorkOrder(
        forwarding_id=forwarding.id,
        workorder_id=workorder_id,
        status="accepted",
        lead_unit=case.lead_unit[:80],
        due_at=case.due_at,
        read_at=moment,
        result="",
    )
    session.add(order)
    handling.apply(session, HOTLINE, case, "order_made", data={"workorder_id": workorder_id})
    if config.active().hotline_channel == "workorder":
        promise_poll(session, forwarding.id)
    return order


def refuse(session: Session, case: CaseFile, forwarding: Forwarding, reason: str) -> None:
    """The hotline took no order (退单): the case is back in the queue, with the reason."""
    _back_to_queue(session, case, forwarding, "returned", reason, returned_times=case.returned_times + 1)


def apply_news(session: Session, case: CaseFile, forwarding: Forwarding, news: News) -> str:
    """Let news of an order change forwarding and case: `applied`, or why not: `ended`, `out_of_order`,
    `repeated`, `another_order`."""
    if forwarding.state == ENDED:
        return "ended"
    order = queries.order_of(session, forwarding.id)
    if order is not None and order.workorder_id != news.workorder_id:
        return "another_order"
    if order is not None and _is_older(order, news):
        return "out_of_order"
    fresh = order is None
    if order is None:
        order = accept(session, case, forwarding, news.workorder_id)
    changed = _write_down(order, news)
    if forwarding.state == HELD:  # it was said to be lost, and is not
        forwarding.state, forwarding.held_for = DELIVERED, None
        promise_poll(session, forwarding.id)
    if news.status == "closed" and news.solved:
        _end(forwarding)
        handling.apply(
            session,
            HOTLINE,
            case,
            "hotline_resolved",
            note=_note(news.result),
            data={"workorder_id": news.workorder_id},
        )
    elif news.status == "closed":
        # came back as a returned one does: the clock does not send it on its own again
        came_back = case.returned_times + 1
        _back_to_queue(session, case, forwarding, "closed_unsolved", news.result, returned_times=came_back)
    elif news.status == "returned":
        refuse(session, case, forwarding, news.result)
    elif changed:
        said = {"workorder_id": news.workorder_id, "status": news.status, "lead_unit": order.lead_unit}
        handling.apply(session, HOTLINE, case, "order_news", data=said)
    return "applied" if changed or fresh else "repeated"


def _is_older(order: WorkOrder, news: News) -> bool:
    """Whether this was said before what is known already. Within one tick of the hotline's clock, a step
    back in the order's life is old."""
    if order.updated_at is None or news.updated_at > order.updated_at:
        return False
    return news.updated_at < order.updated_at or STEPS[news.status] < STEPS[order.status]


def _write_down(order: WorkOrder, news: News) -> bool:
    """Keep what was said; whether a reader would see any difference."""
    before = _seen(order)
    order.status, order.solved, order.satisfaction = news.status, news.solved, news.satisfaction
    order.lead_unit = news.lead_unit[:80] or order.lead_unit
    order.result = news.result[:LONGEST_RESULT]
    order.due_at = news.due_at or order.due_at
    order.updated_at, order.read_at = news.updated_at, clock.now()
    return _seen(order) != before


def _seen(order: WorkOrder) -> tuple[Any, ...]:
    return (
        order.status,
        order.solved,
        order.satisfaction,
        order.lead_unit,
        order.result,
        _to_second(order.due_at),
    )


def _to_second(moment: datetime | None) -> int | None:
    # the wire carries seconds, the case microseconds: the same deadline come back is no news
    return None if moment is None else int(moment.timestamp())


def _back_to_queue(
    session: Session, case: CaseFile, forwarding: Forwarding, action: str, reason: str, **changes: Any
) -> None:
    """The case is a dispatcher's task again, for the next case-day, and its residents are told the date."""
    _end(forwarding)
    moment = calendar.local(clock.now())
    rhythm = calendar.rhythm_of(session, case.sub_district_id)
    following = next_case_day(moment, rhythm, calendar.settled_by(session, case.sub_district_id))
    handling.apply(
        session,
        HOTLINE,
        case,
        action,
        note=_note(reason),
        data={"next_day": following.day},
        case_day=following.day,
        promised_on=following.day,
        promise_tentative=following.tentative,
        due_marked_at=None,
        carries=0,
        **changes,
    )
    posting.post(session, action, forwarding.id)


def _end(forwarding: Forwarding) -> None:
    forwarding.state, forwarding.held_for, forwarding.ended_at = ENDED, None, clock.now()


def _note(words: str) -> str:
    return words if len(words) <= handling.LONGEST_NOTE else words[: handling.LONGEST_NOTE - 1] + "…"
