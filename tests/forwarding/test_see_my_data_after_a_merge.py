"""What 12345 was given of a report is told wherever the report stands now."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

from app.access.actor import HOTLINE
from app.cases import data_requests, handling, merging
from app.db import transaction
from tests.forwarding.conftest import send_on
from tests.forwarding.scripted import ScriptedGateway
from tests.linting.client import LintingClient
from tests.world import World

Work = Callable[[], dict[str, int]]
NOTHING = "没有交给别的单位。"


def seen(client: LintingClient, receipt: str) -> str:
    """What the receipt answers to “see my data”."""
    data_requests.ask(receipt, str(uuid4()), "see")
    return client.get(f"/r/{receipt}?held=1").text


def test_words_that_went_along_while_merged_are_told_after_parting(
    client: LintingClient, world: World, work: Work, gateway: ScriptedGateway
) -> None:
    who = world.actor("dispatcher")
    source, target = world.queued(text="五层灯坏了"), world.queued(text="六层灯不亮")
    mine, theirs = source.reports[0].receipt, target.reports[0].receipt
    merging.merge(who, source.number, source.version, target.number)
    send_on(world, world.again(target))
    work()
    source = world.again(source)
    merging.unmerge(who, source.number, source.version)
    assert NOTHING not in seen(client, mine)
    assert NOTHING not in seen(client, theirs)


def test_words_handed_over_before_a_merge_are_told_after_it(
    client: LintingClient, world: World, work: Work, gateway: ScriptedGateway
) -> None:
    who = world.actor("dispatcher")
    source, target = world.queued(text="五层灯坏了"), world.queued(text="六层灯不亮")
    mine, theirs = source.reports[0].receipt, target.reports[0].receipt
    send_on(world, source)
    work()
    with transaction() as session:
        case = handling.load(session, number=source.number)
        handling.apply(session, HOTLINE, case, "returned", note="不归这里办")
    source = world.again(source)
    merging.merge(who, source.number, source.version, target.number)
    assert NOTHING not in seen(client, mine)
    assert NOTHING in seen(client, theirs), "nothing of theirs went along"
