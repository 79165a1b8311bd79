"""Words on the wire of the work-order gateway, and what each answer means. Pure: no network, no database."""

from __future__ import annotations

import email.utils
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
)


class Meaning(StrEnum):
    """What an answer means for the forwarding."""

    MADE = "made"  # a new order
    KNOWN = "known"  # the order of a key it knew
    REFUSED = "refused"  # 退单
    UNKNOWN = "unknown"  # the order may or may not have been made: look up before sending again
    WRONG_SETUP = "wrong_setup"  # the channel stops
    HELD = "held"  # a person must look
    ABSENT = "absent"  # asked for one order: there is none


TO_AN_ORDER: dict[int, Meaning] = {
    201: Meaning.MADE,
    200: Meaning.KNOWN,
    422: Meaning.REFUSED,
    400: Meaning.HELD,
    413: Meaning.HELD,
    401: Meaning.WRONG_SETUP,
    403: Meaning.WRONG_SETUP,
    404: Meaning.WRONG_SETUP,
    408: Meaning.UNKNOWN,
    409: Meaning.UNKNOWN,
    425: Meaning.UNKNOWN,
    429: Meaning.UNKNOWN,
}
"""Answers to POST /workorders. Whatever is not here (5xx, redirects, …) leaves the outcome unknown."""

TO_A_LOOK_UP: dict[int, Meaning] = {
    200: Meaning.KNOWN,
    401: Meaning.WRONG_SETUP,
    403: Meaning.WRONG_SETUP,
    404: Meaning.WRONG_SETUP,
}
"""Answers to GET /workorders?external_id=…; whatever is not here says nothing, and nothing is sent again."""

TO_A_READING: dict[int, Meaning] = {
    200: Meaning.KNOWN,
    401: Meaning.WRONG_SETUP,
    403: Meaning.WRONG_SETUP,
    404: Meaning.ABSENT,
}
"""Answers to GET /workorders/{id}; whatever is not here says nothing, and it is asked again later."""


def _plain(text: object) -> object:
    """Line ends kept, other control characters and lone surrogates out: no database keeps them."""
    if not isinstance(text, str):
        return text or ""
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs")).strip()


def _of_our_time(moment: datetime) -> datetime:
    """A moment that every database and every zone can tell."""
    if not 2000 <= moment.year < 2100:
        raise ValueError("not a moment of this century")
    return moment


Words = Annotated[str, BeforeValidator(_plain)]
Moment = Annotated[AwareDatetime, AfterValidator(_of_our_time)]
ForwardingId = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]*$")]
OrderId = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$")]


class _Wire(BaseModel):
    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)


class Made(_Wire):
    """The answer to an order that was taken."""

    workorder_id: OrderId


class Refusal(_Wire):
    """The answer to one that was not."""

    reason: Words


class Item(_Wire):
    """What a look-up must say of an order; the rest of it is read later."""

    workorder_id: OrderId
    external_id: str


class Items(_Wire):
    """The answer to a look-up."""

    items: list[Item]


class News(_Wire):
    """A work order as the hotline tells it: polled or pushed."""

    workorder_id: OrderId
    external_id: ForwardingId = ""
    status: Literal["accepted", "assigned", "in_progress", "returned", "closed"]
    lead_unit: Words = ""
    due_at: Moment | None = None
    result: Words = ""
    solved: bool | None = None
    satisfaction: Literal["satisfied", "basically_satisfied", "dissatisfied"] | None = None
    updated_at: Moment


@dataclass(frozen=True)
class Answer:
    """One answer, understood. `fault` is a code for the log; `asked` what Retry-After asked for."""

    meaning: Meaning
    workorder_id: str = ""
    reason: str = ""
    fault: str = ""
    asked: timedelta | None = None
    news: News | None = None


def to_an_order(status: int, body: bytes, retry_after: str | None = None) -> Answer:
    """What the gateway answered to POST /workorders."""
    meaning = TO_AN_ORDER.get(status, Meaning.UNKNOWN)
    try:
        if meaning in (Meaning.MADE, Meaning.KNOWN):
            return Answer(meaning, workorder_id=Made.model_validate_json(body).workorder_id)
        if meaning is Meaning.REFUSED:
            return Answer(meaning, reason=Refusal.model_validate_json(body).reason)
    except ValidationError:
        return unreadable(status)
    return Answer(meaning, fault=f"http_{status}", asked=asked_to_wait(retry_after))


def to_a_look_up(external_id: str, status: int, body: bytes, retry_after: str | None = None) -> Answer:
    """What it answered to a look-up: KNOWN with the first order of this forwarding, ABSENT, or neither."""
    meaning = TO_A_LOOK_UP.get(status, Meaning.UNKNOWN)
    if meaning is not Meaning.KNOWN:
        return Answer(meaning, fault=f"look_up_{status}", asked=asked_to_wait(retry_after))
    try:
        items = Items.model_validate_json(body).items
    except ValidationError:
        return unreadable(status)
    ours = [item.workorder_id for item in items if item.external_id == external_id]
    return Answer(Meaning.KNOWN, workorder_id=ours[0]) if ours else Answer(Meaning.ABSENT)


def to_a_reading(workorder_id: str, status: int, body: bytes, retry_after: str | None = None) -> Answer:
    """What it answered when asked for one order."""
    meaning = TO_A_READING.get(status, Meaning.UNKNOWN)
    if meaning is not Meaning.KNOWN:
        return Answer(meaning, fault=f"poll_{status}", asked=asked_to_wait(retry_after))
    try:
        news = News.model_validate_json(body)
    except ValidationError:
        return unreadable(status)
    return Answer(meaning, news=news) if news.workorder_id == workorder_id else unreadable(status)


def unreadable(status: int) -> Answer:
    """An answer nobody can read leaves the outcome unknown, whatever its status."""
    return Answer(Meaning.UNKNOWN, fault=f"unreadable_{status}")


def asked_to_wait(retry_after: str | None, now: datetime | None = None) -> timedelta | None:
    """Retry-After as seconds or as an HTTP date; None when it is absent, past or says nothing."""
    if not retry_after:
        return None
    written = retry_after.strip()
    if written.isascii() and written.isdecimal():
        return timedelta(seconds=min(int(written), 10**7))
    try:
        moment = email.utils.parsedate_to_datetime(written)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    wait = moment - (now or datetime.now(UTC))
    return wait if wait > timedelta(0) else None
