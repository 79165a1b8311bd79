"""Every route has a gate, and every role gets at every route exactly what the table says."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from werkzeug.routing import Rule

from app.access.actor import Role
from app.access.permissions import MAY
from app.web.gates import GATES, Open
from tests.desk.conftest import DAY, Desk
from tests.world import ROLES, World

VALUES = {
    "number": "2611-9999",
    "action": "start",
    "day": DAY,
    "media_name": "0" * 32,
    "token": "none",
    "receipt": "000000000000",
    "community_code": "1",
    "name": "none.css",
    "forwarding_id": "00000000-0000-4000-8000-000000000000",
    "act": "try_again",
    "request_id": "1",
    "login_id": "999999",
    "staff_id": "999999",
    "act_id": "1",
    "filter_id": "1",
    "import_id": "999999",
    "unit_id": "999999",
    "community_id": "999999",
    "shift_id": "999999",
    "template_id": "999999",
}


def test_the_table_names_every_route_and_no_more(app: Flask) -> None:
    assert set(GATES) == {rule.endpoint for rule in app.url_map.iter_rules()}


def _staff_routes(app: Flask) -> list[tuple[str, str, str]]:
    """Endpoint, method and address of every route behind a permission."""
    found = []
    for rule in app.url_map.iter_rules():
        if not isinstance(GATES[rule.endpoint], Open):
            methods = sorted((rule.methods or set()) & {"GET", "POST"})
            found += [(rule.endpoint, method, _address(app, rule)) for method in methods]
    return found


def _address(app: Flask, rule: Rule) -> str:
    door = "7K2M9003" if "code" in rule.arguments else ""
    values = {name: VALUES.get(name, door) for name in rule.arguments}
    with app.test_request_context():
        return app.url_map.bind("localhost").build(rule.endpoint, values)


def test_nobody_gets_in_without_an_account(app: Flask, world: World) -> None:
    client = app.test_client()
    for endpoint, method, address in _staff_routes(app):
        answer = client.open(address, method=method)
        if method == "GET":
            assert answer.status_code == 302, endpoint
            assert "/login?next=" in answer.headers["Location"], endpoint
        else:
            assert answer.status_code in (302, 400), endpoint  # 400: no token, which is asked first
            assert answer.status_code == 400 or "/login" in answer.headers["Location"], endpoint


@pytest.mark.parametrize("who", list(ROLES))
def test_a_role_gets_what_the_table_gives_it(
    app: Flask, desk: Callable[[str], Desk], world: World, who: str
) -> None:
    at_desk = desk(who)
    for endpoint, method, address in _staff_routes(app):
        if endpoint == "auth.logout":
            continue
        data = {"csrf_token": at_desk.token} if method == "POST" else None
        if (
            ROLES[who] is Role.OFFICER and endpoint == "desk.act"
        ):  # of an act of the desk they would be told that it is not theirs
            address = address.replace("/start", "/unit_answer")  # noqa: PLW2901
        status = at_desk.client.open(address, method=method, data=data).status_code
        gate = GATES[endpoint]
        assert not isinstance(gate, Open)
        if ROLES[who] in MAY[gate]:
            assert status in (200, 303, 400, 404, 422), f"{endpoint} {method} as {who}: {status}"
        else:
            assert status == 403, f"{endpoint} {method} as {who}: {status}"


def test_logging_out_ends_it(desk: Callable[[str], Desk]) -> None:
    at_desk = desk("worker")
    assert at_desk.post("/logout").status_code == 302
    assert at_desk.get("/desk/").status_code == 302


def test_a_form_without_its_token_does_nothing(desk: Callable[[str], Desk], world: World) -> None:
    case = world.queued()
    answer = desk("dispatcher").client.post(
        f"/desk/cases/{case.number}/start", data={"version": case.version}
    )
    assert answer.status_code == 400
    assert world.events(case)[-1].action == "triage"


def test_a_route_without_a_gate_is_closed(environ: dict[str, str]) -> None:
    from app import create_app

    made = create_app(environ)
    made.add_url_rule("/desk/forgotten", "desk.forgotten", lambda: "open")
    assert made.test_client().get("/desk/forgotten").status_code == 403


def test_every_role_is_tried() -> None:
    assert set(ROLES.values()) == set(Role)
