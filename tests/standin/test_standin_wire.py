"""The interface and each of its faults, over a real socket."""

import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from flask.testing import FlaskClient

from app.standin import Faults, create_gateway
from tests.standin.running import TOKEN, RunningGateway, dossier

Start = Callable[..., RunningGateway]


def test_an_order_is_made_once_and_told_back(gateway: RunningGateway) -> None:
    made = gateway.post("f-1")
    again = gateway.post("f-1", title="换了个说法")
    assert (made.status_code, again.status_code) == (201, 200)
    assert made.json() == again.json()
    workorder_id = made.json()["workorder_id"]
    assert gateway.look_up("f-1") == [workorder_id]
    assert gateway.look_up("f-2") == []
    told = gateway.client.get(f"/workorders/{workorder_id}").json()
    assert told.pop("updated_at").endswith("+08:00")
    assert told == {
        "workorder_id": workorder_id,
        "external_id": "f-1",
        "status": "accepted",
        "lead_unit": "红庙物业",
        "supporting_units": ["红庙社区"],
        "due_at": "2026-11-30T18:00:00+08:00",
        "result": None,
        "solved": None,
        "satisfaction": None,
    }
    assert gateway.client.get("/healthz").json() == {"status": "ok"}
    assert gateway.client.get("/workorders/YS-none").status_code == 404
    assert gateway.client.get("/workorders").status_code == 400


def test_the_token_is_asked_for_everywhere(gateway: RunningGateway) -> None:
    for header in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {TOKEN}"}):
        for answer in (
            httpx.post(f"{gateway.url}/workorders", json=dossier("f-token"), headers=header, trust_env=False),
            httpx.get(f"{gateway.url}/workorders?external_id=f-token", headers=header, trust_env=False),
            httpx.get(f"{gateway.url}/workorders/YS-1", headers=header, trust_env=False),
        ):
            assert answer.status_code == 401
            assert answer.json()["reason"].startswith("Authorization:")
    assert gateway.look_up("f-token") == []


@pytest.mark.parametrize("fault", ["500", "503", "409"])
def test_an_answer_before_anything_is_made(start: Start, fault: str) -> None:
    gateway = start("--faults", fault)
    answer = gateway.post("f-1")
    assert answer.status_code == int(fault)
    assert answer.json()["reason"]
    assert ("Retry-After" in answer.headers) == (fault != "500")
    assert gateway.look_up("f-1") == []


def test_422_refuses_with_a_reason_but_never_a_key_it_knows(start: Start, visitor: FlaskClient) -> None:
    bearer_and_key = {"Authorization": "Bearer any", "Idempotency-Key": "known"}
    known = visitor.post("/workorders", json=dossier("known"), headers=bearer_and_key).get_json()
    gateway = start("--faults", "422")
    refused = gateway.post("new")
    assert refused.status_code == 422
    assert "退单" in refused.json()["reason"]
    assert gateway.look_up("new") == []
    again = gateway.post("known")
    assert (again.status_code, again.json()) == (200, known)


def test_lost_reply_makes_the_order_and_answers_not_a_byte(start: Start) -> None:
    gateway = start("--faults", "lost-reply")
    assert gateway.bytes_answered("f-1") == b""
    assert len(gateway.look_up("f-1")) == 1
    with pytest.raises(httpx.RemoteProtocolError):
        gateway.post("f-1")
    assert len(gateway.look_up("f-1")) == 1


def test_drop_answers_not_a_byte_and_makes_nothing(start: Start) -> None:
    gateway = start("--faults", "drop")
    assert gateway.bytes_answered("f-1") == b""
    with pytest.raises(httpx.RemoteProtocolError):
        gateway.post("f-1")
    assert gateway.look_up("f-1") == []


