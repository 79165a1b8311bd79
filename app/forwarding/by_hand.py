"""What a dispatcher does where the wire does not reach: handing over by hand, and writing down the answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from app import clock
from app.access import audit
from app.access.actor import Actor
from app.access.permissions import Permission, require
from app.cases.models import CaseFile
from app.db import transaction
from app.errors import NotFound, Refused
from app.forwarding import answers, dossier
from app.forwarding.answers import DELIVERED, HELD, WAITING
from app.forwarding.models import Forwarding
from app.outbox import posting


def try_again(actor: Actor, forwarding_id: str) -> None:
    """What was held goes to the hotline once more; a request that may have reached it is looked up first.
    Raises Refused when nothing is held, NotFound, Forbidden."""
    with _in_hand(actor, forwarding_id, "forwarding_try_again") as (session, _case, forwarding):
        if forwarding.state != HELD:
            raise Refused("forwarding_not_held", "action")
        forwarding.held_for = None
        if answers.has_order(session, forwarding):
            forwarding.state = DELIVERED
            answers.promise_poll(session, forwarding.id)
            return
        forwarding.state = WAITING
        posting.post_again(session, "forwarding_deliver", forwarding.id)


def write_down_order(actor: Actor, forwarding_id: str, workorder_id: str) -> None:
    """The case was handed over by hand, and the hotline gave it this number. Raises Refused for a number
    that is none or when there is an order already, NotFound, Forbidden."""
    number = workorder_id.strip()
    if not 1 <= len(number) <= 80 or not number.isprintable():
        raise Refused("workorder_id_wrong", "workorder_id")
    with _in_hand(actor, forwarding_id, "forwarding_by_hand") as (session, case, forwarding):
        if forwarding.state != HELD or answers.has_order(session, forwarding):
            raise Refused("forwarding_not_held", "action")
        dossier.write_down_handed(session, forwarding.id, dossier.whose(session, case.id))
        answers.accept(session, case, forwarding, number)


def write_down_answer(
    actor: Actor, forwarding_id: str, status: str, *, result: str, solved: bool | None
) -> None:
    """What the hotline answered, told by telephone or read on its own pages: has the same effect as if it
    had come by wire. Raises Refused for a status that is none or where there is no order, NotFound, Forbidden."""
    from pydantic import ValidationError  # no web process starts with it: few answers come this way

    from app.forwarding.gateway import News

    with _in_hand(actor, forwarding_id, "answer_by_hand") as (session, case, forwarding):
        number = answers.order_number(session, forwarding)
        if number is None or forwarding.state not in (DELIVERED, HELD):
            raise Refused("forwarding_without_order", "action")
        try:
            said = {"workorder_id": number, "status": status, "result": result, "solved": solved}
            news = News.model_validate(said | {"updated_at": clock.now()})
        except ValidationError as wrong:
            raise Refused("choice_unknown", "status") from wrong
        answers.apply_news(session, case, forwarding, news)


@contextmanager
def _in_hand(actor: Actor, forwarding_id: str, act: str) -> Iterator[tuple[Session, CaseFile, Forwarding]]:
    with transaction() as session:
        found = answers.locked(session, forwarding_id)
        if found is None:
            raise NotFound
        case, forwarding = found
        require(
            actor, Permission.FORWARD, sub_district_id=case.sub_district_id, community_id=case.community_id
        )
        audit.record(session, actor, act, "forwarding", forwarding.id)
        yield session, case, forwarding
