"""What 12345 is told of neighbours who joined: how many count and what they added, never how to reach them."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

from sqlalchemy import select

from app.access.actor import resident
from app.cases import joining, own_report, publishing, triage
from app.cases.models import CaseFile, Report
from app.cases.triage import Sorting
from app.db import db
from app.forwarding import dossier
from app.standin.dossier import read_dossier
from tests.forwarding.conftest import send_on
from tests.world import World

PUBLIC = "楼道的灯不亮"
THEIRS = "13700001111"


def published(world: World, **words: object) -> CaseFile:
    receipt = world.report(text="老王家门口灯坏了", **words)
    case = world.case(receipt)
    return publishing.publish(world.actor("worker"), case.number, case.version, PUBLIC, "community")


def join(world: World, case: CaseFile, network: str, note: str = "", phone: str = "") -> str:
    return joining.join(
        resident(), world.doors[0], case.number, str(uuid4()), note=note, phone=phone, network=network
    )


def sort(world: World, case: CaseFile) -> CaseFile:
    version = world.again(case).version
    return triage.triage(world.actor("worker"), case.number, version, Sorting(category="0304"))


def handed_over(world: World, case: CaseFile) -> dict[str, Any]:
    body = dossier.build(db.session(), send_on(world, world.again(case)))
    read_dossier(json.dumps(body).encode())
    return body


def receipt_of(case: CaseFile) -> str:
    return (
        db.session.scalars(
            select(Report.receipt).where(Report.case_id == case.id).order_by(Report.id)
        ).first()
        or ""
    )


def test_neighbours_are_counted_apart_and_once_a_network(world: World) -> None:
    case = published(world, phone="13812345678", consent_forward=True)
    join(world, case, "10.0.0.1", "五层也黑", THEIRS)
    join(world, case, "10.0.0.1")
    gone = join(world, case, "10.0.0.2", "我撤回的话")
    joining.undo(gone)
    join(world, case, "10.0.0.3")
    sort(world, case)
    body = handed_over(world, case)
    assert (body["reporters"], body["supporters_unverified"]) == (1, 2)
    assert body["contact"] == {"name": None, "phone": "13812345678"}
    assert "五层也黑" in body["description"]
    assert "我撤回的话" not in body["description"]
    assert THEIRS not in json.dumps(body, ensure_ascii=False)


def test_a_neighbour_without_consent_takes_none_away(world: World) -> None:
    case = published(world, phone="13812345678", consent_forward=True)
    join(world, case, "10.0.0.1", phone=THEIRS)
    assert sort(world, case).legal_basis == "consent"


def test_a_neighbours_note_is_masked(world: World) -> None:
    case = published(world, phone="13812345678", consent_forward=True)
    join(world, case, "10.0.0.1", f"打我{THEIRS}")
    sort(world, case)
    assert THEIRS not in handed_over(world, case)["description"]


def test_when_the_reporter_took_it_back_it_goes_on_for_the_neighbours(world: World) -> None:
    case = published(world, phone="13812345678", name="周阿姨", consent_forward=True)
    join(world, case, "10.0.0.1", "五层也黑", THEIRS)
    own_report.withdraw(receipt_of(case))
    assert world.again(case).state == "received"
    assert world.again(case).public_words == PUBLIC
    assert sort(world, case).legal_basis == "statutory"
    body = handed_over(world, case)
    assert (body["reporters"], body["supporters_unverified"], body["contact"]) == (0, 1, None)
    assert (body["title"], body["description"]) == (PUBLIC, f"{PUBLIC}\n\n五层也黑")
    everything = json.dumps(body, ensure_ascii=False)
    for private in ("老王", "13812345678", "周阿姨", THEIRS):
        assert private not in everything