def test_slow_holds_the_answer_of_an_order_already_made(start: Start) -> None:
    gateway = start("--faults", "slow:1:1")
    answers: list[httpx.Response] = []
    held = threading.Thread(target=lambda: answers.append(gateway.post("f-1")))
    held.start()
    _until(lambda: bool(gateway.look_up("f-1")))
    assert not answers
    while_held = httpx.post(
        f"{gateway.url}/workorders",
        json=dossier("f-1"),
        headers={"Authorization": f"Bearer {TOKEN}", "Idempotency-Key": "f-1"},
        trust_env=False,
    )
    assert while_held.status_code == 409
    assert "in progress" in while_held.json()["reason"]
    held.join()
    assert [answer.status_code for answer in answers] == [201]
    assert gateway.look_up("f-1") == [answers[0].json()["workorder_id"]]


@pytest.mark.parametrize(
    ("how", "status"), [(signal.SIGTERM, 0), (signal.SIGINT, 0), (signal.SIGKILL, -signal.SIGKILL)]
)
def test_an_end_while_the_answer_is_held_comes_at_once_and_leaves_one_order(
    start: Start, visitor: FlaskClient, how: signal.Signals, status: int
) -> None:
    gateway = start("--faults", "slow:1:600")
    with ThreadPoolExecutor() as pool:
        held = pool.submit(gateway.bytes_answered, "f-1")
        _until(lambda: bool(gateway.look_up("f-1")))
        assert gateway.end(how) == status
        assert held.result() == b""
    left = visitor.get("/workorders?external_id=f-1", headers={"Authorization": "Bearer any"}).get_json()
    assert len(left["items"]) == 1


def test_late_hides_the_order_from_look_ups_for_a_while(start: Start) -> None:
    gateway = start("--faults", "late:1:1")
    workorder_id = gateway.post("f-1").json()["workorder_id"]
    assert gateway.look_up("f-1") == []
    assert gateway.client.get(f"/workorders/{workorder_id}").status_code == 200
    _until(lambda: bool(gateway.look_up("f-1")))
    assert gateway.look_up("f-1") == [workorder_id]


def test_no_idempotency_makes_another_order_each_time(start: Start) -> None:
    gateway = start("--faults", "no-idempotency")
    made = [gateway.post("f-1") for _ in range(3)]
    assert [answer.status_code for answer in made] == [201] * 3
    assert gateway.look_up("f-1") == [answer.json()["workorder_id"] for answer in made]
    assert len(set(gateway.look_up("f-1"))) == 3


def test_a_chance_strikes_sometimes(store: Path) -> None:
    visitor = create_gateway(store, TOKEN, Faults.parse("500:0.5")).test_client()
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    seen = {
        visitor.post(
            "/workorders", json=dossier(key), headers=bearer | {"Idempotency-Key": str(key)}
        ).status_code
        for key in range(60)
    }
    assert seen == {500, 201}


def test_looking_up_before_a_resend_saves_the_client(start: Start) -> None:
    gateway = start("--faults", "500:0.2,drop:0.1,lost-reply:0.4,no-idempotency")
    keys = [f"f-{number}" for number in range(25)]
    for key in keys:
        while not gateway.look_up(key):
            try:
                gateway.post(key)
            except httpx.RemoteProtocolError:
                continue
    assert [len(gateway.look_up(key)) for key in keys] == [1] * len(keys)


def test_the_same_key_at_once_makes_one_order(gateway: RunningGateway) -> None:
    with ThreadPoolExecutor(8) as pool:
        codes = [answer.status_code for answer in pool.map(lambda _: gateway.post("f-race"), range(24))]
    assert codes.count(201) == 1
    assert set(codes) <= {200, 201, 409}
    assert len(gateway.look_up("f-race")) == 1


def test_a_kill_right_after_the_answer_loses_nothing(start: Start) -> None:
    first = start()
    made = first.post("f-1").json()
    assert first.end(signal.SIGKILL) == -signal.SIGKILL
    restarted = start()
    assert restarted.look_up("f-1") == [made["workorder_id"]]
    again = restarted.post("f-1")
    assert (again.status_code, again.json()) == (200, made)
    assert len(restarted.look_up("f-1")) == 1


def test_a_body_beyond_all_measure_is_refused(gateway: RunningGateway) -> None:
    assert gateway.post("f-big", description="长" * 1_000_000).status_code == 413
    assert gateway.look_up("f-big") == []


def _until(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not reached():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.02)
