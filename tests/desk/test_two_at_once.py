"""A resident at the door and a dispatcher at the desk, at the same second."""

from __future__ import annotations

from collections.abc import Callable

from tests.desk.conftest import Desk
from tests.linting.client import LintingClient
from tests.resident.test_receipts import sign
from tests.world import World


def test_added_words_do_not_stop_the_desk_but_danger_does(
    client: LintingClient, desk: Callable[[str], Desk], world: World
) -> None:
    receipt = world.report()
    at_desk, case = desk("dispatcher"), world.case(receipt)
    url, seen = f"/desk/cases/{case.number}", case.version
    form = sign(client, receipt)
    assert client.post(f"/r/{receipt}/add", data=form | {"text": "五层也暗"}).status_code == 303
    assert at_desk.post(f"{url}/triage", version=seen, category="0304").status_code == 303
    seen = world.again(case).version
    for words in ("六层也暗", "楼道里着火了"):
        form = sign(client, receipt)
        assert client.post(f"/r/{receipt}/add", data=form | {"text": words}).status_code in (303, 200)
    late = at_desk.post(f"{url}/start", version=seen)
    assert late.status_code == 409
    assert "刚才有人改过这件" in late.get_data(as_text=True)
    assert world.again(case).state == "queued"
