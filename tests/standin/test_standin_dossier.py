"""What is wrong with a body is said by the field's name, and nothing is made of it."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.standin.running import dossier

BEARER = {"Authorization": "Bearer anything"}


def _post(visitor: FlaskClient, body: bytes | dict[str, Any], key: str = "f-1") -> TestResponse:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return visitor.post("/workorders", data=data, headers=BEARER | {"Idempotency-Key": key})


def _refused(visitor: FlaskClient, body: bytes | dict[str, Any]) -> str:
    answer = _post(visitor, body)
    assert answer.status_code == 400
    looked_up = visitor.get("/workorders?external_id=f-1", headers=BEARER)
    assert looked_up.get_json() == {"items": []}
    return str(answer.get_json()["reason"])


@pytest.mark.parametrize("field", sorted(dossier("f-1")))
def test_every_field_of_the_contract_must_be_there(visitor: FlaskClient, field: str) -> None:
    body = dossier("f-1")
    del body[field]
    assert _refused(visitor, body).startswith(f"{field}: ")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("sequence", 0),
        ("kind", "gossip"),
        ("title", ""),
        ("category.level1", 7),
        ("supporting_units.0", None),
        ("due_at", "2026-11-30T18:00:00"),
        ("address.community", ""),
        ("location.lat", 139.9),
        ("reporters", -1),
        ("legal_basis", "habit"),
        ("handled.0.at", "Saturday"),
        ("attachments.0.url", "file:///etc/passwd"),
        ("attachments.0.sha256", "abc"),
        ("case_day", "28/11"),
        ("external_id", ["f-1"]),
    ],
)
def test_a_wrong_value_is_named_by_its_place(visitor: FlaskClient, path: str, value: Any) -> None:
    body: Any = dossier("f-1")
    *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    part = body
    for step in steps:
        part = part[step]
    part[last] = value
    assert _refused(visitor, body).startswith(f"{path}: ")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"f-1"',
        b"\xff\xfe{}",
        b"[" * 5000,
        json.dumps(dossier("f-1")).encode("gb18030").replace(b"{", b"\x81{", 1),
        json.dumps(dossier("f-1", more=float("nan"))).encode(),
        json.dumps(dossier("f-1", more="#")).replace('"#"', '"\\ud800"').encode(),
        json.dumps(dossier("f-1", more="#")).replace('"#"', "9" * 6000).encode(),
    ],
)
def test_what_cannot_be_read_is_refused_as_body(visitor: FlaskClient, body: bytes) -> None:
    assert _refused(visitor, body).startswith("body: ")


def test_the_key_must_be_there_and_be_the_forwarding(visitor: FlaskClient) -> None:
    for key in ("", "another"):
        answer = _post(visitor, dossier("f-1"), key)
        assert answer.status_code == 400
        assert answer.get_json()["reason"].startswith("Idempotency-Key: ")


def test_a_number_may_be_the_external_id_and_comes_back_as_one(visitor: FlaskClient) -> None:
    made = _post(visitor, dossier(41), "41")
    assert made.status_code == 201
    looked_up = visitor.get("/workorders?external_id=41", headers=BEARER).get_json()
    assert [item["external_id"] for item in looked_up["items"]] == [41]


def test_what_may_be_empty_may_be_null(visitor: FlaskClient) -> None:
    empty = dict.fromkeys(("kind", "category", "lead_unit", "due_at", "location", "contact", "case_day"))
    assert _post(visitor, dossier("f-1", **empty)).status_code == 201


def test_fields_beyond_the_contract_are_kept_for_people_to_read(visitor: FlaskClient) -> None:
    made = _post(visitor, dossier("f-1", since="一个没见过的字段"))
    page = visitor.get(f"/orders/{made.get_json()['workorder_id']}")
    assert "一个没见过的字段" in page.text


def test_another_method_is_refused_in_json(visitor: FlaskClient) -> None:
    answer = visitor.put("/workorders", headers=BEARER)
    assert answer.status_code == 405
    assert answer.get_json()["reason"]
