"""No word at the desk escapes the translators."""

from __future__ import annotations

from collections.abc import Callable

from app.case_days import closing
from tests.desk.conftest import DAY, Desk
from tests.world import World


def test_every_page_of_the_desk_can_be_translated(
    desk: Callable[[str], Desk], world: World, at: Callable[[str], None], pseudo_locale: None
) -> None:
    fresh, sent, due, hand = (
        world.case(world.report()),
        world.queued(phone="13912345678"),
        world.queued(),
        world.queued(),
    )
    at("2026-11-28T10:00")
    at_desk = desk("dispatcher")
    for url in ("/desk/", "/desk/?state=all", "/desk/case-days/", f"/desk/case-days/{DAY}", "/admin/"):
        at_desk.page(url)
    at_desk.page(f"/desk/case-days/{DAY}/close")
    at_desk.page(f"/desk/doors/{world.doors[0].code}")
    at_desk.post(f"/desk/case-days/{DAY}/open")
    assert at_desk.post(f"/desk/cases/{sent.number}/phone", reason="约时间").status_code == 200
    assert at_desk.post(f"/desk/cases/{sent.number}/forward_now", version=sent.version + 1).status_code == 303
    assert at_desk.post(f"/desk/cases/{due.number}/mark_due", version=due.version).status_code == 303
    told = {"version": hand.version, "note": "等", "next_day": "2026-12-02"}
    assert at_desk.post(f"/desk/cases/{hand.number}/in_hand", **told).status_code == 303
    assert (
        at_desk.post(f"/desk/cases/{hand.number}/resolve", version=hand.version, note="好").status_code == 409
    )
    assert at_desk.post(f"/desk/cases/{due.number}/decline", version=due.version + 1).status_code == 422
    visit = {"case": fresh.number, "version": fresh.version, "outcome": "resolved"}
    assert at_desk.post(f"/desk/doors/{world.doors[0].code}/visit", **visit).status_code == 422
    row = {f"choice-{fresh.number}": "resolve", f"version-{fresh.number}": 1}
    assert at_desk.post(f"/desk/case-days/{DAY}/close", **row).status_code == 422
    closing.close(world.sub_district_id, sent.case_day)
    for url in (
        f"/desk/case-days/{DAY}",
        "/desk/case-days/",
        "/desk/forwardings/",
        f"/desk/case-days/{DAY}/close",
    ):
        at_desk.page(url)
    for case in (fresh, sent, due, hand):
        at_desk.page(f"/desk/cases/{case.number}")
    desk("leader").page(f"/desk/cases/{sent.number}")
    desk("officer").page("/admin/")
